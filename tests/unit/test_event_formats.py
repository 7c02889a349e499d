"""Events in the shapes that shops send: what each becomes, what is refused, and that nothing slips its bounds."""

import json
import math
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.event_records import event_json
from shared.domain.events import Event, EventType
from shared.services.event_formats import MAX_PER_RAW, Rejected, Signal, SignalKind, read_events

NOW = datetime(2025, 6, 1, 12, tzinfo=UTC)
SENT = "2025-06-01T10:00:00Z"
SENT_AT = datetime(2025, 6, 1, 10, tzinfo=UTC)
SECONDS = int(SENT_AT.timestamp())


def canonical(**fields):
    return {"event_id": "e1", "user_id": "u1", "type": "view", "product_id": "p1", "occurred_at": SENT} | fields


def segment(event, /, **properties):
    return {
        "type": "track",
        "event": event,
        "userId": "u1",
        "anonymousId": "a1",
        "timestamp": "2025-06-01T10:00:00.000Z",
        "messageId": "m1",
        "context": {"ip": "203.0.113.7", "userAgent": "Mozilla/5.0"},
        "properties": properties,
    }


def ga4(name, /, **params):
    return {
        "client_id": "GA1.1.5",
        "user_id": "u1",
        "timestamp_micros": SECONDS * 1_000_000,
        "events": [{"name": name, "params": params}],
    }


def shopify(name, /, **data):
    return {"id": "sh-1", "name": name, "clientId": "c1", "timestamp": SENT, "seq": 3, "type": "standard", "data": data}


def variant(product, variant_id="gid://shopify/ProductVariant/9"):
    return {
        "id": variant_id,
        "price": {"amount": 20.5, "currencyCode": "EUR"},
        "product": {"id": product, "title": "Shirt", "vendor": "Acme"},
        "sku": "S-9",
    }


def klaviyo(metric, /, unique_id="k1", **properties):
    return {
        "data": {
            "type": "event",
            "attributes": {
                "properties": properties,
                "time": SENT,
                "value": 59.9,
                "unique_id": unique_id,
                "metric": {"data": {"type": "metric", "attributes": {"name": metric}}},
                "profile": {
                    "data": {"type": "profile", "attributes": {"email": "jo@example.com", "external_id": "u1"}}
                },
            },
        }
    }


def personalize(*events):
    return {"trackingId": "t", "userId": "u1", "sessionId": "s1", "eventList": list(events)}


