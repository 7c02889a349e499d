"""One person taken out of every kept segment.

Say first in the user's choices that the user may not be there: who is about to write a chunk looks at them after its
name is there to be found. So what is found here is all there will be, and without segments nobody waits for a turn.
"""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

from shared.domain.deadline import remaining
from shared.domain.errors import Unavailable
from shared.ports import BlobStore, Turns
from shared.services import segment_files as files
from shared.services.campaign_turn import turn_at

_AT_ONCE = 16
"""Chunks that are read side by side: from S3, one after the other would take longer than who withdraws waits."""


def forget_in_segments(blobs: BlobStore, turns: Turns, user_id: str) -> int:
    """Returns how many chunks were written anew. Killed at any point, or called again, it goes on.

    Raises Busy, TurnLost and Unavailable, also where the request has no time for all of them: call it again.
    """
    written, rewritten = _written(user_id), 0
    for name in _found(blobs, lambda content: content == files.BEGUN or written in content):
        with turn_at(turns, "erasure") as turn:
            users: files.Users = json.loads(blobs.get(name) or b"[]")
            if user_id in users:
                turn.check()
                files.put_chunk(blobs, name, [None if each == user_id else each for each in users])
                rewritten += 1
    return rewritten


def segments_with(blobs: BlobStore, user_id: str) -> list[str]:
    """The names of the kept segments that have the user, sorted. Raises Unavailable."""
    written = _written(user_id)
    return sorted({files.segment_of(name) for name in _found(blobs, lambda content: written in content)})


def _found(blobs: BlobStore, wanted: Callable[[bytes], bool]) -> list[str]:
    """The chunks whose content is wanted. Raises Unavailable where the request has no time to look at all."""

    def look(name: str) -> bool:
        if remaining() == 0:
            raise Unavailable("There are more segments to look through than there is time for: send the same again.")
        content = blobs.get(name)
        return content is not None and wanted(content)

    names = files.chunk_names(blobs)
    if len(names) < 2:
        return [name for name in names if look(name)]
    contexts = [copy_context() for _ in names]  # of the request, with its deadline
    with ThreadPoolExecutor(min(_AT_ONCE, len(names))) as pool:
        there = list(pool.map(lambda context, name: context.run(look, name), contexts, names))
    return [name for name, is_wanted in zip(names, there, strict=True) if is_wanted]


def _written(user_id: str) -> bytes:
    """As it stands in a chunk, quotes and all: looked for in the bytes, for reading each list takes much longer."""
    return json.dumps(user_id).encode()
