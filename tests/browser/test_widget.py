"""The widget in a foreign page with a strict security policy: it shows, it tells what was really seen, and no more."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from shared.domain.events import Event, EventType
from shared.domain.keys import id_in
from shared.domain.user_tokens import sign_user, signer_of
from tests.browser.foreign import BELOW, Foreign, foreign_pages, guest_of
from tests.browser.hostile import MARKER, harm_done, hostile_answer
from tests.browser.measures import AXE, axe_findings, runs_over
from tests.browser.sites import BuiltShop
from tests.browser.walks import Opener, settled, until

if TYPE_CHECKING:
    from playwright.sync_api import Page

_THREE = """
<vitrine-search facets="brand price"></vitrine-search>
<vitrine-rail scenario="trending" limit="8" href="/p/{id}"></vitrine-rail>
<vitrine-collection slug="gifts-for-cooks" href="/p/{id}"></vitrine-collection>"""
_RAIL = '<vitrine-rail scenario="trending" limit="6" href="/p/{id}"></vitrine-rail>'
# Of each card that a rail shows, its product, in order.
_CARDS = """rail => Array.from(rail.shadowRoot.querySelectorAll("[data-product]"), each => each.dataset.product)"""
_IN_SIGHT = """rail => Array.from(rail.shadowRoot.querySelectorAll("[data-product]")).filter(each => {
  const { left, right, top, bottom } = each.getBoundingClientRect();
  const inside = (from, to, end) => Math.max(0, Math.min(to, end) - Math.max(from, 0)) / (to - from);
  return inside(left, right, innerWidth) * inside(top, bottom, innerHeight) >= .5;
}).map(each => each.dataset.product)"""

# A rail that stands there for less than a second, and then another one in its place.
_TAKEN_AWAY = """async () => {
  const place = async scenario => {
    const rail = document.createElement("vitrine-rail");
    rail.setAttribute("scenario", scenario);
    const shown = new Promise(resolve => rail.addEventListener("vitrine-shown", resolve, { once: true }));
    document.querySelector("main").prepend(rail);
    await shown;
    return rail;
  };
  const gone = await place("best-sellers");
  await new Promise(resolve => setTimeout(resolve, 200));
  gone.remove();
  await place("new-arrivals");
}"""
# Playwright does not tell of what a page sends while it goes.
_BEACONS = """() => {
  const send = navigator.sendBeacon.bind(navigator);
  navigator.sendBeacon = (...sent) => {
    sessionStorage.beacon = JSON.stringify(sent);
    return send(...sent);
  };
}"""


@pytest.fixture(scope="module")
def foreign(built_demo: BuiltShop, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Foreign]:
    with foreign_pages(built_demo, tmp_path_factory.mktemp("foreign")) as pages:
        yield pages


def told(foreign: Foreign, user: str, *types: EventType) -> list[Event]:
    return [each for each in foreign.shop.parts.events.everything(user, 500) if each.type in types]


def wait_for_events(foreign: Foreign, page: "Page", user: str, of: EventType, count: int = 1) -> list[Event]:
    until(page, lambda: len(told(foreign, user, of)) >= count)
    return told(foreign, user, of)


def sendings(page: "Page") -> list[Any]:
    """The requests that carry events, from now on, but for beacons."""
    asked: list[Any] = []
    page.context.on("request", lambda each: asked.append(each) if "/v1/events" in each.url else None)
    return asked


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1280, "light")])
def test_all_of_it_shows_under_a_strict_policy(foreign: Foreign, page_of: Opener, width: int, scheme: Any) -> None:
    path = foreign.place("/three", _THREE)
    with page_of(foreign.url, width, scheme, path, allow=foreign.allowed) as page:
        page.get_by_role("heading", name="Trending now").wait_for()
        assert page.locator("vitrine-rail").get_by_role("article").count() == 8
        page.get_by_role("heading", name="Gifts under 30").wait_for()
        assert page.locator("vitrine-collection").get_by_role("article").count() >= 3
        pictures = page.locator("vitrine-rail img").evaluate_all("all => all.map(each => each.getAttribute('src'))")
        assert pictures == [each for each in pictures if each.startswith(f"{foreign.shop.url}/images/")]
        assert page.locator("vitrine-rail").evaluate("rail => getComputedStyle(rail).display") == "block"
        assert page.locator("vitrine-rail ul").evaluate("list => getComputedStyle(list).display") == "grid"
        assert runs_over(page) == []
        if AXE.exists() and scheme == "light":  # axe takes a dark canvas that no style has painted for white
            assert axe_findings(page) == []


def test_the_search_is_a_combobox_that_says_what_it_understood(foreign: Foreign, page_of: Opener) -> None:
    path = foreign.place("/search", '<vitrine-search facets="brand price"></vitrine-search>')
    with page_of(foreign.url, 1280, path=path, allow=foreign.allowed) as page:
        field = page.get_by_role("combobox", name="Search")
        field.press_sequentially("mug")
        page.get_by_role("option").first.wait_for()
        assert field.get_attribute("aria-expanded") == "true"
        field.press("ArrowDown")
        chosen = page.get_by_role("option", selected=True)
        assert chosen.get_attribute("id") == field.get_attribute("aria-activedescendant")
        field.press("Escape")
        assert (field.get_attribute("aria-expanded"), field.input_value()) == ("false", "mug")
        field.fill("blue things under 200")
        field.press("Enter")
        page.get_by_text("Understood as: blue").wait_for()
        page.get_by_role("status").filter(has_text="found").wait_for(state="attached")
        found = page.get_by_role("article").count()
        box = page.get_by_role("group", name="brand").get_by_role("checkbox").first
        box.click()
        page.wait_for_function(
            "found => document.querySelector('vitrine-search').shadowRoot.querySelectorAll('article').length < found",
            arg=found,
        )
        assert page.get_by_role("checkbox", checked=True).count() == 1
        if AXE.exists():
            assert axe_findings(page) == []
        events = wait_for_events(foreign, page, guest_of(page), EventType.SEARCH)
        assert events[0].query == "blue things under 200"


def test_impressions_are_of_what_was_seen_and_clicks_of_their_list(foreign: Foreign, page_of: Opener) -> None:
    below = '<vitrine-rail scenario="new-arrivals" limit="6" id="below"></vitrine-rail>'
    path = foreign.place("/seen", f"{_RAIL}{BELOW}{below}")
    with page_of(foreign.url, 390, path=path, allow=foreign.allowed) as page:
        guest, requests = guest_of(page), sendings(page)
        page.evaluate(_BEACONS)
        in_sight = page.locator("vitrine-rail").first.evaluate(_IN_SIGHT)
        seen = wait_for_events(foreign, page, guest, EventType.IMPRESSION, len(in_sight))
        assert 0 < len(in_sight) < 6
        assert sorted(each.product_id for each in seen) == sorted(in_sight)
        lists = {each.recommendation_id for each in seen}
        assert len(lists) == 1
        assert lists.pop().endswith("-trending")
        page.locator("#below").scroll_into_view_if_needed()
        more = wait_for_events(foreign, page, guest, EventType.IMPRESSION, len(in_sight) + 1)
        assert {each.recommendation_id.rpartition("-")[2] for each in more} == {"trending", "new_arrivals"}
        page.locator("vitrine-rail").first.scroll_into_view_if_needed()
        with page.expect_navigation():  # the page is left at once
            page.locator("vitrine-rail").first.get_by_role("link").first.click()
        click, *others = wait_for_events(foreign, page, guest, EventType.CLICK)
        assert (click.product_id, others) == (in_sight[0], [])
        assert click.recommendation_id in {each.recommendation_id for each in seen}
        assert not [each for each in requests if '"click"' in (each.post_data or "")]
        address, body = page.evaluate("JSON.parse(sessionStorage.beacon)")
        assert address == f"{foreign.shop.url}/v1/events?key={foreign.key}"
        assert '"click"' in body
        _order(page, click.product_id)
        for kind in (EventType.ADD_TO_CART, EventType.PURCHASE):
            assert [each.recommendation_id for each in wait_for_events(foreign, page, guest, kind)] == [
                click.recommendation_id
            ]


def test_what_was_taken_away_before_it_was_seen_does_not_count(foreign: Foreign, page_of: Opener) -> None:
    path = foreign.place("/taken", _RAIL)
    with page_of(foreign.url, path=path, allow=foreign.allowed) as page:
        page.evaluate(_TAKEN_AWAY)
        until(page, lambda: any("-new_arrivals" in each.recommendation_id for each in _impressions(foreign, page)))
        assert not [each for each in _impressions(foreign, page) if "-best_sellers" in each.recommendation_id]


def _impressions(foreign: Foreign, page: "Page") -> list[Event]:
    return told(foreign, guest_of(page), EventType.IMPRESSION)


def _order(page: "Page", product: str) -> None:
    """As the code of a shop's own pages does it, on the page that the click led to."""
    page.wait_for_function("() => window.vitrine?.track")
    page.evaluate(
        "id => vitrine.track(['add_to_cart', 'purchase'].map(type => ({ type, product_id: id, value: 1 })))", product
    )


