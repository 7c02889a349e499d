"""vitrine demo: a whole shop on this machine, in one go."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from local.commands.ask import say_items
from local.commands.events import import_file
from local.commands.index import say_report
from local.commands.serve import Port, require_port, serve_shop
from local.demo_shop.build import DemoShop, build
from local.email_samples import ABOUT
from local.indexing import IndexOptions, index_feed
from local.options import Data, first_settings
from local.output import bars, console
from local.site import Site, shop_name
from local.yaml_files import read_yaml
from shared import wiring
from shared.domain.versions import Manifest
from shared.emails.kept import keep, kept
from shared.ports import BlobStore
from shared.services.pages import Question
from shared.services.recommend import for_you
from shared.services.themes import apply_themes, current_themes
from shared.settings import Settings

THEMES = Path(__file__).parent.parent / "demo_shop" / "themes.yaml"
_HOST = "127.0.0.1"
_SHOPPERS_SHOWN = 4
_PICKS_SHOWN = 5
_FREE_SHIPPING = 75.0
_BUNDLE_DISCOUNT = 10.0


def demo(
    serve: Annotated[bool, typer.Option("--serve/--no-serve", help="Serve it when it is ready.")] = True,
    port: Port = 8000,
    data: Data = None,
) -> None:
    """Build the demo shop, index it, replay its shoppers, show some of their picks, and serve it all."""
    settings = first_settings(data)
    if serve:
        require_port(_HOST, port)
    demo_shop = prepare(settings)
    parts = wiring.parts(settings)
    if not current_themes(parts.blobs).snapshot:
        apply_themes(parts.blobs, read_yaml(THEMES, "book of themes"), parts.clock.now())
    speak_of_the_demo(parts.blobs, port)
    shop = wiring.shop(parts)
    showcase = [shopper for shopper in demo_shop.shoppers if shopper.showcase][:_SHOPPERS_SHOWN]
    for shopper in showcase:
        console.print(f"\n[bold]{shopper.name}[/] ({shopper.id}) · {shopper.about}")
        say_items(for_you(shop, shopper.id, Question(limit=_PICKS_SHOWN)))
    manifest = shop.live.manifest()
    if manifest:
        console.print(f"\n{encoder_sentence(manifest)}")
    console.print(
        f"An email: vitrine picks for {showcase[0].id} says what it would show to {showcase[0].name}, vitrine email "
        "preview how one looks."
    )
    if serve:
        settings = replace(settings, feed=settings.feed or str(demo_shop.feed.resolve()))
        site = Site(shop_name(parts.blobs), "", demo_shop.images, demo_shop.shoppers, _FREE_SHIPPING, _BUNDLE_DISCOUNT)
        serve_shop(settings, _HOST, port, site)


def speak_of_the_demo(blobs: BlobStore, port: int) -> None:
    """Emails of the demo say so much of it, unless the shop says something else. Its pictures are here alone: those of
    an email come from the open-time places of this server."""
    said = kept(blobs)
    if said.about is None or replace(said.about, slots="") == ABOUT:
        keep(blobs, replace(ABOUT, slots=f"http://{_HOST}:{port}/v1/slots"), said.own)


def prepare(settings: Settings) -> DemoShop:
    """The demo shop built, its events taken in and its feed indexed; quick when all of that is there already.

    The events come first, so that the very first version has learnt from them.
    """
    with bars(quiet=False) as progress:
        progress.stage("Drawing the demo shop")
        demo_shop = build(settings.data / "demo-shop", datetime.now(UTC), lambda *_: progress.advance())
        collected = import_file(wiring.parts(settings), demo_shop.events, progress)
        report = index_feed(settings, str(demo_shop.feed), IndexOptions(images=demo_shop.images), progress)
    replayed = f"{collected.accepted:,} events" if collected.accepted else "All events"
    console.print(
        f"{replayed} of {len(demo_shop.shoppers)} shoppers replayed{'' if collected.accepted else ' before'}."
    )
    say_report(report)
    return demo_shop


def encoder_sentence(manifest: Manifest) -> str:
    starters = [encoder.name for encoder in manifest.encoders.values() if encoder.starter]
    if not starters:
        return "Encoders: " + ", ".join(encoder.name for encoder in manifest.encoders.values()) + "."
    return (
        f"Starter encoders are in use ({' and '.join(starters)}): small ones that ship with Vitrine, good for a look. "
        "For your own shop, see vitrine export-encoder."
    )
