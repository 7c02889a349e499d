"""Embeddings paid for, by (product id, space, content, encoder): what a killed run leaves to the next one."""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from shared.domain.spaces import DenseVector, EncoderInfo, Space

_SCHEMA = """
CREATE TABLE IF NOT EXISTS vectors (
    product_id TEXT, space TEXT, content TEXT NOT NULL, encoder TEXT NOT NULL, vector BLOB NOT NULL,
    PRIMARY KEY (product_id, space)
) WITHOUT ROWID;
"""
_BATCH = 500


class VectorCache:
    """One row a product and space, the newest. What :meth:`put` has written survives a kill."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;" + _SCHEMA)

    def close(self) -> None:
        self._connection.close()

    def known(self, space: Space, encoder: EncoderInfo, contents: Mapping[str, str]) -> set[str]:
        """Those of the products of ``contents`` whose vector is of just this content and encoder."""
        rows = self._select("product_id, content", space, encoder, list(contents))
        return {product_id for product_id, content in rows if contents[product_id] == content}

    def get(self, space: Space, encoder: EncoderInfo, contents: Mapping[str, str]) -> dict[str, DenseVector]:
        rows = self._select("product_id, content, vector", space, encoder, list(contents))
        return {
            product_id: np.frombuffer(vector, dtype=np.float32)
            for product_id, content, vector in rows
            if contents[product_id] == content
        }

    def put(self, space: Space, encoder: EncoderInfo, rows: Sequence[tuple[str, str, DenseVector]]) -> None:
        """Keep (product id, content, vector) rows; all of them or, if killed, none."""
        self._connection.execute("BEGIN IMMEDIATE")
        self._connection.executemany(
            "INSERT OR REPLACE INTO vectors VALUES (?, ?, ?, ?, ?)",
            [
                (product_id, space.value, content, encoder.fingerprint, vector.astype(np.float32).tobytes())
                for product_id, content, vector in rows
            ],
        )
        self._connection.execute("COMMIT")

    def products(self) -> Iterator[list[str]]:
        """Ids of all products that have a vector here, in batches."""
        after = ""
        while page := self._connection.execute(
            "SELECT DISTINCT product_id FROM vectors WHERE product_id > ? ORDER BY product_id LIMIT ?", (after, _BATCH)
        ).fetchall():
            yield [row[0] for row in page]
            after = page[-1][0]

    def clear(self) -> None:
        """Drop everything."""
        self._connection.execute("DELETE FROM vectors")

    def forget(self, product_ids: Sequence[str]) -> None:
        """Drop what products that left the catalogue had."""
        self._connection.executemany("DELETE FROM vectors WHERE product_id = ?", [(each,) for each in product_ids])

    def _select(
        self, columns: str, space: Space, encoder: EncoderInfo, product_ids: Sequence[str]
    ) -> list[tuple[Any, ...]]:
        marks = ", ".join("?" * len(product_ids))
        return self._connection.execute(
            f"SELECT {columns} FROM vectors WHERE space = ? AND encoder = ? AND product_id IN ({marks})",
            (space.value, encoder.fingerprint, *product_ids),
        ).fetchall()
