"""Pictures and links in emails, as mail programs ask for them: without a key, at any time, and more than once."""

import base64
import io
import itertools
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from PIL import Image

from functions.picks import sends as sends_routes
from functions.picks import slots as slots_routes
from functions.picks.app import create_app
from functions.picks.post import Post
from shared import wiring
from shared.adapters.product_pictures import ProductPictures
from shared.adapters.silent import SilentTelemetry
from shared.domain.access import Caller
from shared.domain.choices import ALL, Consent
from shared.domain.events import EventType
from shared.domain.offers import OfferChange
from shared.domain.sends import Send, SendState, SentPick
from shared.emails.cards import ASPECT, draw
from shared.http import errors
from shared.http.callers import AUTHORISED
from shared.http.gate import Gate
from shared.http.lambda_entry import entry
from shared.services.choices import change
from shared.services.link_secrets import LIFE
from shared.services.rulebook import apply_rules
from shared.services.slot_images import Card, SlotImages
from shared.services.slots import Slots
from shared.settings import PROJECT, Settings
from tests.breaking import Breaking, unavailable
from tests.support import COLOURS, NOW, StillClock, event, opened, reindex, small_feed_rows, write_small_feed

LINKS = {
    "p5": "javascript:alert(1)",
    "p6": "https://shop.example/p/6?utm_source=own&a=b#size",
    "p7": "https://shop.example/p/sieben mit leerzeichen",
    "p8": "https://shop.example/ü/8",
}


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The 60 products with links, published once; the clock goes on from test to test."""
    folder = tmp_path_factory.mktemp("slots")
    clock = StillClock()
    parts = wiring.parts(Settings(data=folder / "data"), clock)
    links = {f"p{number}": f"https://shop.example/p/p{number}" for number in range(1, 61)} | LINKS
    feed, images = write_small_feed(folder / "feed", [row | {"link": links[row["id"]]} for row in small_feed_rows()])
    reindex(parts, feed, folder / "work", images=images)
    return parts, clock, images


class Emails:
    """A shop whose emails are opened."""

    counter = itertools.count()

    def __init__(self, built) -> None:
        self.parts, self.clock, self.images = built
        self.clock.forward(seconds=10)
        self.slots: Slots = wiring.slots(self.parts, wiring.shop(self.parts))
        self.drawn: list[Card] = []
        self.client = self.over(self.slots)

    def over(self, slots: Slots, pictures: Any = None) -> TestClient:
        def drawing(card, picture):
            self.drawn.append(card)
            return draw(card, picture)

        images = SlotImages(pictures or ProductPictures(self.images), drawing, self.clock)
        app = FastAPI(dependencies=AUTHORISED)
        errors.install(app)
        app.include_router(slots_routes.create_router(lambda: (slots, images)))
        app.include_router(sends_routes.create_router(lambda: (self.parts.sends, self.clock)))
        return TestClient(opened(app), follow_redirects=False)

    def sent(self, *picks: str, spares: tuple[str, ...] = (), **more: Any) -> str:
        """Returns what the addresses of the email's pictures begin with."""
        number = next(self.counter)
        self.user, self.ref = f"user {number}", f"{number:032x}"
        chosen = tuple(_pick(each, "top") for each in picks)
        send = Send(
            self.user, "may", "email", SendState.SENT, self.clock.now(), self.ref, chosen,
            tuple(_pick(each, "") for each in spares), **more,
        )  # fmt: skip
        self.parts.sends.add([send])
        return f"/v1/slots/{self.slots.secrets.token(self.ref)}"

    def offers(self, product_id: str, **values: Any) -> None:
        self.clock.forward(seconds=1)
        self.parts.products.change([OfferChange(product_id, self.clock.now(), values)])

    def shows(self, address: str) -> Card:
        """What a picture that is asked for for the first time says."""
        before = len(self.drawn)
        self.clock.forward(hours=2)  # no card is kept for so long
        answer = self.client.get(address)
        assert answer.status_code == 200, answer.text
        assert len(self.drawn) == before + 1
        return self.drawn[-1]

    def title(self, address: str) -> str:
        return self.shows(address).title.rpartition(" ")[2]

    def leads(self, address: str) -> str:
        answer = self.client.get(address)
        assert answer.status_code == 302, answer.text
        return answer.headers["location"]


