"""Collections and what is shared of them, in a real browser."""

from typing import TYPE_CHECKING

from shared.domain.events import COLLECTION_PREFIX, EventType
from tests.browser.sites import Served
from tests.browser.walks import Opener, settled, until

if TYPE_CHECKING:
    from playwright.sync_api import Page

SLUG = "reading-corner"
COPIED = {"permissions": ["clipboard-read", "clipboard-write"]}


def shown(page: "Page") -> list[str]:
    cards = page.locator("main .grid [data-product]")
    return list(cards.evaluate_all("cards => cards.map(card => card.dataset.product)"))


def shared_link(page: "Page", site: Served) -> str:
    page.get_by_role("button", name="Share").click()
    page.get_by_text("The link is copied").wait_for()
    link = page.evaluate("navigator.clipboard.readText()")
    assert link.startswith(f"{site.url}/#/shared/")
    return str(link)


def test_a_shared_link_shows_a_stranger_the_same_things_in_the_same_order(site: Served, page_of: Opener) -> None:
    with page_of(site, path="/#/collections", context=COPIED) as page:
        page.get_by_role("link", name="A corner to read in").click()
        page.get_by_role("heading", level=1, name="A corner to read in").wait_for()
        settled(page)
        mine = shown(page)
        assert len(mine) >= 3
        link = shared_link(page, site)
        asker = page.evaluate("localStorage.getItem('vitrine.guest')")

        def shares() -> list[str]:
            return [each.product_id for each in site.parts.events.everything(asker, 50) if each.type is EventType.SHARE]

        until(page, lambda: shares() == [COLLECTION_PREFIX + SLUG])

    with page_of(site, width=390, path=link.removeprefix(site.url)) as page:
        assert page.get_by_text("Someone shared this with you").is_visible()
        assert shown(page) == mine
        page.get_by_role("button", name="Add all to basket").click()
        page.get_by_role("button", name="All in your basket").wait_for()
        page.get_by_text(f"All {len(mine)} are in your basket.").wait_for()
        page.get_by_role("link", name="See the collection as it is today").click()
        page.wait_for_function(f"() => location.hash === '#/collection/{SLUG}'")


def test_a_damaged_link_is_said_kindly(site: Served, page_of: Opener) -> None:
    with page_of(site, path="/#/shared/bm90aGluZw", allow=[r"400"]) as page:
        page.get_by_role("heading", level=1, name="This link leads nowhere").wait_for()
        assert page.get_by_text("copy the whole of it").is_visible()
        page.get_by_role("link", name="To the collections").click()
        page.get_by_role("heading", level=1, name="Collections").wait_for()