def test_a_click_changes_the_next_list_without_a_reload(foreign: Foreign, page_of: Opener) -> None:
    path = foreign.place("/follows", f'{_RAIL}<vitrine-rail scenario="recently-viewed" id="own"></vitrine-rail>')
    with page_of(foreign.url, path=path, allow=foreign.allowed) as page:
        assert page.locator("#own").is_hidden()
        product = page.locator("vitrine-rail").first.evaluate(_CARDS)[0]
        page.evaluate("id => vitrine.track({ type: 'view', product_id: id })", product)
        page.locator("#own").get_by_role("article").wait_for()
        assert page.locator("#own").evaluate(_CARDS) == [product]


def test_a_rail_goes_on_by_its_cursor_and_by_the_keyboard(foreign: Foreign, page_of: Opener) -> None:
    path = foreign.place("/long", '<vitrine-rail scenario="trending" limit="8"></vitrine-rail>')
    with page_of(foreign.url, path=path, allow=foreign.allowed) as page:
        rail = page.locator("vitrine-rail")
        first = rail.evaluate(_CARDS)
        links = rail.get_by_role("link")
        links.first.focus()
        page.keyboard.press("ArrowRight")
        assert links.nth(1).evaluate("link => link === link.getRootNode().activeElement")
        assert rail.get_by_role("button", name="Show what came before").get_attribute("aria-disabled") == "true"
        top = rail.bounding_box()
        rail.get_by_role("button", name="Show what comes next").click()
        rail.get_by_role("article").nth(8).wait_for()
        assert rail.evaluate(_CARDS)[:8] == first
        assert len(set(rail.evaluate(_CARDS))) == len(rail.evaluate(_CARDS))
        assert rail.bounding_box() == top
        rail.get_by_role("status").filter(has_text="more products").wait_for(state="attached")


