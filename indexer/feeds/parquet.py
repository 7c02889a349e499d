"""Parquet, through polars, a slice of rows at a time."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shared.domain.errors import FeedRejected, MissingExtra
from shared.services.feed_files.flatten import flatten
from shared.services.feed_files.limits import MAX_COLUMNS, MAX_RECORD
from shared.services.feed_files.records import BrokenFeed, Record, Reject

if TYPE_CHECKING:
    from polars import DataFrame

SLICE_ROWS = 50_000
SLICE_CELLS = 2_000_000
"""Of one slice, however large the file's own row groups are: 60 million equal rows are 30 KB of file, and a row group
is unpacked as a whole unless a slice of it is asked for. Sixteen bytes a cell are 32 MB, beside the texts in them."""
BUFFER = 64
"""Rows that become Python values at a time: 64 MB, when all of them are as long as a record may be."""


def read_parquet(path: Path) -> Iterator[Record | Reject]:
    """Rows numbered from 1. Columns of bytes (pictures, mostly) are not read. Raises MissingExtra without polars.

    Flat columns are bounded by rows and by bytes a row. What polars cannot be told to bound is a single list of many
    million equal elements, and a page of the file (usually 1 MB) that says of itself to be large once unpacked.
    """
    try:
        import polars as pl
    except ImportError as error:
        raise MissingExtra("Reading Parquet needs polars: pip install 'vitrine[parquet]'.") from error
    row = 0
    # PanicException is how the Rust side reports a file it did not expect; it is no Exception.
    try:
        scan = pl.scan_parquet(path, glob=False, cache=False, low_memory=True)
        names = [name for name, kind in scan.collect_schema().items() if not _is_bytes(kind)]
        if len(names) > MAX_COLUMNS:
            raise FeedRejected(f"The feed has {len(names):,} columns, and {MAX_COLUMNS:,} are allowed: leave some out.")
        step = min(SLICE_ROWS, SLICE_CELLS // max(len(names), 1))
        total = int(scan.select(pl.len()).collect().item())
        for first in range(0, total, step):
            for cells in _rows(scan.select(names).slice(first, step).collect(engine="streaming")):
                row += 1
                if cells is None:
                    yield Reject(row, f"is longer than {MAX_RECORD:,} bytes")
                else:
                    yield Record(row, flatten({key: _plain(value) for key, value in cells.items()}))
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError, ValueError) as error:
        raise BrokenFeed(row + 1, "the Parquet file is damaged or cut short") from error


def _rows(frame: "DataFrame") -> Iterator[dict[str, Any] | None]:
    """The rows as Python values; None for one whose texts are longer than a record may be, which never become any."""
    import polars as pl

    texts = [name for name, kind in frame.schema.items() if kind == pl.String]
    too_long = pl.sum_horizontal(pl.lit(0), *(pl.col(name).str.len_bytes() for name in texts)) > MAX_RECORD
    flags = frame.select(pl.repeat(False, pl.len()) | too_long).to_series()
    if flags.any():
        frame = frame.with_columns(pl.when(flags).then(None).otherwise(pl.col(name)).alias(name) for name in texts)
    for flag, cells in zip(flags, frame.iter_rows(named=True, buffer_size=BUFFER), strict=True):
        yield None if flag else cells


def _is_bytes(kind: Any) -> bool:
    return "Binary" in repr(kind) or "Object" in repr(kind)


def _plain(value: Any) -> Any:
    """Moments as ISO 8601 text; polars gives naive datetimes for columns without a zone."""
    return value.isoformat() if isinstance(value, dt.date) else value
