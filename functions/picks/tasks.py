"""What is not asked for over HTTP: runs of campaigns, planned by the schedule and made a partition a message."""

import json
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared.domain.errors import InvalidInput, NotFound, Unavailable
from shared.ports import EventStore, TaskQueue
from shared.services.campaign_book import campaign_named
from shared.services.campaign_plan import find_plan
from shared.services.campaigns import Desk, finish, make_partition, plan_for_active, to_do

_log = logging.getLogger("vitrine.picks")


@dataclass(frozen=True, slots=True)
class Office:
    """What the tasks need of a shop."""

    desk: Desk
    events: EventStore


Answer = dict[str, Any]
Task = Mapping[str, Any]


class Tasks:
    """``names`` are those of all shops, the first one's, which is empty, before the others."""

    def __init__(
        self, open_office: Callable[[str], Office], names: Callable[[], Sequence[str]], queue: TaskQueue | None
    ) -> None:
        self._open_office = open_office
        self._names = names
        self._queue = queue

    def run(self, event: Mapping[str, Any]) -> Answer:
        """Do what the schedule or the queue says. Everything may be said twice: what is done is not done again.

        ``{"task": "picks", "campaign": "nightly", "at": "2026-05-01T02:00:00Z"}`` begins the campaign's run of that day
        for every shop that has written the campaign down; messages of the queue plan a shop's run, or make a partition.
        Raises InvalidInput for any other event, and NotFound where no shop has the campaign.
        """
        match event:
            case {"task": "picks", "campaign": str(campaign), "at": str(at)}:
                return self._begin(campaign, at)
            case {"Records": list(messages)}:
                failed = [each["messageId"] for each in messages if not self._is_taken(each)]
                return {"batchItemFailures": [{"itemIdentifier": each} for each in failed]}
        raise InvalidInput("The event is none that this function knows: look at what the schedule or the queue sends.")

    def _begin(self, campaign: str, at: str) -> Answer:
        having = [name for name in self._names() if self._has(name, campaign)]
        if not having:
            raise NotFound(
                f"No shop has a campaign '{campaign[:40]}': write it down, and say vitrine picks apply FILE."
            )
        self._put({"task": "plan", "shop": name, "campaign": campaign, "at": at} for name in having)
        return {"shops": len(having)}

    def _has(self, name: str, campaign: str) -> bool:
        try:
            campaign_named(self._open_office(name).desk.blobs, campaign)
        except NotFound:
            return False
        return True

    def _is_taken(self, message: Mapping[str, Any]) -> bool:
        """False for a message that is to be delivered again."""
        try:
            self._take(json.loads(message["body"]))
        except Unavailable as error:
            _log.warning("the message waits on: %s", error)
            return False
        return True

    def _take(self, task: Task) -> None:
        match task:
            case {"task": "plan", "shop": str(shop), "campaign": str(campaign), "at": str(at)}:
                self._plan(shop, campaign, at)
            case {"task": "partition", "shop": str(shop), "run": str(run), "partition": int(number)}:
                self._make(task, shop, run, number)
            case _:
                raise InvalidInput("The queue has a message that is none of ours: look at who may write to it.")

    def _plan(self, shop: str, campaign: str, at: str) -> None:
        office = self._open_office(shop)
        settings = campaign_named(office.desk.blobs, campaign).of(datetime.fromisoformat(at).date())
        plan = plan_for_active(office.desk, office.events, settings)
        self._put(
            {"task": "partition", "shop": shop, "run": plan.name, "partition": number}
            for number in to_do(office.desk.blobs, plan)
        )
        finish(office.desk.blobs, office.desk.turns, plan)

    def _make(self, task: Task, shop: str, run: str, number: int) -> None:
        desk = self._open_office(shop).desk
        plan = find_plan(desk.blobs, run)
        if plan is None or number not in plan.partitions:
            raise NotFound(f"There is no partition {number} of a run '{run[:64]}': its plan may have expired.")
        if make_partition(desk, plan, number):
            finish(desk.blobs, desk.turns, plan)
        else:
            self._put([task])

    def _put(self, tasks: Iterable[Task]) -> None:
        if self._queue is None:
            raise InvalidInput("VITRINE_PICKS_QUEUE is empty: set it to the URL of the queue of partitions.")
        for task in tasks:
            self._queue.put(task)
