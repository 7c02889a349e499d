"""One person taken out of what campaigns have left: lists, checkpoints, files in every format, sums."""

import json

from shared.domain.campaigns import FileFormat, Plan
from shared.ports import BlobStore, Turn, Turns
from shared.services import campaign_files as files
from shared.services.campaign_plan import find_plan
from shared.services.campaign_turn import turn_at


def forget_user(blobs: BlobStore, turns: Turns, user_id: str) -> int:
    """Take the user out of every run; returns how many blobs were written anew.

    Say first in the user's choices that the user is forgotten: who is about to write a file of a run looks there, in
    its turn. What a run counted stays, for it names nobody. Killed at any point, or called again, it goes on. Raises
    Busy, TurnLost and Unavailable: what is not done by then is done by calling it again.
    """
    with turn_at(turns, "erasure") as turn:
        return sum(_from_run(blobs, run, user_id, turn) for run in files.runs(blobs))


def _from_run(blobs: BlobStore, run: str, user_id: str, turn: Turn) -> int:
    plan = find_plan(blobs, run)
    rewritten = _from_lists(blobs, run, plan, user_id, turn)
    for number in plan.partitions_of(user_id) if plan else ():
        rewritten += _from_checkpoint(blobs, run, number, user_id, turn)
        rewritten += _from_files(blobs, plan, number, user_id, turn) if plan else 0
    return rewritten


def _from_lists(blobs: BlobStore, run: str, plan: Plan | None, user_id: str, turn: Turn) -> int:
    """Of the plan's lists one alone can have the user; of tries that came to nothing, any."""
    own = {files.users_name(run, plan.mark, number) for number in plan.partitions_of(user_id)} if plan else set()
    others = [name for name in files.lists_of_users(blobs, run) if plan is None or f"/users-{plan.mark}/" not in name]
    rewritten = 0
    for name in (*own, *others):
        users = json.loads(blobs.get(name) or b"[]")
        if user_id in users:
            turn.check()
            blobs.put(name, json.dumps([each for each in users if each != user_id]).encode())
            rewritten += 1
    return rewritten


def _from_checkpoint(blobs: BlobStore, run: str, number: int, user_id: str, turn: Turn) -> int:
    name = files.work_name(run, "begun", number)
    begun = json.loads(blobs.get(name) or b"null")
    if begun is None:
        return 0
    kept = {
        "waiting": [each for each in begun["waiting"] if each != user_id],
        "lines": [line for line in begun["lines"] if line["user_id"] != user_id],
    }
    if all(begun[part] == kept[part] for part in kept):
        return 0
    turn.check()
    blobs.put(name, json.dumps(begun | kept).encode())
    return 1


def _from_files(blobs: BlobStore, plan: Plan, number: int, user_id: str, turn: Turn) -> int:
    """The sums first and the JSON Lines last: as long as these have the user, all of it is still to be done."""
    done_name = files.work_name(plan.name, "done", number)
    done, manifest = blobs.get(done_name), files.read_manifest(blobs, plan.name)
    if done is None and manifest is None:
        return _drop_unfinished(blobs, plan, number, turn)
    jsonl = blobs.get(files.file_name(plan.name, number, FileFormat.JSONL)) or b""
    lines = files.read_lines(jsonl)
    kept = [line for line in lines if line["user_id"] != user_id]
    if len(kept) == len(lines):
        return 0
    contents = files.contents_of(plan.settings.formats, kept)
    anew = {each.name: each for each in files.described(plan.name, number, contents, kept)}
    turn.check()
    if done is not None:
        record = json.loads(done)
        blobs.put(done_name, json.dumps(record | {"files": files.renewed(record["files"], anew)}).encode())
    if manifest is not None:
        files.put_manifest(blobs, plan.name, manifest | {"files": files.renewed(manifest["files"], anew)})
    files.put_files(blobs, plan.name, number, contents)
    return len(contents)


def _drop_unfinished(blobs: BlobStore, plan: Plan, number: int, turn: Turn) -> int:
    """Files of a partition that was killed while it was filed: they are made anew, all of them, when it goes on."""
    left = [files.file_name(plan.name, number, format_) for format_ in plan.settings.formats]
    there = [name for name in left if blobs.get(name) is not None]
    turn.check()
    for name in there:
        blobs.remove(name)
    return len(there)
