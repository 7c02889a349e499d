"""Whether a new version's lists are as good as the live one's, asked of what some users turned to last."""

import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from heapq import heappush, heappushpop

import numpy as np
from numpy.typing import NDArray

from shared.domain.comparison import Quality
from shared.domain.cursor import DEPTHS
from shared.domain.errors import GateRefused
from shared.domain.events import Event
from shared.domain.popularity import Popularity
from shared.domain.taste import type_weight
from shared.ports import ProductIndex
from shared.services.personal import known_products, rank_personal, taste_of

MOST_WITNESSES = 150
FEWEST_WITNESSES = 40
"""With fewer, chance alone would refuse good versions."""
MARGIN = 0.2
"""Share of the live version's NDCG@10 that a new one may lack."""

_PLACES = 10
_NDCG = "ndcg_at_10"
_RECENT = 200
_NOTHING_POPULAR = Popularity("", datetime(1970, 1, 1, tzinfo=UTC), (), ())


@dataclass(frozen=True, slots=True)
class Witness:
    """``events`` are what a user did before turning to the product ``wanted`` at the moment ``at``."""

    events: tuple[Event, ...]
    wanted: str
    at: datetime


@dataclass(slots=True)
class Witnesses:
    """Some users of a stream of histories, the same ones for the same stream; a small part of it is kept."""

    _kept: list[tuple[int, str, Witness]] = field(default_factory=list)

    def watching(self, histories: Iterable[list[Event]]) -> Iterator[list[Event]]:
        """``histories`` as they are; who is a witness is noted as they pass."""
        for history in histories:
            if (witness := _witness(history)) is not None:
                user_id = history[0].user_id
                entry = (-zlib.crc32(user_id.encode()), user_id, witness)  # the smallest digests stay
                if len(self._kept) < MOST_WITNESSES:
                    heappush(self._kept, entry)
                elif entry[:2] > self._kept[0][:2]:
                    heappushpop(self._kept, entry)
            yield history

    def all(self) -> list[Witness]:
        return [witness for *_, witness in sorted(self._kept, key=lambda entry: entry[:2])]


def _witness(history: Sequence[Event]) -> Witness | None:
    liked = [event for event in history if type_weight(event) > 0]
    if len(liked) < 2:
        return None
    last = liked[-1]
    before = tuple(event for event in history if event.occurred_at < last.occurred_at)[-_RECENT:]
    if not any(type_weight(event) > 0 for event in before) or last.product_id in known_products(
        before, last.occurred_at
    ):
        return None
    return Witness(before, last.product_id, last.occurred_at)


def measure_quality(index: ProductIndex, live: ProductIndex | None, witnesses: Sequence[Witness]) -> Quality | None:
    """How well ``index``, and ``live`` where there is one, name what users turned to; None for too few users.

    The new version has learnt from those very deeds, the live one only from the older of them. So this says nothing of
    how good the learning is; it finds what broke: an encoder that sees less, a tuning that does not fit. Neither list
    is told what is popular.
    """
    if len(witnesses) < FEWEST_WITNESSES:
        return None
    new = _gains(index, witnesses)
    if live is None:
        return Quality(len(witnesses), _metrics(new))
    old = _gains(live, witnesses)
    error = float((new - old).std(ddof=1)) / len(witnesses) ** 0.5
    return Quality(len(witnesses), _metrics(new), _metrics(old), error)


def check_quality(version: str, measured: Quality) -> None:
    """Raises GateRefused where ``version`` names what users turned to clearly less often than the live one does."""
    new, old = measured.of_new[_NDCG], measured.of_live[_NDCG]
    if new < (1 - MARGIN) * old and new - old + 2 * measured.error < 0:
        raise GateRefused(
            f"Index version {version} was not published: of {measured.users} users it names what they turned to at "
            f"NDCG@10 {new:.3f}, and the live version at {old:.3f}; if that is meant, say --allow-loss."
        )


def _metrics(gains: NDArray[np.float64]) -> dict[str, float]:
    return {_NDCG: float(gains.mean()), "hit_rate_at_10": float((gains > 0).mean())}


def _gains(index: ProductIndex, witnesses: Sequence[Witness]) -> NDArray[np.float64]:
    """NDCG@10 of each witness, shape (n,)."""
    return np.array([_ndcg(index, witness) for witness in witnesses])


def _ndcg(index: ProductIndex, witness: Witness) -> float:
    """Of one wanted product: 1 at the first place, less with the logarithm of the place, 0 beyond the tenth."""
    taste, vectors = taste_of(index, witness.events, witness.at)
    known = known_products(witness.events, witness.at)
    ranked = rank_personal(index, taste, vectors, _NOTHING_POPULAR, None, DEPTHS[0], known).candidates[:_PLACES]
    places = {each.product_id: place for place, each in enumerate(ranked)}
    return float(1 / np.log2(places[witness.wanted] + 2)) if witness.wanted in places else 0.0
