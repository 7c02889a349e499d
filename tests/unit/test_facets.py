"""Facets against counting by hand, structured filters, and orders that do not depend on luck."""

import random
from collections import defaultdict
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from functions.search.filters import LONGEST_WORD, MOST_WORDS, filters_of
from shared.domain.cursor import DEPTHS, MOST_STEPS, Cursor, decode_cursor, encode_cursor
from shared.domain.errors import InvalidInput
from shared.domain.facets import FACET_FIELDS, MOST_VALUES, PATH, Facet, facet_of, without_field
from shared.domain.filters import FilterField, matches
from shared.domain.products import Availability, Product
from shared.domain.sorting import MOST_SORTED, Sort, flags_from_text, flags_to_text, in_order
from shared.services.facets import count_facets
from tests.support import NOW

BRANDS = ("Acme", "ACME", "Bolt", "Curl", "")
PATHS = (("Shop", "Shoes", "Trainers"), ("Shop", "Shoes"), ("Shop", "Mugs"), ("Sale", "Shoes"), ())


def shelf(count: int, seed: int = 1) -> list[Product]:
    rng = random.Random(seed)
    return [
        Product(
            f"p{number}",
            "thing",
            brand=rng.choice(BRANDS),
            categories=rng.choice(PATHS),
            colour=rng.choice(("red", "Red", "blue", "")),
            material=rng.choice(("wool", "cotton")),
            gender=rng.choice(("women", "men", "")),
            size=rng.choice(("S", "M", "L")),
            price=rng.choice((None, 0.0, 5.0, 9.99, 20.0, 45.5, 120.0, 999.0)),
            sale_price=rng.choice((None, None, 4.0)),
            currency=rng.choice(("EUR", "EUR", "USD")),
            availability=rng.choice((Availability.IN_STOCK, Availability.PREORDER)),
            item_group_id=rng.choice(("", f"g{rng.randrange(count // 3)}")),
        )
        for number in range(count)
    ]


def groups(products: list[Product]) -> int:
    return len({product.group for product in products})


def one(field: FilterField, value: str) -> Any:
    condition = filters_of({field.value: [value]})
    assert condition is not None
    return condition


@pytest.mark.parametrize("field", [field for field in FACET_FIELDS if field is not FilterField.PRICE])
def test_a_value_counts_what_a_filter_for_it_leaves(field: FilterField) -> None:
    products = shelf(300)
    facet = facet_of(field, products)
    assert facet.values
    assert facet.more == 0
    for value in facet.values:
        left = [product for product in products if matches(one(field, value.value), product)]
        if field is FilterField.CATEGORY:  # "Shop > Shoes" is a path; "Sale > Shoes" has the level too
            path = value.value.split(PATH)
            left = [product for product in products if list(product.categories[: len(path)]) == path]
        assert value.count == groups(left) > 0


def test_prices_are_counted_in_ranges_that_filters_take_back() -> None:
    products = shelf(300)
    facet = facet_of(FilterField.PRICE, products)
    assert [each.currency for each in facet.prices] == ["EUR", "USD"]
    for prices in facet.prices:
        of_currency = [
            each for each in products if each.currency == prices.currency and each.effective_price is not None
        ]
        paid = [each.effective_price for each in of_currency]
        assert (prices.lowest, prices.highest) == (min(paid), max(paid))
        assert 2 <= len(prices.ranges) <= 5
        assert prices.ranges[0].start is prices.ranges[-1].below is None
        for left, right in pairwise(prices.ranges):
            assert left.below == right.start
        for each in prices.ranges:
            condition = filters_of({"price": {"from": each.start, "below": each.below}})
            assert condition is not None
            assert each.count == groups([product for product in of_currency if matches(condition, product)]) > 0


@pytest.mark.parametrize("prices", [[5.0], [5.0] * 9, [0.0, 0.0], [0.0, 1e-4, 1e9], [19.99, 20.0, 20.01]])
def test_odd_prices_have_ranges_too(prices: list[float]) -> None:
    products = [Product(str(number), "t", price=price) for number, price in enumerate(prices)]
    (found,) = facet_of(FilterField.PRICE, products).prices
    assert sum(each.count for each in found.ranges) == len(prices)
    assert all(each.count for each in found.ranges)


def test_the_most_frequent_come_first_and_the_rest_is_counted() -> None:
    products = [Product(f"{brand}-{n}", "t", brand=f"B{brand:02}") for brand in range(40) for n in range(brand + 1)]
    facet = facet_of(FilterField.BRAND, products, ["b00"])
    assert [each.count for each in facet.values] == [*range(40, 40 - MOST_VALUES + 1, -1), 1]
    assert facet.values[-1].value == "B00"  # chosen already, so it is told
    assert facet.more == 40 - MOST_VALUES


