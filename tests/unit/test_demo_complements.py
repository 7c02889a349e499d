"""Complements in the demo shop: never a substitute, and more of what truly goes together than counting finds."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from itertools import combinations
from random import Random

import pytest

from indexer.baskets import baskets_of
from local.demo_shop import sessions
from local.demo_shop.browsing import Shelves
from local.demo_shop.catalogue import catalogue
from shared import wiring
from shared.services.complements import BORROWED, MAPPED, complements
from shared.services.pages import Question
from shared.services.similar import By, similar
from tests.demo_parts import taught_demo
from tests.support import NOW

PRODUCTS = {product.id: product for product in catalogue()}
SEEDS = Random(5).sample(sorted(PRODUCTS), 120)
COMPANIONS = {
    seed: {each.id for each in companions if each.stock}
    for seed, companions in Shelves(catalogue(), Random(sessions._SEED)).companions.items()
}
"""What the shoppers were made of, which nothing learns from."""


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> wiring.Parts:
    return taught_demo(tmp_path_factory.mktemp("demo"))


@pytest.fixture(scope="module")
def offered(demo: wiring.Parts) -> Mapping[str, Sequence[tuple[str, str]]]:
    """The ten complements of each seed, with their sources."""
    shop = wiring.shop(demo)
    answers = {seed: complements(shop, seed, Question(10)).items for seed in SEEDS}
    return {seed: [(item.product.id, item.source) for item in items] for seed, items in answers.items()}


def found(lists: Callable[[str], Sequence[str]]) -> float:
    """The share of the true companions that are among the ten of the list."""
    shares = [len(COMPANIONS[seed].intersection(lists(seed)[:10])) / len(COMPANIONS[seed]) for seed in SEEDS]
    return sum(shares) / len(shares)


def test_substitutes_are_under_a_twentieth(offered: Mapping[str, Sequence[tuple[str, str]]]) -> None:
    pairs = [(PRODUCTS[seed], PRODUCTS[each]) for seed, items in offered.items() for each, _ in items]
    assert len(pairs) > 9 * len(SEEDS)
    assert sum(seed.kind is other.kind for seed, other in pairs) < 0.05 * len(pairs)


def test_more_true_companions_than_by_counting_or_by_likeness(
    demo: wiring.Parts, offered: Mapping[str, Sequence[tuple[str, str]]]
) -> None:
    shop = wiring.shop(demo)
    counts: dict[str, Counter[str]] = {seed: Counter() for seed in PRODUCTS}
    for basket in baskets_of(demo.events.histories(NOW)):
        for one, other in combinations(basket, 2):
            counts[one][other] += 1
            counts[other][one] += 1
    ours = found(lambda seed: [each for each, _ in offered[seed]])
    assert ours > 0.5
    assert ours > 2 * found(lambda seed: [each for each, _ in counts[seed].most_common(10)])
    assert ours > 2 * found(lambda seed: [item.product.id for item in similar(shop, seed, By.TEXT, Question(10)).items])


def test_what_is_learnt_comes_first_and_each_item_says_what_proposed_it(
    offered: Mapping[str, Sequence[tuple[str, str]]],
) -> None:
    for items in offered.values():
        learnt = [source == "complement" for _, source in items]
        assert learnt == sorted(learnt, reverse=True)
        assert {source for _, source in items} <= {"complement", BORROWED, MAPPED, f"{BORROWED}+{MAPPED}"}
