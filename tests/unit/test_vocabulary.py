"""What the indexer learns of the words of a catalogue."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from indexer.behaviour import BehaviourSettings
from indexer.teaching import Histories, Material
from indexer.vocabulary import teach_vocabulary, vocabulary_of
from shared.domain.filters import FilterField
from shared.domain.products import Product
from shared.domain.understanding.vocabulary import Vocabulary, vocabulary_from_bytes, vocabulary_to_bytes
from shared.services.facts import Facts
from shared.services.understanding import VOCABULARY
from shared.wiring import Parts
from tests.shop_of_words import words_shop
from tests.support import Silent


@pytest.fixture(scope="module")
def shop() -> Vocabulary:
    return vocabulary_of(words_shop)


def test_values_as_the_catalogue_writes_them(shop: Vocabulary) -> None:
    products = words_shop()
    assert shop.values[FilterField.COLOUR]["Light Blue"] == sum(each.colour == "Light Blue" for each in products)
    assert shop.values[FilterField.CATEGORY]["Footwear"] == sum("Footwear" in each.categories for each in products)
    counts = list(shop.values[FilterField.BRAND].values())
    assert counts == sorted(counts, reverse=True)


def test_a_value_in_another_case_is_the_same_one() -> None:
    products = [Product("1", "a", colour="Red"), Product("2", "b", colour="RED"), Product("3", "c", colour="red")]
    assert vocabulary_of(lambda: products).values[FilterField.COLOUR] == {"Red": 3}


def test_terms_are_single_words_with_their_products(shop: Vocabulary) -> None:
    assert shop.terms["juicer"] == 2
    assert not any(" " in term for term in shop.terms)


def test_the_main_currency_and_prices() -> None:
    products = [Product(str(n), "x", price=float(n), currency="EUR" if n < 7 else "USD") for n in range(1, 10)]
    learnt = vocabulary_of(lambda: products)
    assert (learnt.currency, learnt.priced, learnt.prices) == ("EUR", True, {"": (3.0, 7.0)})
    assert not vocabulary_of(lambda: [Product("1", "x")]).priced


def test_titles_settle_what_a_word_means(shop: Vocabulary) -> None:
    assert shop.verdicts["colour:orange>juicer"] is False
    assert "colour:orange>drill" not in shop.verdicts
    assert shop.verdicts["brand:next"] is False  # every description promises next day delivery
    assert {"no show", "air max", "under 18", "cheap trick"} <= shop.idioms
    assert "Dresses" in shop.sold["Next"]


def test_bytes_and_back(shop: Vocabulary) -> None:
    content = vocabulary_to_bytes(shop)
    assert vocabulary_from_bytes(content) == shop
    assert vocabulary_to_bytes(vocabulary_of(words_shop)) == content


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b'{"values": 3}', b"\xff"])
def test_other_bytes_are_refused(content: bytes) -> None:
    with pytest.raises((ValueError, KeyError, TypeError)):
        vocabulary_from_bytes(content)


def test_an_unlimited_catalogue_makes_a_limited_vocabulary() -> None:
    """As many different words, brands and colours as products, and an unpaired surrogate."""
    products = [
        Product(
            f"p{n}",
            f"Brand{n} colour{n} word{n}a word{n}b no word{n}c \ud800",
            "description " + " ".join(f"d{n}x{k}" for k in range(10)),
            f"Brand{n}",
            (f"Category {n}",),
            f"Colour{n}",
            f"Material{n}",
            size=f"{n}",
            price=float(n),
        )
        for n in range(5_100)
    ]
    learnt = vocabulary_of(lambda: products)
    assert max(len(of) for of in learnt.values.values()) == 5_000
    assert len(learnt.terms) == 60_000
    assert "word5099a" in learnt.terms  # a title's word, before those of descriptions
    assert len(vocabulary_to_bytes(learnt)) < 4_000_000


def test_it_is_taught_of_products_alone(tmp_path: Path) -> None:
    class Shelf:
        def products(self):  # type: ignore[no-untyped-def]
            return iter(words_shop())

    histories = Histories(tmp_path / "histories", [])
    until = datetime(2026, 5, 1, tzinfo=UTC)
    material = Material(histories, Shelf(), until, tmp_path, {}, Silent(), BehaviourSettings())  # type: ignore[arg-type]
    fact = teach_vocabulary(material).facts[VOCABULARY.name]
    assert VOCABULARY.parse(fact.content) == vocabulary_of(words_shop)
    assert fact.digest == teach_vocabulary(material).facts[VOCABULARY.name].digest


def test_an_index_version_has_it(small_shop: Parts) -> None:
    version = small_shop.products.version()
    assert version is not None
    learnt = Facts(small_shop.blobs).of(version, VOCABULARY)
    assert set(learnt.values[FilterField.COLOUR]) == {"red", "blue", "green", "grey"}
    assert (learnt.currency, learnt.priced) == ("EUR", True)
