"""Parquet, through polars, a batch of rows at a time."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from indexer.feeds.flatten import flatten
from indexer.feeds.limits import MAX_COLUMNS
from indexer.feeds.records import BrokenFeed, Record, Reject
from shared.domain.errors import FeedRejected, MissingExtra

BATCH = 2_000


def read_parquet(path: Path) -> Iterator[Record | Reject]:
    """Rows numbered from 1. Columns of bytes (pictures, mostly) are not read. Raises MissingExtra without polars."""
    try:
        import polars as pl
    except ImportError as error:
        raise MissingExtra("Reading Parquet needs polars: pip install 'vitrine[parquet]'.") from error
    row = 0
    # PanicException is how the Rust side reports a file it did not expect; it is no Exception.
    try:
        scan = pl.scan_parquet(path, glob=False)
        names = [name for name, kind in scan.collect_schema().items() if not _is_bytes(kind)]
        if len(names) > MAX_COLUMNS:
            raise FeedRejected(f"The feed has {len(names):,} columns, and {MAX_COLUMNS:,} are allowed: leave some out.")
        for batch in scan.select(names).collect_batches(chunk_size=BATCH, maintain_order=True, engine="streaming"):
            for cells in batch.iter_rows(named=True):
                row += 1
                yield Record(row, flatten({key: _plain(value) for key, value in cells.items()}))
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError, ValueError) as error:
        raise BrokenFeed(row + 1, "the Parquet file is damaged or cut short") from error


def _is_bytes(kind: Any) -> bool:
    return "Binary" in repr(kind) or "Object" in repr(kind)


def _plain(value: Any) -> Any:
    """Moments as ISO 8601 text; polars gives naive datetimes for columns without a zone."""
    return value.isoformat() if isinstance(value, dt.date) else value
