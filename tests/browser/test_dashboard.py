"""The dashboard in a real browser: what it says is what was sent, to who has the key, and nothing of it is markup."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import numpy as np
import pytest

from shared.settings import PROJECT
from tests.browser.measures import runs_over, too_small_to_tap
from tests.browser.sites import BuiltShop, Served, served_copy
from tests.browser.tour import asked
from tests.browser.walks import Opener, settled, visit

if TYPE_CHECKING:
    from playwright.sync_api import Page

_REFUSED = ("status of 401", "status of 403")
_VIEWS = ("now", "results", "catalogue", "index", "drift", "why")
_MARKUP = "<img src=x onerror=alert(1)>"
# Of each list: shown, clicked, put into the basket, bought.
_SENT = {"for_you": (120, 18, 6, 3), "similar": (40, 5, 1, 0), "trending": (150, 0, 0, 0)}
_TYPES = ("impression", "click", "add_to_cart", "purchase")


_PACKAGE = PROJECT / "web" / "node_modules" / "uplot"
_VENDORED = {
    "dist/uPlot.esm.js": "uPlot.js",
    "dist/uPlot.d.ts": "uPlot.d.ts",
    "dist/uPlot.min.css": "uPlot.css",
    "LICENSE": "uPlot.LICENSE",
}


@pytest.fixture(scope="module")
def shop(built_demo: BuiltShop, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A shop with keys, whose numbers no other module's tests change."""
    with served_copy(built_demo, tmp_path_factory.mktemp("dashboard"), keys=True) as served:
        yield served


def unlock(page: "Page", key: str) -> None:
    page.get_by_label("Secret key").fill(key)
    page.get_by_role("button", name="Open the dashboard").click()


def table(page: "Page", name: str) -> dict[str, list[str]]:
    """The cells of a table by the row's name; without what is drawn, and with their lines joined."""
    rows = page.get_by_role("table", name=name, exact=True).locator("tbody tr").all()
    cells = [[cell.inner_text().split("\n") for cell in row.locator("th, td").all()] for row in rows]
    return {" ".join(name): [" ".join(each) for each in rest] for name, *rest in cells}


def send(site: Served, sent: Mapping[str, Sequence[int]]) -> None:
    """Deeds that name answers which this shop really gave, one guest's for each list."""
    lists = {
        "for_you": "/v1/users/{user}/recommendations",
        "similar": f"/v1/products/{asked(site, '/v1/lists/best-sellers')['items'][0]['id']}/similar",
        "trending": "/v1/lists/trending",
    }
    for scenario, counts in sent.items():
        user = f"anon:reader-of-{scenario}"
        answer = asked(site, lists[scenario].format(user=quote(user)))
        items = [item["id"] for item in answer["items"]]
        events = [
            {"event_id": f"{scenario}-{type_}-{each}", "user_id": user, "type": type_}
            | {"product_id": items[each % len(items)], "recommendation_id": answer["recommendation_id"]}
            for type_, count in zip(_TYPES, counts, strict=True)
            for each in range(count)
        ]
        assert asked(site, "/v1/events", {"events": events})["accepted"] == len(events)


def bounds(hits: int, of: int) -> str:
    """Where the share truly lies: the roots of (p̂ - p)² = z² p (1 - p) / n, which is how Wilson has it."""
    share, z2 = hits / of, 1.959964**2
    low, high = sorted(np.roots([1 + z2 / of, -(2 * share + z2 / of), share**2]).real)
    return f"{max(low, 0):.1%} to {high:.1%}"


def of_all_days(page: "Page") -> tuple[int, list[int]]:
    """How many days there are, and their sums: midnight may fall between what is sent and what is shown."""
    days = table(page, "Results by day")
    return len(days), [sum(map(int, column)) for column in zip(*days.values(), strict=True)]


def test_results_are_what_was_sent(built_demo: BuiltShop, tmp_path: Path, page_of: Opener) -> None:
    clicked, baskets, bought = (f"{hits / of:.1%} {bounds(hits, of)}" for hits, of in ((18, 120), (6, 18), (3, 18)))
    with served_copy(built_demo, tmp_path) as site, page_of(site, path="/dashboard/#/results") as page:
        page.get_by_text("Nothing that was recommended has been shown").wait_for()
        send(site, _SENT)
        page.get_by_role("button", name="7 days").click()
        page.get_by_role("table", name="Results by list").wait_for()
        assert table(page, "Results by list") == {
            "For you": ["120", "18", clicked, "6", baskets, "3", bought],
            "More like this": ["40", "5", "too few to tell", "1", "too few to tell", "0", "too few to tell"],
            "Trending": ["150", "0", f"0.0% {bounds(0, 150)}", "0", "–", "0", "–"],
        }
        assert page.locator(".stats").first.locator("b").all_inner_texts() == ["310", "23", "7", "3"]
        page.locator("summary").first.click()
        assert of_all_days(page) == (7, [310, 23, 7, 3])
        page.get_by_role("group", name="List").get_by_role("button", name="For you").click()
        assert of_all_days(page) == (7, [120, 18, 6, 3])
        assert page.locator(".chart canvas").count() == 2


