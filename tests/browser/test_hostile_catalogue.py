"""Whatever a feed, a shopper or an address holds is text: nothing of it runs, leads astray, or breaks a page."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest

from tests.browser.hostile import MARKER, TEXTS, harm_done, hostile_answer, product_id
from tests.browser.measures import runs_over
from tests.browser.sites import BuiltShop, Served, served_copy
from tests.browser.tour import DASHBOARD, asked, tour_of
from tests.browser.walks import Opener, settled, visit

_REFUSED = ("Failed to load resource", "ApiError", "console: Error")
"""Pictures that are none, and addresses of nothing: the browser says so, and so does the page."""


@pytest.fixture(scope="module")
def hostile(built_hostile: BuiltShop, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served_copy(built_hostile, tmp_path_factory.mktemp("hostile-site"), name="<script>ran(40)</script>") as served:
        yield served


def prepared(page: Any) -> list[str]:
    """The page as it is when it is loaded with the marker there; the dialogs that open from now on."""
    dialogs: list[str] = []

    def opened(dialog: Any) -> None:
        dialogs.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", opened)
    page.add_init_script(MARKER)
    page.reload()
    settled(page)
    return dialogs


def test_a_hostile_feed_is_text_on_every_page(hostile: Served, page_of: Opener) -> None:
    tour = tour_of(hostile)
    titles = {place: _title(hostile, place) for place in range(len(TEXTS))}
    pages = (
        tour.pages
        | {f"search for {text[:20]}": f"#/search?q={quote(text[:300])}" for text in TEXTS[:3]}
        | {f"product {place}": f"#/product/{quote(product_id(place), safe='')}" for place in titles}
    )
    found: dict[str, Any] = {}
    shown = {}
    with page_of(hostile, 390, shopper=hostile.shoppers[1].id, basket=tour.basket, allow=_REFUSED) as page:
        dialogs = prepared(page)
        for name, fragment in pages.items():
            visit(page, fragment)
            shown[name] = page.locator("main").inner_text()
            found[name] = harm_done(page), runs_over(page)
    assert {name: what for name, what in found.items() if what != ({}, [])} == {}
    assert dialogs == []
    assert [title for place, title in titles.items() if title not in shown[f"product {place}"]] == []
    assert sum("ran(" in title for title in titles.values()) >= 4  # what the feed's cleaning leaves to the pages


def test_a_hostile_feed_is_text_in_the_dashboard(hostile: Served, page_of: Opener) -> None:
    found: dict[str, Any] = {}
    with page_of(hostile, 390, path="/dashboard/", allow=_REFUSED) as page:
        dialogs = prepared(page)
        for view in DASHBOARD:
            visit(page, f"#/{view}")
            page.locator(".view:not([aria-busy])").wait_for()
            found[view] = harm_done(page), runs_over(page)
        for user, product in (
            (hostile.shoppers[1].id, ""),
            ("", product_id(1)),
            (hostile.shoppers[2].id, product_id(9)),
        ):
            page.get_by_label("User").fill(user)
            page.get_by_label("Product").fill(product)
            with page.expect_response("**/v1/*/*/*"):
                page.get_by_role("button", name="Look", exact=True).click()
            page.locator(".view .panel", has_text=product or user).first.wait_for()
            found[f"why {user} {product}"] = harm_done(page), runs_over(page)
    assert {name: what for name, what in found.items() if what != ({}, [])} == {}
    assert dialogs == []


def _title(site: Served, place: int) -> str:
    answer = asked(site, f"/v1/products?id={quote(product_id(place), safe='')}")
    title: str = answer["products"][0]["product"]["title"]
    return title


def test_a_hostile_api_is_text_on_every_page(site: Served, page_of: Opener) -> None:
    """What is shown is safe by itself, and not because a feed was cleaned: answers here have been in no cleaning."""
    tour = tour_of(site)
    found: dict[str, Any] = {}
    shown = ""
    with page_of(site, 390, shopper=site.shoppers[0].id, basket=tour.basket, allow=_REFUSED) as page:
        page.route("**/v1/**", hostile_answer())
        dialogs = prepared(page)
        for name, fragment in tour.pages.items():
            visit(page, fragment)
            shown += page.locator("main").inner_text()
            found[name] = harm_done(page), runs_over(page)
    assert {name: what for name, what in found.items() if what != ({}, [])} == {}
    assert dialogs == []
    for text in TEXTS[:3]:
        assert text in shown


_FRAGMENTS = (
    "#/product/<img src=x onerror=ran(50)>",
    f"#/product/{quote('<img src=x onerror=ran(51)>', safe='')}",
    "#/product/..%2f..%2fconfig.json",
    "#/search?q=<script>ran(52)</script>",
    f"#/search?q={quote('javascript:ran(53)')}&filter={quote('<script>')}",
    "#/shared/%00",
    "#/shared/..%2f..%2f",
    "#/collection/<svg onload=ran(54)>",
    "#/collection/%E0%A4%A",
    "#/constructor",
    "#/__proto__/x",
    "#/toString",
    "#javascript:ran(55)",
    "#/<script>ran(56)</script>",
)


def test_hostile_addresses(site: Served, page_of: Opener) -> None:
    found = {}
    with page_of(site, 390, allow=_REFUSED) as page:
        dialogs = prepared(page)
        for fragment in _FRAGMENTS:
            visit(page, fragment)
            found[fragment] = harm_done(page), runs_over(page)
            assert page.locator("main h1").count() == 1, fragment
            assert "is not a function" not in page.locator("main").inner_text(), fragment
    assert {name: what for name, what in found.items() if what != ({}, [])} == {}
    assert dialogs == []


def test_a_hostile_configuration(site: Served, page_of: Opener) -> None:
    told = {
        "name": TEXTS[1],
        "api": "",
        "key": "",
        "images": "javascript:ran(60)//",
        "shoppers": [{"id": text[:60], "name": text, "about": text} for text in TEXTS],
    }
    with page_of(site, 390, allow=_REFUSED) as page:
        page.route("**/config.json", lambda route: route.fulfill(json=told))
        dialogs = prepared(page)
        assert harm_done(page) == {}
        assert runs_over(page) == []
        assert TEXTS[1] in page.locator("#top").inner_text()
    assert dialogs == []
