"""The blobs of a run, and its files in each format.

``picks/plans/RUN.json`` stays, and says that there is such a run; ``picks/open/RUN/`` has what is wanted until its end,
lists of users among it, and is empty afterwards; ``picks/files/RUN/`` has what the run is for, and its manifest.
"""

import csv
import hashlib
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, fields
from typing import Any

from shared.domain.campaigns import FileFormat, PartDone, PartFile, Plan, RunManifest
from shared.domain.errors import MissingExtra
from shared.domain.pick_summary import summary_from_record, summary_record
from shared.ports import BlobStore, Turns
from shared.services.campaign_turn import turn_at
from shared.services.pick_rows import PickRow

_FOLDER = "picks"
_COLUMNS = tuple(field.name for field in fields(PickRow))
_OF_USER = ("user_id", "campaign")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""With which a spreadsheet begins a formula, the wide forms included."""

Line = dict[str, Any]
"""A user and the user's picks, as a line of the JSON Lines has them."""


def plan_name(run: str) -> str:
    return f"{_FOLDER}/plans/{run}.json"


def users_name(run: str, mark: str, number: int) -> str:
    return f"{_FOLDER}/open/{run}/users-{mark}/part-{number:05d}.json"


def work_name(run: str, stage: str, number: int) -> str:
    """``stage`` is ``begun``, while a partition waits to be gone on with, or ``done``."""
    return f"{_FOLDER}/open/{run}/{stage}/part-{number:05d}.json"


def undone_name(run: str) -> str:
    """There from the beginning of an undoing to its end."""
    return f"{_FOLDER}/open/{run}/undone.json"


def files_of(run: str) -> str:
    """The folder of what the run is for."""
    return f"{_FOLDER}/files/{run}"


def file_name(run: str, number: int, format_: FileFormat) -> str:
    return f"{files_of(run)}/part-{number:05d}.{format_.value}"


def manifest_name(run: str) -> str:
    return f"{files_of(run)}/manifest.json"


def runs(blobs: BlobStore) -> list[str]:
    """The names of all runs that are known, those of which only a beginning is there too; sorted."""
    planned = {name.rpartition("/")[2].removesuffix(".json") for name in blobs.names(f"{_FOLDER}/plans")}
    begun = {name.split("/")[2] for name in blobs.names(f"{_FOLDER}/work")}
    return sorted(planned | begun)


def names_of(blobs: BlobStore, run: str) -> list[str]:
    """All blobs of a run: the manifest first, and the plan last."""
    files = blobs.names(files_of(run))
    plans = [name for name in (plan_name(run),) if blobs.get(name) is not None]
    return sorted(files, key=lambda name: name != manifest_name(run)) + blobs.names(f"{_FOLDER}/open/{run}") + plans


def drop_run(blobs: BlobStore, turns: Turns, run: str) -> None:
    """All of its blobs. Raises Busy, TurnLost and Unavailable; called again, it goes on."""
    with turn_at(turns, run) as turn:
        for name in names_of(blobs, run):
            turn.check()
            blobs.remove(name)


def lists_of_users(blobs: BlobStore, run: str) -> list[str]:
    """All there are, those of plans that came to nothing too."""
    return [name for name in blobs.names(f"{_FOLDER}/open/{run}") if name.split("/")[3].startswith("users-")]


def drop_other_lists(blobs: BlobStore, plan: Plan) -> None:
    """Those that another try at the plan has left."""
    own = users_name(plan.name, plan.mark, 0).rpartition("/")[0]
    for name in lists_of_users(blobs, plan.name):
        if not name.startswith(f"{own}/"):
            blobs.remove(name)


def drop_work(blobs: BlobStore, run: str) -> None:
    """What is wanted no more once there is a manifest."""
    for name in blobs.names(f"{_FOLDER}/open/{run}"):
        blobs.remove(name)


def stages(blobs: BlobStore, run: str, stage: str) -> set[int]:
    """The numbers of the partitions that have come to it."""
    return {int(name.rpartition("-")[2].removesuffix(".json")) for name in blobs.names(f"{_FOLDER}/open/{run}/{stage}")}


def line_of(user_id: str, rows: Sequence[PickRow]) -> Line:
    """``rows`` are the user's, one at least."""
    first = asdict(rows[0])
    picks = [{name: value for name, value in asdict(row).items() if name not in _OF_USER} for row in rows]
    return {"user_id": user_id, "campaign": first["campaign"], "picks": picks}


def put_files(blobs: BlobStore, run: str, number: int, contents: Mapping[FileFormat, bytes]) -> None:
    """Write a partition's files, the JSON Lines last: who finds these as they should be finds the others so."""
    for format_ in sorted(contents, key=lambda each: each is FileFormat.JSONL):
        blobs.put(file_name(run, number, format_), contents[format_])