MONOPOLY = {"product_id": "507f1f77bcf86cd799439011", "sku": "G-32", "name": "Monopoly", "price": 18.99}
UNO = {"product_id": "505bd76785ebb509fc183733", "sku": "G-33", "name": "Uno", "price": 3, "quantity": 2}
M, U = MONOPOLY["product_id"], UNO["product_id"]
ORDER = {"order_id": "o1", "currency": "USD", "products": [{**MONOPOLY, "quantity": 1}, UNO]}
GA_ITEMS = [{"item_id": "g1", "item_name": "Cap", "price": 9.5, "quantity": 1}, {"item_id": "g2", "quantity": 3}]
CHECKOUT = {
    "order": {"id": "gid://shopify/Order/77", "customer": {"id": "55"}},
    "email": "jo@example.com",
    "lineItems": [
        {"quantity": 1, "variant": variant("gid://shopify/Product/123")},
        {"quantity": 2, "variant": variant("124")},
    ],
}
ITEMS = [{"ProductID": "k1", "SKU": "K", "Quantity": 1, "ItemPrice": 9.99}, {"ProductID": 1112, "Quantity": 2}]


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (canonical(), [("view", "p1", None)]),
        (canonical(type="click", recommendation_id="r1"), [("click", "p1", None)]),
        (canonical(type="Add To Cart", value="2"), [("add_to_cart", "p1", 2)]),
        (canonical(type="remove_from_cart"), [("remove_from_cart", "p1", None)]),
        (canonical(type="wishlist"), [("wishlist", "p1", None)]),
        (canonical(type="purchase", value=3), [("purchase", "p1", 3)]),
        (canonical(type="refund"), [("refund", "p1", None)]),
        (canonical(type="rate", value=4.5), [("rate", "p1", 4.5)]),
        (canonical(type="share"), [("share", "p1", None)]),
        (canonical(type="dislike"), [("dislike", "p1", None)]),
        (canonical(type="impression", product_id=17), [("impression", "17", None)]),
        (canonical(type="search", query=" red\nshoes "), [("search", "red shoes", None)]),
        (canonical(type="search", query="red\ufffe\uffffshoes"), [("search", "red shoes", None)]),
        (segment("Product Viewed", **MONOPOLY), [("view", M, None)]),
        (segment("Viewed Product", id="v1", sku="s"), [("view", "v1", None)]),
        (segment("Product Clicked", **MONOPOLY), [("click", M, None)]),
        (segment("Product Added", **UNO, cart_id="c"), [("add_to_cart", U, 2)]),
        (segment("Product Removed", **MONOPOLY), [("remove_from_cart", M, None)]),
        (segment("Product Added to Wishlist", **MONOPOLY), [("wishlist", M, None)]),
        (segment("Wishlist Product Added to Cart", **UNO), [("add_to_cart", U, 2)]),
        (segment("Order Completed", **ORDER), [("purchase", M, 1), ("purchase", U, 2)]),
        (segment("Order Refunded", **ORDER), [("refund", M, 1), ("refund", U, 2)]),
        (segment("Order Cancelled", **ORDER), [("refund", M, 1), ("refund", U, 2)]),
        (segment("Product Shared", **MONOPOLY, share_via="email", recipient="a@b.org"), [("share", M, None)]),
        (segment("Product Reviewed", product_id=M, review_id="v", rating="5"), [("rate", M, 5)]),
        (segment("Products Searched", query="board games"), [("search", "board games", None)]),
        (
            segment("Product List Viewed", list_id="hot", products=[MONOPOLY, UNO]),
            [("impression", M, None), ("impression", U, None)],
        ),
        (ga4("view_item", currency="EUR", value=9.5, items=GA_ITEMS[:1]), [("view", "g1", None)]),
        (ga4("select_item", item_list_id="rec", items=GA_ITEMS[:1]), [("click", "g1", None)]),
        (ga4("add_to_cart", items=GA_ITEMS[:1]), [("add_to_cart", "g1", 1)]),
        (ga4("remove_from_cart", items=GA_ITEMS[1:]), [("remove_from_cart", "g2", 3)]),
        (ga4("add_to_wishlist", items=GA_ITEMS[:1]), [("wishlist", "g1", None)]),
        (ga4("purchase", transaction_id="T1", items=GA_ITEMS), [("purchase", "g1", 1), ("purchase", "g2", 3)]),
        (ga4("refund", transaction_id="T1", items=GA_ITEMS[:1]), [("refund", "g1", 1)]),
        (ga4("share", method="x", content_type="product", item_id="g1"), [("share", "g1", None)]),
        (ga4("search", search_term="cap"), [("search", "cap", None)]),
        (ga4("view_item_list", items=GA_ITEMS), [("impression", "g1", None), ("impression", "g2", None)]),
        (shopify("product_viewed", productVariant=variant("gid://shopify/Product/123")), [("view", "123", None)]),
        (
            shopify("product_added_to_cart", cartLine={"merchandise": variant("124"), "quantity": 2}),
            [("add_to_cart", "124", 2)],
        ),
        (
            shopify("product_removed_from_cart", cartLine={"merchandise": variant("124"), "quantity": 1}),
            [("remove_from_cart", "124", 1)],
        ),
        (shopify("checkout_completed", checkout=CHECKOUT), [("purchase", "123", 1), ("purchase", "124", 2)]),
        (shopify("search_submitted", searchResult={"query": "tee", "productVariants": []}), [("search", "tee", None)]),
        (
            shopify("collection_viewed", collection={"id": "1", "productVariants": [variant("1"), variant("2")]}),
            [("impression", "1", None), ("impression", "2", None)],
        ),
        (klaviyo("Viewed Product", ProductName="Pooh", ProductID=1111, Price=9.99), [("view", "1111", None)]),
        (
            klaviyo("Added to Cart", AddedItemProductID="k2", AddedItemQuantity=2, Items=ITEMS),
            [("add_to_cart", "k2", 2)],
        ),
        (klaviyo("Placed Order", OrderId="9", Items=ITEMS), [("purchase", "k1", 1), ("purchase", "1112", 2)]),
        (klaviyo("Ordered Product", OrderId="9", ProductID="k1", Quantity=1), [("purchase", "k1", 1)]),
        (klaviyo("Refunded Order", OrderId="9", Items=ITEMS[:1]), [("refund", "k1", 1)]),
        (
            {
                "token": "AbC123",
                "event": "Viewed Product",
                "customer_properties": {"$id": "u1", "$email": "jo@example.com"},
                "properties": {"ProductID": "k1"},
                "time": SECONDS,
            },
            [("view", "k1", None)],
        ),
        (
            personalize({"eventId": "z1", "eventType": "View", "itemId": "i1", "sentAt": SECONDS}),
            [("view", "i1", None)],
        ),
        (
            personalize(
                {"eventType": "Click", "itemId": "i1", "sentAt": SECONDS, "impression": ["i1", "i2"]},
                {"eventType": "AddToCart", "itemId": "i1", "sentAt": SECONDS, "properties": '{"quantity": "2"}'},
                {"eventType": "Purchase", "itemId": "i1", "sentAt": SECONDS, "eventValue": 59.9},
                {"eventType": "Rating", "itemId": "i1", "sentAt": SECONDS, "eventValue": 4},
            ),
            [
                ("click", "i1", None),
                ("impression", "i1", None),
                ("impression", "i2", None),
                ("add_to_cart", "i1", 2),
                ("purchase", "i1", None),
                ("rate", "i1", 4),
            ],
        ),
    ],
)
def test_each_format_becomes_events(raw, expected):
    events = read_events(raw, NOW)
    assert [(event.type, event.product_id or event.query, event.value) for event in events] == expected
    assert {event.user_id for event in events} == {"anon:c1" if raw.get("clientId") else "u1"}
    assert {event.occurred_at for event in events} == {SENT_AT}
    assert len({event.event_id for event in events}) == len(events)
    assert "example.com" not in str(events)


