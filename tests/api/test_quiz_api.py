"""The quiz, declared likes and the context over HTTP: a newcomer's very first answers."""

from collections.abc import Callable
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from fastapi.testclient import TestClient

from indexer.jobs import jobs
from local.server import create_app
from shared import wiring
from shared.domain.events import EventType
from shared.domain.offers import OfferChange
from shared.domain.products import Availability
from shared.services.popularity import refresh_popularity
from shared.settings import Settings
from tests.support import COLOURS, KINDS, NOW, Silent, StillClock, event, opened, reindex, write_small_feed

ASK = "/v1/users/{}/recommendations"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> wiring.Parts:
    """The small shop; visitors from Austria want spades, those from Sweden scarves, and both are seen every week."""
    folder = tmp_path_factory.mktemp("quiz")
    parts = wiring.parts(Settings(data=folder / "data"), StillClock())
    feed, images = write_small_feed(folder / "feed")
    spades, scarves = ([f"p{n}" for n in range(1, 55) if n % 6 == kind] for kind in (3, 4))
    numbers = count()
    for country, wanted in (("AT", spades), ("SE", scarves)):
        at = NOW - timedelta(days=1)
        parts.events.add(
            [
                event(
                    f"{country}{n % 80}",
                    EventType.VIEW,
                    product,
                    at,
                    f"e{next(numbers)}",
                    properties={"country": country},
                )
                for n in range(240)
                for product in [wanted[n % len(wanted)]]
            ]
        )
    reindex(parts, feed, folder / "work", images=images)
    refresh_popularity(parts.events, parts.blobs, NOW)
    return parts


@pytest.fixture
def client(shop: wiring.Parts) -> TestClient:
    return TestClient(opened(create_app(shop)), raise_server_exceptions=False)


@pytest.fixture(scope="module")
def new_user() -> Callable[[], str]:
    numbers = count()
    return lambda: f"newcomer-{next(numbers)}"


def answer(client: TestClient, user: str, **said: Any) -> dict[str, Any]:
    found = client.post("/v1/quiz/answers", json={"user_id": user, **said})
    assert found.status_code == 200, found.text
    return found.json()


def items(client: TestClient, user: str, **query: Any) -> list[dict[str, Any]]:
    found = client.get(ASK.format(user), params={"limit": 10, **query})
    assert found.status_code == 200, found.text
    return found.json()["items"]


def test_the_quiz_shows_what_can_be_bought_once_each(client: TestClient) -> None:
    body = client.get("/v1/quiz").json()
    assert len(body["questions"]) == 5
    assert body["quiz_id"]
    shown = [option["id"] for question in body["questions"] for option in question["options"]]
    groups = [option["product"]["item_group_id"] for question in body["questions"] for option in question["options"]]
    assert len(set(shown)) == len(shown) == len(set(groups))
    assert "p12" not in shown  # sold out
    for question in body["questions"]:
        assert question["text"] == "Which of these in Shop would you take home?"
        assert 1 <= question["most_choices"] < len(question["options"])
    assert set(body["likes"]["colours"]) == set(COLOURS)
    assert {"Acme", "Bolt"} == set(body["likes"]["brands"])
    assert client.get("/v1/quiz").json() == body
    assert len(client.get("/v1/quiz?limit=2").json()["questions"]) == 2


def test_what_is_sold_out_gives_its_place_to_the_next_that_stands_for_the_same(
    client: TestClient, shop: wiring.Parts
) -> None:
    before = client.get("/v1/quiz").json()["questions"]
    first = before[0]["options"][0]["id"]
    shop.products.change([OfferChange(first, NOW, {"availability": Availability.OUT_OF_STOCK})])
    try:
        after = client.get("/v1/quiz").json()["questions"]
        shown = [option["id"] for question in after for option in question["options"]]
        assert first not in shown
        assert len(shown) == sum(len(question["options"]) for question in before)
    finally:
        shop.products.change([OfferChange(first, NOW, {"availability": Availability.IN_STOCK})])


