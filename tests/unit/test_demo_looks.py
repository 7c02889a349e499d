"""Looks and bundles in the demo shop, as its shoppers' baskets taught them."""

import random
from collections import Counter

import pytest

from local.demo_shop.catalogue import ShopProduct, catalogue
from shared import wiring
from shared.domain.look import Look, look_of, of_one_wearer
from shared.domain.rules import Scenario
from shared.services.bundles import bundles
from shared.services.look import look
from shared.services.pages import Question, start
from shared.services.pieces import Pool, pool_of, seed_for
from shared.services.shop import Shop
from tests.demo_parts import taught_demo

SLOTS = 4
TRUTH = {product.id: product for product in catalogue()}
SEEDS = random.Random(11).sample(sorted(TRUTH), 30)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    return wiring.shop(taught_demo(tmp_path_factory.mktemp("demo")))


def pool_for(demo: Shop, product_id: str) -> Pool:
    begin = start(demo, Scenario.LOOK, Question(SLOTS), product_id)
    _, seed = seed_for(begin, product_id)
    assert seed is not None
    return pool_of(begin, seed, {product_id}, lambda _: True, SLOTS)


def best_of_each_alone(pool: Pool) -> Look:
    """What fits the product best of each kind, as far as it is for the same wearer as what is taken already."""
    places: list[int] = []
    for kind in pool.kinds:
        by_fit = sorted(
            (at for at, piece in enumerate(pool.pieces) if piece.slot == kind), key=lambda at: -pool.pieces[at].fit
        )
        worn = [pool.pieces[at].wearer for at in places]
        places += [at for at in by_fit if all(of_one_wearer(pool.pieces[at].wearer, each) for each in worn)][:1]
    return look_of(places, pool.pieces, pool.pairs, SLOTS)


def partners(product: ShopProduct) -> tuple[str, ...]:
    """The kinds that go with it, which nobody learns from: it is what the shoppers were made of."""
    return product.kind.goes_with


def test_looks_are_of_different_kinds_that_go_with_the_product_and_in_stock(demo: Shop) -> None:
    right, shown, sources = 0, 0, Counter[str]()
    for seed in SEEDS:
        found = look(demo, seed, SLOTS)
        items = found.recommendation.items
        kinds = [TRUTH[item.product.id].kind.key for item in items]
        assert len(items) == SLOTS
        assert len(set(kinds)) == len(set(found.slots.values())) == SLOTS
        assert TRUTH[seed].kind.key not in kinds
        assert all(item.product.can_be_bought and TRUTH[item.product.id].stock for item in items)
        right += sum(kind in partners(TRUTH[seed]) for kind in kinds)
        shown += len(kinds)
        sources.update(source for item in items for source in item.source.split("+"))
    assert right / shown > 0.6  # three or four kinds of sixty go with a product
    assert sources.keys() <= {"complement", "complement_alike", "complement_map"}
    assert sources["complement"] > shown / 2


def test_pieces_chosen_together_are_better_than_the_best_ones_alone(demo: Shop) -> None:
    pools = [pool_for(demo, seed) for seed in SEEDS]
    together = [pool.best(SLOTS).score for pool in pools]
    alone = [best_of_each_alone(pool).score for pool in pools]
    assert all(ours >= theirs - 1e-9 for ours, theirs in zip(together, alone, strict=True))
    assert sum(together) > 1.05 * sum(alone)


def test_bundles_repeat_nothing_but_the_product(demo: Shop) -> None:
    for seed in SEEDS[:10]:
        found = bundles(demo, seed, limit=3).bundles
        offered = [item.product.id for bundle in found for item in bundle.items]
        assert len(offered) == len(set(offered))
        assert seed not in offered
        if demo.products.get([seed])[seed].can_be_bought:
            assert len(found) == 3