def test_who_says_no_is_not_followed(foreign: Foreign, page_of: Opener) -> None:
    path = foreign.place("/no", _RAIL)
    with page_of(foreign.url, path=path, allow=foreign.allowed) as page:
        guest = guest_of(page)
        page.evaluate("vitrine.setConsent({ personalise: false, analytics: false })")
        settled(page)
        assert told(foreign, guest, *EventType) == []
        requests = sendings(page)
        page.evaluate("vitrine.track({ type: 'view', product_id: 'mug-01' })")
        with page.expect_navigation():
            page.get_by_role("link").first.click()
        page.goto(foreign.url + path)
        settled(page)
        assert requests == []
        kept = page.evaluate("Object.keys(localStorage)")
        assert kept == ["vitrine.consent"]
        assert page.evaluate("vitrine.consent") == {"personalise": False, "analytics": False}


def test_where_it_is_asked_first_nothing_is_kept_before_the_answer(foreign: Foreign, page_of: Opener) -> None:
    path = foreign.place("/ask", _RAIL, 'data-consent="required"')
    with page_of(foreign.url, path=path, allow=foreign.allowed) as page:
        page.evaluate("localStorage.clear(); localStorage.setItem('of the shop', 'x')")
        page.reload()
        settled(page)
        requests = sendings(page)
        page.evaluate("vitrine.track({ type: 'view', product_id: 'mug-01' })")
        assert (page.evaluate("Object.keys(localStorage)"), requests) == (["of the shop"], [])
        page.evaluate("vitrine.setConsent({ personalise: true, analytics: true })")
        page.evaluate("vitrine.track({ type: 'view', product_id: 'mug-01' })")
        assert [each.product_id for each in wait_for_events(foreign, page, guest_of(page), EventType.VIEW)] == [
            "mug-01"
        ]


