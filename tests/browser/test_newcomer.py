"""A newcomer's walk through the shop, in a real browser: from the quiz to what is no longer recommended."""

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from shared.domain.events import EventType
from tests.browser.sites import BuiltShop, Served, served_copy
from tests.browser.tour import asked, products
from tests.browser.walks import Opener, until, visit

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

_LIKES = "Kitchen"


def guest_of(page: "Page") -> str:
    return str(page.evaluate("localStorage.getItem('vitrine.guest')"))


def shown(cards: "Locator") -> list[str]:
    """Ids of the products on the cards."""
    cards.first.wait_for()
    return [str(each) for each in cards.evaluate_all("cards => cards.map(card => card.dataset.product)")]


def deeds(site: Served, user: str, *types: EventType) -> list[tuple[str, str]]:
    """What the event store has of a user: type and product, oldest first."""
    return [(str(each.type), each.product_id) for each in site.parts.events.everything(user, 500) if each.type in types]


def answer_the_quiz(page: "Page") -> list[str]:
    """The first picture of each question and one word; returns the products that were chosen."""
    visit(page, "#/quiz")
    chosen = []
    for number in range(1, 6):
        page.get_by_text(f"{number} of 5").wait_for()
        choice = page.get_by_role("radio").first
        chosen.append(str(choice.get_attribute("value")))
        choice.check(force=True)
        page.get_by_role("button", name="Next").click()
    page.get_by_text(_LIKES, exact=True).click()
    page.get_by_role("button", name="Show my picks").click()
    page.get_by_role("heading", name="this is what we understood").wait_for()
    return chosen


def test_the_newcomers_walk(site: Served, page_of: Opener) -> None:
    with page_of(site, width=390) as page:
        user = guest_of(page)

        chosen = answer_the_quiz(page)
        assert page.locator(".quiz-liked li").count() == 5
        page.get_by_text(f"And you like: {_LIKES}").wait_for()
        picks = page.locator(".grid .card")
        told = " ".join(picks.locator(".card-why").all_inner_texts())
        assert "Because you picked" in told or "You picked this" in told or f"You like {_LIKES}" in told
        viewed = next(each for each in shown(picks) if each not in chosen)

        page.locator(f".grid .card[data-product='{viewed}'] .card-link").click()
        page.wait_for_url(f"**/#/product/{viewed}")
        similar = page.locator("vitrine-rail[scenario=similar] .card")
        first = shown(similar)[0]
        assert viewed not in shown(similar)

        title = similar.first.locator(".card-title").inner_text()
        similar.first.locator(".card-link").click()
        page.wait_for_url(f"**/#/product/{first}")
        page.get_by_role("heading", level=1, name=title).wait_for()
        page.get_by_role("button", name="Add to basket").first.click()
        page.locator("[data-tab=basket]", has_text="1").wait_for()

        visit(page, "#/basket")
        assert shown(page.locator(".line")) == [first]
        offered = page.locator("section", has=page.get_by_role("heading", name="Goes with your basket")).locator(
            ".card"
        )
        second = shown(offered)[0]
        assert second != first
        offered.first.get_by_role("button", name="Add to basket").click()
        page.locator(f".line[data-product='{second}']").wait_for()
        until(page, lambda: not {first, second} & set(shown(offered)))

        page.get_by_role("button", name=re.compile("^One more of")).last.click()
        page.locator(".many", has_text="2").wait_for()
        page.get_by_role("button", name="Buy now").click()
        page.get_by_role("heading", name="Thank you", exact=True).wait_for()
        page.get_by_text("nothing was paid for").wait_for()
        assert page.locator(".bought li").count() == 2
        assert not {first, second} & set(shown(page.locator(".grid .card")))

        visit(page, "#/")
        assert not {first, second} & set(shown(page.locator("vitrine-rail[scenario=for-you] .card")))
        visit(page, "#/basket")
        page.get_by_text("It is empty").wait_for()

    assert deeds(site, user, EventType.VIEW) == [("view", viewed), ("view", first)]
    assert deeds(site, user, EventType.CLICK) == [("click", viewed), ("click", first)]
    assert deeds(site, user, EventType.ADD_TO_CART) == [("add_to_cart", first), ("add_to_cart", second)]
    bought = [each for each in site.parts.events.everything(user, 500) if each.type is EventType.PURCHASE]
    assert {each.product_id: each.value for each in bought} == {first: 1, second: 2}
    assert all(each.recommendation_id for each in bought), "what was bought speaks for the list it was found in"
    declared = asked(site, f"/v1/users/{quote(user)}/export")["kept"]["declared"]
    assert json.dumps(chosen[0]) in json.dumps(declared)
    assert _LIKES in json.dumps(declared)


