"""Complements of products that nobody has bought: what the catalogue says of a product, and nothing else, is known.

A tenth of the products is drawn and cut into groups. For each group a shop is made that never saw an order with one of
its products; then each of them is the only thing given, and the rest of the test baskets that hold it is looked for.
One shop for the whole tenth would have lost nine orders of ten where orders are large.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexer.clusters import k_means
from indexer.evaluation.basket_baselines import deeds_of, targets_of
from indexer.evaluation.basket_measures import measured, numbers_of
from indexer.evaluation.basket_split import BasketCase, BasketSplit, events_of, without
from indexer.evaluation.encoded import Catalogue, Numbers
from indexer.evaluation.metrics import DEPTH, lists_of
from indexer.evaluation.ours import ScratchShop, catalogue_of, fit_and_publish, text_vectors
from indexer.progress import Progress
from shared.domain.recommendations import Recommendation
from shared.services.complements import complements
from shared.services.pages import Question
from shared.services.shop import Shop
from shared.services.similar import By, similar

SHARE = 0.1
GROUPS = 10
OURS = "ours"

_Lists = dict[str, list[Sequence[int] | Numbers]]
_SERVICES: Mapping[str, Callable[[Shop, str, Question], Recommendation]] = {
    OURS: complements,
    "similar": lambda shop, seed, question: similar(shop, seed, By.TEXT, question),
}


def cold_products(
    split: BasketSplit, new_shop: Callable[[str], ScratchShop], seed: int, progress: Progress, groups: int = GROUPS
) -> dict[str, Any]:
    """The figures of ours and of what it should beat, over all seeds of all groups; JSON-ready.

    ``groups`` of the ten are asked about: each costs a fit.
    """
    every = sorted({each for order in (*split.before_test, *split.tested) for each in order.products})
    drawn = np.random.default_rng(seed).permutation(len(every))[: max(round(SHARE * len(every)), 1)]
    lists: _Lists = {}
    cases: list[BasketCase] = []
    catalogue = Catalogue(every)
    kept = []
    for number, group in enumerate(np.array_split(drawn, GROUPS)[:groups]):
        hidden = frozenset(every[each] for each in group)
        own = [
            BasketCase((each,), tuple(other for other in order.products if other != each))
            for order in split.tested
            for each in sorted(hidden.intersection(order.products))
        ]
        if own:
            orders = without(split.before_test, hidden)
            kept.append(len(orders) / len(split.before_test))
            scratch = new_shop(f"cold-{number}")
            fit_and_publish(scratch, events_of(orders), split.tested_at, progress)
            catalogue = catalogue_of(scratch)
            popular = deeds_of(orders, catalogue).popularity()
            for name, found in _asked(scratch, own, catalogue, popular, progress).items():
                lists.setdefault(name, []).extend(found)
            cases += own
    return _record(lists, cases, catalogue, kept, seed) if cases else {}


def _asked(
    scratch: ScratchShop, cases: Sequence[BasketCase], catalogue: Catalogue, popular: NDArray[np.int64],
    progress: Progress,
) -> _Lists:  # fmt: skip
    """By system, a list for each case."""
    shop = scratch.open(scratch.clock.moment)
    progress.stage("Asking for complements", len(cases))
    vectors = text_vectors(scratch, catalogue)
    _, kinds = k_means(vectors, max(round(len(catalogue) ** 0.5), 1))
    ranked = np.argsort(-popular, kind="stable")
    known: dict[str, dict[str, Sequence[int] | Numbers]] = {}
    for seed in dict.fromkeys(case.given[0] for case in cases):
        number = catalogue.number[seed]
        others = ranked[ranked != number]
        alike = np.argsort(-(vectors @ vectors[number]), kind="stable")
        of_kind = kinds[others] == kinds[number]
        services = {
            name: numbers_of(ask(shop, seed, Question(limit=DEPTH)), catalogue) for name, ask in _SERVICES.items()
        }
        known[seed] = {
            **services,
            "text": alike[alike != number][:DEPTH].astype(np.int32),
            "category_popularity": np.concatenate([others[of_kind], others[~of_kind]])[:DEPTH].astype(np.int32),
            "popularity": others[:DEPTH].astype(np.int32),
        }
    found: _Lists = {}
    for case in cases:
        for name, own in known[case.given[0]].items():
            found.setdefault(name, []).append(own)
        progress.advance()
    return found


def _record(
    lists: _Lists, cases: Sequence[BasketCase], catalogue: Catalogue, kept: Sequence[float], seed: int
) -> dict[str, Any]:
    targets = targets_of(cases, catalogue)
    record: dict[str, Any] = {}
    for name, found in lists.items():
        figures, ranges = measured(lists_of(found), targets, seed)
        record[name] = {**figures, "intervals": ranges}
    return {
        **record,
        "ours over": {
            name: {each: round(record[OURS][each] / record[name][each], 4) for each in ("hit@10", "ndcg@10")}
            for name in record
            if name != OURS and record[name]["hit@10"]
        },
        "how": f"a {SHARE:.0%} of the products, drawn with seed {seed}, in {GROUPS} groups; for each group the shop is "
        "fitted without any order that holds one of its products, and asked for the complements of each of them alone; "
        "wanted is the rest of each test basket that holds it",
        "categories": "none are known: the nearest of √n clusters in text stands in for the seed's",
        "cases": len(cases),
        "products asked about": len({case.given[0] for case in cases}),
        "groups": len(kept),
        "orders left to fit on": f"{min(kept):.0%} to {max(kept):.0%}",
    }
