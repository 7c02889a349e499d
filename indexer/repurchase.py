"""Learning when products are bought again: the cure model of :mod:`shared.domain.repurchase`, fitted by EM."""

from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import exp

import numpy as np
from numpy.typing import NDArray

from indexer.teaching import Fact, Material, Taught
from shared.domain.events import Event
from shared.domain.products import Product
from shared.domain.repurchase import UNKNOWN, Numbers, Repurchase, Rhythm, buyings, normal_cdf, to_bytes
from shared.services.own_lists import REPURCHASE

_PRIOR = 20.0
"""Buyings of the wider level (all, a kind) that those of the narrower one (a kind, a product) are mixed with."""
_ENOUGH = 5
"""Buyings below which a product goes by its kind."""
_MOST_PRODUCTS = 20_000
_ROUNDS = 15
_FARTHEST = 4.0
"""Standard deviations beyond which a wait is no longer told apart."""
_SPREADS = (0.1, 2.0)
_DAY = timedelta(days=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def teach_repurchase(material: Material) -> Taught:
    """When who bought something comes back for it."""
    material.progress.stage("Learning what is bought again")
    learnt = learn(material.histories, material.shelf.products())
    return Taught(facts={REPURCHASE.name: Fact.of_events(to_bytes(learnt))})


@dataclass(frozen=True, slots=True)
class _Waits:
    """Times between two buyings, or since the last one.

    ``product`` is the place in ``products``, ascending; ``log_days`` the logarithm of the wait in days, one at the
    least; ``ended`` whether the product was bought then. All of shape (n,).
    """

    products: Sequence[str]
    product: NDArray[np.intp]
    log_days: Numbers
    ended: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class _Rhythms:
    """One a group, shape (groups,): the share that comes back, mean and variance of the log interval in days, and how
    many intervals and waits there were."""

    share: Numbers
    mean: Numbers
    variance: Numbers
    intervals: Numbers
    waits: Numbers

    def of(self, groups: NDArray[np.intp]) -> "_Rhythms":
        columns = (self.share, self.mean, self.variance, self.intervals, self.waits)
        return _Rhythms(*(each[groups] for each in columns))

    def rhythm(self, group: int) -> Rhythm:
        days, spread = exp(float(self.mean[group])), float(np.sqrt(self.variance[group]))
        return Rhythm(float(self.share[group]), days, spread, int(self.intervals[group]))


def learn(histories: Iterable[Sequence[Event]], products: Iterable[Product]) -> Repurchase:
    """Shop, kinds and products, each shrunk to the one before; the same whatever the order of the users.

    Who has not come back counts as somebody who may yet: waits end on the day of the last event of all, not now, so
    that the same events teach the same.
    """
    waits = _waits(histories)
    if not waits.ended.any():
        return Repurchase()
    kind_of = {product.id: product.categories[-1] for product in products if product.categories}
    kinds = sorted({""}.union(kind_of.get(each, "") for each in waits.products))
    place = {kind: number for number, kind in enumerate(kinds)}
    of_product = np.array([place[kind_of.get(each, "")] for each in waits.products], dtype=np.intp)

    whole = _fitted(waits, np.zeros(len(waits.products), dtype=np.intp), _first_guess(waits))
    by_kind = _fitted(waits, of_product, whole.of(np.zeros(len(kinds), dtype=np.intp)))
    by_product = _fitted(waits, np.arange(len(waits.products)), by_kind.of(of_product))
    most = np.argsort(-by_product.waits, kind="stable")[:_MOST_PRODUCTS].tolist()
    return Repurchase(
        whole.rhythm(0),
        {kind: by_kind.rhythm(number) for number, kind in enumerate(kinds) if kind},
        {waits.products[each]: by_product.rhythm(each) for each in most if by_product.waits[each] >= _ENOUGH},
    )


def _waits(histories: Iterable[Sequence[Event]]) -> _Waits:
    places: dict[str, int] = {}
    gone, gaps = array("q"), array("d")
    pending, last = array("q"), array("d")
    end = _EPOCH
    for history in histories:
        end = max([end, *(event.occurred_at for event in history[-1:])])
        for product_id, bought in buyings(history).items():
            place = places.setdefault(product_id, len(places))
            intervals = bought.intervals
            gone.extend([place] * len(intervals))
            gaps.extend(intervals)
            pending.append(place)
            last.append((bought.moments[-1] - _EPOCH) / _DAY)
    since = np.floor((end - _EPOCH) / _DAY) - np.array(last)
    return _in_order(places, np.array([*gone, *pending]), np.concatenate([np.array(gaps), since]), len(gone))


def _in_order(places: Mapping[str, int], product: NDArray[np.intp], days: Numbers, ended: int) -> _Waits:
    """By product id, then length: sums of floats come out the same whoever came first."""
    products = sorted(places)
    rank = np.zeros(len(places), dtype=np.intp)
    rank[[places[each] for each in products]] = np.arange(len(places))
    flags = np.arange(len(days)) < ended
    logs = np.log(np.maximum(days, 1.0))
    product = rank[product.astype(np.intp)]
    order = np.lexsort((flags, logs, product))
    return _Waits(products, product[order], logs[order], flags[order])


def _first_guess(waits: _Waits) -> _Rhythms:
    seen = waits.log_days[waits.ended]
    figures = (float(waits.ended.mean()), float(seen.mean()), max(float(seen.var()), UNKNOWN.spread / 4), 0.0, 0.0)
    return _Rhythms(*(np.array([each]) for each in figures))


def _fitted(waits: _Waits, group_of: NDArray[np.intp], prior: _Rhythms) -> _Rhythms:
    """``group_of`` of each product; ``prior`` of each group, which counts as :data:`_PRIOR` waits of its own.

    Each round asks of every wait that has not ended how probable it is to end yet, and after how long (expectation),
    and counts it as that part of an interval (maximisation).
    """
    group, groups = group_of[waits.product], len(prior.share)
    share, mean, variance = prior.share, prior.mean, prior.variance
    total = np.bincount(group, minlength=groups).astype(np.float64)
    for _ in range(_ROUNDS):
        spread = np.sqrt(variance)[group]
        beyond = np.clip((waits.log_days - mean[group]) / spread, -_FARTHEST, _FARTHEST)
        left = 1 - normal_cdf(beyond)
        hazard = np.exp(-beyond * beyond / 2) / np.sqrt(2 * np.pi) / left
        returning = share[group] * left / (1 - share[group] + share[group] * left)
        part = np.where(waits.ended, 1.0, returning)
        expected = np.where(waits.ended, waits.log_days, mean[group] + spread * hazard)
        unsure = np.where(waits.ended, 0.0, spread**2 * np.maximum(1 + beyond * hazard - hazard**2, 0.0))
        count = np.bincount(group, part, groups) + _PRIOR
        share = (np.bincount(group, part, groups) + _PRIOR * prior.share) / (total + _PRIOR)
        mean = (np.bincount(group, part * expected, groups) + _PRIOR * prior.mean) / count
        squares = part * (unsure + (expected - mean[group]) ** 2)
        variance = (np.bincount(group, squares, groups) + _PRIOR * prior.variance) / count
        variance = np.clip(variance, _SPREADS[0] ** 2, _SPREADS[1] ** 2)
    intervals = np.bincount(group, waits.ended.astype(np.float64), groups).astype(np.float64)
    return _Rhythms(share, mean, variance, intervals, total)
