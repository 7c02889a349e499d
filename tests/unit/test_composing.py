"""Composed queries: what "like this, but …" changes of a product, what stays, and where its picture's vector goes."""

from dataclasses import replace

import numpy as np
import pytest

from shared.domain.composing import change, kept, middle, moved, priced_now
from shared.domain.filters import AnyOf, Comparison, FilterField, InRange, Not, OneOf
from shared.domain.products import Product
from shared.domain.understanding.relaxing import relaxed
from shared.domain.understanding.understood import Constraint, Understood

SHOE = Product(
    "1",
    "Acme Men's Black Running Shoe",
    description="A black shoe for men who run.",
    brand="Acme",
    categories=("Footwear", "Shoes", "Running Shoes"),
    colour="Black",
    gender="Men",
    price=60.0,
    attributes={"usage": "Sports", "pattern": "striped"},
)


def of(field: FilterField, words: str, *values: str) -> Constraint:
    return Constraint(field, OneOf(field, values), words, stated=True)


def understood(words: str, *constraints: Constraint) -> Understood:
    return Understood(words, constraints)


BLUE = of(FilterField.COLOUR, "blue", "Navy Blue", "Blue")


def test_a_changed_word_is_put_for_the_old_one_wherever_the_product_says_it() -> None:
    altered = change(SHOE, understood("but blue", BLUE))

    assert altered.text == (
        "Acme Men's Blue Running Shoe. Acme Footwear Shoes Running Shoes Blue Men Sports striped. "
        "A Blue shoe for men who run."
    )
    assert (altered.before, altered.after) == (SHOE.title, "Acme Men's Blue Running Shoe")
    assert altered.added == ""


def test_what_was_typed_is_preferred_to_the_other_words_for_it() -> None:
    typed = change(SHOE, understood("azure", of(FilterField.COLOUR, "azure", "Navy Blue", "Azure")))
    other = change(SHOE, understood("azure", of(FilterField.COLOUR, "azure", "Navy Blue", "Blue")))

    assert typed.after == "Acme Men's Azure Running Shoe"
    assert other.after == "Acme Men's Navy Blue Running Shoe"
    assert other.added == ""


def test_for_whom_it_is_changes_in_every_form_of_the_word() -> None:
    altered = change(SHOE, understood("for women", of(FilterField.GENDER, "for women", "Women")))

    assert altered.after == "Acme Women Black Running Shoe"
    assert "Men" not in altered.text.split()
    assert "men" not in altered.text.split()


def test_a_value_that_the_title_does_not_say_is_said_in_both_captions() -> None:
    untitled = Product("2", "Everyday Tote", colour="Red", material="Canvas")
    altered = change(untitled, understood("in leather", of(FilterField.MATERIAL, "leather", "Leather")))

    assert (altered.before, altered.after) == ("Canvas Everyday Tote", "Leather Everyday Tote")
    assert altered.text == "Everyday Tote. Red Leather"


def test_where_there_is_no_field_the_title_says_the_colour() -> None:
    plain = Product("3", "Black walking boot")
    held = change(plain, understood("brown", Constraint(FilterField.COLOUR, None, "brown", having=("brown",))))
    unheld = change(plain, understood("but brown"))

    assert held.after == unheld.after == "brown walking boot"
    assert "Black" not in held.text + unheld.text
    assert held.before == unheld.before == plain.title
    assert (held.added, unheld.added) == ("", "brown")  # what no constraint holds, weight has to


def test_what_a_product_has_to_say_in_its_text_is_said() -> None:
    formal = Constraint(None, None, "but formal", having=("formal", "formals"), stated=True)
    altered = change(SHOE, understood("formal", formal))

    assert altered.text.endswith(". formal")
    assert altered.after == f"formal {SHOE.title}"
    assert altered.added == ""


def test_what_is_not_wanted_goes_from_the_text_and_is_moved_away_from() -> None:
    unstriped = Constraint(None, None, "without stripes", negated=True, without=("stripes", "striped"))
    altered = change(SHOE, understood("", unstriped))

    assert "striped" not in altered.text
    assert altered.before == "stripes striped Acme Men's Black Running Shoe"
    assert altered.after == SHOE.title

    not_black = Constraint(FilterField.COLOUR, Not(OneOf(FilterField.COLOUR, ("Black",))), "not black", negated=True)
    altered = change(SHOE, understood("", not_black))
    assert altered.after == "Acme Men's Running Shoe"
    assert "black" not in altered.text.casefold()


