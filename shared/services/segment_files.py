"""The blobs of kept segments: ``segments/NAME/segment.json`` points to the chunks in ``segments/NAME/MARK/``."""

import json
from collections.abc import Sequence

from shared.domain.segments import Segment, segment_from_record, segment_record
from shared.ports import BlobStore

_FOLDER = "segments"
_POINTER = "segment.json"
BEGUN = b"[]"
"""A chunk whose users are about to be written, by who has the turn."""

Users = Sequence[str | None]
"""Those of a chunk, best first; None where one was taken out, so that the others keep their places."""


def folder_of(name: str) -> str:
    return f"{_FOLDER}/{name}"


def pointer_name(name: str) -> str:
    return f"{_FOLDER}/{name}/{_POINTER}"


def marked(segment: Segment) -> str:
    """The folder of its chunks."""
    return f"{_FOLDER}/{segment.name}/{segment.mark}"


def chunk_name(segment: Segment, number: int) -> str:
    return f"{marked(segment)}/part-{number:05d}.json"


def read_segment(blobs: BlobStore, name: str) -> Segment | None:
    content = blobs.get(pointer_name(name))
    return segment_from_record(json.loads(content)) if content else None


def put_segment(blobs: BlobStore, segment: Segment) -> None:
    blobs.put(pointer_name(segment.name), json.dumps(segment_record(segment)).encode())


def read_chunk(blobs: BlobStore, segment: Segment, number: int) -> Users | None:
    content = blobs.get(chunk_name(segment, number))
    return None if content is None else list(json.loads(content))


def put_chunk(blobs: BlobStore, name: str, users: Users) -> None:
    blobs.put(name, json.dumps(users).encode())


def all_names(blobs: BlobStore) -> list[str]:
    return blobs.names(_FOLDER)


def chunk_names(blobs: BlobStore) -> list[str]:
    """Of all segments, those that nothing points to among them."""
    return [name for name in all_names(blobs) if not name.endswith(f"/{_POINTER}")]


def segment_of(name: str) -> str:
    """The name of the segment that a blob is of."""
    return name.split("/")[1]


def mark_in(name: str) -> str:
    """The mark of the chunk that a blob is; empty for a pointer."""
    return parts[2] if len(parts := name.split("/")) > 3 else ""