def test_an_answer_shapes_the_very_next_list_and_says_so(client: TestClient, new_user: Callable[[], str]) -> None:
    user = new_user()
    said = answer(client, user, answers=[{"question": "q1", "chosen": ["p8"], "not_for_me": ["p14"]}])
    assert said["taste"]["chosen"] == ["p8"]
    assert said["ignored"] == []
    listed = items(client, user)
    assert [each["reason"] for each in listed if each["id"] == "p8"] == [
        {"kind": "picked", "sentence": "You picked this", "product_id": "p8"}
    ]
    others = [each for each in listed if each["id"] != "p8"]
    assert all("linen shirt" in each["product"]["title"] for each in others[:3])
    assert others[0]["reason"]["sentence"] in (
        "Because you picked Red linen shirt 8",
        "Because you picked Grey linen shirt 8",
    )
    assert all("declared" in each["source"].split("+") for each in listed[:4])
    assert "p14" not in [each["id"] for each in items(client, user, limit=100)]


def test_likes_find_and_raise_and_say_so(client: TestClient, new_user: Callable[[], str]) -> None:
    user = new_user()
    likes = {"categories": ["LINEN shirt"], "budget": {"max": 40, "currency": "eur"}}
    said = answer(client, user, likes=likes)
    assert said["taste"]["categories"] == ["linen shirt"]
    listed = items(client, user)
    first = listed[:3]
    assert {each["source"] for each in first} == {"declared"}
    assert {each["reason"]["sentence"] for each in first} == {"You like linen shirt"}
    assert all(each["product"]["price"] <= 40 for each in first)
    scores = [each["score"] for each in listed]
    assert scores == sorted(scores, reverse=True)


def test_every_liked_word_is_heard_however_popular_another_one_is(
    client: TestClient, new_user: Callable[[], str]
) -> None:
    user = new_user()
    answer(client, user, likes={"categories": [KINDS[3], KINDS[5]], "colours": ["red"]})
    first = items(client, user, limit=6)
    assert {KINDS[3], KINDS[5]} <= {each["product"]["categories"][-1] for each in first}
    assert "red" in [each["product"]["colour"] for each in first]


def test_prices_that_change_between_pages_change_no_order_and_no_reason_tells_the_price_before(
    client: TestClient, shop: wiring.Parts, new_user: Callable[[], str]
) -> None:
    user = new_user()
    answer(client, user, likes={"budget": {"max": 30}})
    whole = [each["id"] for each in items(client, user, limit=60)]
    first = client.get(ASK.format(user), params={"limit": 10}).json()
    products = shop.products.get([f"p{n}" for n in range(1, 61)])
    turned = {each: {"price": 70 - (product.price or 0)} for each, product in products.items()}
    shop.products.change([OfferChange(each, NOW, price) for each, price in turned.items()])
    try:
        rest = client.get(ASK.format(user), params={"limit": 60, "cursor": first["cursor"]}).json()
        assert [each["id"] for each in [*first["items"], *rest["items"]]] == whole
        for each in items(client, user, limit=60):
            assert each["reason"]["sentence"] != "Within your budget" or each["product"]["price"] <= 30
    finally:
        back = [OfferChange(each, NOW, {"price": product.price}) for each, product in products.items()]
        shop.products.change(back)


def test_a_budget_alone_orders_what_is_popular(client: TestClient, new_user: Callable[[], str]) -> None:
    user = new_user()
    answer(client, user, likes={"budget": {"min": 50}})
    first = items(client, user, limit=3)
    assert all(each["product"]["price"] >= 50 for each in first)
    assert {each["reason"]["sentence"] for each in first} == {"Within your budget"}


def test_what_the_catalogue_does_not_have_is_named(client: TestClient, new_user: Callable[[], str]) -> None:
    likes = {"brands": ["acme", "Nobody & Sons"], "sizes": ["XXL"]}
    said = answer(client, new_user(), answers=[{"question": "gone", "chosen": ["p1", "nothing"]}], likes=likes)
    assert said["taste"]["chosen"] == ["p1"]
    assert said["taste"]["brands"] == ["Acme"]
    assert said["ignored"] == [
        {"field": "chosen", "value": "nothing"},
        {"field": "brands", "value": "Nobody & Sons"},
        {"field": "sizes", "value": "XXL"},
    ]