def test_the_quiz_by_keyboard_alone(site: Served, page_of: Opener) -> None:
    with page_of(site, path="/#/quiz") as page:
        radio = page.get_by_role("radio")
        until_focused(page, radio.first)
        page.keyboard.press("Enter")  # nothing is chosen yet
        page.get_by_text("or skip").wait_for()
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        page.get_by_text("2 of 5").wait_for()
        assert focused_role(page) == "radio"
        page.keyboard.press("ArrowLeft")
        picked = radio.last.get_attribute("value")
        assert radio.last.is_checked()
        page.keyboard.press("Enter")
        page.get_by_text("3 of 5").wait_for()

        page.go_back()  # as a phone's own gesture does
        page.get_by_text("2 of 5").wait_for()
        assert radio.last.is_checked()
        page.keyboard.press("Enter")
        for number in (3, 4, 5):
            page.get_by_text(f"{number} of 5").wait_for()
            until_focused(page, page.get_by_role("button", name="Skip"))
            page.keyboard.press("Enter")
        page.get_by_role("heading", name="Anything you know").wait_for()
        until_focused(page, page.get_by_role("radio", name="Up to").last)
        page.keyboard.press("Space")
        with page.expect_request("**/v1/quiz/answers") as sent:
            page.keyboard.press("Enter")
        page.get_by_role("heading", name="this is what we understood").wait_for()
        said: Any = sent.value.post_data_json
        assert [each["question"] for each in said["answers"]] == ["q1", "q2"]
        assert said["answers"][1]["chosen"] == [picked]
        assert said["likes"]["budget"]["max"] > 0

        page.get_by_role("button", name="Take it again").press("Enter")
        page.get_by_text("1 of 5").wait_for()
        assert not any(each.is_checked() for each in radio.all())


def focused_role(page: "Page") -> str:
    return str(page.evaluate("document.activeElement.type || document.activeElement.localName"))


def until_focused(page: "Page", wanted: "Locator", most: int = 250) -> None:
    """By Tab and, within a group of choices, by arrows."""
    for _ in range(most):
        if wanted.evaluate("each => each === document.activeElement"):
            return
        group = wanted.evaluate(
            "each => each.type === 'radio' && each.name === document.activeElement?.name && document.activeElement.name"
        )
        page.keyboard.press("ArrowRight" if group else "Tab")
    raise AssertionError(f"the keyboard does not reach {wanted}")


def test_prices_stock_and_number_of_now_are_what_is_bought(
    built_demo: BuiltShop, tmp_path: Path, page_of: Opener
) -> None:
    with served_copy(built_demo, tmp_path / "copy") as shop:
        gone, one, two = products(shop, 3)
        prices = [{"id": one, "price": 10, "sale_price": None}, {"id": two, "price": 20, "sale_price": 15.5}]
        with page_of(shop, basket=(gone, one, two)) as page:
            told = {"products": [*prices, {"id": gone, "stock": 0}]}
            assert page.request.patch(f"{shop.url}/v1/products", data=told).json()["changed"] == 3

            visit(page, "#/basket")
            assert page.locator(f".line[data-product='{gone}']").get_by_text("Sold out").count() == 1
            total = page.locator(".order .sum strong")
            assert total.inner_text() == "€25.50"
            page.locator(f".line[data-product='{two}']").get_by_role("button", name="One more").click()
            page.get_by_text("€41.00").wait_for()

            page.locator(f".line[data-product='{one}']").get_by_role("button", name="Remove").click()
            until(page, lambda: total.inner_text() == "€31.00")
            page.get_by_role("button", name="Undo").click()
            until(page, lambda: total.inner_text() == "€41.00")
            assert shown(page.locator(".line")) == [gone, one, two]

            page.request.patch(f"{shop.url}/v1/products", data={"products": [{"id": one, "price": 12}]})
            page.get_by_role("button", name="Buy now").click()
            page.get_by_text("Something has changed in your basket").wait_for()
            assert total.inner_text() == "€43.00"
            page.get_by_role("button", name="Buy now").click()
            page.get_by_role("heading", name="Thank you", exact=True).wait_for()
            visit(page, "#/basket")
            assert shown(page.locator(".line")) == [gone]
            user = guest_of(page)
        done = deeds(shop, user, EventType.PURCHASE, EventType.REMOVE_FROM_CART)
        assert sorted(done) == sorted([("purchase", one), ("purchase", two)])