def test_the_key_opens_it_and_stays_in_the_tab(shop: Served, page_of: Opener) -> None:
    with page_of(shop, path="/dashboard/", allow=_REFUSED) as page:
        page.get_by_role("heading", name="wants its key").wait_for()
        assert page.get_by_role("alert").count() == 0
        unlock(page, "vt_sk_wrong")
        page.get_by_role("alert").get_by_text("key").wait_for()
        unlock(page, shop.publishable)
        page.get_by_role("alert").get_by_text("secret").wait_for()
        unlock(page, shop.secret)
        page.get_by_role("heading", name="Now").wait_for()
        page.reload()
        page.get_by_role("heading", name="Now").wait_for()
        kept = page.evaluate("[location.href, document.cookie, JSON.stringify(localStorage)].join()")
        assert shop.secret not in kept
        second = page.context.new_page()
        second.goto(page.url)
        second.get_by_role("heading", name="wants its key").wait_for()
        page.get_by_role("button", name="Forget the key").click()
        page.get_by_role("heading", name="wants its key").wait_for()
        assert page.evaluate("sessionStorage.length") == 0


def test_every_view_fits_a_phone(shop: Served, page_of: Opener) -> None:
    with page_of(shop, 390, "dark", path="/dashboard/", allow=_REFUSED) as page:
        unlock(page, shop.secret)
        for view in _VIEWS:
            visit(page, f"#/{view}")
            page.locator(".view:not([aria-busy])").wait_for()
            assert page.locator("[role=alert]").text_content() == "", view
            assert runs_over(page) == [], view
            assert too_small_to_tap(page) == [], view


_TIME = """
window.ticks = [];
window.setInterval = tick => window.ticks.push(tick);
window.ahead = 0;
const now = Date.now;
Date.now = () => now() + window.ahead;
window.sight = "visible";
Object.defineProperty(document, "visibilityState", { get: () => window.sight });
"""
_LATER = "sight => { window.sight = sight; window.ahead += 15000; window.ticks.forEach(tick => tick()); }"


def test_it_asks_again_while_somebody_looks(site: Served, page_of: Opener) -> None:
    with page_of(site) as page:
        page.add_init_script(_TIME)
        page.goto(f"{site.url}/dashboard/")
        settled(page)
        asks: list[str] = []
        page.on("request", lambda request: asks.append(request.url))
        page.evaluate(_LATER, "hidden")
        with page.expect_response("**/v1/dashboard/traffic?*"):
            page.evaluate(_LATER, "visible")
        assert len(asks) == 1


def look(page: "Page", user: str, product: str) -> None:
    page.get_by_label("User").fill(user)
    page.get_by_label("Product").fill(product)
    page.get_by_role("button", name="Look", exact=True).click()
    page.locator(".view h2").first.wait_for()


def test_why_says_what_put_a_product_there_or_kept_it_out(site: Served, page_of: Opener) -> None:
    standings = {each.id: site.parts.events.standing(each.id) for each in site.shoppers}
    user = next(each for each, standing in standings.items() if standing.bought)
    bought = min(standings[user].bought)
    shown = asked(site, f"/v1/users/{user}/recommendations?limit=12")["items"]
    with page_of(site, path="/dashboard/#/why") as page:
        for place in (1, 5):
            look(page, user, shown[place - 1]["id"])
            page.get_by_role("heading", name=f"place {place}.").wait_for()
            assert shown[place - 1]["reason"]["sentence"] in page.locator(".verdict-panel").inner_text()
        assert page.locator(".path b").last.inner_text() == "place 5"
        look(page, user, bought)
        page.locator(".verdict-panel.out[data-cause=bought]").wait_for()
        look(page, user, "")
        page.get_by_role("button", name=f"Why {shown[2]['product']['title']}?").click()
        page.get_by_role("heading", name="place 3.").wait_for()
        assert user not in page.url
        assert user not in page.evaluate("JSON.stringify({ ...localStorage, ...sessionStorage })")


def test_titles_are_text(site: Served, page_of: Opener) -> None:
    def hostile(route: Any) -> None:
        real = route.fetch()
        route.fulfill(response=real, body=json.dumps(with_markup(real.json())))

    product = asked(site, "/v1/lists/best-sellers")["items"][0]["id"]
    with page_of(site, path="/dashboard/#/now") as page:
        page.route("**/v1/**", hostile)
        for fragment in (f"#/why?product={quote(product)}", "#/catalogue", "#/index"):
            visit(page, fragment)
            page.locator(".view:not([aria-busy])").wait_for()
            assert _MARKUP in page.locator("main").inner_text(), fragment
            assert page.locator("main [onerror]").count() == 0, fragment


def with_markup(value: Any, name: str = "") -> Any:
    if isinstance(value, dict):
        return {key: with_markup(each, key) for key, each in value.items()}
    if isinstance(value, list):
        return [with_markup(each, name) for each in value]
    return _MARKUP if name in ("title", "sentence", "verdict", "version", "feed") else value


@pytest.mark.skipif(not _PACKAGE.exists(), reason="uPlot is not there to compare with: npm ci in web/ brings it")
def test_the_chart_library_is_the_package_byte_for_byte() -> None:
    for name, here in _VENDORED.items():
        assert (PROJECT / "web" / "dashboard" / "vendor" / here).read_bytes() == (_PACKAGE / name).read_bytes(), name
