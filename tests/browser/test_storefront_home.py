"""The storefront's frame, its home page and its product page, in a browser; and the same as a folder of files."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from local.commands.site import site_config, write_site
from local.demo_shop.shoppers import shoppers
from local.site import Site, config_of
from shared.domain.access import KeyKind
from shared.domain.errors import InvalidInput
from shared.domain.events import Event, EventType
from shared.domain.keys import KeyTerms
from tests.browser.sites import BuiltShop, Served, served_copy
from tests.browser.walks import Opener, read_down, settled, until, visit
from tests.key_maker import make_key

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

SHOPPER = "shopper-001"
LEAST_SHIFT = 0.02
_SHIFTS = """() => {
  const observer = new PerformanceObserver(() => {});
  observer.observe({ type: "layout-shift", buffered: true });
  const shifts = observer.takeRecords().filter(each => !each.hadRecentInput);
  return {
    sum: shifts.reduce((sum, each) => sum + each.value, 0),
    moved: shifts.flatMap(each => each.sources.map(({ node }) => node?.outerHTML?.slice(0, 80))),
  };
}"""

_FOCUSED = """() => {
  let at = document.activeElement;
  while (at.shadowRoot) at = at.shadowRoot.activeElement;
  return at.className;
}"""


def rail(page: "Page", scenario: str) -> "Locator":
    return page.locator(f"vitrine-rail[scenario='{scenario}']")


def ids_in(shown: "Locator") -> list[str]:
    return [str(each.get_attribute("data-product")) for each in shown.locator("[data-product]").all()]


def guest_of(page: "Page") -> str:
    return str(page.evaluate("localStorage.getItem('vitrine.guest')"))


def deeds(site: Served, user: str, type_: EventType) -> list[Event]:
    return [each for each in site.parts.events.everything(user, 1000) if each.type == type_]


@pytest.mark.parametrize("width", [390, 1280])
def test_home_says_why_and_nothing_moves_while_it_is_read(site: Served, page_of: Opener, width: int) -> None:
    with page_of(site, width=width, shopper=SHOPPER) as page:
        assert page.get_by_role("heading", level=1).inner_text() == "Picked for Mara"
        read_down(page)
        shown = [each for each in page.locator("vitrine-rail").all() if each.is_visible()]
        assert len(shown) >= 5
        for each in shown:
            assert each.get_by_role("heading").inner_text()
            cards = each.locator(".card")
            assert cards.count() == each.locator(".card-why").count() > 0
            assert cards.count() == each.get_by_role("button", name="Why this?").count()
        assert page.locator(".theme").first.is_visible()
        shifts = page.evaluate(_SHIFTS)
        assert shifts["sum"] < LEAST_SHIFT, shifts["moved"]


def test_a_look_at_a_product_changes_the_next_home_without_a_reload(site: Served, page_of: Opener) -> None:
    with page_of(site) as page:
        page.evaluate("window.stayed = true")
        before = ids_in(rail(page, "for-you"))
        first = rail(page, "trending").locator(".card-link").first
        title = first.locator(".card-title").inner_text()
        first.click()
        page.get_by_role("heading", level=1, name=title).wait_for()
        assert page.evaluate("document.activeElement.id") == "main"
        page.get_by_role("link", name="Home").click()
        page.get_by_role("heading", level=1, name="Picked for you").wait_for()
        assert ids_in(rail(page, "for-you")) != before
        assert any(title in each for each in rail(page, "for-you").locator(".card-why").all_inner_texts())
        assert page.evaluate("window.stayed")
        seen = deeds(site, guest_of(page), EventType.VIEW)
        clicked = deeds(site, guest_of(page), EventType.CLICK)
        assert [each.product_id for each in seen] == [each.product_id for each in clicked]
        assert seen[0].recommendation_id == clicked[0].recommendation_id != ""


def test_what_was_saved_speaks_for_it_until_it_is_taken_back(site: Served, page_of: Opener) -> None:
    with page_of(site) as page:
        row = rail(page, "trending")
        row.locator("[data-product]").first.wait_for()
        product = ids_in(row)[0]
        heart = row.get_by_role("button", name=re.compile("^Save ")).first
        heart.click()
        page.get_by_text("Saved. What comes next").wait_for()
        user = guest_of(page)
        until(page, lambda: [each.product_id for each in deeds(site, user, EventType.WISHLIST)] == [product])
        visit(page, "#/you")
        liked = page.locator(".interest")
        assert liked.first.get_attribute("data-product") == product

        visit(page, f"#/product/{product}")
        pressed = page.get_by_role("button", name="Save", exact=True).first
        assert pressed.get_attribute("aria-pressed") == "true"
        pressed.click()
        page.get_by_text("Taken back.").wait_for()
        assert pressed.get_attribute("aria-pressed") == "false"
        visit(page, "#/you")
        assert liked.count() == 0
        assert page.get_by_role("heading", name="Saved").count() == 0
        page.reload()
        settled(page)
        assert liked.count() == 0


def test_what_is_put_away_can_be_called_back_and_else_stays_away(site: Served, page_of: Opener) -> None:
    with page_of(site, shopper=SHOPPER) as page:
        row = rail(page, "for-you")
        away = ids_in(row)[0]
        button = row.get_by_role("button", name="Not for me").first
        button.click()
        assert away not in ids_in(row)
        page.get_by_role("button", name="Undo").click()
        assert ids_in(row)[0] == away
        button.focus()
        page.keyboard.press("Enter")
        page.get_by_role("button", name="Undo").focus()
        page.keyboard.press("Escape")
        until(page, lambda: [each.product_id for each in deeds(site, SHOPPER, EventType.DISLIKE)] == [away])
        page.reload()
        settled(page)
        assert away not in ids_in(rail(page, "for-you"))


def test_a_product_page_has_all_its_parts(site: Served, page_of: Opener) -> None:
    with page_of(site, path="/#/product/shirt-01") as page:
        main = page.get_by_role("main")
        assert main.get_by_role("img").first.get_attribute("alt") == page.get_by_role("heading", level=1).text_content()
        assert main.locator(".product-price").inner_text()
        assert main.get_by_text("In stock").is_visible()
        assert main.locator("dd").count() >= 3
        page.get_by_role("button", name="Add to basket").click()
        page.get_by_role("button", name="In your basket · add one more").wait_for()
        assert page.get_by_role("link", name="Basket").locator(".count").inner_text().startswith("1")
        read_down(page)
        for scenario in ("similar", "complements", "looks-alike"):
            assert rail(page, scenario).locator(".card-why").count() > 0
        whole = page.get_by_role("button", name="Add the whole look")
        pieces = page.locator(".look > li").count()
        whole.click()
        assert page.get_by_role("link", name="Basket").locator(".count").inner_text().startswith(str(1 + pieces))
        shifts = page.evaluate(_SHIFTS)
        assert shifts["sum"] < LEAST_SHIFT, shifts["moved"]
        change = page.get_by_role("button", name=re.compile("^but ")).first
        wish = change.inner_text()
        change.click()
        page.wait_for_function("() => location.hash.startsWith('#/search?')")
        assert page.evaluate("new URLSearchParams(location.hash.split('?')[1]).get('like')") == "shirt-01"
        assert page.evaluate("new URLSearchParams(location.hash.split('?')[1]).get('q')") == wish
        visit(page, "#/product/no-such-thing")
        assert page.get_by_role("heading", level=1).inner_text() == "This product is no longer here"


def test_the_keyboard_alone_goes_from_the_first_page_into_the_basket(site: Served, page_of: Opener) -> None:
    with page_of(site) as page:
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        page.keyboard.press("Enter")
        for _ in range(8):
            page.keyboard.press("Tab")
            if page.evaluate(_FOCUSED) == "card-link":
                break
        page.keyboard.press("Enter")
        page.get_by_role("button", name="Add to basket").wait_for()
        page.keyboard.press("Tab")
        assert page.evaluate(_FOCUSED) == "button primary product-add"
        page.keyboard.press("Enter")
        page.get_by_role("button", name="In your basket").wait_for()
        who = page.get_by_role("button", name="Look as")
        who.focus()
        page.keyboard.press("Enter")
        page.get_by_role("dialog", name="Look as").wait_for()
        page.keyboard.press("Escape")
        assert page.evaluate("document.activeElement.className") == "who"
        page.keyboard.press("Enter")
        page.get_by_role("button", name="Mara").focus()
        page.keyboard.press("Enter")
        assert who.inner_text().split() == ["Look", "as", "Mara"]


def test_pages_and_files_are_sent_with_what_browsers_should_know(site: Served) -> None:
    page = httpx.get(f"{site.url}/")
    assert "script-src 'self'" in page.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
    assert page.headers["permissions-policy"].startswith("camera=(self)")
    for path in ("/", "/config.json", "/lib/dom.js", "/storefront/storefront.css"):
        head, got = httpx.head(site.url + path), httpx.get(site.url + path)
        assert head.status_code == got.status_code == 200
        assert not head.content
        assert got.headers["x-content-type-options"] == "nosniff"
        assert got.headers["cache-control"] in ("no-cache", "no-store")
    module = httpx.get(f"{site.url}/lib/dom.js")
    again = httpx.get(f"{site.url}/lib/dom.js", headers={"if-none-match": module.headers["etag"]})
    assert again.status_code == 304
    assert httpx.get(f"{site.url}/node_modules/typescript/package.json").status_code == 404


def test_with_keys_no_shopper_is_offered_and_pages_without_one_say_what_to_do(site: Served, page_of: Opener) -> None:
    shown = [each.id for each in config_of(Site(shoppers=shoppers())).shoppers]
    assert SHOPPER in shown
    assert len(shown) < len(shoppers())
    assert config_of(Site(shoppers=shoppers(), key="vt_pk_x")).shoppers == []
    told = config_of(Site(shoppers=shoppers(), keyed=lambda: True))
    assert told.keys
    assert told.shoppers == []
    with page_of(site, allow=["vitrine keys create"]) as page:
        page.route("**/config.json", lambda route: route.fulfill(json=told.model_dump()))
        page.reload()
        sentence = page.get_by_text("vitrine keys create --publishable --origin")
        sentence.wait_for()
        assert site.url in sentence.inner_text()


def test_the_folder_for_a_bucket_works_from_another_origin(
    built_demo: BuiltShop, tmp_path: Path, page_of: Opener
) -> None:
    folder = tmp_path / "bucket"
    with (
        files_of(folder) as origin,
        served_copy(built_demo, tmp_path / "copy", keys=True) as api,
    ):
        key = make_key(api.parts.state, KeyTerms(KeyKind.PUBLISHABLE, origins=(origin,)), seed="the bucket's")
        for _ in range(2):  # the second time it is renewed
            write_site(folder, site_config("The little shop", api.url, key, f"{api.url}/images"))
        with page_of(origin, allow=[f"asked: {re.escape(api.url)}/"]) as page:
            row = rail(page, "for-you")
            picture = row.locator("img").first
            assert str(picture.get_attribute("src")).startswith(f"{api.url}/images/")
            page.wait_for_function("picture => picture.naturalWidth > 0", arg=picture.element_handle())
            assert not page.get_by_role("button", name="Look as").count()
            row.locator(".card-link").first.click()
            page.get_by_role("button", name="Add to basket").click()
            until(page, lambda: len(deeds(api, guest_of(page), EventType.ADD_TO_CART)) == 1)


def test_a_site_is_refused_what_would_harm_it(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="secret key"):
        site_config("Shop", "https://api.example", "vt_sk_abc_def")
    with pytest.raises(InvalidInput, match=r"--api 'api\.example'"):
        site_config("Shop", "api.example", "vt_pk_abc_def")
    (tmp_path / "diary.txt").write_text("mine")
    with pytest.raises(InvalidInput, match="something else"):
        write_site(tmp_path, site_config("Shop", "https://api.example", "vt_pk_abc_def"))
    assert [each.name for each in tmp_path.iterdir()] == ["diary.txt"]


@contextmanager
def files_of(folder: Path) -> Iterator[str]:
    """A server of files as plain as they come; gives its origin."""
    folder.mkdir()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass
