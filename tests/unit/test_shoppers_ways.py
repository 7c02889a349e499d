"""Ways to ask that are read wrongly where a rule is a little too simple; each of them in a small shop."""

import pytest

from indexer.vocabulary import vocabulary_of
from shared.domain.filters import Filter, FilterField, OneOf
from shared.domain.keywords import dimension_of
from shared.domain.products import Product
from shared.domain.sorting import Sort
from shared.domain.understanding.parsing import understand
from shared.domain.understanding.spelling import Speller
from shared.domain.understanding.understood import Constraint
from shared.domain.understanding.vocabulary import Vocabulary
from shared.domain.understanding.word_query import keyword_query, spelt

SHOES = Product("seed", "Canvas Sneakers", categories=("Shoes", "Sneakers"), material="canvas", price=50.0)


def products() -> list[Product]:
    made = [SHOES]
    for n in range(6):
        made += [
            Product(f"lamp{n}", f"Oak Table Lamp {n}", categories=("Home", "Table Lamps"), price=40.0 + n),
            Product(
                f"can{n}", f"Red Watering Can {n}", categories=("Garden", "Watering Cans"), colour="red", price=9.0
            ),
            Product(f"trousers{n}", f"Twill Trousers {n}", categories=("Clothes", "Trousers"), price=60.0),
            Product(f"shirt{n}", f"Striped Shirt {n}", categories=("Clothes", "Shirts"), price=35.0),
            Product(f"wallet{n}", f"Wallet {n}", categories=("Bags", "Small Leather"), material="leather", price=20.0),
            Product(f"racket{n}", f"Tennis Racket {n}", categories=("Sport", "Tennis Rackets"), price=80.0),
            Product(f"house{n}", f"Warming House {n}", brand="Latest Things", categories=("Toys", "Dolls' Houses")),
        ]
    return made


@pytest.fixture(scope="module")
def shop() -> Vocabulary:
    return vocabulary_of(products)


def kinds(query: str, shop: Vocabulary) -> set[str]:
    return values(understand(query, shop).constraints, FilterField.CATEGORY)


def values(constraints: tuple[Constraint, ...], where: FilterField) -> set[str]:
    return {value for each in constraints for value in _values(each.condition, where)}


def _values(condition: Filter | None, where: FilterField) -> tuple[str, ...]:
    return condition.values if isinstance(condition, OneOf) and condition.field is where else ()


@pytest.mark.parametrize("query", ["lamp", "lamps", "lamps between 30 and 60"])
def test_what_titles_bear_out_of_the_singular_holds_for_the_plural(query: str, shop: Vocabulary) -> None:
    assert kinds(query, shop) == {"Table Lamps"}


def test_a_value_itself_comes_before_a_category_that_only_ends_in_it(shop: Vocabulary) -> None:
    understood = understand("in leather", shop, SHOES)
    assert values(understood.constraints, FilterField.MATERIAL) == {"leather"}
    assert values(understood.constraints, FilterField.CATEGORY) == set()


def test_a_kind_of_thing_before_a_participle_is_meant(shop: Vocabulary) -> None:
    assert kinds("shirt striped", shop) == {"Shirts"}
    assert kinds("shirt rack", shop) == set()


@pytest.mark.parametrize("query", ["what can I cook pasta with?", "where can I find pasta", "can you show me pasta"])
def test_the_verb_of_a_question_is_no_thing(query: str, shop: Vocabulary) -> None:
    assert understand(query, shop).constraints == ()
    assert understand(query, shop).words in ("cook pasta", "pasta")


class TestCorrections:
    @pytest.mark.parametrize("query", ["jackets", "housewarming"])
    def test_a_good_word_that_the_shop_has_not_stays_what_it_is(self, query: str, shop: Vocabulary) -> None:
        assert understand(query, shop).corrections == ()

    @pytest.mark.parametrize(
        ("query", "meant"), [("raket", "racket"), ("arcket", "racket"), ("twillshirt", "twill shirt")]
    )
    def test_what_was_mistyped_is_still_corrected(self, query: str, meant: str, shop: Vocabulary) -> None:
        assert understand(query, shop).corrections == ((query, meant),)

    def test_what_may_as_well_be_another_word_needs_a_known_one_beside_it(self) -> None:
        speller = Speller({"legs": 9, "wooden": 20, "mug": 5})
        legs = dimension_of("legs")
        assert legs not in keyword_query("lego", speller).indices
        assert legs in keyword_query("wooden lego", speller).indices
        assert spelt("wooden lego", speller) == ("wooden lego", ())

    def test_each_of_two_words_written_as_one_is_half_of_it(self) -> None:
        whole = keyword_query("desklamp", Speller({"desk": 9, "lamp": 9}))
        weights = dict(zip(whole.indices.tolist(), whole.values.tolist(), strict=True))
        assert weights[dimension_of("desk")] == pytest.approx(weights[dimension_of("lamp")])
        assert weights[dimension_of("desk")] == pytest.approx(weights[dimension_of("desklamp")] / 2)


class TestOrders:
    @pytest.mark.parametrize(
        ("query", "words", "sort"),
        [
            ("cheapest lamp", "lamp", Sort.PRICE_ASC),
            ("where is the cheapest lamp", "the lamp", Sort.PRICE_ASC),
            ("most expensive lamps", "lamps", Sort.PRICE_DESC),
            ("newest shirts", "shirts", Sort.NEWEST),
            ("new arrivals", "", Sort.NEWEST),
            ("shirts on sale under 50", "shirts", Sort.DISCOUNT),
            ("best selling rackets", "rackets", Sort.POPULAR),
            ("latest things", "latest things", Sort.RELEVANCE),
            ("cheap lamp", "lamp", Sort.RELEVANCE),
            ("lamp", "lamp", Sort.RELEVANCE),
        ],
    )
    def test_an_order_is_read_out_of_words(self, query: str, words: str, sort: Sort, shop: Vocabulary) -> None:
        understood = understand(query, shop)
        assert (understood.words, understood.sort) == (words, sort)

    def test_nothing_is_guessed_of_a_price_beside_it(self, shop: Vocabulary) -> None:
        assert not any(each.guessed for each in understand("cheapest lamp", shop).constraints)

    def test_there_is_no_order_of_prices_without_prices(self) -> None:
        bare = vocabulary_of(lambda: [Product("1", "Oak lamp", categories=("Lamps",))])
        understood = understand("cheapest lamp", bare)
        assert understood.sort is Sort.RELEVANCE
        assert [each.applied for each in understood.constraints if each.field is FilterField.PRICE] == [False]

    def test_said_of_a_product_it_is_a_comparison(self, shop: Vocabulary) -> None:
        understood = understand("cheapest", shop, SHOES)
        assert understood.sort is Sort.RELEVANCE
        assert [each.field for each in understood.constraints] == [FilterField.PRICE]
