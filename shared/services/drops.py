"""Files that are dropped into the shop's bucket, as S3 tells of them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

_UNFINISHED = ".part"
_SHOPS = "shops/"


@dataclass(frozen=True, slots=True)
class Drop:
    """``key`` is the file's whole name in ``bucket``, as it is; ``size`` is in bytes."""

    bucket: str
    key: str
    size: int


@dataclass(frozen=True, slots=True)
class Taken:
    """What is taken from where: files below ``folder`` of ``bucket`` that end with one of ``endings``, also gzipped."""

    bucket: str
    folder: str
    endings: Collection[str]
    most_bytes: int

    def objection(self, drop: Drop) -> str:
        """Why ``drop`` is to be left alone; empty where it is not."""
        path = PurePosixPath(drop.key.lower())
        if drop.bucket != self.bucket or not drop.key.startswith(self.folder):
            return f"it is not below {self.folder} of the shop's bucket"
        if path.name.startswith((".", "_")) or path.suffix == _UNFINISHED:
            return "it is not finished, by its name"
        if PurePosixPath(path.name.removesuffix(".gz")).suffix not in self.endings:
            return f"it does not end with one of {', '.join(sorted(self.endings))}"
        if not 0 < drop.size <= self.most_bytes:
            return f"its {drop.size} bytes are not within 1 to {self.most_bytes}"
        return ""


def drop_of(event: Mapping[str, Any]) -> Drop | None:
    """What EventBridge's "Object Created" tells of; None for any other event. Its keys come as they are, unquoted."""
    match event:
        case {
            "detail-type": "Object Created",
            "detail": {"bucket": {"name": str(bucket)}, "object": {"key": str(key), "size": int(size)}},
        }:
            return Drop(bucket, key, size)
    return None


def shop_of(key: str) -> str:
    """The shop whose folder of the bucket a file is in, as the key has it; empty for the first one."""
    return key.removeprefix(_SHOPS).partition("/")[0] if key.startswith(_SHOPS) else ""


def own_name(path: str) -> str:
    """Our name for a file that came from elsewhere. Only the ending is kept of ``path``: it tells formats apart, and
    nothing of it reaches a path of ours."""
    endings = [each for each in PurePosixPath(path).suffixes[-2:] if each[1:].isalnum() and len(each) < 10]
    return "file" + "".join(endings)
