"""Search in the storefront, in a real browser: words, suggestions, filters, photos, "like this, but …"."""

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

from shared.domain.events import EventType
from tests.browser.sites import BuiltShop, Served
from tests.browser.walks import Opener, settled, until, visit

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

ASKED = "blue things for the kitchen under 40, not white"

FIRST = "/#/search"


def found(page: "Page") -> list[str]:
    """Ids of the products in the list, in its order."""
    cards = page.locator(".search-found > .grid [data-product]")
    return list(cards.evaluate_all("cards => cards.map(card => card.dataset.product)"))


def titles(page: "Page") -> list[str]:
    return page.locator(".search-found > .grid .card-title").all_inner_texts()


def chips(page: "Page") -> list[str]:
    entries = page.get_by_role("list", name="What you asked for").get_by_role("button").all_inner_texts()
    return [entry.removeprefix("Remove").strip() for entry in entries]


def box(page: "Page") -> "Locator":
    return page.get_by_role("combobox", name="Search the shop")


def ask(page: "Page", text: str) -> None:
    box(page).fill(text)
    box(page).press("Enter")
    page.wait_for_function("text => new URLSearchParams(location.hash.split('?')[1]).get('q') === text", arg=text)
    page.get_by_role("heading", level=1, name=f"“{text}”", exact=True).wait_for()
    settled(page)


def blue_only(page: "Page") -> bool:
    return all(title.endswith((", Blue", ", Navy")) for title in titles(page))


def test_words_are_understood_and_each_condition_can_be_taken_back(site: Served, page_of: Opener) -> None:
    with page_of(site, path=FIRST) as page:
        ask(page, ASKED)
        assert chips(page) == ["blue", "kitchen", "under 40", "not white"]
        assert "mug-01" in found(page)
        assert blue_only(page)
        marks = page.locator('[data-product="mug-01"] mark').all_inner_texts()
        assert set(marks) == {"Blue"}
        page.get_by_role("button", name="Remove blue").click()
        page.wait_for_function("() => location.hash.includes('q=things')")
        settled(page)

        assert chips(page) == ["kitchen", "under 40", "not white"]
        assert box(page).input_value() == "things for the kitchen under 40, not white"
        assert not blue_only(page)
        assert page.evaluate("document.activeElement.id") == "main"  # what was pressed is gone

        page.go_back()
        page.get_by_role("button", name="Remove blue").wait_for()
        assert box(page).input_value() == ASKED


def test_a_search_is_told_once_whatever_is_filtered_and_sorted(site: Served, page_of: Opener) -> None:
    with page_of(site, path=FIRST) as page:
        asker = page.evaluate("localStorage.getItem('vitrine.guest')")
        ask(page, ASKED)
        page.get_by_role("combobox", name="Sort by").select_option("price_asc")
        page.wait_for_function("() => location.hash.includes('sort=price_asc')")
        settled(page)
        ask(page, "teapot")

        def told() -> list[str]:
            return [event.query for event in site.parts.events.everything(asker, 50) if event.type is EventType.SEARCH]

        until(page, lambda: "teapot" in told())
        assert told() == [ASKED, "teapot"]
        page.locator('[data-product="teapot-01"] a').first.click()

        def clicks() -> list[tuple[str, bool]]:
            events = site.parts.events.everything(asker, 50)
            return [(each.product_id, bool(each.recommendation_id)) for each in events if each.type is EventType.CLICK]

        until(page, lambda: clicks() == [("teapot-01", True)])


def test_facets_narrow_the_list_and_the_focus_stays(site: Served, page_of: Opener) -> None:
    with page_of(site, path=f"/#/search?q={quote(ASKED)}") as page:
        before = found(page)
        navy = page.get_by_role("group", name="Colour").get_by_role("checkbox", name=re.compile("^navy"))
        navy.focus()
        page.keyboard.press("Space")
        page.get_by_role("button", name="Remove Colour: navy").wait_for()

        after = found(page)
        assert after
        assert set(after) < set(before)
        assert all(title.endswith(", Navy") for title in titles(page))
        assert page.get_by_text(f"{len(after)} products", exact=True).is_visible()
        assert page.evaluate("document.activeElement.value") == "navy"

        page.get_by_role("combobox", name="Sort by").select_option("price_asc")
        page.wait_for_function("() => location.hash.includes('sort=price_asc')")
        settled(page)
        prices = page.locator(".search-found .card-price").evaluate_all(
            "all => all.map(each => parseFloat((each.querySelector('.card-sale') ?? each).textContent.slice(1)))"
        )
        assert prices == sorted(prices)
        assert set(found(page)) == set(after)

        page.reload()
        settled(page)
        assert set(found(page)) == set(after)  # the address says it all