def test_what_the_sender_said_of_the_event_is_kept():
    (click,) = read_events(segment("Product Clicked", **MONOPOLY, position=3, recommendation_id="r1"), NOW)
    assert (click.event_id, click.recommendation_id) == ("m1", "r1")
    assert click.properties == {"price": "18.99", "sku": "G-32", "position": "3"}
    first, second = read_events(shopify("checkout_completed", checkout=CHECKOUT), NOW)
    assert first.properties == {"variant": "9", "sku": "S-9", "price": "20.5", "currency": "EUR", "order_id": "77"}
    assert second.product_id == "124"


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (None, "nothing"),
        ([canonical()], "a list"),
        ({}, "type nothing is not one of view, click"),
        (canonical(type="buy"), "type 'buy' is not one of view, click"),
        (canonical(type=["view"]), "a list"),
        (canonical(user_id=""), "has no user"),
        (canonical(product_id=None), "names no product"),
        (canonical(type="search"), "has no query"),
        (canonical(type="rate"), "has no rating"),
        (canonical(type="rate", value=6), "rating is 6"),
        (canonical(type="purchase", value=0), "quantity is 0"),
        (canonical(type="purchase", value=10**400), "more than 20 digits"),
        (canonical(type="purchase", value=math.nan), "quantity is nan"),
        (canonical(product_id="x" * 129), "has 129 characters"),
        (canonical(user_id="a\x00b"), "control"),
        (canonical(event_id={"a": 1}), "event_id is an object"),
        (canonical(occurred_at="yesterday"), "'yesterday' cannot be read"),
        (canonical(occurred_at="2025-06-02T12:00:01Z"), "24 hours ahead"),
        (canonical(occurred_at="2020-01-01"), "5 years ago"),
        (segment("Order Completed", order_id="o1"), "names no product"),
        (segment("Email Bounced", email_id="5"), "'Email Bounced' is not one that Vitrine uses"),
        ({"type": "identify", "userId": "u1", "traits": {"email": "a@b.org"}}, "'identify' is not one that"),
        (ga4("refund", transaction_id="T1"), "names no product"),
        (ga4("session_start"), "'session_start' is not one"),
        ({"client_id": "1", "events": []}, "empty"),
        (shopify("page_viewed"), "'page_viewed' is not one"),
        (personalize({"eventType": "Watch", "itemId": "i"}), "'Watch' is not one"),
        (segment("Order Completed", products=[UNO] * (MAX_PER_RAW + 1)), "more than 500"),
    ],
)
def test_what_cannot_be_understood_is_told_apart_in_one_sentence(raw, words):
    (rejected,) = read_events(raw, NOW)
    assert isinstance(rejected, Rejected)
    assert words in rejected.reason
    assert len(rejected.reason) < 300