def test_words_that_nothing_holds_are_added_and_those_that_only_lead_to_them_are_not() -> None:
    altered = change(SHOE, understood("but more formal and blue please", BLUE))

    assert altered.added == "formal"
    assert altered.after == "formal Acme Men's Blue Running Shoe"
    assert altered.text.endswith(". formal")


@pytest.mark.parametrize(
    "asked",
    [
        understood(""),
        understood("", Constraint(FilterField.PRICE, InRange(FilterField.PRICE, Comparison.LESS, 60.0), "cheaper")),
        understood("but like this one please"),
    ],
)
def test_what_cannot_be_seen_or_read_changes_neither_text_nor_caption(asked: Understood) -> None:
    altered = change(SHOE, asked)

    assert altered.text == SHOE.text()
    assert altered.before == altered.after == SHOE.title


def test_a_comparison_of_prices_is_one_with_the_price_of_now() -> None:
    def less(than: float, words: str) -> Constraint:
        return Constraint(FilterField.PRICE, InRange(FilterField.PRICE, Comparison.LESS, than), words, stated=True)

    reduced, unpriced = replace(SHOE, sale_price=45.0), replace(SHOE, price=None)
    assert priced_now(less(60.0, "cheaper"), SHOE, reduced) == less(45.0, "cheaper")
    assert priced_now(less(60.0, "under 60"), SHOE, reduced) == less(60.0, "under 60")
    assert priced_now(less(60.0, "cheaper"), SHOE, unpriced) == less(60.0, "cheaper")
    assert priced_now(BLUE, SHOE, reduced) is BLUE


def test_words_of_a_product_are_no_patterns() -> None:
    odd = Product("4", r"Shirt (a+b) \1 [x]", colour="(a+b)")
    altered = change(odd, understood("", of(FilterField.COLOUR, r"\g<0>", r"\g<0>")))

    assert altered.after == r"Shirt \g<0> \1 [x]"


def test_kind_and_gender_stay_unless_the_words_speak_of_them() -> None:
    gender, wider, kind = kept(SHOE, understood("", BLUE))

    assert (gender.field, kind.field) == (FilterField.GENDER, FilterField.CATEGORY)
    assert kind.condition == OneOf(FilterField.CATEGORY, ("Running Shoes",))
    assert gender.condition == OneOf(FilterField.GENDER, ("Men", "unisex"))
    assert wider.condition == OneOf(FilterField.CATEGORY, ("Shoes",))
    assert [(each.words, each.stated) for each in (gender, wider, kind)] == [("", False)] * 3
    assert relaxed((gender, wider, kind), 2) == (wider,)

    women = of(FilterField.GENDER, "for women", "Women")
    assert [each.field for each in kept(SHOE, understood("", women))] == [FilterField.CATEGORY] * 2
    boots = of(FilterField.CATEGORY, "boots", "Boots")
    assert [each.field for each in kept(SHOE, understood("", boots, women))] == []


def test_nothing_is_implied_by_what_a_product_does_not_say() -> None:
    assert kept(Product("5", "Thing"), understood("", BLUE)) == ()
    assert kept(Product("6", "Cap", gender="Unisex"), understood("", BLUE)) == ()


def test_any_of_several_conditions_says_the_word() -> None:
    either = AnyOf((OneOf(FilterField.COLOUR, ("Teal",)), OneOf(FilterField.COLOUR, ("Turquoise",))))
    altered = change(SHOE, understood("", Constraint(FilterField.COLOUR, either, "turquoise")))

    assert altered.after == "Acme Men's Turquoise Running Shoe"


def test_a_picture_is_moved_as_its_caption_changes() -> None:
    kind, black, blue = np.eye(3, dtype=np.float32)
    seen = middle([kind, black])
    asked = moved(seen, before=middle([kind, black]), after=middle([kind, blue]))

    assert np.isclose(np.linalg.norm(asked), 1.0)
    assert asked @ blue > asked @ black
    assert asked @ kind > 0.5
    assert moved(seen) is seen


def test_vectors_that_cancel_out_leave_the_first_one() -> None:
    one = np.array([1, 0], dtype=np.float32)

    assert np.array_equal(middle([one, -one]), one)
