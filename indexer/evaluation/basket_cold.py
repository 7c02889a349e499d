"""Baskets of a product that nobody has bought: what the catalogue says of it, and nothing else, is known.

A tenth of the products is drawn, and each one that a test basket holds is the only thing given. Twice: once for all of
them, in a shop whose orders have lost their lines; and for some of them in groups, each in a shop that never saw an
order with one of the group. To take out every order with one of the tenth at once leaves less than a third of the
orders where they are large, which would measure a small shop rather than new products.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexer.clusters import k_means
from indexer.evaluation.basket_baselines import deeds_of, targets_of
from indexer.evaluation.basket_lines import Order
from indexer.evaluation.basket_measures import measured, numbers_of
from indexer.evaluation.basket_split import BasketCase, BasketSplit, events_of, without, without_lines
from indexer.evaluation.encoded import Catalogue, Numbers
from indexer.evaluation.metrics import DEPTH, lists_of
from indexer.evaluation.ours import ScratchShop, catalogue_of, fit_and_publish, text_vectors
from indexer.progress import Progress
from shared.domain.recommendations import Recommendation
from shared.domain.rules import Scenario
from shared.domain.spaces import DENSE_SPACES, Space
from shared.services.baskets import for_basket
from shared.services.complements import COMPANIONS, complements, is_substitute, seed_of
from shared.services.pages import Question, start
from shared.services.shop import Shop
from shared.services.similar import By, similar

SHARE = 0.1
GROUPS = 10
GROUPS_ASKED = 2
OURS = "ours"
_LOOKED_THROUGH = 500
"""Products alike, of which those that are substitutes are left out."""

_Lists = dict[str, Sequence[int] | Numbers]
_SERVICES: Mapping[str, Callable[[Shop, str, Question], Recommendation]] = {
    OURS: lambda shop, seed, question: for_basket(shop, [seed], question).recommendation,
    "complements": complements,
    "similar": lambda shop, seed, question: similar(shop, seed, By.TEXT, question),
}


@dataclass(frozen=True, slots=True)
class _Case:
    """A test basket that holds ``seed``, and one of the ``others``, drawn."""

    seed: str
    one: str
    others: tuple[str, ...]


def cold_products(
    split: BasketSplit,
    new_shop: Callable[[str], ScratchShop],
    seed: int,
    progress: Progress,
    groups: int = GROUPS_ASKED,
) -> dict[str, Any]:
    """The figures of ours and of what it should beat; JSON-ready. ``groups`` of the ten are asked about whole."""
    every = sorted({each for order in (*split.before_test, *split.tested) for each in order.products})
    drawn = np.random.default_rng(seed).permutation(len(every))[: max(round(SHARE * len(every)), 1)]
    cold = frozenset(every[each] for each in drawn)
    cases = _cases(split, cold, seed)
    if not cases:
        return {}
    stripped = without_lines(split.before_test, cold)
    catalogue, asked = _asked(new_shop("cold"), stripped, split, cases, progress)
    whole: list[_Case] = []
    found: dict[str, _Lists] = {}
    left = []
    for number, group in enumerate(np.array_split(drawn, GROUPS)[:groups]):
        own = [case for case in cases if case.seed in {every[each] for each in group}]
        orders = without(split.before_test, [every[each] for each in group])
        if own and orders:
            left.append(len(orders) / len(split.before_test))
            found |= _asked(new_shop(f"cold-{number}"), orders, split, own, progress)[1]
            whole += own
    return {
        **_record(asked, cases, catalogue, seed),
        **({"whole baskets taken out": _record(found, whole, catalogue, seed)} if whole else {}),
        "how": f"a {SHARE:.0%} of the products, drawn with seed {seed}; their lines are taken out of all orders "
        "that the shop is fitted on, and the shop is asked with each of them alone; wanted is one other product of a "
        "test basket that holds it, drawn, or the whole rest of it",
        "whole baskets": f"{len(left)} of {GROUPS} groups of these products, each in a shop fitted without any order "
        f"that holds one of the group ({', '.join(f'{share:.0%}' for share in left)} of the orders are left)",
        "categories": "none are known: the nearest of √n clusters in text stands in for the seed's",
        "substitutes": "complements offers none; text_no_substitutes is text similarity held to the same rule",
    }


def _cases(split: BasketSplit, cold: frozenset[str], seed: int) -> list[_Case]:
    rng = np.random.default_rng(seed)
    cases = []
    for order in split.tested:
        for each in sorted(cold.intersection(order.products)):
            others = tuple(other for other in order.products if other != each)
            cases.append(_Case(each, others[int(rng.integers(len(others)))], others))
    return cases


def _asked(
    scratch: ScratchShop, orders: Sequence[Order], split: BasketSplit, cases: Sequence[_Case], progress: Progress
) -> tuple[Catalogue, dict[str, _Lists]]:
    """By seed, the list of each system in a shop that knows ``orders``."""
    fit_and_publish(scratch, events_of(orders), split.tested_at, progress)
    catalogue = catalogue_of(scratch)
    popular = np.argsort(-deeds_of(orders, catalogue).popularity(), kind="stable")
    shop = scratch.open(scratch.clock.moment)
    vectors = text_vectors(scratch, catalogue)
    _, kinds = k_means(vectors, max(round(len(catalogue) ** 0.5), 1))
    seeds = list(dict.fromkeys(case.seed for case in cases))
    progress.stage("Asking for what goes with new products", len(seeds))
    lists = {}
    for seed in seeds:
        services = {name: ask(shop, seed, Question(limit=DEPTH)) for name, ask in _SERVICES.items()}
        lists[seed] = {
            **{name: numbers_of(made, catalogue) for name, made in services.items()},
            **_baselines(shop, seed, catalogue, vectors, kinds, popular),
        }
        progress.advance()
    return catalogue, lists


def _baselines(
    shop: Shop,
    seed: str,
    catalogue: Catalogue,
    vectors: NDArray[np.float32],
    kinds: NDArray[np.integer[Any]],
    popular: NDArray[np.integer[Any]],
) -> _Lists:
    number = catalogue.number[seed]
    alike = np.argsort(-(vectors @ vectors[number]), kind="stable")
    alike, others = alike[alike != number], popular[popular != number]
    of_kind = kinds[others] == kinds[number]
    return {
        "text": alike[:DEPTH].astype(np.int32),
        "text_no_substitutes": _no_substitutes(shop, seed, catalogue, alike[:_LOOKED_THROUGH]),
        "category_popularity": np.concatenate([others[of_kind], others[~of_kind]])[:DEPTH].astype(np.int32),
        "popularity": others[:DEPTH].astype(np.int32),
    }


def _no_substitutes(
    shop: Shop, product_id: str, catalogue: Catalogue, alike: NDArray[np.integer[Any]]
) -> Sequence[int]:
    """Those of ``alike`` that are no substitutes of the product, as the complements list has it."""
    begin = start(shop, Scenario.COMPLEMENTS, Question())
    seed = seed_of(begin, product_id)
    if seed is None:
        return []
    companions, random = begin.fact(COMPANIONS), begin.index.manifest.likeness.get(Space.TEXT, 0.0)
    ids = [catalogue.ids[each] for each in alike.tolist()]
    products, vectors = begin.index.products(ids), begin.index.vectors(ids, DENSE_SPACES)
    return [
        catalogue.number[each]
        for each in ids
        if not is_substitute(companions, seed, products[each], vectors.get(each, {}), random)
    ][:DEPTH]


def _record(lists: Mapping[str, _Lists], cases: Sequence[_Case], catalogue: Catalogue, seed: int) -> dict[str, Any]:
    """The figures by what is wanted, then by system."""
    record: dict[str, Any] = {"cases": len(cases), "products asked about": len(lists)}
    wanted = {
        "one other wanted": [BasketCase((case.seed,), (case.one,)) for case in cases],
        "the rest wanted": [BasketCase((case.seed,), case.others) for case in cases],
    }
    for what, asked in wanted.items():
        targets = targets_of(asked, catalogue)
        figures: dict[str, Any] = {}
        for name in lists[cases[0].seed]:
            means, ranges = measured(lists_of([lists[case.seed][name] for case in cases]), targets, seed)
            figures[name] = {**means, "intervals": ranges}
        ours = figures[OURS]
        over = {
            name: {each: round(ours[each] / own[each], 4) for each in ("hit@10", "ndcg@10") if own[each]}
            for name, own in figures.items()
            if name != OURS
        }
        record[what] = {**figures, "ours over": over}
    return record
