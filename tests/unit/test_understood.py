"""What is understood, apart from the tables: the words that are left, shops that lack a field, what gives way first."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.vocabulary import vocabulary_of
from shared.domain.filters import AllOf, AnyOf, Comparison, Filter, FilterField, InRange, Not, OneOf
from shared.domain.products import Product
from shared.domain.understanding.parsing import understand
from shared.domain.understanding.relaxing import relaxed
from shared.domain.understanding.understood import Constraint, holds
from shared.domain.understanding.vocabulary import Vocabulary
from shared.domain.understanding.wording import number_of, phrase_key, tokens
from tests.shop_of_words import words_shop
from tests.shoppers_queries import PLAIN

SHOP = vocabulary_of(words_shop)
SEED = Product("seed", "Red dress", brand="Next", categories=("Apparel", "Dresses"), colour="Red", price=40.0)
BARE = vocabulary_of(
    lambda: [
        Product("1", "Red striped shirt in cotton for women", categories=("Shirts",)),
        Product("2", "Blue leather bag with stripes for men", categories=("Bags",)),
        Product("3", "Black wool hat", categories=("Hats",)),
    ]
)
"""No colours, brands, materials, sizes or prices but in its titles."""


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("find blue dresses under $50", "blue dresses"),
        ("waterproof boots size 42 not black", "waterproof boots"),
        ("gift for dad between 20 and 40 dollars", "gift for dad"),
        ("I'm looking for a red and white striped shirt", "a red and white striped shirt"),
        ("Black & Decker drill", "Black & Decker drill"),
        ("show me Levi's 501 jeans (size 32)", "Levi's 501 jeans"),
        ("tee in size small or medium", "tee"),
        ("dress, any colour except pink", "dress"),
        ("t-shirt without stripes or dots, please", "t-shirt"),
        ("non-leather jacket", "jacket"),
        ("cheap mug", "mug"),
        ("bleu dress", "blue dress"),
        ("under $50", ""),
        ("", ""),
    ],
)
def test_the_words_left_to_rank_by(query: str, words: str) -> None:
    assert understand(query, SHOP).words == words


def test_spans_are_told_as_they_were_typed() -> None:
    understood = understand("Leahter jacket, NOT black or brown, under $ 50", SHOP)
    assert [each.words for each in understood.constraints] == [
        "Leahter",
        "jacket",
        "NOT black or brown",
        "under $ 50",
    ]
    assert understood.corrections == (("leahter", "leather"),)


def test_of_two_wishes_for_one_field_either_will_do() -> None:
    (brand, _) = understand("nike running shoes or adidas", SHOP).constraints
    assert brand.condition == OneOf(FilterField.BRAND, ("Nike", "Adidas"))
    assert brand.words == "nike, adidas"


def test_a_price_in_another_currency_is_said_and_not_applied() -> None:
    (price,) = understand("under £50", SHOP).constraints
    assert (price.field, price.applied, price.words) == (FilterField.PRICE, False, "under £50")
    assert holds(price, SEED)


def test_a_size_that_nothing_has_is_said_and_not_applied() -> None:
    (size,) = understand("size 72", SHOP).constraints
    assert (size.field, size.applied) == (FilterField.SIZE, False)


def test_stripes_are_left_out_however_they_are_written() -> None:
    (constraint,) = understand("without stripes", BARE).constraints
    assert {"stripes", "striped"} <= set(constraint.without)
    assert not holds(constraint, Product("1", "Striped shirt"))
    assert holds(constraint, Product("2", "Plain shirt"))


@pytest.mark.parametrize("query", ["without leather", "not leather", "no leather", "anything but leather"])
def test_a_negation_without_a_field_is_held_by_the_text(query: str) -> None:
    (constraint,) = understand(query, BARE).constraints
    assert (constraint.condition, constraint.negated) == (None, True)
    assert not holds(constraint, Product("1", "Leather bag"))
    assert holds(constraint, Product("2", "Wool hat"))


@pytest.mark.parametrize(("query", "title"), [("but blue", "Blue hat"), ("in leather", "Bag in leather")])
def test_a_change_without_a_field_is_held_by_the_text(query: str, title: str) -> None:
    (constraint,) = understand(query, BARE, SEED).constraints
    assert constraint.stated
    assert holds(constraint, Product("1", title))
    assert not holds(constraint, Product("2", "Black wool hat"))


def test_for_whom_without_a_field() -> None:
    (constraint,) = understand("but for ladies", BARE, SEED).constraints
    assert "women" in constraint.having


def test_a_plain_word_without_a_field_only_ranks() -> None:
    understood = understand("blue leather for women", BARE)
    assert understood.constraints == ()
    assert understood.words == "blue leather for women"


def test_without_a_vocabulary_nothing_is_understood() -> None:
    understood = understand(" blue dress under $50 ", Vocabulary())
    assert (understood.words, understood.constraints) == ("blue dress under $50", ())


def test_cheaper_than_what_has_no_price() -> None:
    (constraint,) = understand("cheaper", SHOP, Product("free", "A thing")).constraints
    assert not constraint.applied


def test_cheap_is_the_lower_third_of_what_is_asked_for() -> None:
    mugs = sorted(each.price or 0.0 for each in words_shop() if "Mugs" in each.categories)
    (_, price) = sorted(understand("cheap mugs", SHOP).constraints, key=lambda each: each.guessed)
    assert isinstance(price.condition, InRange)
    assert price.guessed
    below = sum(each <= price.condition.bound for each in mugs) / len(mugs)
    assert 0.3 < below < 0.4


@pytest.mark.parametrize(
    ("typed", "value"),
    [("1.299,50", 1299.5), ("1,299.50", 1299.5), ("1299", 1299), ("12,5", 12.5), ("1,299", 1299), ("0.999", 0.999)],
)
def test_numbers(typed: str, value: float) -> None:
    assert number_of(typed) == value


@pytest.mark.parametrize(
    ("one", "other"),
    [
        *(
            ("dresses", "Dress"),
            ("Watches", "watch"),
            ("T-Shirts", "tshirt"),
            ("knives", "Knife"),
            ("women's", "Woman"),
        ),
        *(("cookies", "cookie"), ("Café", "cafe"), ("off-white", "Off White"), ("U.S. Polo", "US polo")),
        ("L’Oréal", "loreal"),
    ],
)
def test_words_that_are_the_same(one: str, other: str) -> None:
    assert phrase_key(one) == phrase_key(other)


@pytest.mark.parametrize(("one", "other"), [("caps", "capes"), ("glass", "gloss"), ("bus", "bu")])
def test_words_that_are_not(one: str, other: str) -> None:
    assert phrase_key(one) != phrase_key(other)


class TestRelaxing:
    words = "cheap blue leather dresses for women by next size M not black under $50"

    def test_one_after_the_other_in_the_stated_order(self) -> None:
        constraints = understand(self.words, SHOP).constraints
        gone = []
        for step in range(1, len(constraints) + 1):
            left, fewer = relaxed(constraints, step - 1), relaxed(constraints, step)
            (dropped,) = set(left or ()) - set(fewer or ())
            gone.append((dropped.field, dropped.negated, dropped.guessed))
        wishes = [
            *(FilterField.MATERIAL, FilterField.COLOUR, FilterField.BRAND, FilterField.GENDER),
            *(FilterField.PRICE, FilterField.SIZE, FilterField.CATEGORY),
        ]
        assert gone == [
            (FilterField.PRICE, False, True),
            *((field, False, False) for field in wishes),
            (FilterField.COLOUR, True, False),
        ]
        assert relaxed(constraints, len(constraints)) == ()
        assert relaxed(constraints, len(constraints) + 1) is None

    def test_what_is_not_applied_takes_no_step(self) -> None:
        constraints = understand("dress under £50", SHOP).constraints
        assert [each.field for each in relaxed(constraints, 0) or ()] == [FilterField.CATEGORY]
        assert relaxed(constraints, 1) == ()
        assert relaxed(constraints, 2) is None

    def test_the_stated_change_outlasts_what_was_only_implied(self) -> None:
        implied = Constraint(FilterField.CATEGORY, OneOf(FilterField.CATEGORY, ("Dresses",)), "")
        (change,) = understand("but blue", SHOP, SEED).constraints
        assert relaxed((implied, change), 1) == (change,)


_SOME_WORDS = sorted({word for line in PLAIN.splitlines() for word in line.partition("=>")[0].split()})


@settings(max_examples=300, deadline=None)
@given(
    st.one_of(
        st.text(max_size=500),
        st.lists(st.sampled_from([*_SOME_WORDS, "-", ",", "$", "(", "'", "\u0301"]), max_size=60).map(" ".join),
    ),
    st.booleans(),
)
def test_anything_may_be_typed(text: str, with_seed: bool) -> None:
    understood = understand(text, SHOP, SEED if with_seed else None)
    assert len(understood.words) <= 4 * len(text)
    for each in understood.constraints:
        assert each.condition is None or is_something(each.condition)
        assert each.words
    steps = [relaxed(understood.constraints, step) for step in range(len(understood.constraints) + 2)]
    assert () in steps
    assert steps[-1] is None


def is_something(condition: Filter) -> bool:
    """Whether no part of it is empty."""
    match condition:
        case OneOf(_, values):
            return bool(values) and all(values)
        case InRange(_, comparison, _):
            return comparison in Comparison
        case AllOf(parts) | AnyOf(parts):
            return bool(parts) and all(is_something(part) for part in parts)
        case Not(part):
            return is_something(part)


def test_only_so_many_words_are_read() -> None:
    assert len(tokens("a " * 10_000)) == 120
    assert understand("size 42 " * 60, SHOP).constraints[0].condition == OneOf(FilterField.SIZE, ("42",))