def contents_of(formats: Iterable[FileFormat], lines: Sequence[Line]) -> dict[FileFormat, bytes]:
    """The same lines make the same files. Raises MissingExtra."""
    makers = {FileFormat.JSONL: _jsonl, FileFormat.CSV: _csv, FileFormat.PARQUET: _parquet}
    return {format_: make(lines) for format_, make in makers.items() if format_ in set(formats)}


def described(
    run: str, number: int, contents: Mapping[FileFormat, bytes], lines: Sequence[Line]
) -> tuple[PartFile, ...]:
    rows = sum(len(line["picks"]) for line in lines)
    return tuple(
        PartFile(
            file_name(run, number, format_).rpartition("/")[2],
            len(lines), rows, len(content), hashlib.sha256(content).hexdigest(),
        )
        for format_, content in contents.items()
    )  # fmt: skip


def renewed(records: Iterable[Mapping[str, Any]], anew: Mapping[str, PartFile]) -> list[Mapping[str, Any]]:
    """Records of files, those among ``anew``, by name, replaced."""
    return [asdict(anew[record["name"]]) if record["name"] in anew else record for record in records]


def read_lines(content: bytes) -> list[Line]:
    return [json.loads(line) for line in content.splitlines()]


def part_record(part: PartDone) -> dict[str, Any]:
    """JSON-ready; :func:`part_from_record` takes it back."""
    return {
        "files": [asdict(file) for file in part.files],
        "summary": summary_record(part.summary),
        "degraded": dict(part.degraded),
    }


def part_from_record(record: Mapping[str, Any]) -> PartDone:
    files = tuple(PartFile(**file) for file in record["files"])
    return PartDone(files, summary_from_record(record["summary"]), record["degraded"])


def manifest_record(manifest: RunManifest) -> dict[str, Any]:
    """As it is published: ``summary`` has its shares worked out, and leaves out what each product came to."""
    counts = summary_record(manifest.summary)
    counts.pop("shown")
    shares = {
        "share_fell_back": round(manifest.summary.share_fell_back, 6),
        "overlap_at_k": round(manifest.summary.overlap, 6),
    }
    return {
        "campaign": manifest.campaign,
        "made_at": manifest.made_at.isoformat(),
        "files": [asdict(file) for file in manifest.files],
        "summary": {**counts, **shares, "products_shown": len(manifest.summary.shown)},
        "degraded": dict(manifest.degraded),
    }


def read_manifest(blobs: BlobStore, run: str) -> dict[str, Any] | None:
    content = blobs.get(manifest_name(run))
    return json.loads(content) if content else None


def put_manifest(blobs: BlobStore, run: str, record: Mapping[str, Any]) -> None:
    blobs.put(manifest_name(run), json.dumps(record, indent=1, ensure_ascii=False).encode())


def _jsonl(lines: Sequence[Line]) -> bytes:
    return "".join(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n" for line in lines).encode()


def _csv(lines: Sequence[Line]) -> bytes:
    """A pick a line. A text that a spreadsheet would take for a formula has an apostrophe before it."""
    target = io.StringIO(newline="")
    writer = csv.writer(target)
    writer.writerow(_COLUMNS)
    writer.writerows([_harmless(value) for value in row] for row in _table(lines))
    return target.getvalue().encode()


def _harmless(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def _parquet(lines: Sequence[Line]) -> bytes:
    try:
        from arro3.core import Array, DataType, Field, Schema, Table
        from arro3.io import write_parquet
    except ImportError:
        raise MissingExtra("Parquet needs arro3: install vitrine[tables], or leave parquet out of formats.") from None

    texts, real = DataType.utf8(), DataType.float64()
    types = {"str": texts, "int": DataType.int32(), "bool": DataType.bool(), "float | None": real}
    named = {each.name: types[str(getattr(each.type, "__name__", each.type))] for each in fields(PickRow)}
    rows, target, arrays = list(_table(lines)), io.BytesIO(), []
    for place, type_ in enumerate(named.values()):
        values = [row[place] for row in rows]
        # Of None no array can be made; a text that is no number becomes null.
        arrays.append(Array(list(map(repr, values)), texts).cast(real) if type_ == real else Array(values, type_))
    schema = Schema([Field(name, type_, nullable=True) for name, type_ in named.items()])
    write_parquet(Table.from_arrays(arrays, schema=schema), target, compression="zstd(3)")
    return target.getvalue()


def _table(lines: Iterable[Line]) -> Iterator[list[Any]]:
    """Rows in the order of the columns."""
    for line in lines:
        for pick in line["picks"]:
            whole = {**line, **pick}
            yield [whole[name] for name in _COLUMNS]
