"""A catalogue by somebody who would like to run a script in a shopper's browser, and what a page is asked about it."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image

from local.commands.events import import_file
from local.demo_shop.shoppers import Shopper, shoppers
from local.indexing import IndexOptions, index_feed
from shared import wiring
from shared.services.themes import apply_themes
from shared.settings import Settings
from tests.browser.measures import IN_READING_ORDER
from tests.browser.sites import BuiltShop
from tests.support import Silent

if TYPE_CHECKING:
    from playwright.sync_api import Page

MARKER = "window.ranHere = []; window.ran = what => { window.ranHere.push(what); };"
"""What every text below would call; to be there before any of them is."""
TEXTS = (
    "<script>ran(1)</script>",
    "<img src=x onerror=ran(2)>",
    '"><svg onload=ran(3)>',
    "' onmouseover='ran(4)' autofocus onfocus='ran(5)",
    "</title></style></textarea><script>ran(6)</script>",
    "<iframe srcdoc='<script>parent.ran(7)</script>'></iframe>",
    "<a href='javascript:ran(8)'>Free</a>",
    "<form action='javascript:ran(9)'><button>Buy</button></form>",
    "&lt;script&gt;ran(10)&lt;/script&gt;",
    "<img src=x onerror=ran(11)//",
    "<math><mtext><style><!--</style><img title='--><img src=x onerror=ran(12)>'>",
    "{{7*7}} ${7*7} #{7*7} <%= 7*7 %> {{constructor.constructor('ran(13)')()}}",
    "<b><i><table><tr><td><h1>Never closed",
    "\u202egpj.exe \u2066left\u2067right",
    "W" * 10_000,
    "%00%0d%0a%3Cscript%3Eran(14)%3C/script%3E",
    "__proto__",
    "javascript:ran(15)",
)
LINKS = (
    "javascript:ran(20)",
    " \tJaVaScRiPt:ran(21)",
    "java\nscript:ran(22)",
    "data:text/html,<script>ran(23)</script>",
    "vbscript:ran(24)",
    "blob:ran(25)",
    '/p/"><script>ran(26)</script>',
    "file:///etc/passwd",
)
PICTURES = (
    "javascript:ran(30)",
    "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' onload='ran(31)'/>",
    '" onerror="ran(32)',
    "../config.json",
    "x.svg#<script>ran(33)</script>",
    "fine.png",
)

_LEFT_ALONE = ("recommendation_id", "cursor", "type", "kind", "currency", "availability", "added_at", "slug", "token")

# Everything that is on the page and in its shadow roots, by what could run or lead astray.
_FOUND = (
    "() => {"
    + IN_READING_ORDER
    + """
  const every = all(document.body);
  const leads = each => ["href", "src", "action", "formaction", "poster", "data", "xlink:href"]
    .filter(name => each.hasAttribute(name)).map(name => {
      try { return new URL(each.getAttribute(name), document.baseURI).protocol; } catch { return "none"; }
    });
  return {
    ran: window.ranHere,
    frames: window.length,
    elements: every.filter(each => each.matches("script, iframe, object, embed, base, meta, link, math")).map(short),
    handlers: every.filter(each => [...each.attributes].some(({ name }) => name.startsWith("on"))).map(short),
    schemes: [...new Set(every.flatMap(leads))].filter(each => !["http:", "https:", "blob:"].includes(each)),
  };
}"""
)


def harm_done(page: "Page") -> dict[str, Any]:
    """What of the texts has become more than text: nothing in any of the lists where all is well."""
    found: dict[str, Any] = page.evaluate(_FOUND)
    return {name: what for name, what in found.items() if what}


def hostile_answer() -> Callable[[Any], None]:
    """For ``page.route``: every word of an answer made hostile, in turn. Ids stay: they alone say where pages lead."""
    turn = iter(range(10**9))

    def turned(value: Any, key: str = "") -> Any:
        if isinstance(value, dict):
            return {name: turned(each, name) for name, each in value.items()}
        if isinstance(value, list):
            return [turned(each, key) for each in value]
        if not isinstance(value, str) or key in _LEFT_ALONE or key.endswith("id"):
            return value
        texts = LINKS if key == "link" else PICTURES if key == "image" else TEXTS
        return texts[next(turn) % len(texts)]

    def answer(route: Any) -> None:
        real = route.fetch()
        route.fulfill(response=real, body=json.dumps(turned(real.json())))

    return answer


def build_hostile(folder: Path) -> BuiltShop:
    """A shop whose feed, events, collections and shoppers hold :data:`TEXTS`, through the real indexer."""
    settings, images, now = Settings(data=folder / "data"), folder / "images", datetime.now(UTC)
    images.mkdir(parents=True)
    Image.new("RGB", (24, 24), (200, 40, 40)).save(images / "fine.png")
    feed, events = folder / "feed.jsonl", folder / "events.jsonl"
    feed.write_text("".join(json.dumps(_row(place, now)) + "\n" for place in range(2 * len(TEXTS))))
    people = [
        replace(shopper, id=f"u{place}{TEXTS[place][:60]}", name=TEXTS[place][:300], about=TEXTS[-place][:300])
        for place, shopper in enumerate(shoppers(8))
    ]
    events.write_text("".join(json.dumps(each) + "\n" for each in _events(people, now)))
    parts = wiring.parts(settings)
    import_file(parts, events, Silent())
    index_feed(settings, str(feed), IndexOptions(images=images), Silent())
    themes = [
        {"slug": f"theme-{place}", "title": text[:80], "prompt": "red shirt", "audience": text[:60]}
        for place, text in enumerate(TEXTS[:6])
    ]
    apply_themes(parts.blobs, {"themes": themes}, now)
    return BuiltShop(settings, images, people)


def product_id(place: int) -> str:
    """Ids are taken as they are, and so are hostile as well."""
    text = TEXTS[place % len(TEXTS)].replace("\u202e", "").replace("\u2066", "").replace("\u2067", "")
    return f"{text[:100]} {place}"


def _row(place: int, now: datetime) -> dict[str, Any]:
    text, next_text = TEXTS[place % len(TEXTS)], TEXTS[(place + 5) % len(TEXTS)]
    return {
        "id": product_id(place),
        "title": f"Red shirt {place} {text}",
        "brand": next_text,
        "description": f"{text} and {next_text}",
        "category": f"Shop {text[:80]} > Shirts",
        "color": next_text[:100],
        "material": text,
        "attributes": {"care": text, next_text[:80]: "yes"},
        "price": f"{10 + place}.00 EUR",
        "sale_price": f"{9 + place}.00 EUR" if place % 2 else "",
        "link": LINKS[place % len(LINKS)],
        "image": PICTURES[place % len(PICTURES)],
        "added_at": (now - timedelta(days=place)).isoformat(),
    }


def _events(people: list[Shopper], now: datetime) -> list[dict[str, Any]]:
    """Everybody looks at things, searches for texts, and buys."""
    events: list[dict[str, Any]] = []
    for number, who in enumerate(people):
        for step in range(12):
            at = (now - timedelta(hours=1 + number * 13 + step)).isoformat()
            base = {"user_id": who.id, "occurred_at": at, "event_id": f"{number}-{step}"}
            product = product_id((number * 5 + step) % (2 * len(TEXTS)))
            if step % 4 == 3:
                events.append(base | {"type": "search", "query": TEXTS[step % len(TEXTS)][:200]})
            else:
                kind = ("view", "add_to_cart", "purchase")[step % 4]
                events.append(base | {"type": kind, "product_id": product})
    return events