def test_real_deeds_take_over(client: TestClient, shop: wiring.Parts, new_user: Callable[[], str]) -> None:
    user = new_user()
    answer(client, user, answers=[{"question": "q1", "chosen": ["p8"]}])
    for number in range(30):
        shop.events.add([event(user, EventType.VIEW, f"p{(7, 13, 19)[number % 3]}", NOW, f"{user}-{number}")])
    listed = items(client, user)
    assert "running shoe" in listed[0]["product"]["title"]
    assert all("declared" not in each["source"] for each in listed)


def test_a_guest_declares_in_the_request_and_nothing_stays(client: TestClient, new_user: Callable[[], str]) -> None:
    body = {"session": [], "declared": {"answers": [{"question": "q1", "chosen": ["p8"]}]}, "limit": 4}
    first = client.post("/v1/recommendations", json=body).json()
    assert all("linen shirt" in each["product"]["title"] for each in first["items"])
    page = client.post("/v1/recommendations", json={**body, "cursor": first["cursor"]}).json()
    assert not {each["id"] for each in page["items"]} & {each["id"] for each in first["items"]}
    other = {**body, "declared": {}, "cursor": first["cursor"]}
    assert client.post("/v1/recommendations", json=other).status_code == 400
    assert all("declared" not in each["source"] for each in items(client, new_user()))


def test_pages_go_on_although_something_else_is_declared_meanwhile(
    client: TestClient, shop: wiring.Parts, new_user: Callable[[], str]
) -> None:
    user, clock = new_user(), shop.clock
    assert isinstance(clock, StillClock)
    answer(client, user, answers=[{"question": "q1", "chosen": ["p8"]}])
    whole = [each["id"] for each in items(client, user, limit=40)]
    first = client.get(ASK.format(user), params={"limit": 5}).json()
    clock.forward(minutes=1)
    try:
        answer(client, user, answers=[{"question": "q1", "chosen": ["p9"]}], likes={"colours": ["green"]})
        second = client.get(ASK.format(user), params={"limit": 5, "cursor": first["cursor"]}).json()
        assert [each["id"] for each in (*first["items"], *second["items"])] == whole[:10]
    finally:
        clock.forward(minutes=-1)


def test_the_country_weighs_what_is_popular_and_says_so(client: TestClient, new_user: Callable[[], str]) -> None:
    user = new_user()
    anywhere = items(client, user, limit=40)
    austrian, swede = items(client, user, country="at"), items(client, user, country="SE")
    assert all("garden spade" in each["product"]["title"] for each in austrian[:5])
    assert all("wool scarf" in each["product"]["title"] for each in swede[:5])
    assert {each["reason"]["sentence"] for each in austrian[:5]} == {"Popular in your country now"}
    assert all("context" in each["source"].split("+") for each in austrian[:5])
    assert all("country" not in each["reason"]["sentence"] for each in anywhere)
    assert len(items(client, user, country="SE", limit=40)) == len(anywhere)  # nothing is filtered out
    assert [each["id"] for each in items(client, user, country="XX", limit=40)] == [each["id"] for each in anywhere]


def test_the_page_that_led_here_was_looked_at(client: TestClient, new_user: Callable[[], str]) -> None:
    listed = items(client, new_user(), referrer_product="p7", limit=3)
    assert {each["reason"]["sentence"] for each in listed} == {"Because you viewed Grey running shoe 7"}
    assert "p7" not in [each["id"] for each in listed]
    asked = {"session": [], "context": {"referrer_product": "p7"}, "limit": 3}
    guest = client.post("/v1/recommendations", json=asked).json()["items"]
    assert [each["id"] for each in guest] == [each["id"] for each in listed]


