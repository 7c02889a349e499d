"""A campaign's run: each partition's picks become files, and the files of all a manifest.

Killed at any point, it goes on where it was: a partition without its mark of being done is made again, and gets the
same picks again, for they are kept as sends before they leave the house. What is written of a run, from the first
checkpoint to the manifest, is written by who has the turn at it, so that two at one partition, or an erasure beside
them, do no harm.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from shared.domain.campaigns import CampaignSettings, PartDone, Plan, manifest_of
from shared.domain.deadline import deadline, remaining
from shared.domain.errors import NotFound
from shared.domain.pick_summary import Summary, summary_from_record, summary_of, summary_record
from shared.domain.picks import UserPicks
from shared.ports import BlobStore, EventStore, StateStore, Turn, Turns
from shared.services import campaign_files as files
from shared.services.campaign_plan import find_plan, make_plan, users_of
from shared.services.campaign_sends import is_undone, take_back
from shared.services.campaign_turn import turn_at
from shared.services.choices import choices_of
from shared.services.pick_rows import rows_of
from shared.services.picks import Mailing, picks_for, require_trigger
from shared.services.segments import Segments, expire_segments, users_of_segment

_LOT = 100
"""Users that are read, and whose picks are kept, together."""
_KEPT_BACK = 20.0
"""Seconds before a deadline at which making stops, so that what there is can be kept."""
Heard = Callable[[Summary], object]


@dataclass(frozen=True, slots=True)
class Desk:
    """What a run is made with."""

    mailing: Mailing
    blobs: BlobStore
    turns: Turns

    @property
    def state(self) -> StateStore:
        return self.mailing.shop.state

    @property
    def segments(self) -> Segments:
        shop = self.mailing.shop
        return Segments(self.blobs, shop.state, shop.clock, shop.consent)

    def now(self) -> datetime:
        return self.mailing.shop.clock.now()


@dataclass
class _Making:
    """A partition on its way: who waits, and what there is of the others."""

    began_at: datetime
    waiting: list[str]
    lines: list[files.Line] = field(default_factory=list)
    summary: Summary = field(default_factory=Summary)
    degraded: Counter[str] = field(default_factory=Counter)


def plan_for_active(desk: Desk, events: EventStore, settings: CampaignSettings) -> Plan:
    """The run's plan, for the settings' segment, or for those of whom something is known that they did lately.

    Runs and segments of old come to their end with it: files of people are not to lie about for ever. Raises as
    :func:`make_plan`, and NotFound for a segment that is not kept.
    """
    expire(desk)
    expire_segments(desk.segments, desk.turns)
    since = desk.now() - timedelta(days=settings.active_days)

    def users() -> Iterable[str]:
        return users_of_segment(desk.segments, settings.segment) if settings.segment else events.users(since)

    return plan_for(desk, settings, users)


def plan_for(desk: Desk, settings: CampaignSettings, users: Callable[[], Iterable[str]]) -> Plan:
    """The run's plan for ``users``, unless it is there. A trigger that is not in the catalogue is refused before
    anything is frozen: a run that can never be made would stand in the way of the one with the mended settings.

    Raises as :func:`make_plan`, and NotFound for such a trigger.
    """
    shop = desk.mailing.shop

    def checked() -> Iterable[str]:
        require_trigger(shop.products, settings.campaign)
        return users()

    return make_plan(desk.blobs, settings, checked, desk.now(), shop.new_id)


def make_partition(desk: Desk, plan: Plan, number: int, heard: Heard = lambda _: None) -> bool:
    """Make the partition's files, unless they are there; False where the time was up: call again for the rest.

    ``heard`` is told of every lot of users. Raises as :func:`picks_for`, Busy where others have the turn for long, and
    MissingExtra; called again, it goes on.
    """
    if is_done(desk.blobs, plan, number):
        return True
    making = _begun(desk, plan, number)
    if making is None:
        if is_done(desk.blobs, plan, number):  # the run has ended in the meantime
            return True
        raise NotFound(f"The users of the run '{plan.name}' are not known any more: undo it, and run it again.")
    in_time = _make(desk, plan, making, heard)
    with turn_at(desk.turns, f"{plan.name}-{number}") as turn:
        if is_undone(desk.blobs, plan):
            take_back(desk.blobs, desk.mailing.sends, plan, [line["user_id"] for line in making.lines])
            raise NotFound(f"The run '{plan.name}' was undone meanwhile: undo it to its end, and run it again.")
        if is_done(desk.blobs, plan, number):
            return True
        _leave_out_the_forgotten(desk, making)
        if in_time:
            _file(desk.blobs, plan, number, making, turn)
        else:
            desk.blobs.put(files.work_name(plan.name, "begun", number), json.dumps(_record(making)).encode())
    return in_time


def expire(desk: Desk) -> int:
    """Remove all that is left of runs whose time is over; returns how many. Their sends stay, as all sends do."""
    ended = 0
    for run in files.runs(desk.blobs):
        plan = find_plan(desk.blobs, run)
        if plan and desk.now() - plan.made_at > timedelta(days=plan.settings.keep_days):
            files.drop_run(desk.blobs, desk.turns, run)
            ended += 1
    return ended


def is_done(blobs: BlobStore, plan: Plan, number: int) -> bool:
    names = (files.work_name(plan.name, "done", number), files.manifest_name(plan.name))
    return any(blobs.get(name) is not None for name in names)


def to_do(blobs: BlobStore, plan: Plan) -> list[int]:
    """The partitions that are not done."""
    if files.read_manifest(blobs, plan.name):
        return []
    done = files.stages(blobs, plan.name, "done")
    return [number for number in plan.partitions if number not in done]


def finish(blobs: BlobStore, turns: Turns, plan: Plan) -> dict[str, Any] | None:
    """The run's manifest, which is written once all partitions are done; None while they are not.

    What the run has kept besides its files goes then. Raises Busy and Unavailable; called again, it goes on.
    """
    if to_do(blobs, plan):
        return None
    with turn_at(turns, plan.name) as turn:
        if (manifest := files.read_manifest(blobs, plan.name)) is None:
            done = (blobs.get(files.work_name(plan.name, "done", number)) for number in plan.partitions)
            parts = (files.part_from_record(json.loads(content)) for content in done if content)
            manifest = files.manifest_record(manifest_of(plan, parts))
            turn.check()
            files.put_manifest(blobs, plan.name, manifest)
        files.drop_work(blobs, plan.name)
    return manifest


def _begun(desk: Desk, plan: Plan, number: int) -> _Making | None:
    content = desk.blobs.get(files.work_name(plan.name, "begun", number))
    if content:
        return _from_record(json.loads(content))
    users = users_of(desk.blobs, plan, number)
    return None if users is None else _Making(desk.now(), users)


def _make(desk: Desk, plan: Plan, making: _Making, heard: Heard) -> bool:
    """Whether nobody waits any more: the time may have been up before."""

    def told(lot: Sequence[UserPicks]) -> bool:
        heard(summary_of(lot))
        return False

    while making.waiting:
        left = remaining()
        if left is not None and left <= _KEPT_BACK:
            return False
        with deadline(left - _KEPT_BACK) if left is not None else nullcontext():
            made = picks_for(desk.mailing, plan.settings.campaign, making.waiting, told, _LOT)
        making.waiting = list(made.not_done)
        making.summary += made.summary
        for picks in made.picks:
            _take(making, picks, plan)
    return True


def _take(making: _Making, picks: UserPicks, plan: Plan) -> None:
    making.degraded.update(part.value for part in picks.degraded)
    if rows := rows_of(picks, plan.settings.campaign):
        making.lines.append(files.line_of(picks.user_id, rows))


def _leave_out_the_forgotten(desk: Desk, making: _Making) -> None:
    """Those who were erased while their picks were made. Their sums stay: they name nobody."""
    users = [*making.waiting, *(line["user_id"] for line in making.lines)]
    forgotten = {
        user_id
        for user_id, choices in choices_of(desk.state, users).items()
        if choices.forgotten_at and choices.forgotten_at >= making.began_at
    }
    making.waiting = [user_id for user_id in making.waiting if user_id not in forgotten]
    making.lines = [line for line in making.lines if line["user_id"] not in forgotten]


def _file(blobs: BlobStore, plan: Plan, number: int, making: _Making, turn: Turn) -> None:
    lines = sorted(making.lines, key=lambda line: str(line["user_id"]))
    contents = files.contents_of(plan.settings.formats, lines)
    described = files.described(plan.name, number, contents, lines)
    turn.check()
    files.put_files(blobs, plan.name, number, contents)
    part = PartDone(described, making.summary, making.degraded)
    blobs.put(files.work_name(plan.name, "done", number), json.dumps(files.part_record(part)).encode())
    blobs.remove(files.work_name(plan.name, "begun", number))


def _record(making: _Making) -> dict[str, Any]:
    return {
        "began_at": making.began_at.isoformat(),
        "waiting": making.waiting,
        "lines": making.lines,
        "summary": summary_record(making.summary),
        "degraded": making.degraded,
    }


def _from_record(record: Mapping[str, Any]) -> _Making:
    lines: Sequence[files.Line] = record["lines"]
    began_at, summary = datetime.fromisoformat(record["began_at"]), summary_from_record(record["summary"])
    return _Making(began_at, list(record["waiting"]), list(lines), summary, Counter(record["degraded"]))