def test_one_bad_line_item_does_not_cost_the_others():
    good, bad = read_events(segment("Order Completed", products=[UNO, {"name": "no id"}]), NOW)
    assert good.product_id == U
    assert (bad.event_id, "names no product" in bad.reason) == ("m1", True)


def test_a_profile_known_by_email_alone_is_not_stored():
    raw = {"event": "Viewed Product", "customer_properties": {"$email": "a@b.org"}, "properties": {"ProductID": "1"}}
    (rejected,) = read_events(raw, NOW)
    assert "has no user" in rejected.reason


@pytest.mark.parametrize("names", [{"anonymousId": "7"}, {"client_id": 7}, {"sessionId": "anon:7"}])
def test_anonymous_users_stand_apart_from_users(names):
    raw = canonical(**names) | {"user_id": None}
    assert read_events(raw, NOW)[0].user_id == "anon:7"
    assert read_events(canonical(user_id="7"), NOW)[0].user_id == "7"


@pytest.mark.parametrize(
    "stated",
    [SENT, "2025-06-01T10:00:00", "2025-06-01 12:00:00+02:00", SECONDS, str(SECONDS), SECONDS * 1000, SECONDS * 10**6],
)
def test_times_are_utc_in_every_notation(stated):
    (event,) = read_events(canonical(occurred_at=stated), NOW.astimezone(timezone(timedelta(hours=5))))
    assert (event.occurred_at, event.occurred_at.tzinfo) == (SENT_AT, UTC)
    assert (event.received_at, event.received_at.tzinfo) == (NOW, UTC)


def test_a_clock_that_runs_ahead_is_set_back_to_the_receipt():
    assert read_events(canonical(occurred_at="2025-06-02T11:00:00Z"), NOW)[0].occurred_at == NOW
    assert read_events(canonical(occurred_at=None), NOW)[0].occurred_at == NOW


def test_properties_hold_short_scalars_and_nothing_personal():
    properties = {
        "colour": "red",
        "in_stock": True,
        "rank": 3,
        "nested": {"a": 1},
        "infinite": math.inf,
        "long": "x" * 201,
        "line": "a\nb",
        "k" * 65: "v",
        "userEmail": "x",
        "First Name": "Jo",
        "phone_number": "1",
        "billing_address": "x",
        "IP": "x",
        "user_agent": "x",
        "contact": "jo@example.com",
        "host": "203.0.113.7",
    }
    (event,) = read_events(canonical(properties=properties), NOW)
    assert event.properties == {"colour": "red", "in_stock": "true", "rank": "3"}
    (event,) = read_events(canonical(properties={f"k{i}": i for i in range(100)}), NOW)
    assert len(event.properties) == 16


@pytest.mark.parametrize(
    "raw",
    [
        canonical(event_id=None),
        canonical(event_id=None, occurred_at="2025-06-02T11:00:00Z"),
        segment("Order Completed", **ORDER),
        ga4("purchase", transaction_id="T1", items=GA_ITEMS * 2),
        {**ga4("purchase", transaction_id="T1", items=GA_ITEMS), "timestamp_micros": None},
        personalize({"eventType": "View", "itemId": "i", "impression": ["i", "j"], "sentAt": SECONDS}),
    ],
)
def test_a_retry_counts_once(raw):
    first = read_events(raw, NOW)
    again = read_events(json.loads(json.dumps(raw)), NOW + timedelta(minutes=7))
    assert [event.event_id for event in first] == [event.event_id for event in again]
    assert len({event.event_id for event in first}) == len(first)


