"""A campaign's run over a whole shop: what it is to make, how its users fall into partitions, and what came of each."""

import hashlib
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum

from shared.domain.pick_summary import Summary
from shared.domain.picks import Campaign

PARTITION_USERS = 1_000
DATE = "{date}"
_BOUND_DIGITS = 8
"""Hex digits of a digest that a plan says in the open: enough to find a user's partition, and too few to name one."""


class FileFormat(StrEnum):
    """The others are made from the JSON Lines, which are always there."""

    JSONL = "jsonl"
    CSV = "csv"
    PARQUET = "parquet"


@dataclass(frozen=True, slots=True)
class CampaignSettings:
    """A campaign as the shop has written it down, to be run again and again.

    ``campaign`` is what it asks for; its name, in which ``{date}`` stands for the day, is that of a run. A run is for
    the users of the kept ``segment``, or where that is empty those of whom an event of the last ``active_days`` is
    known, and its files stay for ``keep_days``.
    """

    name: str
    campaign: Campaign
    active_days: int = 90
    keep_days: int = 30
    formats: tuple[FileFormat, ...] = tuple(FileFormat)
    partition_users: int = PARTITION_USERS
    segment: str = ""

    def of(self, day: date) -> "CampaignSettings":
        """Those of the day's run."""
        named = self.campaign.name.replace(DATE, day.isoformat())
        return replace(self, campaign=replace(self.campaign, name=named))


@dataclass(frozen=True, slots=True)
class Plan:
    """For whom a run is: ``users`` in ``partitions``, frozen at ``made_at``. ``bounds``: each one's first digest, cut.

    ``mark`` was drawn at random by whoever made the plan, and tells its lists of users from those of any other try.
    """

    settings: CampaignSettings
    made_at: datetime
    mark: str
    users: int
    bounds: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return self.settings.campaign.name

    @property
    def partitions(self) -> range:
        return range(len(self.bounds))

    def partitions_of(self, user_id: str) -> range:
        """Where the user is, if anywhere: one partition, or, where bounds are alike, a few."""
        digits = digest(user_id)[:_BOUND_DIGITS]
        return range(max(bisect_left(self.bounds, digits) - 1, 0), bisect_right(self.bounds, digits))


@dataclass(frozen=True, slots=True)
class PartFile:
    """``sha256`` in hex; ``rows`` are picks, ``users`` those who have some."""

    name: str
    users: int
    rows: int
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class PartDone:
    """A partition that is done. ``degraded`` counts, by part of the service, the users who had to do without it."""

    files: tuple[PartFile, ...]
    summary: Summary
    degraded: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RunManifest:
    """What a run has left, once all of it is done."""

    campaign: str
    made_at: datetime
    files: tuple[PartFile, ...]
    summary: Summary
    degraded: Mapping[str, int]


def manifest_of(plan: Plan, parts: Iterable[PartDone]) -> RunManifest:
    """The sum of all ``parts``, which come in the order of the partitions."""
    files: list[PartFile] = []
    summary, degraded = Summary(), Counter[str]()
    for part in parts:
        files += part.files
        summary += part.summary
        degraded.update(part.degraded)
    return RunManifest(plan.name, plan.made_at, tuple(files), summary, dict(degraded))


def digest(user_id: str) -> str:
    """By which users are spread: in hex, and the same everywhere."""
    return hashlib.sha256(user_id.encode("utf-8", "surrogatepass")).hexdigest()


def bound(users: Sequence[str]) -> str:
    """That of a partition of these users, who are in the order of their digests."""
    return digest(users[0])[:_BOUND_DIGITS]


def cut(users: Iterable[str], size: int) -> Iterator[list[str]]:
    """Partitions of ``size`` users, the last of at most that."""
    partition: list[str] = []
    for user_id in users:
        partition.append(user_id)
        if len(partition) == size:
            yield partition
            partition = []
    if partition:
        yield partition