def test_a_category_is_told_level_by_level() -> None:
    products = [
        Product("a", "t", categories=("Shop", "Shoes", "Boots")),
        Product("b", "t", categories=("Shop", "Mugs")),
    ]
    products += [Product("c", "t", categories=("Shop", "Shoes")), Product("d", "t", categories=("Sale",))]
    values = facet_of(FilterField.CATEGORY, products).values
    assert [(each.value, each.count) for each in values] == [
        ("Shop", 3),
        ("Shop > Shoes", 2),
        ("Shop > Shoes > Boots", 1),
        ("Shop > Mugs", 1),
        ("Sale", 1),
    ]


def test_a_category_that_was_chosen_is_told_with_its_branches_however_rare() -> None:
    kinds = [f"Kind {n:02}" for n in range(MOST_VALUES + 10)]
    products = [Product(f"{kind}-{n}", "t", categories=("Shop", kind)) for kind in kinds for n in range(3)]
    products.append(Product("rare", "t", categories=("Sale", "Odd", "Ends")))
    chosen = filters_of({"category": ["sale > odd > ends", "shop > kind 29"], "brand": []})
    (facet,) = count_facets([FilterField.CATEGORY], chosen, lambda _: products)
    told = {each.value: each.count for each in facet.values}
    assert len(told) == MOST_VALUES
    assert told["Sale > Odd > Ends"] == told["Sale > Odd"] == told["Sale"] == 1
    assert (told["Shop"], told["Shop > Kind 29"]) == (3 * len(kinds), 3)


def test_no_products_no_values() -> None:
    assert [facet_of(field, []) for field in FACET_FIELDS] == [Facet(field) for field in FACET_FIELDS]


def test_a_facets_own_filter_does_not_narrow_it_and_all_others_do() -> None:
    products = shelf(300)
    filters = filters_of({"brand": ["acme"], "colour": ["red"], "price": {"to": 50}})
    asked: list[Any] = []

    def listed(condition: Any) -> list[Product]:
        asked.append(condition)
        return [product for product in products if condition is None or matches(condition, product)]

    facets = {facet.field: facet for facet in count_facets(FACET_FIELDS, filters, listed)}

    only = defaultdict(lambda: filters, {field: without_field(filters, field) for field in FACET_FIELDS})
    for field, facet in facets.items():
        assert facet == facet_of(field, [each for each in products if matches(only[field], each)], facet_chosen(field))
    assert {each.value.casefold() for each in facets[FilterField.BRAND].values} == {"acme", "bolt", "curl"}
    assert {each.value for each in facets[FilterField.COLOUR].values} == {"red", "blue"}
    assert {each.value for each in facets[FilterField.SIZE].values} <= {"S", "M", "L"}
    assert len(asked) == 4


def facet_chosen(field: FilterField) -> list[str]:
    return {FilterField.BRAND: ["acme"], FilterField.COLOUR: ["red"]}.get(field, [])


class TestFilters:
    @pytest.mark.parametrize(
        ("body", "sentence"),
        [
            ({"weight": ["1"]}, "cannot have 'weight'"),
            ({"added_at": ["1"]}, "cannot have 'added_at'"),
            ({"brand": 3}, "list of words for brand"),
            ({"brand": [3]}, "list of words for brand"),
            ({"brand": [" "]}, "list of words for brand"),
            ({"brand": {"from": 3}}, "list of words for brand"),
            ({"brand": ["x"] * (MOST_WORDS + 1)}, "too much for brand"),
            ({"brand": ["x" * (LONGEST_WORD + 1)]}, "too much for brand"),
            ({"price": [3]}, "no range for price"),
            ({"price": {"max": 3}}, "no range for price"),
            ({"price": {"to": "3"}}, "price to"),
            ({"price": {"to": float("nan")}}, "price to"),
            ({"price": {"to": float("inf")}}, "price to"),
            ({"price": {"to": True}}, "price to"),
            ({"price": {"from": -1}}, "price from"),
            ({"price": {"from": 50, "to": 10}}, "from 50 to 10"),
            ({"color": ["red"], "colour": ["blue"]}, "colour twice"),
        ],
    )
    def test_what_is_wrong_is_said_in_a_sentence(self, body: dict[str, Any], sentence: str) -> None:
        with pytest.raises(InvalidInput, match=sentence) as caught:
            filters_of(body)
        assert str(caught.value).count(". ") == 0

    @pytest.mark.parametrize("body", [{}, {"brand": []}, {"price": {}}, {"price": {"from": None}}])
    def test_nothing_asked_is_no_filter(self, body: dict[str, Any]) -> None:
        assert filters_of(body) is None

    def test_values_of_a_field_are_alternatives_and_fields_add_up(self) -> None:
        condition = filters_of({"color": ["RED", "blue"], "price": {"from": 5, "to": 20}, "brand": "Acme"})
        assert condition is not None
        product = Product("p", "t", colour="Blue", price=20.0, brand="acme")
        assert matches(condition, product)
        for other in ({"colour": "green"}, {"price": 20.01}, {"price": 4.99}, {"price": None}, {"brand": "Bolt"}):
            assert not matches(condition, replace(product, **other))
        below = filters_of({"price": {"below": 20}})
        assert below is not None
        assert not matches(below, product)

    def test_a_category_is_any_level_or_a_path(self) -> None:
        trainers = Product("p", "t", categories=("Shop", "Shoes", "Trainers"))
        for asked, found in (("shoes", True), ("Shop > Shoes", True), ("Sale > Shoes", False), (" > ", False)):
            condition = filters_of({"category": [asked]})
            assert condition is not None
            assert matches(condition, trainers) is found