def test_different_events_without_ids_stay_apart():
    base = canonical(event_id=None)
    others = [{"user_id": "u2"}, {"product_id": "p2"}, {"type": "click"}, {"occurred_at": "2025-06-01T10:00:01Z"}]
    ids = {read_events(raw, NOW)[0].event_id for raw in (base, *(base | other for other in others))}
    assert len(ids) == 5


def test_an_order_reported_twice_counts_once():
    order = {
        event.product_id: event.event_id for event in read_events(klaviyo("Placed Order", OrderId=9, Items=ITEMS), NOW)
    }
    (line,) = read_events(klaviyo("Ordered Product", "9_k1", OrderId="9", ProductID="k1", Quantity=1), NOW)
    assert order["k1"] == line.event_id
    browser, server = segment("Order Completed", **ORDER), {**segment("Order Completed", **ORDER), "messageId": "m2"}
    assert [event.event_id for event in read_events(browser, NOW)] == [e.event_id for e in read_events(server, NOW)]


def test_a_long_sent_id_with_a_suffix_stays_within_its_bound():
    raw = segment("Product List Viewed", products=[MONOPOLY, UNO]) | {"messageId": "m" * 128}
    ids = [event.event_id for event in read_events(raw, NOW)]
    assert len(set(ids)) == 2
    assert all(len(event_id) <= 128 for event_id in ids)


FIELD_NAMES = """
    type event name events eventList data properties params items products checkout lineItems cartLine productVariant
    product merchandise variant id item_id product_id user_id userId clientId anonymousId messageId event_id eventType
    occurred_at timestamp timestamp_micros sentAt time value quantity rating query recommendation_id order_id
    attributes metric profile customer_properties external_id impression email
"""
NAMES = st.sampled_from(FIELD_NAMES.split())
TIMES = st.sampled_from(
    [
        SENT,
        None,
        SECONDS,
        -1,
        1e300,
        math.inf,
        "2025-06-02T11:00:00",
        "9999-12-31T23:59:59-14:00",
        "0001-01-01T00:00+14:00",
    ]
)
WORDS = st.sampled_from(
    ["track", "view", "purchase", "rate", "search", "Product Viewed", "view_item", "View", "\ud800"]
)
SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=300) | WORDS | TIMES | st.just(10**400)
)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES | st.text(max_size=80), inner, max_size=8),
    max_leaves=30,
)


SAMPLES = [
    canonical(),
    segment("Order Completed", **ORDER),
    ga4("purchase", transaction_id="T1", items=GA_ITEMS),
    shopify("checkout_completed", checkout=CHECKOUT),
    shopify("product_added_to_cart", cartLine={"merchandise": variant("124"), "quantity": 2}),
    klaviyo("Placed Order", OrderId="9", Items=ITEMS),
    personalize({"eventType": "Click", "itemId": "i1", "sentAt": SECONDS, "impression": ["i1"], "properties": "{}"}),
]


@st.composite
def damaged_samples(draw):
    """A real event with one part, at any depth, replaced."""
    raw = node = json.loads(json.dumps(draw(st.sampled_from(SAMPLES))))
    while True:
        place = draw(st.sampled_from(list(node) if isinstance(node, dict) else range(len(node))))
        if not isinstance(node[place], dict | list) or not node[place] or draw(st.integers(0, 3)) == 0:
            node[place] = draw(JSON)
            return raw
        node = node[place]


@settings(max_examples=400, deadline=None)
@given(JSON | st.dictionaries(NAMES, JSON, min_size=2, max_size=10) | damaged_samples())
def test_no_json_value_raises_or_slips_the_bounds(raw):
    read = read_events(raw, NOW)
    assert read
    for event in read:
        if isinstance(event, Rejected):
            assert 0 < len(event.reason) < 400
            event.reason.encode()
            assert len(event.event_id) <= 128
            assert event.event_id.isprintable()
        elif isinstance(event, Signal):
            assert 0 < len(event.user_id) <= 128
            assert event.at <= NOW
            assert all(0 < len(name) <= 64 for name in event.campaigns)
        else:
            check_bounds(event)


