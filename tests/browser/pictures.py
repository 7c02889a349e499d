"""Pictures of every page as a shopper sees it: ``python -m tests.browser.pictures docs/window [var/vitrine]``.

Of the demo shop that ``make demo SERVE=0`` has built, or of the data folder that is named; a copy of it is served, so
that it stays as it is, with the next day's feed and a week of visitors. With names of pages behind, only those are made
anew: ``home product``.
"""

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from local.demo_shop.build import DemoShop, build
from local.site import Site
from shared.settings import Settings
from tests.browser import chromium
from tests.browser.bustle import bustle
from tests.browser.email_pictures import SCHEMES
from tests.browser.restock import restock
from tests.browser.sites import Served, serving
from tests.browser.tour import DASHBOARD, asked, tour_of
from tests.browser.walks import settled, visit, window_onto
from tests.support import copied

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

WIDTHS = (390, 1280)
SHOPPER = "Mara"
_LARGEST = 120_000
"""Bytes of a picture; it loses quality until it is smaller."""
_QUALITIES = (84, 76, 66, 55)
_DRAWN = """() => {
  const inside = each => each.shadowRoot ? [each, ...all(each.shadowRoot)] : [each];
  const all = root => [...root.querySelectorAll("*")].flatMap(inside);
  const near = each => { const box = each.getBoundingClientRect(); return box.bottom > 0 && box.top < innerHeight; };
  return all(document.body).filter(each => each.matches("img") && each.checkVisibility() && near(each))
    .every(each => each.complete);
}"""


def main(folder: Path, data: Path, only: tuple[str, ...] = ()) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    if not (path := chromium.found()):
        sys.exit("There is no Chromium or Chrome here: install one, such as Debian's package chromium.")
    demo = build(data / "demo-shop", datetime.now(UTC))
    with tempfile.TemporaryDirectory(prefix="vitrine-pictures-") as copy, chromium.browser(path) as browser:
        settings = Settings(data=Path(copy) / "data")
        copied(data, settings.data)
        restock(settings, demo, Path(copy) / "products.jsonl")
        with serving(settings, Site("Kontor", images=demo.images, shoppers=demo.shoppers)) as site:
            bustle(site)
            _take(browser, Shown(site, demo), folder, only)


def _take(browser: "Browser", shown: "Shown", folder: Path, only: tuple[str, ...]) -> None:
    for width in WIDTHS:
        for scheme in SCHEMES:
            with shown.window(browser, width, scheme) as page:
                for name in shown.pages(page, only):
                    _save(page, folder / f"{name}-{width}-{scheme}.webp")


class Shown:
    """The pages in the order that they are visited in, by the file's name."""

    def __init__(self, site: Served, demo: DemoShop) -> None:
        self._site = site
        self._demo = demo
        self._shopper = next(each for each in site.shoppers if each.name == SHOPPER)
        self._picks = self._picked()
        self._basket = [self._picks[0], self._picks[3], self._picks[5]]
        now = datetime.now(UTC).isoformat()
        events = [
            {"user_id": self._shopper.id, "type": "add_to_cart", "product_id": each, "occurred_at": now}
            for each in self._basket
        ]
        asked(site, "/v1/events", {"events": [each | {"event_id": each["product_id"]} for each in events]})

    def _picked(self) -> list[str]:
        """Ids of what is for the shopper now; what they look at meanwhile changes it."""
        answer = asked(self._site, f"/v1/users/{self._shopper.id}/recommendations?limit=12")
        return [each["id"] for each in answer["items"]]

    @contextmanager
    def window(self, browser: "Browser", width: int, scheme: Any) -> "Iterator[Page]":
        sharper = {"device_scale_factor": 1.5 if width < 600 else 1}
        opened = window_onto(
            browser,
            self._site,
            width,
            scheme,
            shopper=self._shopper.id,
            basket=self._basket,
            allow=("",),  # what is wrong with a page is the tests' to say
            context=sharper,
        )
        with opened as page:
            yield page

    def pages(self, page: "Page", only: tuple[str, ...]) -> Iterator[str]:
        tour = tour_of(self._site).pages
        storefront = {each: tour[each] for each in ("home", "collections", "collection", "shared", "basket")}
        storefront |= {
            "product": f"#/product/{self._picks[1]}",
            "search": "#/search?q=something%20warm%20for%20the%20evening",
            "you": "#/you",
            "quiz": "#/quiz",
        }
        for name, fragment in storefront.items():
            if not only or name in only:
                visit(page, fragment)
                yield name
        if not only or "photo" in only:
            self._search_by_photo(page)
            yield "photo"
        yield from self._dashboard(page, only)

    def _search_by_photo(self, page: "Page") -> None:
        visit(page, "#/")
        page.locator("input[type=file]").last.set_input_files(self._demo.images / f"{self._picks[2]}.jpg")
        page.wait_for_function("() => location.hash.startsWith('#/search')")
        settled(page)
        page.locator("main article").first.wait_for()

    def _dashboard(self, page: "Page", only: tuple[str, ...]) -> Iterator[str]:
        for view in DASHBOARD:
            name = f"dashboard-{view}"
            if only and name not in only:
                continue
            page.goto(f"{self._site.url}/dashboard/#/{view}")
            page.reload()
            settled(page)
            if view == "why":
                page.get_by_label("User").fill(self._shopper.id)
                page.get_by_label("Product").fill(self._picked()[1])
                page.get_by_role("button", name="Look", exact=True).click()
                page.locator(".verdict-panel").wait_for()
            yield name


def _save(page: "Page", path: Path) -> None:
    from PIL import Image

    page.wait_for_load_state("networkidle")
    page.wait_for_function(_DRAWN)
    page.evaluate("() => document.activeElement?.blur()")
    page.mouse.move(0, 0)
    shot = Image.open(BytesIO(page.screenshot())).convert("RGB")
    for quality in _QUALITIES:
        shot.save(path, quality=quality, method=6)
        if path.stat().st_size <= _LARGEST:
            return


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]), Path(sys.argv[2] if len(sys.argv) > 2 else "var/vitrine"), tuple(sys.argv[3:]))
