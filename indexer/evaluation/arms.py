"""Arms: our own services with a part left out, so that what each part adds can be seen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import cast

from shared.domain.events import Event
from shared.domain.products import Product
from shared.domain.recommendations import Hit, SpaceQuery
from shared.domain.rules import Scenario
from shared.domain.spaces import Space, Vectors
from shared.domain.standing import Standing
from shared.domain.taste import Fading, type_weight
from shared.domain.tuning import Tuning
from shared.domain.versions import Manifest
from shared.ports import EventStore, ProductIndex
from shared.services.live_index import LiveIndex
from shared.services.rulebook import RuleBook, RuleBooks
from shared.services.shop import Shop


@dataclass(frozen=True, slots=True)
class Arm:
    """What differs from the shop as it is. ``weights`` are those of the spaces that count, in place of the tuned ones;
    ``only`` keeps the tuned weights of these spaces."""

    weights: Mapping[Space, float] | None = None
    only: frozenset[Space] | None = None
    fading: Fading | None = None
    ranked: bool = True
    shared_out: bool = True
    diverse: bool = True
    negatives: bool = True

    def of(self, shop: Shop) -> Shop:
        """``shop``, asked this way."""
        shop = replace(shop, live=cast(LiveIndex, _Live(shop.live, self)))
        if not self.negatives:
            shop = replace(shop, events=cast(EventStore, _Kind(shop.events)))
        return shop if self.diverse else replace(shop, rules=cast(RuleBooks, _Plain()))

    def tuned(self, tuning: Tuning) -> Tuning:
        weights = tuning.for_you if self.weights is None else self.weights
        if self.only is not None:
            weights = {space: weight for space, weight in weights.items() if space in self.only}
        return replace(
            tuning,
            for_you=weights,
            fading=self.fading or tuning.fading,
            ranker=tuning.ranker if self.ranked else None,
            sharing=tuning.sharing if self.shared_out else 0.0,
        )


def plain(*spaces: Space) -> Arm:
    """The plain sum of these spaces and nothing else."""
    return Arm(dict.fromkeys(spaces, 1.0), ranked=False, shared_out=False, diverse=False)


def _of(*spaces: Space, fading: Fading | None = None) -> Arm:
    """The tuned weighted sum of these spaces and nothing else."""
    return Arm(only=frozenset(spaces), fading=fading, ranked=False, shared_out=False, diverse=False)


PARTS: Mapping[str, Arm] = {
    "behaviour alone": _of(Space.BEHAVIOUR),
    "keywords alone": plain(Space.KEYWORDS),
    "text alone": plain(Space.TEXT),
    "behaviour + keywords": _of(Space.BEHAVIOUR, Space.KEYWORDS),
    "behaviour + keywords + text": _of(Space.BEHAVIOUR, Space.KEYWORDS, Space.TEXT),
    "all spaces": _of(*Space),
    "all spaces, nothing fades": _of(*Space, fading=Fading(half_life=1e6, memory=1e6)),
    "all spaces, ranker": Arm(shared_out=False, diverse=False),
    "all spaces, ranker, sharing": Arm(diverse=False),
    "ours without negatives": Arm(negatives=False),
}
"""What ours is made of, a part at a time; the last step to ours is diversity."""


class _Kind:
    """An event store that remembers nothing that speaks against a product."""

    def __init__(self, events: EventStore) -> None:
        self._events = events

    def recent(self, user_id: str, limit: int, received_until: datetime) -> list[Event]:
        return [event for event in self._events.recent(user_id, limit, received_until) if type_weight(event) >= 0]

    def searched(self, user_id: str, limit: int, received_until: datetime) -> list[Event]:
        return self._events.searched(user_id, limit, received_until)

    def standing(self, user_id: str) -> Standing:
        return self._events.standing(user_id)

    def touched(self, user_id: str, since: datetime) -> frozenset[str]:
        return self._events.touched(user_id, since)


class _Live:
    """Gives out the live versions with the arm's tuning in their manifests."""

    def __init__(self, live: LiveIndex, arm: Arm) -> None:
        self._live = live
        self._arm = arm

    def newest(self) -> ProductIndex:
        return _Index(self._live.live(), self._arm)

    def at(self, version: str) -> ProductIndex:
        return _Index(self._live.at(version), self._arm)


class _Index:
    def __init__(self, index: ProductIndex, arm: Arm) -> None:
        self._index = index
        self.manifest: Manifest = replace(index.manifest, tuning=arm.tuned(index.manifest.tuning))

    def search(self, queries: Sequence[SpaceQuery]) -> list[list[Hit]]:
        return self._index.search(queries)

    def vectors(self, product_ids: Sequence[str], spaces: Sequence[Space] = tuple(Space)) -> dict[str, Vectors]:
        return self._index.vectors(product_ids, spaces)

    def products(self, product_ids: Sequence[str]) -> dict[str, Product]:
        return self._index.products(product_ids)

    def count(self) -> int:
        return self._index.count()

    def close(self) -> None:
        self._index.close()


class _Plain:
    """A rule book that turns re-ranking off."""

    _book = RuleBook(overrides={Scenario.FOR_YOU: {"diversity": 0.0, "exploration": 0.0}})

    def newest(self) -> RuleBook:
        return self._book

    def last(self) -> RuleBook:
        return self._book

    def at(self, _: str) -> RuleBook:
        return self._book