def test_filters_open_as_a_sheet_on_phones(site: Served, page_of: Opener) -> None:
    with page_of(site, width=390, path=f"/#/search?q={quote(ASKED)}") as page:
        assert page.get_by_role("group", name="Colour").count() == 0
        page.get_by_role("button", name="Filters").click()
        sheet = page.get_by_role("dialog", name="Filters")
        sheet.get_by_role("checkbox", name=re.compile("^navy")).check()
        page.wait_for_function("() => location.hash.includes('colour=navy')")
        settled(page)
        sheet.get_by_role("button", name="Show what is found").click()

        assert page.get_by_role("button", name="Filters (1)").is_visible()
        assert found(page)
        assert all(title.endswith(", Navy") for title in titles(page))
        assert page.evaluate("document.activeElement.textContent") == "Filters (1)"


def test_suggestions_by_keyboard(site: Served, page_of: Opener) -> None:
    with page_of(site, path=FIRST) as page:
        box(page).press_sequentially("run")
        options = page.get_by_role("option")
        page.get_by_role("option", name="Running Shoes Category").wait_for()
        assert box(page).get_attribute("aria-expanded") == "true"
        assert options.first.locator("mark").inner_text() == "Run"

        box(page).press("ArrowDown")
        chosen = page.locator('[role="option"][aria-selected="true"]')
        assert chosen.count() == 1
        assert box(page).get_attribute("aria-activedescendant") == chosen.get_attribute("id")
        box(page).press("Escape")
        assert options.count() == 0
        assert box(page).input_value() == "run"

        box(page).press("ArrowDown")
        page.get_by_role("option", name="Running Shoes Category").wait_for()
        while chosen.count() == 0 or not chosen.inner_text().startswith("Running Shoes"):
            box(page).press("ArrowDown")
        box(page).press("Enter")
        page.get_by_role("heading", level=1, name="Running Shoes").wait_for()
        settled(page)
        assert set(found(page)) == {"running-shoes-01", "running-shoes-02"}


def test_a_product_that_is_suggested_opens_at_a_tap(site: Served, page_of: Opener) -> None:
    with page_of(site, width=390, path=FIRST) as page:
        box(page).tap()
        box(page).press_sequentially("teapot navy")
        page.get_by_role("option", name=re.compile("Teapot, Navy.*product")).tap()
        page.wait_for_function("() => location.hash === '#/product/teapot-02'")


def test_what_was_mended_and_gave_way_is_said_and_an_empty_list_leads_on(site: Served, page_of: Opener) -> None:
    with page_of(site, path=FIRST) as page:
        ask(page, "blue teepot")
        assert page.get_by_text("Showing results for blue teapot. The shop has no “teepot”.").is_visible()
        assert found(page)[0].startswith("teapot")

        ask(page, "dress under 5")
        assert page.get_by_text("Nothing meets all of it, so this gave way: “under 5”.").is_visible()
        assert found(page)

        visit(page, "#/search?category=Mugs&colour=yellow")
        page.get_by_role("heading", name="Nothing like that is in the shop").wait_for()
        assert found(page) == []
        page.get_by_role("heading", name="Others look for").wait_for()
        page.locator("vitrine-rail article").first.wait_for()
        page.get_by_role("button", name="Remove Colour: yellow").click()
        page.get_by_text("2 products", exact=True).wait_for()
        assert set(found(page)) == {"mug-01", "mug-02"}


def test_more_is_appended_where_the_reader_is(site: Served, page_of: Opener) -> None:
    with page_of(site, path="/#/search?category=Home") as page:
        assert page.get_by_text("The best 24 are shown, and there are more").is_visible()
        first = found(page)
        more = page.get_by_role("button", name="Show more")
        more.focus()
        page.keyboard.press("Enter")
        page.wait_for_function("() => document.querySelectorAll('.search-found [data-product]').length > 24")

        assert found(page)[:24] == first
        assert len(set(found(page))) == len(found(page))
        assert page.evaluate("document.activeElement.closest('[data-product]').dataset.product") == found(page)[24]