class TestOrders:
    def test_each_order_is_stable_and_ends_with_what_has_no_such_value(self) -> None:
        products = {each.id: replace(each, currency="EUR") for each in shelf(200)}
        dated = {id_: replace(each, added_at=NOW - timedelta(days=len(each.brand))) for id_, each in products.items()}
        ids = random.Random(2).sample(sorted(products), 200)
        shares = {each: float(number % 5) for number, each in enumerate(ids)}
        by_hand: dict[Sort, Any] = {
            Sort.RELEVANCE: lambda _: 0.0,
            Sort.PRICE_ASC: lambda each: each.effective_price,
            Sort.PRICE_DESC: lambda each: None if each.effective_price is None else -each.effective_price,
            Sort.NEWEST: lambda each: -each.added_at.timestamp(),
            Sort.POPULAR: lambda each: -shares[each.id] or None,
            Sort.DISCOUNT: lambda each: (
                (each.sale_price / each.price or None) if each.price and each.sale_price else None
            ),
        }
        for sort, value in by_hand.items():
            order = in_order(sort, [*ids, "gone"], dated, shares)
            values = [value(dated[each]) for each in order[:-1]]
            having = [each for each in values if each is not None]
            assert order[-1] == "gone"
            if sort is not Sort.DISCOUNT:
                assert values == sorted(having) + [None] * (len(values) - len(having))
            for left, right in pairwise(order[:-1]):
                if value(dated[left]) == value(dated[right]):
                    assert ids.index(left) < ids.index(right)

    def test_a_discount_is_a_share_of_the_price(self) -> None:
        prices = {"a": (10.0, 9.0), "b": (100.0, 50.0), "c": (10.0, None), "d": (10.0, 12.0), "e": (20.0, 1.0)}
        products = {id_: Product(id_, "t", price=price, sale_price=sale) for id_, (price, sale) in prices.items()}
        assert in_order(Sort.DISCOUNT, list("abcde"), products, {}) == list("ebacd")

    def test_prices_in_two_currencies_are_not_compared(self) -> None:
        offers = {"a": (9.0, "USD"), "b": (3.0, "EUR"), "c": (1.0, "JPY"), "d": (5.0, "USD"), "e": (7.0, "USD")}
        products = {id_: Product(id_, "t", price=price, currency=code) for id_, (price, code) in offers.items()}
        assert in_order(Sort.PRICE_ASC, list("abcde"), products, {}) == list("deabc")
        assert in_order(Sort.PRICE_DESC, list("abcde"), products, {}) == list("aedbc")

    def test_flags_come_back_and_a_cursor_has_room_for_all_of_them(self) -> None:
        rng = random.Random(3)
        for count in (0, 1, 7, 8, 9, 200, MOST_SORTED):
            flags = [rng.random() < 0.5 for _ in range(count)]
            assert flags_from_text(flags_to_text(flags), count) == flags
        full = flags_to_text([True] * MOST_SORTED)
        at = Cursor("r" * 64, "v" * 64, "s" * 64, "b" * 64, NOW, 100_000, DEPTHS[-1], "q" * 16, MOST_STEPS, full)
        assert decode_cursor(encode_cursor(at), at.question, NOW) == at
        assert len(encode_cursor(at)) <= 1_024
        assert flags_from_text(flags_to_text([True] * 20), 4) == [True] * 4
        assert flags_from_text("A", 3) == [False] * 3
