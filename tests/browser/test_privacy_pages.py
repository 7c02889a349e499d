"""What people decide on their own page, in a real browser: it holds at once, on every page and in the stores."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from tests.browser.sites import Served
from tests.browser.tour import asked, products
from tests.browser.walks import Opener, settled, until, visit

if TYPE_CHECKING:
    from playwright.sync_api import Page

_NOT_A_STRANGER = ("Because you", "Often chosen after")
"""How reasons begin that come from what somebody did."""


def who(page: "Page") -> str:
    user = page.evaluate("localStorage.getItem('vitrine.guest')")
    assert user.startswith("anon:")
    return str(user)


def looked_at(site: Served, user: str, *product_ids: str) -> None:
    events = [
        {"event_id": f"{user}-{place}", "user_id": user, "type": "view", "product_id": each}
        for place, each in enumerate(product_ids)
    ]
    assert asked(site, "/v1/events", {"events": events})["accepted"] == len(events)


def reasons(page: "Page") -> list[str]:
    """Of the cards that the home page has for its visitor."""
    visit(page, "#/")
    cards = page.locator("vitrine-rail[scenario=for-you] .card-why")
    cards.first.wait_for()
    return cards.all_inner_texts()


def personal(sentences: list[str]) -> list[str]:
    return [each for each in sentences if each.startswith(_NOT_A_STRANGER)]


def switch_off(page: "Page", name: str) -> None:
    with page.expect_response(lambda answer: answer.request.method == "PUT" and answer.ok):
        page.get_by_role("switch", name=name).uncheck()
    settled(page)


def raw_traces(folder: Path, text: str) -> list[str]:
    """The files in which the text stands, in any store's own format."""
    return [each.name for each in folder.rglob("*") if each.is_file() and text.encode() in each.read_bytes()]


def test_who_says_no_is_shown_what_everybody_is_and_sends_nothing(site: Served, page_of: Opener) -> None:
    with page_of(site, width=390) as page:
        user = who(page)
        looked_at(site, user, *products(site)[:3])
        assert personal(reasons(page))

        visit(page, "#/you")
        page.locator(".interest").first.wait_for()
        switch_off(page, "A shop window of my own")
        page.get_by_text("Nothing yet.").wait_for()
        assert not personal(reasons(page))
        assert site.parts.events.everything(user, 10) == []

        visit(page, "#/you")
        switch_off(page, "Count me in")
        sent: list[str] = []
        page.on("request", lambda request: sent.append(request.url) if "/v1/events" in request.url else None)
        visit(page, "#/")
        page.locator("vitrine-rail[scenario=for-you] .card-link").first.click()
        page.wait_for_url("**/#/product/**")
        settled(page)
        page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide'))")  # what is left is sent now, or never
        assert sent == []
        assert site.parts.events.everything(user, 10) == []
        visit(page, "#/you")
        assert [each.is_checked() for each in page.get_by_role("switch").all()] == [False, True, False]

        page.get_by_role("button", name="Look as").click()
        with page.expect_response(lambda answer: answer.request.method == "PUT" and answer.ok):
            page.get_by_role("button", name="New guest").click()
        visit(page, "#/")
        assert who(page) != user
        visit(page, "#/you")
        assert [each.is_checked() for each in page.get_by_role("switch").all()] == [False, True, False]


def test_what_is_taken_out_of_a_taste_is_in_no_list_any_more(site: Served, page_of: Opener) -> None:
    with page_of(site) as page:
        user = who(page)
        first, *_, other = (each["id"] for each in asked(site, "/v1/quiz")["questions"][0]["options"])
        looked_at(site, user, first, other)
        visit(page, "#/you")
        removed = page.locator(f".interest[data-product='{first}']")
        title = removed.get_by_role("link").get_attribute("aria-label") or ""
        assert f"Because you viewed {title}" in reasons(page) or f"Often chosen after {title}" in reasons(page)

        visit(page, "#/you")
        removed.get_by_role("button", name="Remove").click()
        removed.wait_for(state="detached")
        assert page.locator(f".interest[data-product='{other}']").count() == 1
        assert page.evaluate("document.activeElement.id") == "liked"
        assert [each for each in reasons(page) if title in each] == []
        assert personal(reasons(page))


def test_a_guest_takes_away_what_is_kept_and_has_it_erased_with_the_pages_own_key(
    keyed_site: Served, page_of: Opener
) -> None:
    ids = products(keyed_site)
    with page_of(keyed_site, path="/#/you", basket=ids[4:5]) as page:
        user = who(page)
        looked_at(keyed_site, user, *ids[:3])
        asked(keyed_site, "/v1/quiz/answers", {"user_id": user, "likes": {"colours": ["blue"]}})
        with page.expect_download() as downloaded:
            page.get_by_role("button", name="Download all").click()
        taken = json.loads(downloaded.value.path().read_text())
        assert sorted(each["product_id"] for each in taken["events"] if each["type"] == "view") == sorted(ids[:3])
        assert taken["kept"]["declared"]

        page.get_by_role("button", name="Erase everything").click()
        asking = page.get_by_role("dialog")
        asking.get_by_text("cannot be brought back").wait_for()
        asking.get_by_role("button", name="Keep it").click()
        asking.wait_for(state="detached")
        assert keyed_site.parts.events.everything(user, 10)

        page.get_by_role("button", name="Erase everything").click()
        asking.get_by_role("button", name="Erase everything").click()
        page.wait_for_url("**/#/")
        assert who(page) != user
        assert not personal(reasons(page))
        visit(page, "#/basket")
        page.get_by_text("It is empty").wait_for()
        assert_forgotten(page, keyed_site, user)


def assert_forgotten(page: "Page", site: Served, user: str) -> None:
    export: dict[str, Any] = asked(site, f"/v1/users/{quote(user)}/export")
    assert [export["events"], export["sends"], export["kept"]["declared"]] == [[], [], []]
    assert export["profile"]["interests"] == []
    until(page, lambda: raw_traces(site.settings.data, user.removeprefix("anon:")) == [])