IDS = st.text("abc\x00\ud800 é🙂", max_size=5) | st.integers() | st.just("x" * 200)
SHAPES = st.sampled_from([t.value for t in EventType]).flatmap(
    lambda name: st.fixed_dictionaries(
        {"type": st.just(name), "user_id": IDS, "product_id": IDS},
        optional={
            "event_id": IDS,
            "occurred_at": TIMES,
            "value": SCALARS,
            "query": st.text(max_size=600),
            "recommendation_id": IDS,
            "properties": st.dictionaries(st.text(max_size=70), SCALARS, max_size=20),
        },
    )
)


@settings(max_examples=400, deadline=None)
@given(SHAPES)
def test_no_event_slips_the_bounds(raw):
    test_no_json_value_raises_or_slips_the_bounds.hypothesis.inner_test(raw)


def check_bounds(event: Event) -> None:
    for text in (event.event_id, event.user_id, event.product_id, event.recommendation_id):
        assert len(text) <= 128
        assert text.isprintable()
    assert event.event_id
    assert event.user_id
    assert bool(event.product_id) is (event.type is not EventType.SEARCH)
    assert bool(event.query) is (event.type is EventType.SEARCH)
    assert len(event.query) <= 500
    event.query.encode()
    assert event.value is None or 1 <= event.value <= (5 if event.type is EventType.RATE else 10_000)
    assert event.received_at - timedelta(days=5 * 366) <= event.occurred_at <= event.received_at == NOW
    assert event.occurred_at.tzinfo is UTC
    assert len(event.properties) <= 16
    assert all(len(name) <= 64 and len(value) <= 200 for name, value in event.properties.items())


class TestContext:
    """Where an event came from, out of every format, and nothing nearer to a person."""

    def test_segment(self):
        raw = segment("Product Viewed", product_id="p1")
        raw["context"] |= {
            "location": {"country": "de", "city": "Köln", "latitude": 50.9},
            "device": {"type": "ios", "id": "ABC", "advertisingId": "x"},
            "campaign": {"name": "spring", "source": "mail"},
        }
        assert read_one(raw).properties == {"country": "DE", "device": "mobile", "campaign": "spring"}

    def test_ga4(self):
        raw = ga4("view_item", items=[{"item_id": "p1"}], campaign="spring")
        raw |= {"user_location": {"country_id": "FR", "city": "Paris"}, "device": {"category": "tablet"}}
        raw |= {"ip_override": "203.0.113.7"}
        assert read_one(raw).properties == {"country": "FR", "device": "tablet", "campaign": "spring"}

    def test_shopify(self):
        raw = shopify("product_viewed", productVariant=variant("gid://shopify/Product/1"))
        raw["context"] = {"document": {"location": {"search": "?utm_campaign=spring%20sale&gclid=1"}}}
        assert read_one(raw).properties["campaign"] == "spring sale"
        order = shopify(
            "checkout_completed",
            checkout={
                "order": {"id": "1"},
                "lineItems": [{"quantity": 1, "variant": variant("2")}],
                "shippingAddress": {"countryCode": "IT", "city": "Roma", "firstName": "A"},
            },
        )
        assert {name for name in read_one(order).properties if name not in ("variant", "sku", "price", "currency")} == {
            "country", "order_id",
        }  # fmt: skip

    @pytest.mark.parametrize(
        ("sent", "kept"),
        [
            ({"country": " gb "}, {"country": "GB"}),
            ({"Country": "gb"}, {"country": "GB"}),
            ({"country": "Germany"}, {}),
            ({"country": "D1"}, {}),
            ({"country": 49}, {}),
            ({"country": "ß1"}, {}),
            ({"device": "iPad"}, {"device": "tablet"}),
            ({"device": "Mozilla/5.0 (X11)"}, {}),
            ({"campaign": " Été "}, {"campaign": "Été"}),
            ({"campaign": "a@b.example"}, {}),
            ({"campaign": "x" * 201}, {}),
            ({"campaign": {"name": "x"}}, {}),
        ],
    )
    def test_canonical_properties_are_cleaned(self, sent, kept):
        assert read_one(canonical(properties=sent)).properties == kept

    def test_it_comes_before_whatever_else_there_is(self):
        many = {f"p{i}": "x" for i in range(50)} | {"country": "de"}
        assert read_one(canonical(properties=many)).properties["country"] == "DE"


