"""A shop's own pages, on another origin than Vitrine's and under a strict security policy, with the widget in them."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from shared.domain.access import KeyKind
from shared.domain.keys import KeyTerms
from tests.browser.sites import HOST, BuiltShop, Served, running, served_copy
from tests.key_maker import make_key

if TYPE_CHECKING:
    from playwright.sync_api import Page

# What docs/embed.md has to copy; there is nothing in it that lets a style or a script of the page's own through.
_POLICY = (
    "default-src 'none'; script-src {api}; connect-src {api}; img-src {api}; base-uri 'none'; form-action 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>A shop of its own</title>
<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">
<script async src="{api}/dist/vitrine.js" data-key="{key}" data-images="{api}/images/" {attributes}></script>
<body><main><h1>A shop of its own</h1>{body}</main></body></html>"""
BELOW = "<pre>" + 60 * "\n" + "</pre>"
"""As high as a screen and more, without a style."""


@dataclass(frozen=True)
class Foreign:
    """``shop`` is Vitrine; ``url`` where the pages are, and every path of it has the body that ``place`` was given."""

    shop: Served
    url: str
    key: str
    bodies: dict[str, tuple[str, str]]

    def place(self, path: str, body: str, attributes: str = "") -> str:
        """``attributes`` are more of those of the script tag; returns the path."""
        self.bodies[path] = body, attributes
        return path

    @property
    def allowed(self) -> tuple[str, ...]:
        """For ``page_of``: requests to Vitrine, which is another origin here, are what is meant to be."""
        return (f"another origin was asked: {self.shop.url}/",)


@contextmanager
def foreign_pages(built: BuiltShop, folder: Path) -> Iterator[Foreign]:
    """Pages of another port, and a copy of ``built`` with a key for them."""
    with socket.create_server((HOST, 0)) as listening, served_copy(built, folder, keys=True) as shop:
        url = f"http://{HOST}:{listening.getsockname()[1]}"
        # Nobody has asked for anything yet, so the server learns of the key with its first look at them.
        key = make_key(shop.parts.state, KeyTerms(KeyKind.PUBLISHABLE, origins=(url,)), seed=url)
        foreign = Foreign(shop, url, key, {})
        with running(lambda: _pages(foreign), listening):
            yield foreign


def _pages(foreign: Foreign) -> Starlette:
    def page(request: Request) -> HTMLResponse:
        body, attributes = foreign.bodies.get(request.url.path, ("", ""))
        text = _PAGE.format(api=foreign.shop.url, key=foreign.key, body=body, attributes=attributes)
        return HTMLResponse(text, headers={"content-security-policy": _POLICY.format(api=foreign.shop.url)})

    return Starlette(routes=[Route("/{path:path}", page)])


def guest_of(page: "Page") -> str:
    return str(page.evaluate("localStorage.getItem('vitrine.guest') ?? ''"))
