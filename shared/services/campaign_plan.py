"""Whom a run is for: frozen once, in partitions by the digest of the user id, in memory that does not grow with them.

A plan is made aside, under a mark of its own, and then put where the first one stays: of several who make one at once,
one has made it and the others find it.
"""

import json
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path

from shared.domain.campaigns import CampaignSettings, Plan, bound, cut, digest
from shared.domain.events import ANONYMOUS_PREFIX, NOBODY_PREFIX
from shared.ports import BlobStore
from shared.services import campaign_files
from shared.services.campaign_document import RUN_NAME, plan_from_record, plan_record
from shared.services.event_formats.bounds import identifier

_SPREAD = 256
"""Files that the users are spread over by the first byte of their digests; one of them at a time is in memory."""


def find_plan(blobs: BlobStore, name: str) -> Plan | None:
    content = blobs.get(campaign_files.plan_name(name)) if RUN_NAME.fullmatch(name) else None
    return plan_from_record(json.loads(content)) if content else None


def make_plan(
    blobs: BlobStore,
    settings: CampaignSettings,
    users: Callable[[], Iterable[str]],
    now: datetime,
    new_id: Callable[[], str],
) -> Plan:
    """The plan of the run, which is made unless it is there: ``settings`` and ``users`` are asked for no more then.

    Each user comes once, however often ``users`` has them; guests, who have no address, are left out. Raises what
    ``users`` raises, InvalidInput for what is no user id, and Unavailable.
    """
    name, mark = settings.campaign.name, new_id()
    if there := find_plan(blobs, name):
        return there
    bounds, count = [], 0
    for number, partition in enumerate(cut(_in_order(users()), settings.partition_users)):
        blobs.put(campaign_files.users_name(name, mark, number), json.dumps(partition).encode())
        bounds.append(bound(partition))
        count += len(partition)
    plan = Plan(settings, now, mark, count, tuple(bounds))
    blobs.create(campaign_files.plan_name(name), json.dumps(plan_record(plan)).encode())
    kept = find_plan(blobs, name) or plan
    campaign_files.drop_other_lists(blobs, kept)
    return kept


def users_of(blobs: BlobStore, plan: Plan, number: int) -> list[str] | None:
    """The partition's users; None once its list is gone, with the end of the run."""
    content = blobs.get(campaign_files.users_name(plan.name, plan.mark, number))
    return None if content is None else list(json.loads(content))


def _in_order(users: Iterable[str]) -> Iterator[str]:
    """Each once, by digest: spread over files on disk, then sorted one file at a time."""
    with tempfile.TemporaryDirectory(prefix="vitrine-plan-") as folder:
        paths = [Path(folder) / f"{place:02x}" for place in range(_SPREAD)]
        with ExitStack() as stack:
            files = [stack.enter_context(path.open("w", encoding="ascii")) for path in paths]
            for user_id in filter(None, (identifier(each, "user_id") for each in users)):
                if not user_id.startswith((ANONYMOUS_PREFIX, NOBODY_PREFIX)):
                    print(json.dumps(user_id), file=files[int(digest(user_id)[:2], 16)])
        for path in paths:
            with path.open(encoding="ascii") as lines:
                yield from sorted({json.loads(line) for line in lines}, key=digest)