class TestSharedCollections:
    @pytest.mark.parametrize("where", [{"collection": "gifts-30"}, {"properties": {"collection": "gifts-30"}}])
    def test_a_share_may_name_one(self, where):
        raw = canonical(type="share", **where)
        del raw["product_id"]
        assert read_one(raw).product_id == "collection:gifts-30"

    def test_segment_and_ga4_do_too(self):
        assert read_one(segment("Product Shared", collection="gifts")).product_id == "collection:gifts"
        assert read_one(ga4("share", collection="gifts")).product_id == "collection:gifts"

    def test_a_product_goes_before_it(self):
        assert read_one(canonical(type="share", collection="gifts")).product_id == "p1"

    @pytest.mark.parametrize("slug", ["Gifts", "a" * 65, "a b", "../x", 5, ["gifts"]])
    def test_anything_but_a_slug_is_refused(self, slug):
        raw = canonical(type="share", collection=slug)
        del raw["product_id"]
        (rejected,) = read_events(raw, NOW)
        assert isinstance(rejected, Rejected)
        assert "collection is" in rejected.reason

    def test_only_a_share_may(self):
        raw = canonical(collection="gifts")
        del raw["product_id"]
        (rejected,) = read_events(raw, NOW)
        assert "names no product" in rejected.reason


LINK = "https://shop.example/p/7?utm_campaign=spring&vt_product=p%207&vt_rec=r1&vt_product=other#top"


def braze(name, /, **properties):
    user = {"user_id": "0123456789abcdef", "external_user_id": "u1", "device_id": "d"}
    return {"event_type": name, "id": "b1", "time": SECONDS, "user": user, "properties": properties}


def email(type_, /, **more):
    return {"type": type_, "user_id": "u1", "occurred_at": SENT} | more


EMAILS = [
    ("delivered", segment("Email Delivered", campaign_id="spring", email_subject="Hi")),
    ("opened", segment("Email Opened", campaign_name="spring")),
    ("clicked", segment("Email Link Clicked", campaign_id="spring", link_url="https://shop.example/privacy")),
    ("unsubscribed", segment("Unsubscribed", campaign_id="spring")),
    ("delivered", klaviyo("Received Email", **{"Campaign Name": "spring", "Subject": "Hi"})),
    ("opened", klaviyo("Opened Email", **{"Campaign Name": "spring", "Client OS": "Gmail"})),
    ("clicked", klaviyo("Clicked Email", **{"Campaign Name": "spring", "URL": "https://shop.example/imprint"})),
    ("unsubscribed", klaviyo("Unsubscribed", **{"Campaign Name": "spring"})),
    ("unsubscribed", klaviyo("Unsubscribed from Email Marketing", campaign="spring")),
    ("unsubscribed", klaviyo("Unsubscribed from List", campaign="spring")),
    ("delivered", braze("users.messages.email.Delivery", campaign_name="spring", campaign_id="5c-a")),
    ("opened", braze("users.messages.email.Open", campaign_name="spring", user_agent="Mozilla/5.0 (X11)")),
    ("clicked", braze("users.messages.email.Click", campaign_name="spring", url="https://shop.example")),
    ("unsubscribed", braze("users.messages.email.Unsubscribe", campaign_name="spring")),
    ("delivered", email("email_delivered", campaign="spring")),
    ("opened", email("email_opened", campaign="spring")),
    ("clicked", email("email_clicked", campaign="spring")),
    ("unsubscribed", email("unsubscribe", campaign="spring")),
]


