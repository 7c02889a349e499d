"""Learning what goes with what, on a few products whose truth is plain; and keeping it."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np
import pytest

from indexer.complements.evidence import UNIT, Evidence, evidence_of
from indexer.complements.kinds import affinities, kinds_of, partners
from indexer.complements.maps import map_of
from indexer.complements.rows import complement_rows
from shared.domain.behaviour import dimension
from shared.domain.companions import Clusters, Companions, companions_bytes, companions_from_bytes, kind_title
from shared.domain.events import Event, EventType
from shared.domain.products import Product
from shared.domain.spaces import Matrix, Space
from tests.support import NOW, event

CUPS, PLATES, SHOES = ("Shop", "Cups"), ("Shop", "Plates"), ("Shop", "Shoes")


def shelf() -> list[Product]:
    """Four cups, four plates, four shoes, by id; c4 is a variant of p1 by its group."""
    kinds = (("c", CUPS), ("p", PLATES), ("s", SHOES))
    return [
        Product(f"{letter}{number}", f"{letter} {number}", categories=path, item_group_id="odd" * (number == 4))
        for letter, path in kinds
        for number in range(1, 5)
    ]


def bought(user: str, products: Sequence[str], at: datetime = NOW) -> list[Event]:
    return [event(user, EventType.PURCHASE, each, at) for each in products]


def compared(user: str, first: str, second: str) -> list[Event]:
    """Both looked at, the first bought."""
    looks = [event(user, EventType.VIEW, each, NOW + timedelta(minutes=n)) for n, each in enumerate((first, second))]
    return [*looks, event(user, EventType.PURCHASE, first, NOW + timedelta(minutes=3))]


def shoppers() -> list[list[Event]]:
    """Each cup goes with the plate of its number; cups are compared with cups, and cups with shoes."""
    pairs = [bought(f"b{n}", [f"c{n % 3 + 1}", f"p{n % 3 + 1}"]) for n in range(30)]
    colours = [bought(f"d{n}", ["c1", "c2"]) for n in range(10)]
    cups = [compared(f"v{n}", "c1", "c3") for n in range(20)]
    shoes = [compared(f"w{n}", f"c{n % 3 + 1}", f"s{n % 3 + 1}") for n in range(80)]
    return [*pairs, *colours, *cups, *shoes, bought("g", ["c4", "p4"])]


def learnt() -> tuple[list[Product], Evidence, np.ndarray, Matrix]:
    products = shelf()
    evidence = evidence_of(shoppers(), [product.id for product in products])
    texts = np.zeros((len(products), 0), np.float32)
    return products, evidence, affinities(evidence, kinds_of(products, texts)), texts


def test_a_basket_hands_out_one_unit_a_product_whatever_its_size() -> None:
    evidence = evidence_of([bought("u", ["a", "b", "c", "unknown"])], ["a", "b", "c"])
    assert evidence.first.tolist() == [0, 0, 1]
    assert evidence.second.tolist() == [1, 2, 2]
    half_basket_and_half_cart = 0.5 + 0.25
    assert (evidence.together / UNIT).tolist() == pytest.approx([half_basket_and_half_cart] * 3, abs=1e-5)
    assert evidence.both.tolist() == [1, 1, 1]


def test_the_same_events_give_the_same_evidence_in_whatever_order() -> None:
    ids = [product.id for product in shelf()]
    one, other = evidence_of(shoppers(), ids), evidence_of(reversed(shoppers()), ids)
    assert one.digest() == other.digest()
    assert one.digest() != evidence_of(shoppers()[1:], ids).digest()


def test_what_is_looked_at_and_bought_instead_speaks_against() -> None:
    products, _, found, texts = learnt()
    listed = partners(kinds_of(products, texts), found)
    assert [kind for kind, _ in listed["Shop > Cups"]] == ["Shop > Plates"]
    assert "Shop > Shoes" not in listed


def test_rows_know_the_own_plate_first_and_no_substitute_variant_or_comparison() -> None:
    products, evidence, found, texts = learnt()
    kinds = kinds_of(products, texts)
    model = complement_rows(evidence, kinds, found, products, texts, 0.0)
    for number in (1, 2, 3):
        row = model.row(f"p{number}")
        assert row is not None
        assert row.indices.tolist() == [dimension(f"c{number}")]
    assert model.row("p4") is None  # it was bought with c4 alone, which is the same design
    cup = model.row("c1")
    assert cup is not None
    assert dimension("p1") in cup.indices
    assert not {dimension(each) for each in ("c2", "c3", "s1")} & set(cup.indices.tolist())


def test_rows_learnt_anew_from_the_same_have_the_same_digests() -> None:
    products, evidence, found, texts = learnt()
    kinds = kinds_of(products, texts)
    one, other = (complement_rows(evidence, kinds, found, products, texts, 0.0) for _ in range(2))
    assert one.to_bytes() == other.to_bytes()


def test_products_without_categories_are_told_apart_by_their_texts() -> None:
    directions = np.eye(8, dtype=np.float32)[np.arange(160) // 20]
    products = [Product(f"x{n:03}", f"thing{n // 20} no{n:03}") for n in range(160)]
    kinds = kinds_of(products, directions)
    assert {kinds.names[kind] for kind in kinds.of_product} == set(kinds.names)
    assert len(kinds.names) == 8
    companions = Companions(divided=kinds.divided)
    assert companions.kind(products[0], {Space.TEXT: directions[0]}) == kinds.names[kinds.of_product[0]]
    assert companions.kind(products[0], {Space.TEXT: directions[0]}).startswith("thing0")
    assert companions.kind(products[0], {Space.TEXT: np.ones(3, np.float32)}) == ""
    alike = ({Space.TEXT: directions[0]}, {Space.TEXT: directions[1]})
    assert companions.too_alike((products[0], products[1]), alike, 0.1)
    assert not companions.too_alike((shelf()[0], shelf()[1]), alike, 0.1)


def test_the_map_leads_a_product_nobody_took_to_what_its_kin_were_taken_with() -> None:
    rng = np.random.default_rng(4)
    colours = rng.normal(size=(60, 6))
    vectors = np.concatenate([np.c_[np.tile([1.0, 0], (60, 1)), colours], np.c_[np.tile([0, 1.0], (60, 1)), colours]])
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    products = [Product(f"{letter}{n:02}", f"{letter} {n}", categories=(letter,)) for letter in "ab" for n in range(60)]
    ids = [product.id for product in products]
    baskets = [bought(f"{n}-{k}", [f"a{n:02}", f"b{n:02}"]) for n in range(55) for k in range(3)]
    evidence, kinds = evidence_of(baskets, ids), kinds_of(products, vectors)
    model = complement_rows(evidence, kinds, affinities(evidence, kinds) + 1, products, vectors, 0.0)
    leads = map_of(model, ids, vectors)
    assert leads is not None
    place = Companions(maps={Space.TEXT: leads}).mapped({Space.TEXT: vectors[59]})[Space.TEXT]
    assert np.linalg.norm(place) == pytest.approx(1.0, abs=1e-5)
    mapped, plain = vectors[60:] @ place, vectors[60:] @ vectors[59]
    assert int(np.argmax(mapped)) == 59  # the b of its colours
    assert mapped[59] > plain[59]


def test_too_few_complements_teach_no_map() -> None:
    products, evidence, found, texts = learnt()
    model = complement_rows(evidence, kinds_of(products, texts), found, products, texts, 0.0)
    assert map_of(model, [product.id for product in products], np.ones((12, 3), np.float32)) is None


def test_companions_come_back_as_they_were_kept() -> None:
    eye = np.eye(3, dtype=np.float32)
    companions = Companions({"a > b": (("c", 1.5), ("d", 0.5))}, {Space.TEXT: eye}, {"": Clusters(("x", "y"), eye[:2])})
    back = companions_from_bytes(companions_bytes(companions))
    assert back.kinds == companions.kinds
    assert back.affinity("a > b", "d") == 0.5
    assert back.affinity("a > b", "a > b") == 0
    assert np.array_equal(back.maps[Space.TEXT], eye)
    assert back.divided[""].names == ("x", "y")
    assert companions_bytes(back) == companions_bytes(companions)
    assert kind_title("a > b") == "b"


@pytest.mark.parametrize("content", [b"", b"PK", b"{}", companions_bytes(Companions())[:-40]])
def test_damaged_companions_are_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match="cannot be read"):
        companions_from_bytes(content)