def test_who_logs_in_takes_along_what_the_guest_did(foreign: Foreign, page_of: Opener) -> None:
    secret, user = foreign.shop.secret, "buyer-7"
    token = sign_user(signer_of(secret), id_in(secret), user, datetime.now(UTC) + timedelta(hours=1))
    path = foreign.place("/login", _RAIL)
    with page_of(foreign.url, path=path, allow=foreign.allowed) as page:
        guest = guest_of(page)
        page.evaluate("vitrine.track({ type: 'view', product_id: 'mug-01' })")
        page.evaluate("([user, token]) => vitrine.identify(user, async () => token)", [user, token])
        page.evaluate("vitrine.track({ type: 'wishlist', product_id: 'mug-02' })")
        page.evaluate("vitrine.track({ type: 'view', product_id: 'mug-03' })")
        assert told(foreign, guest, *EventType) == []
        of_user = told(foreign, user, EventType.VIEW, EventType.WISHLIST)
        assert [each.product_id for each in of_user] == ["mug-01", "mug-02", "mug-03"]
        page.evaluate("vitrine.forget()")
        page.evaluate("vitrine.track({ type: 'view', product_id: 'mug-04' })")
        assert guest_of(page) not in ("", guest)
        assert len(told(foreign, user, EventType.VIEW, EventType.WISHLIST)) == 3


def test_an_answer_that_is_lost_doubles_nothing(foreign: Foreign, page_of: Opener) -> None:
    path = foreign.place("/lost", _RAIL)
    allowed = (*foreign.allowed, "ERR_FAILED")
    with page_of(foreign.url, path=path, allow=allowed) as page:
        guest = guest_of(page)
        lost: list[int] = []

        def lose(route: Any) -> None:
            if lost or not _views([route.request]):
                route.continue_()
                return
            lost.append(route.fetch().status)
            route.abort()

        requests = sendings(page)
        page.route("**/v1/events", lose)
        page.evaluate("vitrine.track({ type: 'view', product_id: 'mug-01' })")
        page.evaluate("dispatchEvent(new Event('online'))")
        until(page, lambda: len(_views(requests)) >= 2)
        assert lost == [200]
        assert _views(requests)[1].response().json()["duplicates"] >= 1
        assert len(told(foreign, guest, EventType.VIEW)) == 1


def _views(requests: list[Any]) -> list[Any]:
    return [each for each in requests if '"view"' in (each.post_data or "")]


def test_a_collection_is_shared_as_it_stands(foreign: Foreign, page_of: Opener) -> None:
    body = '<vitrine-collection slug="gifts-for-cooks"></vitrine-collection>'
    path, cards = foreign.place("/gifts", body), "vitrine-collection"
    allowed = {"permissions": ["clipboard-read", "clipboard-write"]}
    with page_of(foreign.url, path=path, allow=foreign.allowed, context=allowed) as page:
        page.get_by_role("button", name="Share").click()
        page.get_by_text("The link is copied.").first.wait_for()
        link = page.evaluate("navigator.clipboard.readText()")
        products = page.locator(cards).evaluate(_CARDS)
        shares = wait_for_events(foreign, page, guest_of(page), EventType.SHARE)
        assert len(shares) == 1
    assert link.startswith(f"{foreign.url}{path}#")
    with page_of(link, path="", allow=foreign.allowed) as page:
        page.get_by_text("Shared with you", exact=True).wait_for()
        assert page.locator(cards).evaluate(_CARDS) == products


def test_what_a_hostile_feed_says_is_text(built_hostile: BuiltShop, tmp_path: Path, page_of: Opener) -> None:
    with foreign_pages(built_hostile, tmp_path) as foreign:
        body = """<vitrine-search query="red shirt" facets="brand colour"></vitrine-search>
          <vitrine-rail scenario="new-arrivals" limit="36"></vitrine-rail>
          <vitrine-collection slug="theme-0"></vitrine-collection>"""
        path = foreign.place("/hostile", body)
        with page_of(foreign.url, path=path, allow=(*foreign.allowed, "Failed to load resource")) as page:
            page.add_init_script(MARKER)
            no_harm_in_the_three(page)
            page.route("**/v1/**", hostile_answer())  # and what no cleaning of a feed has seen
            no_harm_in_the_three(page)


def no_harm_in_the_three(page: "Page") -> None:
    page.reload()
    settled(page)
    page.locator("vitrine-search").get_by_role("article").first.wait_for()
    page.get_by_role("combobox").fill("red")
    page.get_by_role("option").first.wait_for()
    harm = harm_done(page)
    elements = [each for each in harm.pop("elements", []) if "vitrine.js" not in each]
    assert (harm, elements) == ({}, [])
    assert "ran(" in page.locator("vitrine-rail ul").inner_text()
