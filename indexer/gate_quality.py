"""Whether a new version's lists are as good as the live one's, asked of what some users turned to last."""

import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from heapq import heappush, heappushpop

import numpy as np

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


def check_quality(index: ProductIndex, live: ProductIndex, witnesses: Sequence[Witness]) -> None:
    """Raises GateRefused where ``index`` names what users turned to clearly less often than ``live`` does.

    The new version has learnt from those very deeds, the live one only from the older of them. So this says nothing of
    how good the learning is; it finds what broke: an encoder that sees less, a tuning that does not fit. Neither list
    is told what is popular.
    """
    if len(witnesses) < FEWEST_WITNESSES:
        return
    new, old = (np.array([_ndcg(each, witness) for witness in witnesses]) for each in (index, live))
    difference = new - old
    error = float(difference.std(ddof=1)) / len(difference) ** 0.5
    if new.mean() < (1 - MARGIN) * old.mean() and difference.mean() + 2 * error < 0:
        raise GateRefused(
            f"Index version {index.manifest.version} was not published: of {len(witnesses)} users it names what they "
            f"turned to at NDCG@10 {new.mean():.3f}, and the live version at {old.mean():.3f}; if that is meant, "
            "say --allow-loss."
        )


def _ndcg(index: ProductIndex, witness: Witness) -> float:
    """Of one wanted product: 1 at the first place, less with the logarithm of the place, 0 beyond the tenth."""
    taste, vectors = taste_of(index, witness.events, witness.at)
    known = known_products(witness.events, witness.at)
    ranked = rank_personal(index, taste, vectors, _NOTHING_POPULAR, None, DEPTHS[0], known).candidates[:_PLACES]
    gains: Mapping[str, float] = {each.product_id: 1 / np.log2(place + 2) for place, each in enumerate(ranked)}
    return float(gains.get(witness.wanted, 0.0))