def _pick(product_id: str, block: str) -> SentPick:
    return SentPick(block, product_id, product_id, "for_you:text", "similar", "", recommendation_id="rec1")


@pytest.fixture
def emails(built):
    emails = Emails(built)
    yield emails
    for product in ("p1", "p2", "p3", "p4"):
        emails.offers(product, availability="in_stock", stock=None)


def colour_of(content: bytes) -> tuple[int, ...]:
    picture = np.asarray(Image.open(io.BytesIO(content)).convert("RGB"))
    return tuple(int(each) for each in picture[picture.shape[1] // 2, picture.shape[1] // 2])


class TestPictures:
    @pytest.mark.parametrize(("image", "media"), [("0.png", "image/png"), ("0.jpg", "image/jpeg")])
    def test_the_products_own_with_what_it_costs_now(self, emails, image, media):
        address = emails.sent("p1", "p2")
        answer = emails.client.get(f"{address}/{image}")
        assert (answer.status_code, answer.headers["content-type"]) == (200, media)
        assert answer.headers["cache-control"] == "private, max-age=300"
        assert Image.open(io.BytesIO(answer.content)).size == (600, 750)
        assert np.allclose(colour_of(answer.content), COLOURS["blue"], atol=4)  # p1's photo
        emails.offers("p1", sale_price=3.5)
        card = emails.shows(f"{address}/{image}")
        assert (card.title, card.price, card.sale_price, card.currency) == ("Blue running shoe 1", 6.0, 3.5, "EUR")
        emails.offers("p1", sale_price=None)

    @pytest.mark.parametrize("width", [200, 300, 400, 600])
    def test_in_a_few_sizes(self, emails, width):
        answer = emails.client.get(f"{emails.sent('p1')}/0.jpg?w={width}")
        assert Image.open(io.BytesIO(answer.content)).size == (width, round(width * ASPECT))

    def test_who_has_it_already_is_told_so(self, emails):
        address = f"{emails.sent('p1')}/0.jpg"
        tag = emails.client.get(address).headers["etag"]
        again = emails.client.get(address, headers={"If-None-Match": f'"other", {tag}'})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
        assert again.headers["cache-control"] == "private, max-age=300"
        emails.offers("p1", price=7.0)
        assert emails.client.get(address, headers={"If-None-Match": tag}).status_code == 200
        emails.offers("p1", price=6.0)

    def test_what_is_the_same_for_all_is_drawn_once(self, emails):
        for _ in range(3):
            assert emails.client.get(f"{emails.sent('p1', 'p2')}/1.jpg").status_code == 200
        assert len(emails.drawn) == 1

    def test_a_picture_that_cannot_be_had_leaves_title_and_price(self, emails):
        client = emails.over(emails.slots, Breaking(object(), unavailable, "read_from"))
        address = f"{emails.sent('p1')}/0.png"
        answer = client.get(address)
        assert answer.status_code == 200
        assert emails.drawn[-1].title == "Blue running shoe 1"
        assert colour_of(answer.content) != COLOURS["blue"]
        client.get(address)
        assert len(emails.drawn) == 1
        emails.clock.forward(minutes=2)
        client.get(address)
        assert len(emails.drawn) == 2

    @pytest.mark.parametrize("image", ["x.png", "-1.png", "01.png", "0.gif", "0", "0.png.exe", "100.png", "9.jpg"])
    def test_a_place_that_is_none(self, emails, image):
        answer = emails.client.get(f"{emails.sent('p1')}/{image}")
        assert answer.status_code == 404
        assert "counted from 0" in answer.json()["detail"]

    @pytest.mark.parametrize("width", ["0", "601", "99999999999999999999", "x"])
    def test_a_size_that_is_none(self, emails, width):
        assert emails.client.get(f"{emails.sent('p1')}/0.png?w={width}").status_code in (400, 422)


class TestChoosing:
    def test_sold_out_makes_way_for_a_spare_and_the_link_follows(self, emails):
        address = emails.sent("p1", "p2", spares=("p3", "p4"))
        emails.offers("p2", stock=0)
        emails.offers("p3", availability="out_of_stock")
        assert [emails.title(f"{address}/{place}.jpg") for place in (0, 1)] == ["1", "4"]
        assert emails.parts.sends.by_ref(emails.ref).shown == {1: "p4"}
        assert emails.leads(f"{address}/1/link").startswith("https://shop.example/p/p4?")

    def test_the_link_leads_to_what_was_shown_also_when_that_has_sold_out_since(self, emails):
        address = emails.sent("p1", "p2", spares=("p3",))
        emails.offers("p2", stock=0)
        assert emails.title(f"{address}/1.jpg") == "3"
        emails.offers("p3", stock=0)
        emails.offers("p2", stock=5)
        assert emails.leads(f"{address}/1/link").startswith("https://shop.example/p/p3?")
        assert emails.title(f"{address}/1.jpg") == "2"
        assert emails.leads(f"{address}/1/link").startswith("https://shop.example/p/p2?")

    def test_who_saw_no_picture_is_led_to_what_the_email_says(self, emails):
        address = emails.sent("p1", "p2", spares=("p3",))
        emails.offers("p2", stock=0)
        assert emails.leads(f"{address}/1/link").startswith("https://shop.example/p/p2?")

    def test_two_pictures_asked_for_at_once_show_two_products(self, emails):
        address = emails.sent("p1", "p2", spares=("p3", "p4", "p57"))
        emails.offers("p1", stock=0)
        emails.offers("p2", stock=0)
        assert [emails.title(f"{address}/{place}.jpg") for place in (1, 0, 1)] == ["4", "3", "4"]

    def test_one_of_a_group_in_an_email(self, emails):
        address = emails.sent("p1", "p2", spares=("p55", "p4"))  # p55 is a variant of p1
        emails.offers("p2", stock=0)
        assert emails.title(f"{address}/1.jpg") == "4"

    def test_what_was_bought_meanwhile_makes_way(self, emails):
        address = emails.sent("p1", "p2", spares=("p3",))
        emails.parts.events.add([event(emails.user, EventType.PURCHASE, "p1", emails.clock.now())])
        assert emails.title(f"{address}/0.jpg") == "3"

    def test_what_the_shop_hides_is_neither_shown_nor_linked(self, emails):
        address = emails.sent("p1", "p2", spares=("p3",))
        rules = {"rules": [{"id": "recall", "kind": "hide", "products": ["p1"]}]}
        apply_rules(emails.parts.blobs, rules, emails.clock.now())
        emails.clock.forward(minutes=5)
        assert emails.leads(f"{address}/0/link").startswith("https://shop.example/p/p3?")
        assert emails.title(f"{address}/0.jpg") == "3"
        apply_rules(emails.parts.blobs, {"rules": []}, emails.clock.now())

    def test_all_sold_out_is_a_blank_picture_and_the_shop(self, emails):
        address = emails.sent("p1")
        emails.offers("p1", stock=0)
        assert emails.shows(f"{address}/0.jpg") == Card(600, "JPEG")


class TestLinks:
    def test_the_shops_address_with_where_the_click_came_from(self, emails):
        address = emails.sent("p1", "p6", utm_source="crm", utm_medium="mail")
        assert emails.leads(f"{address}/0/link") == (
            "https://shop.example/p/p1?utm_source=crm&utm_medium=mail&utm_campaign=may&utm_content=top"
            "&vt_rec=rec1&vt_product=p1"
        )
        assert emails.leads(f"{address}/1/link").startswith("https://shop.example/p/6?utm_source=own&a=b&utm_medium=")
        assert emails.client.get(f"{address}/0/link").headers["cache-control"] == "no-store"

    @pytest.mark.parametrize("product", ["p5", "p7"])
    def test_what_is_no_address_leads_to_the_shop(self, emails, product):
        assert emails.leads(f"{emails.sent(product)}/0/link") == "https://shop.example/"

    def test_letters_that_a_header_cannot_hold(self, emails):
        assert emails.leads(f"{emails.sent('p8')}/0/link").startswith("https://shop.example/%C3%BC/8?")

    def test_nobody_is_led_anywhere_else(self, emails):
        address = emails.sent("p1")
        for query in ("?url=https://evil.example", "?next=//evil.example", "?w=300"):
            assert emails.leads(f"{address}/0/link{query}").startswith("https://shop.example/p/p1?")

    @pytest.mark.parametrize("place", ["9", "-1", "x", "00", "100", "%0d%0aSet-Cookie:%20a"])
    def test_a_place_that_is_none(self, emails, place):
        assert emails.client.get(f"{emails.sent('p1')}/{place}/link").status_code == 404


class TestTokens:
    def test_nothing_but_the_shops_own_is_answered(self, emails):
        address = emails.sent("p1")
        token = address.removeprefix("/v1/slots/")
        changed = token[:-2] + ("AA" if token[-2:] != "AA" else "BB")
        for other in (changed, token[:-1], token + "A", "-.a.1.b", "x" * 3000, "..", token.replace("-.", "b.", 1)):
            for rest in ("0.png", "0/link"):
                answer = emails.client.get(f"/v1/slots/{other}/{rest}")
                assert answer.status_code == 404
                assert not emails.drawn
        assert "copy the whole" in emails.client.get(f"/v1/slots/{changed}/0/link").json()["detail"]

    def test_past_its_time_the_link_says_so_and_the_picture_is_blank(self, emails):
        address = emails.sent("p1")
        now = emails.clock.moment
        emails.clock.forward(days=LIFE.days)
        link = emails.client.get(f"{address}/0/link")
        assert link.status_code == 410
        assert "This link was good until" in link.json()["detail"]
        assert emails.shows(f"{address}/0.jpg") == Card(600, "JPEG")
        emails.clock.moment = now

    def test_neither_key_nor_caller_is_asked_for(self, emails):
        class Nobody:
            def caller(self, headers, path):
                return None

            def origins(self):
                return frozenset()

            def is_at_hand(self, headers, path):
                return True

        app = FastAPI(dependencies=AUTHORISED)
        errors.install(app)
        images = wiring.slot_images(emails.clock, emails.images)
        app.include_router(slots_routes.create_router(lambda: (emails.slots, images)))
        app.include_router(sends_routes.create_router(lambda: (emails.parts.sends, emails.clock)))
        client = TestClient(Gate(Nobody(), lambda _: app))
        assert client.get(f"{emails.sent('p1')}/0.jpg").status_code == 200
        assert client.post("/v1/sends", json={}).status_code == 401
        assert Caller().is_trusted


class TestPeople:
    @pytest.mark.parametrize("withdrawn", [Consent(email=False), Consent(personalise=False)])
    def test_who_withdraws_is_shown_nothing_more(self, emails, withdrawn):
        address = emails.sent("p1")
        emails.clock.forward(seconds=1)
        now = emails.clock.now()
        change(emails.parts.state, emails.user, now, lambda choices: replace(choices, consent=withdrawn))
        assert emails.shows(f"{address}/0.jpg") == Card(600, "JPEG")
        assert emails.leads(f"{address}/0/link") == "https://shop.example/"

    def test_who_never_agreed_to_personal_picks_keeps_those_of_the_email(self, emails):
        consent = Consent(personalise=False)
        address = emails.sent("p1")
        before = emails.clock.now() - timedelta(days=1)
        change(emails.parts.state, emails.user, before, lambda choices: replace(choices, consent=consent))
        assert emails.title(f"{address}/0.jpg") == "1"

    def test_who_has_said_more_yes_than_before_keeps_them(self, emails):
        address = emails.sent("p1")
        emails.clock.forward(seconds=1)
        change(emails.parts.state, emails.user, emails.clock.now(), lambda choices: replace(choices, consent=ALL))
        assert emails.title(f"{address}/0.jpg") == "1"

    @pytest.mark.parametrize("gone", ["forgotten", "undone"])
    def test_of_a_send_that_is_no_more_there_is_nothing_to_see(self, emails, gone):
        address = emails.sent("p1")
        if gone == "forgotten":
            emails.parts.sends.forget(emails.user)
        else:
            emails.parts.sends.remove("may", [emails.user])
        assert emails.shows(f"{address}/0.jpg") == Card(600, "JPEG")
        assert emails.shows(f"{address}/77.jpg") == Card(600, "JPEG")
        assert emails.leads(f"{address}/0/link") == "https://shop.example/"

    def test_the_address_says_nothing_of_whom_it_is_for(self, emails):
        first = emails.sent("p1")
        assert emails.user not in first
        assert "may" not in first
        token = first.rpartition("/")[2].split(".")
        assert token[:2] == ["-", emails.ref]
        assert token[2].isdecimal()


class TestDegraded:
    def test_without_the_ledger_the_picture_is_blank_and_not_kept(self, emails):
        slots = replace(emails.slots, sends=Breaking(emails.parts.sends, unavailable, "by_ref"))
        address = emails.sent("p1")
        client = emails.over(slots)
        answer = client.get(f"{address}/0.png")
        assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
        assert emails.drawn == [Card(600, "PNG")]
        assert client.get(f"{address}/0/link").status_code == 503

    def test_without_the_catalogue_the_index_has_what_it_was_made_with(self, emails):
        products = Breaking(emails.parts.products, unavailable)
        shop = wiring.shop(replace(emails.parts, products=products))
        client = emails.over(wiring.slots(emails.parts, shop))
        address = emails.sent("p1")
        assert client.get(f"{address}/0.png").status_code == 200
        assert emails.drawn[-1].title == "Blue running shoe 1"

    def test_what_cannot_be_kept_is_shown_all_the_same(self, emails):
        slots = replace(emails.slots, sends=Breaking(emails.parts.sends, unavailable, "show"))
        address = emails.sent("p1", spares=("p3",))
        emails.offers("p1", stock=0)
        assert emails.over(slots).get(f"{address}/0.jpg").status_code == 200
        assert emails.drawn[-1].title.endswith(" 3")


@pytest.mark.parametrize("name", ["image", "link"])
def test_the_sample_invocations_as_lambda_gets_them(emails, name):
    """Their token is put in here: it is signed with a secret that each shop draws for itself."""
    address = emails.sent("p1")
    sample = (PROJECT / "events" / "slots" / f"{name}.json").read_text().replace("TOKEN", address.rpartition("/")[2])
    post = Post(emails.slots, emails.parts.blobs)
    app = create_app(
        lambda: post, lambda: wiring.slot_images(emails.clock, emails.images), lambda: wiring.people(emails.parts)
    )
    answer = entry(opened(app), SilentTelemetry())(json.loads(sample), None)
    if name == "link":
        assert (answer["statusCode"], answer["headers"]["location"].partition("?")[0]) == (
            302, "https://shop.example/p/p1",
        )  # fmt: skip
        return
    assert (answer["statusCode"], answer["headers"]["content-type"], answer["isBase64Encoded"]) == (
        200, "image/jpeg", True,
    )  # fmt: skip
    assert Image.open(io.BytesIO(base64.b64decode(answer["body"]))).size == (300, 375)


class TestSends:
    def settle(self, emails, status=200, **body):
        answer = emails.client.post("/v1/sends", json=body)
        assert answer.status_code == status, answer.text
        return answer.json()

    def test_confirmed_they_count_and_undone_they_do_not(self, emails):
        emails.sent("p1")
        user, sends = emails.user, emails.parts.sends
        sends.mark("may", [user], SendState.MADE, emails.clock.now())
        body = {"campaign": "may", "user_ids": [user, "nobody", user]}
        assert sends.recent([user], "email", NOW) == {}
        for _ in range(2):
            answer = self.settle(emails, action="confirm", **body)
            assert answer == {"campaign": "may", "action": "confirm", "sends": 1, "without": 1}
        assert sends.recent([user], "email", NOW).keys() == {user}
        assert self.settle(emails, action="undo", **body)["sends"] == 1
        assert self.settle(emails, action="undo", **body)["sends"] == 0
        assert sends.of([user], "may") == {}

    @pytest.mark.parametrize(
        "wrong",
        [
            {"campaign": "a b"}, {"campaign": "x" * 65}, {"action": "send"}, {"user_ids": []}, {"user_ids": [""]},
            {"user_ids": [str(each) for each in range(1001)]}, {"user_ids": ["u" * 129]}, {"all": True},
        ],
    )  # fmt: skip
    def test_what_cannot_be_understood(self, emails, wrong):
        self.settle(emails, 422, **{"campaign": "may", "action": "confirm", "user_ids": ["u"]} | wrong)
