"""How country, device, campaign, time of day and season shift what is wanted, learnt from the shop's events."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from indexer.teaching import Fact, Material, Taught
from shared.domain.context import (
    MOST_LIFTED,
    ContextModel,
    Dimension,
    Lifts,
    context_to_bytes,
    situation_of_event,
)
from shared.domain.events import Event
from shared.domain.taste import type_weight

_PRIOR = 10.0
"""Wants that a lift of 1, for a product that of its category, counts as."""

_SURE = 4.0
"""Standard errors (of a Poisson count) by which a count must differ from what was expected of it: of thousands of
categories and products some differ by three without a cause."""

_FEWEST_WANTS = 50
_MOST_VALUES = 64
_MOST_PRODUCTS = 5_000
_Key = tuple[Dimension, str]


def teach_contexts(material: Material) -> Taught:
    material.progress.stage("Learning from where and when people come")
    narrowest = {each.id: each.categories[-1] for each in material.shelf.products() if each.categories}
    return Taught(facts={"contexts": Fact.of_events(context_to_bytes(learn_contexts(material.histories, narrowest)))})


def learn_contexts(histories: Iterable[Sequence[Event]], narrowest: Mapping[str, str]) -> ContextModel:
    """``narrowest`` is the category of each product that has one; ``histories`` are gone through twice.

    Who turns to a product, or a category, several times in one situation wants it once: one keen user is no country.
    """
    values, wanted = _totals(histories)
    keys = _counted(values)
    products = sorted(sorted(wanted), key=lambda each: -wanted[each])[:_MOST_PRODUCTS]
    categories = sorted({narrowest[each] for each in wanted if each in narrowest})
    of_products, of_categories = _counts(histories, keys, products, categories, narrowest)
    place = {category: number for number, category in enumerate(categories)}
    known = {each: narrowest[each] for each in products if each in narrowest}
    belongs = np.array([place[known[each]] if each in known else -1 for each in products], dtype=np.intp)
    lifts: dict[Dimension, dict[str, Lifts]] = {}
    for dimension in Dimension:
        rows = [row for row, key in enumerate(keys) if key[0] is dimension]
        if len(rows) < 2:  # with nothing beside it, a value differs from nothing
            continue
        sides = np.ones((len(rows), len(categories)))
        by_category = _lifts(of_categories[rows], sides)
        sides = (
            np.where(belongs >= 0, by_category[:, belongs], 1.0) if categories else np.ones((len(rows), len(products)))
        )
        by_product = _lifts(of_products[rows], sides)
        learnt = {
            keys[row][1]: Lifts(_named(by_category[i], categories), _told(by_product[i], sides[i], products))
            for i, row in enumerate(rows)
        }
        lifts[dimension] = {value: each for value, each in learnt.items() if each != Lifts()}
    lifts = {dimension: each for dimension, each in lifts.items() if each}
    return ContextModel(lifts, known if lifts else {})


def _wants(history: Sequence[Event]) -> set[tuple[Dimension, str, str]]:
    """What one user wanted, in which situations."""
    return {
        (dimension, value, event.product_id)
        for event in history
        if event.product_id and type_weight(event) > 0
        for dimension, value in situation_of_event(event.properties, event.occurred_at).items()
    }


def _totals(histories: Iterable[Sequence[Event]]) -> tuple[Counter[_Key], Counter[str]]:
    """Wants in each situation, and of each product."""
    values: Counter[_Key] = Counter()
    wanted: Counter[str] = Counter()
    for history in histories:
        wants = _wants(history)
        values.update((dimension, value) for dimension, value, _ in wants)
        wanted.update({product_id for _, _, product_id in wants})
    return values, wanted


def _counted(values: Mapping[_Key, int]) -> list[_Key]:
    """The values of each dimension that are frequent enough, most frequent first."""
    order = sorted(
        (key for key, count in values.items() if count >= _FEWEST_WANTS), key=lambda key: (-values[key], key)
    )
    return [key for each in Dimension for key in [key for key in order if key[0] is each][:_MOST_VALUES]]


def _counts(
    histories: Iterable[Sequence[Event]],
    keys: Sequence[_Key],
    products: Sequence[str],
    categories: Sequence[str],
    narrowest: Mapping[str, str],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Wants of each of ``products`` and of each of ``categories``, in the situations ``keys``: (keys, n) each."""
    rows = {key: row for row, key in enumerate(keys)}
    product_place = {each: number for number, each in enumerate(products)}
    category_place = {each: number for number, each in enumerate(categories)}
    of_products = np.zeros((len(keys), len(products)))
    of_categories = np.zeros((len(keys), len(categories)))
    for history in histories:
        of_kinds: set[tuple[int, int]] = set()
        for dimension, value, product_id in _wants(history):
            row = rows.get((dimension, value))
            if row is None:
                continue
            if (place := product_place.get(product_id)) is not None:
                of_products[row, place] += 1
            if category := narrowest.get(product_id):
                of_kinds.add((row, category_place[category]))
        for row, place in of_kinds:
            of_categories[row, place] += 1
    return of_products, of_categories


def _lifts(counts: NDArray[np.float64], prior: NDArray[np.float64]) -> NDArray[np.float64]:
    """Lifts of ``counts``, (values, n), over what independence would have; ``prior`` where there is no evidence."""
    expected = np.outer(counts.sum(axis=1), counts.sum(axis=0)) / max(float(counts.sum()), 1.0)
    around = expected * prior
    sure = np.abs(counts - around) >= _SURE * np.sqrt(np.maximum(around, 1.0))
    shrunk = (counts + _PRIOR * prior) / (expected + _PRIOR)
    return np.asarray(np.clip(np.where(sure, shrunk, prior), 1 / MOST_LIFTED, MOST_LIFTED))


def _named(lifts: NDArray[np.float64], names: Sequence[str]) -> dict[str, float]:
    return {name: round(lift, 4) for name, lift in zip(names, lifts.tolist(), strict=True) if lift != 1.0}


def _told(lifts: NDArray[np.float64], prior: NDArray[np.float64], products: Sequence[str]) -> dict[str, float]:
    """Only what differs from the category's lift."""
    differs = zip(products, lifts.tolist(), (lifts != prior).tolist(), strict=True)
    return {product_id: round(lift, 4) for product_id, lift, own in differs if own}
