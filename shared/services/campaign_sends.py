"""Confirming and undoing a whole run: as for some users, for all who are in its files."""

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import chain, islice

from shared.domain.campaigns import FileFormat, Plan
from shared.domain.errors import NotFound
from shared.ports import BlobStore, SendStore, Turns
from shared.services import campaign_files as files
from shared.services.campaign_document import RUN_NAME
from shared.services.campaign_plan import find_plan
from shared.services.sends import MOST_USERS, confirm, undo


def confirm_run(blobs: BlobStore, sends: SendStore, run: str, now: datetime) -> int:
    """All that is in the run's files was sent; returns for how many users. Raises NotFound, and as :func:`confirm`."""
    _known(blobs, run)
    return sum(confirm(sends, run, users, now) for users in _in_lots(_in_files(blobs, run)))


def undo_run(blobs: BlobStore, sends: SendStore, turns: Turns, run: str) -> int:
    """As if the run had never been: its sends go, then its files and its plan, and it can be run anew.

    Returns how many sends there were. Killed at any point, it goes on when it is called again. Raises NotFound where
    nothing is left of such a run, Busy, and as :func:`undo`. Who makes a partition beside it takes back what it made.
    """
    _known(blobs, run)
    blobs.put(files.undone_name(run), b"{}")
    everybody = chain(_in_files(blobs, run), _in_lists(blobs, run))
    undone = sum(undo(sends, run, users) for users in _in_lots(everybody))
    files.drop_run(blobs, turns, run)
    return undone


def is_undone(blobs: BlobStore, plan: Plan) -> bool:
    """Whether the run of that plan is no more, or is about to be: who has its turn may not write anything of it."""
    there = find_plan(blobs, plan.name)
    return there is None or there.mark != plan.mark or blobs.get(files.undone_name(plan.name)) is not None


def take_back(blobs: BlobStore, sends: SendStore, plan: Plan, users: Iterable[str]) -> None:
    """Undo what was made for a run while it was undone, unless it is planned anew: then the sends are its own."""
    there = find_plan(blobs, plan.name)
    if there is None or there.mark == plan.mark:
        for some in _in_lots(iter(users)):
            undo(sends, plan.name, some)


def _known(blobs: BlobStore, run: str) -> None:
    if not RUN_NAME.fullmatch(run) or not files.names_of(blobs, run):
        raise NotFound(f"There is no run '{run[:64]}': vitrine picks status says which there are.")


def _in_files(blobs: BlobStore, run: str) -> Iterator[str]:
    for name in files.names_of(blobs, run):
        if name.endswith(f".{FileFormat.JSONL.value}"):
            yield from [line["user_id"] for line in files.read_lines(blobs.get(name) or b"")]


def _in_lists(blobs: BlobStore, run: str) -> Iterator[str]:
    """Of a run that is on its way: some of them have sends already, and are in no file yet."""
    for name in files.lists_of_users(blobs, run):
        yield from json.loads(blobs.get(name) or b"[]")


def _in_lots(users: Iterator[str]) -> Iterator[list[str]]:
    while some := list(islice(users, MOST_USERS)):
        yield some