def test_a_photo_is_searched_by_and_refined_in_words(site: Served, built_demo: BuiltShop, page_of: Opener) -> None:
    with page_of(site, path=FIRST) as page:
        page.locator(".search-camera summary").click()
        with page.expect_file_chooser() as chooser:
            page.get_by_role("banner").get_by_text("Choose a picture").click()
        chooser.value.set_files(built_demo.images / "teapot-01.jpg")
        page.get_by_role("heading", name="What looks like your photo").wait_for()
        settled(page)

        assert found(page)[0] == "teapot-01"
        assert not blue_only(page)
        assert page.locator(".search-seed img").evaluate("picture => picture.naturalWidth") > 0
        assert "blob" not in page.url

        page.get_by_role("list", name="Like this, but …").get_by_role("button", name="but blue").click()
        page.get_by_role("button", name="but blue", pressed=True).wait_for()
        settled(page)
        assert found(page)
        assert blue_only(page)

        ask_in_place = "but blue, under 30"
        box(page).fill(ask_in_place)
        box(page).press("Enter")
        page.get_by_role("button", name="Remove under 30").wait_for()
        settled(page)
        assert blue_only(page)
        assert page.get_by_role("button", name="but blue", pressed=True).is_visible()

        page.reload()
        page.get_by_text("Choose it again to search by it.").wait_for()


def test_large_photos_are_made_small_and_what_is_none_is_said(site: Served, page_of: Opener) -> None:
    with page_of(site, path=FIRST, allow=[r"415"]) as page:
        large = page.evaluate(
            """async () => {
              const canvas = new OffscreenCanvas(3000, 1500);
              canvas.getContext("2d").fillRect(0, 0, 2000, 1500);
              const { keepPhoto, photoOf } = await import(`${location.origin}/storefront/parts/photo.js`);
              const { blob } = photoOf(await keepPhoto(await canvas.convertToBlob()));
              const { width, height } = await createImageBitmap(blob);
              return [width, height, blob.type];
            }"""
        )
        assert large == [1000, 500, "image/jpeg"]

        page.locator(".photo-ways .photo-file input").set_input_files(
            {"name": "holiday.heic", "mimeType": "image/heic", "buffer": b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"}
        )
        page.get_by_role("alert").wait_for()
        assert "JPEG" in page.get_by_role("alert").inner_text()


def test_like_this_but(site: Served, page_of: Opener) -> None:
    with page_of(site, path="/#/search?category=Mugs") as page:
        page.get_by_role("link", name=re.compile("Like this, but .* Striped Stoneware Mug, Blue")).click()
        page.get_by_role("heading", level=1, name="Like this, but …").wait_for()
        settled(page)
        assert page.locator(".search-seed").get_by_role("link", name="Striped Stoneware Mug, Blue").is_visible()
        assert "mug-01" not in found(page)

        changes = page.get_by_role("list", name="Like this, but …")
        changes.get_by_role("button", name="without stripes").click()
        changes.get_by_role("button", name="without stripes", pressed=True).wait_for()
        settled(page)
        assert found(page)
        assert not any("Striped" in title for title in titles(page))

        changes.get_by_role("button", name="but navy").click()
        changes.get_by_role("button", name="but navy", pressed=True).wait_for()
        settled(page)
        assert box(page).input_value() == "without stripes, but navy"
        assert found(page)[0] == "mug-02"
        assert all(title.endswith(", Navy") for title in titles(page))


def test_hostile_words_are_text(site: Served, page_of: Opener) -> None:
    hostile = "<script>document.title='taken'</script><img src=x onerror=alert(1)> 😀 שלום \u202eevil"
    with page_of(site, width=390, path=FIRST) as page:
        visit(page, f"#/search?q={quote(hostile)}&colour={quote('<b>blue</b>')}")
        assert hostile in page.get_by_role("heading", level=1).inner_text()
        assert page.get_by_role("button", name="Remove Colour: <b>blue</b>").is_visible()
        assert page.locator("main script, main img[src='x'], main b").count() == 0
        assert "taken" not in page.title().split("'")[0]

        visit(page, f"#/search?q={'a' * 3000}")
        settled(page)
        assert len(box(page).input_value()) == 500
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
