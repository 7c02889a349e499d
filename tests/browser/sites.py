"""Shops that a browser can visit: made as ``vitrine demo`` makes its own, small, and served over a real port."""

import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp

from local.commands.demo import THEMES
from local.commands.events import import_file
from local.commands.serve import access_for
from local.demo_shop.build import Plan, build
from local.demo_shop.shoppers import Shopper
from local.indexing import IndexOptions, index_feed
from local.server import create_gate
from local.site import Site
from local.yaml_files import read_yaml
from shared import wiring
from shared.domain.access import KeyKind
from shared.domain.keys import KeyTerms
from shared.services.themes import apply_themes
from shared.settings import Settings
from tests.key_maker import make_key
from tests.support import Silent, copied

HOST = "127.0.0.1"
PLAN = Plan(per_kind=2, shoppers=40, picture_size=160)
"""Of the small demo shop: 192 products with their pictures, and 3,500 events of 40 shoppers."""
_STARTS_WITHIN_S = 30.0


@dataclass(frozen=True)
class BuiltShop:
    """A shop's data, which :func:`served_copy` serves copies of, so that it stays as it was built."""

    settings: Settings
    images: Path
    shoppers: Sequence[Shopper] = ()


@dataclass(frozen=True)
class Served:
    """A shop that is being served at ``url``, which ends without a slash.

    ``parts`` are a second set over the same stores, to look at what the browser's deeds have left, or to add to it
    beforehand. ``secret`` and ``publishable`` are keys, empty where keys are off.
    """

    url: str
    settings: Settings
    parts: wiring.Parts = field(repr=False)
    shoppers: Sequence[Shopper] = ()
    secret: str = ""
    publishable: str = ""


def build_demo(folder: Path, plan: Plan = PLAN) -> BuiltShop:
    """The demo shop, small where no other plan is given, with its events, its index and its collections."""
    settings = Settings(data=folder / "data")
    demo = build(folder / "demo-shop", datetime.now(UTC), plan=plan)
    parts = wiring.parts(settings)
    import_file(parts, demo.events, Silent())
    index_feed(settings, str(demo.feed), IndexOptions(images=demo.images), Silent())
    apply_themes(parts.blobs, read_yaml(THEMES, "book of themes"), parts.clock.now())
    return BuiltShop(settings, demo.images, demo.shoppers)


@contextmanager
def served_copy(built: BuiltShop, folder: Path, keys: bool = False, name: str = "The little shop") -> Iterator[Served]:
    """A copy of ``built`` in ``folder``, served; with ``keys``, its calls need them, and its pages have theirs."""
    settings = replace(built.settings, data=folder / "data")
    copied(built.settings.data, settings.data)
    with serving(settings, Site(name, images=built.images, shoppers=built.shoppers), keys) as served:
        yield served


@contextmanager
def serving(settings: Settings, site: Site, keys: bool = False) -> Iterator[Served]:
    """What ``vitrine serve`` serves; the publishable key is for the site's own pages."""
    parts = wiring.parts(settings)
    with socket.create_server((HOST, 0)) as listening:
        url = f"http://{HOST}:{listening.getsockname()[1]}"
        secret = publishable = ""
        if keys:
            secret = make_key(parts.state, seed=f"secret of {url}")
            own = KeyTerms(KeyKind.PUBLISHABLE, origins=(url,))
            publishable = make_key(parts.state, own, seed=f"publishable of {url}")
        site = replace(site, key=publishable)
        with running(lambda: create_gate(settings, access_for(settings, HOST), site), listening):
            yield Served(url, settings, parts, site.shoppers, secret, publishable)


@contextmanager
def running(open_app: Callable[[], ASGIApp], listening: socket.socket) -> Iterator[None]:
    """A real server in a thread of its own, for anything: a page of strangers that has the widget in it, say."""
    server = uvicorn.Server(uvicorn.Config(open_app(), log_config=None, access_log=False))
    thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
    thread.start()
    try:
        until = time.monotonic() + _STARTS_WITHIN_S
        while not server.started:
            assert thread.is_alive(), "the server under test stopped while it started"
            assert time.monotonic() < until, "the server under test did not start"
            time.sleep(0.01)
        yield
    finally:
        server.should_exit = True
        thread.join(_STARTS_WITHIN_S)