class TestEmails:
    @pytest.mark.parametrize(("kind", "raw"), EMAILS)
    def test_what_became_of_one(self, kind, raw):
        (signal,) = read_events(raw, NOW)
        assert isinstance(signal, Signal)
        assert (signal.kind, signal.user_id) == (SignalKind(kind), "u1")
        assert signal.campaigns[0] == "spring"
        assert signal.at == datetime.fromisoformat(SENT)

    @pytest.mark.parametrize(
        "raw",
        [
            segment("Email Link Clicked", link_url=LINK),
            klaviyo("Clicked Email", URL=LINK),
            braze("users.messages.email.Click", url=LINK),
            email("email_clicked", event_id="e1", link=LINK),
        ],
    )
    def test_a_click_on_a_pick_is_a_click(self, raw):
        click = read_one(raw)
        assert (click.type, click.product_id, click.recommendation_id) == (EventType.CLICK, "p 7", "r1")
        assert click.properties["campaign"] == "spring"
        assert click.user_id == "u1"
        assert read_one(json.loads(json.dumps(raw))).event_id == click.event_id

    @pytest.mark.parametrize(
        "link",
        [None, 5, "", "no address", "https://[", "https://shop.example/?vt_product=", "x" * 5000, ["https://a"]],
    )
    def test_any_other_link_is_none(self, link):
        (signal,) = read_events(email("email_clicked", link=link), NOW)
        assert signal.kind is SignalKind.CLICKED

    def test_many_parameters_are_not_looked_through(self):
        link = "https://shop.example/?" + "&".join(f"a{number}=1" for number in range(70)) + "&vt_product=p1"
        (signal,) = read_events(email("email_clicked", link=link), NOW)
        assert signal.kind is SignalKind.CLICKED

    @pytest.mark.parametrize("name", ["Spring sale!", "x" * 65, 5, ["a"], {"a": 1}, "../x", ""])
    def test_a_campaign_that_cannot_be_ours_is_left_out(self, name):
        (signal,) = read_events(email("email_delivered", campaign=name, campaign_id="c-1"), NOW)
        assert signal.campaigns == ("c-1",)

    def test_who_is_known_by_the_address_alone_is_not_taken(self):
        raw = klaviyo("Unsubscribed")
        del raw["data"]["attributes"]["profile"]["data"]["attributes"]["external_id"]
        (rejected,) = read_events(raw, NOW)
        assert "an e-mail address alone is not used" in rejected.reason

    def test_what_braze_knows_besides_is_not_used(self):
        (rejected,) = read_events(braze("users.messages.email.Bounce"), NOW)
        assert "is not one that Vitrine uses" in rejected.reason


ADDRESSES = {
    "ip": "203.0.113.7",
    "X-Forwarded-For": "203.0.113.8, 10.0.0.1",
    "clientIp": "2001:db8::7",
    "userAgent": "Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101",
    "user_agent": "shopapp/1.2 (iPhone)",
    "browser": "Mozilla/5.0 (Windows NT 10.0)",
    "email": "ada@example.com",
    "note": "write to ada@example.com",
    "phone": "+49 170 1234567",
}


class TestNothingOfThePersonIsKept:
    @pytest.mark.parametrize("raw", [canonical(properties={"list": "home"}), *SAMPLES, *(raw for _, raw in EMAILS)])
    def test_whatever_format_and_wherever_it_stands(self, raw):
        read = read_events(_strewn(raw), NOW)
        assert not any(isinstance(each, Rejected) for each in read)
        kept = " ".join(event_json(each) if isinstance(each, Event) else repr(each) for each in read)
        assert not [
            each for each in ("203.0", "2001:db8", "10.0.0", "Mozilla", "shopapp", "ada@", "+49") if each in kept
        ]

    @pytest.mark.parametrize("user", ["ada@example.com", "+49 170 123 45 67", "+49(0)170-123456", "203.0.113.7", "::1"])
    @pytest.mark.parametrize("field", ["user_id", "anonymous_id"])
    def test_an_address_is_no_id(self, user, field):
        raw = canonical()
        del raw["user_id"]
        for sent in (raw | {field: user}, raw | {field: f"anon:{user}"}):
            (rejected,) = read_events(sent, NOW)
            assert "says nothing of the person" in rejected.reason
            assert user not in rejected.reason

    @pytest.mark.parametrize("user", ["ada", "4711", "+49", "a@b", "1.2.3", "GA1.1.5", "ada@shop", "a+b"])
    def test_anything_else_is_one(self, user):
        assert read_one(canonical(user_id=user)).user_id == user


def _strewn(raw):
    """With addresses and devices beside whatever stands in any of its objects."""
    if isinstance(raw, list):
        return [_strewn(each) for each in raw]
    if not isinstance(raw, dict):
        return raw
    return {name: _strewn(each) for name, each in raw.items()} | ADDRESSES


def read_one(raw):
    (read,) = read_events(raw, NOW)
    assert isinstance(read, Event), read
    return read