def test_a_cursor_belongs_to_its_context(client: TestClient, new_user: Callable[[], str]) -> None:
    user = new_user()
    first = client.get(ASK.format(user), params={"limit": 3, "country": "AT"}).json()
    again = {"limit": 3, "cursor": first["cursor"]}
    assert client.get(ASK.format(user), params=again).status_code == 400
    assert client.get(ASK.format(user), params=again | {"country": "AT"}).status_code == 200


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({}, "user_id"),
        ({"user_id": ""}, "user_id"),
        ({"user_id": 5}, "user_id"),
        ({"user_id": "u", "other": 1}, "other is not a field of this request: leave it out."),
        ({"user_id": "u", "answers": [{"question": "q1", "chosen": [f"p{n}" for n in range(10_000)]}]}, "chosen"),
        ({"user_id": "u", "answers": [{"question": f"q{n}"} for n in range(9)]}, "answers"),
        ({"user_id": "u", "answers": [{"question": "q1"}, {"question": "q1"}]}, "answers: question 'q1' is"),
        ({"user_id": "u", "answers": [{"question": "q1", "chosen": "p1"}]}, "chosen"),
        ({"user_id": "u", "likes": {"colours": ["x"] * 21}}, "colours"),
        ({"user_id": "u", "likes": {"budget": {"min": 9, "max": 5}}}, "min 9 is above max 5"),
        ({"user_id": "u", "likes": {"budget": {}}}, "min, max or both"),
        ({"user_id": "u", "likes": {"budget": {"max": -1}}}, "max"),
        ({"user_id": "u", "likes": {"budget": {"max": "1e999"}}}, "max"),
        ({"user_id": "u", "likes": {"budget": {"max": 5, "currency": "euro"}}}, "currency: give the three letters"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_bad_answers_are_refused_with_a_sentence(client: TestClient, body: dict[str, Any], says: str) -> None:
    found = client.post("/v1/quiz/answers", json=body)
    assert found.status_code == 422
    assert found.headers["content-type"] == "application/problem+json"
    assert says in found.json()["detail"]


@pytest.mark.parametrize(
    "query",
    ["country=Austria", "hour=24", "hour=x", "season=monsoon", "device=" + "x" * 33, "campaign=%00", "country=1A"],
)
def test_bad_contexts_are_refused_with_a_sentence(client: TestClient, query: str) -> None:
    found = client.get(f"{ASK.format('u')}?{query}")
    assert found.status_code == 422
    assert found.headers["content-type"] == "application/problem+json"
    assert query.split("=", maxsplit=1)[0] in found.json()["detail"]


@pytest.mark.parametrize("limit", ["0", "9", "x"])
def test_bad_quiz_limits_are_refused(client: TestClient, limit: str) -> None:
    assert client.get(f"/v1/quiz?limit={limit}").status_code == 422


def test_a_store_of_profiles_that_is_down_costs_the_declared_taste_alone(
    shop: wiring.Parts, monkeypatch: pytest.MonkeyPatch, new_user: Callable[[], str]
) -> None:
    def down(*_: object) -> object:
        raise OSError("the disk is gone")

    read = wiring.shop(shop)
    monkeypatch.setattr(type(read.state), "get", down)
    client = TestClient(opened(create_app(shop)), raise_server_exceptions=False)
    body = client.get(ASK.format(new_user()), params={"limit": 5}).json()
    assert body["degraded"] == ["events"]
    assert len(body["items"]) == 5


def test_training_anew_keeps_the_quiz(
    shop: wiring.Parts, client: TestClient, new_user: Callable[[], str], tmp_path: Any
) -> None:
    before = client.get("/v1/quiz").json()
    user = new_user()
    shop.events.add([event(user, EventType.VIEW, each, NOW - timedelta(hours=1)) for each in ("p1", "p2")])
    assert jobs(shop, Silent()).retrain().run(tmp_path).published
    assert TestClient(opened(create_app(shop))).get("/v1/quiz").json()["quiz_id"] == before["quiz_id"]
