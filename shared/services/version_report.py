"""The index versions of a shop, how the last reindexes ended, and how the live version compares with the one before."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.domain import comparison
from shared.domain.comparison import Comparison, Quality
from shared.domain.versions import Manifest
from shared.ports import BlobStore, Clock, IndexVersions, StateStore
from shared.services.facts import fact_name
from shared.services.reindexing import Status, status

COMPARISON = "comparison"
"""The fact, beside a version, of how it compares with the one that it took the place of."""
BEFORE_DAMAGED = "Nothing was measured: the version before the live one could not be read."


@dataclass(frozen=True, slots=True)
class VersionReport:
    """``kept`` are all versions, newest first; ``age`` is that of the live one's feed. ``compared`` is None where no
    version is live, or the live one was published before comparisons were kept."""

    live: Manifest | None
    age: timedelta | None
    kept: Sequence[Manifest]
    reindexes: Status
    compared: Comparison | None

    @property
    def measured_on(self) -> str:
        """On what the quality of :attr:`compared` was measured; empty where it was not."""
        quality = self.compared.quality if self.compared else None
        if quality is None:
            return ""
        return (
            f"What {quality.users} users turned to last, hidden from their histories when the version was published. "
            "The newer version has learnt from those very deeds: it shows what broke, not how good the learning is."
        )

    @property
    def verdict(self) -> str:
        if self.compared is None:
            return "Nothing was measured when the live version was published."
        quality = self.compared.quality
        if quality is None and self.compared.previous and self.compared.change is None:
            return BEFORE_DAMAGED
        if quality is None:
            return "Too few users have done enough to compare versions by."
        return _compared(quality)


def version_report(versions: IndexVersions, blobs: BlobStore, state: StateStore, clock: Clock) -> VersionReport:
    """Raises Unavailable where a store is down."""
    kept, name = versions.all(), versions.live()
    live = next((each for each in kept if each.version == name), None)
    age: timedelta | None = max(clock.now() - live.offers_as_of, timedelta(0)) if live else None
    return VersionReport(live, age, kept, status(state), comparison_of(blobs, live.version) if live else None)


def comparison_of(blobs: BlobStore, version: str) -> Comparison | None:
    """Read each time: a version that is published again after a rollback is compared again."""
    content = blobs.get(fact_name(version, COMPARISON))
    try:
        return comparison.from_bytes(content) if content else None
    except (ValueError, KeyError, TypeError):
        return None


def ended_at(started_at: datetime, seconds: float) -> datetime:
    return started_at + timedelta(seconds=seconds)


def _compared(quality: Quality) -> str:
    if not quality.of_live:
        return "The first version: there is none to compare it with."
    new, old = (each["ndcg_at_10"] for each in (quality.of_new, quality.of_live))
    if abs(new - old) <= 2 * quality.error:
        return "As good as the version before: the difference is within what chance does."
    better = "Better" if new > old else "Worse"
    return f"{better} than the version before, beyond chance: NDCG@10 {new:.3f} where that has {old:.3f}."
