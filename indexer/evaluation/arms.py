"""Arms: our own services with a part left out, so that what each part adds can be seen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast

from shared.domain.recommendations import Hit, SpaceQuery
from shared.domain.rules import Scenario
from shared.domain.spaces import Space, Vectors
from shared.domain.taste import Fading
from shared.domain.tuning import Tuning
from shared.domain.versions import Manifest
from shared.ports import ProductIndex
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

    def of(self, shop: Shop) -> Shop:
        """``shop``, asked this way."""
        shop = replace(shop, live=cast(LiveIndex, _Live(shop.live, self)))
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


class _Live:
    """Gives out the live versions with the arm's tuning in their manifests."""

    def __init__(self, live: LiveIndex, arm: Arm) -> None:
        self._live = live
        self._arm = arm

    def live(self) -> ProductIndex:
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

    def count(self) -> int:
        return self._index.count()

    def close(self) -> None:
        self._index.close()


class _Plain:
    """A rule book that turns re-ranking off."""

    _book = RuleBook(overrides={Scenario.FOR_YOU: {"diversity": 0.0}})

    def newest(self) -> RuleBook:
        return self._book

    def at(self, _: str) -> RuleBook:
        return self._book
