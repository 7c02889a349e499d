"""The feed of one run, staged on disk: duplicates are found, and what changed since the live version is worked out.

SQLite holds it, so a catalogue of any size passes through a small memory. The file is made anew by every run: reading
a feed again is cheap; encoding it again is not, and that is kept elsewhere (:mod:`indexer.vectors`).
"""

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shared.domain.products import Product
from shared.domain.records import product_from_record, product_record
from shared.domain.spaces import Space

_SCHEMA = """
CREATE TABLE staged (
    product_id TEXT PRIMARY KEY, record TEXT NOT NULL, text_content TEXT NOT NULL, image_content TEXT NOT NULL,
    has_image INTEGER NOT NULL DEFAULT 0, hash TEXT NOT NULL DEFAULT ''
) WITHOUT ROWID;
CREATE TABLE base (product_id TEXT PRIMARY KEY, hash TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE relearnt (product_id TEXT PRIMARY KEY) WITHOUT ROWID;
"""
_CHANGED = (
    "(NOT EXISTS (SELECT 1 FROM base WHERE base.product_id = staged.product_id AND base.hash = staged.hash)"
    " OR EXISTS (SELECT 1 FROM relearnt WHERE relearnt.product_id = staged.product_id))"
)
_COLUMNS = "product_id, record, text_content, image_content, has_image, hash"
_BATCH = 500
POINT_FORMAT = "3"
"""Raise it when what the index holds of an unchanged product changes: its payload, its spaces, or how ``keywords`` are
made."""


@dataclass(frozen=True, slots=True)
class Staged:
    """A product of the feed. The contents are digests of what each space is made of; empty for no picture."""

    product: Product
    text_content: str
    image_content: str
    has_image: bool = False
    hash: str = ""

    def content(self, space: Space) -> str:
        return self.image_content if space is Space.IMAGE else self.text_content


@dataclass(frozen=True, slots=True)
class Contents:
    """What the dense vectors of a product are made of, as digests; ``image`` is empty where it has no such vector."""

    product_id: str
    text: str
    image: str

    def of(self, space: Space) -> str:
        return self.image if space is Space.IMAGE else self.text


def digest(*parts: str) -> str:
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:32]


def products_digest(hashes: Iterable[tuple[str, str]]) -> str:
    """Names a whole catalogue, of (product id, hash) pairs in order of id."""
    whole = hashlib.sha256()
    for product_id, hash_ in hashes:
        whole.update(f"{product_id}\x1f{hash_}\x1e".encode())
    return whole.hexdigest()


class Staging:
    """One run's products. ``hash`` names all that the index would hold of one but for its ``behaviour`` row."""

    def __init__(self, path: Path) -> None:
        path.unlink(missing_ok=True)
        self._connection = sqlite3.connect(path, isolation_level=None)
        # A killed run stages anew, so nothing here needs to survive it.
        self._connection.executescript("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;" + _SCHEMA)
        self._connection.execute("BEGIN")

    def close(self) -> None:
        self._connection.close()

    def add(self, product: Product, image_fingerprint: str) -> bool:
        """False for an id that is staged already."""
        text_content = digest(product.id, product.text())
        image_content = digest(product.id, image_fingerprint) if image_fingerprint else ""
        record = json.dumps(product_record(product), ensure_ascii=False, sort_keys=True)
        cursor = self._connection.execute(
            "INSERT OR IGNORE INTO staged (product_id, record, text_content, image_content) VALUES (?, ?, ?, ?)",
            (product.id, record, text_content, image_content),
        )
        return cursor.rowcount == 1

    def forget_base(self) -> None:
        """As if there were none: every product counts as changed."""
        self._connection.execute("DELETE FROM base")

    def load_base(self, hashes: Iterable[tuple[str, str]]) -> None:
        """The (product id, hash) pairs of the version that this run starts from."""
        self._connection.executemany("INSERT INTO base VALUES (?, ?)", hashes)

    def unchanged(self, space: Space, known: Sequence[Contents]) -> dict[str, str]:
        """Product id and content of those of ``known`` that are staged with the same content for ``space``."""
        column = "image_content" if space is Space.IMAGE else "text_content"
        wanted = {each.product_id: each.of(space) for each in known if each.of(space)}
        marks = ", ".join("?" * len(wanted))
        rows = self._connection.execute(
            f"SELECT product_id, {column} FROM staged WHERE product_id IN ({marks})", tuple(wanted)
        )
        return {product_id: content for product_id, content in rows if wanted[product_id] == content}

    def mark_relearnt(self, product_ids: Iterable[str]) -> None:
        """Rows of these differ from the base's; products that are not staged do not matter."""
        self._connection.executemany(
            "INSERT OR IGNORE INTO relearnt VALUES (?)", ((product_id,) for product_id in product_ids)
        )

    def mark_images(self, product_ids: Iterable[str]) -> None:
        """These products have a vector for the picture they have now."""
        self._connection.executemany(
            "UPDATE staged SET has_image = 1 WHERE product_id = ?", ((product_id,) for product_id in product_ids)
        )

    def settle(self) -> str:
        """Give every product its hash; returns the digest of the whole content.

        A picture that could not be had is left out of the hash, so the next run finds the product changed and tries
        for the picture again.
        """
        return products_digest(self._settled())

    def _settled(self) -> Iterator[tuple[str, str]]:
        for page in self._pages("product_id, record, text_content, image_content, has_image", "1"):
            hashes = [(digest(POINT_FORMAT, *row[1:3], row[3] if row[4] else ""), row[0]) for row in page]
            self._connection.executemany("UPDATE staged SET hash = ? WHERE product_id = ?", hashes)
            yield from ((product_id, hash_) for hash_, product_id in hashes)

    def _pages(
        self, columns: str, condition: str, order: str = "product_id", size: int = _BATCH
    ) -> Iterator[list[tuple[Any, ...]]]:
        """Rows in order of product id; each page is read whole before it is given out, so rows may be changed."""
        after = ""
        while page := self._connection.execute(
            f"SELECT {columns} FROM staged WHERE product_id > ? AND {condition} ORDER BY {order} LIMIT ?",
            (after, size),
        ).fetchall():
            yield page
            after = page[-1][0]

    def all(self) -> Iterator[list[Staged]]:
        """Everything, in batches, by product id."""
        return self._staged("1")

    def some(self, product_ids: Sequence[str]) -> list[Staged]:
        """Those of the products, a few hundred at most, that are staged."""
        marks = ", ".join("?" * len(product_ids))
        page = self._connection.execute(
            f"SELECT {_COLUMNS} FROM staged WHERE product_id IN ({marks}) ORDER BY product_id", product_ids
        )
        return [_staged(row) for row in page]

    def changed(self) -> Iterator[list[Staged]]:
        """Products whose hash or row is not the base's, in batches, after :meth:`settle`."""
        return self._staged(_CHANGED)

    def _staged(self, condition: str, order: str = "product_id", size: int = _BATCH) -> Iterator[list[Staged]]:
        for page in self._pages(_COLUMNS, condition, order, size):
            yield [_staged(row) for row in page]

    def removed(self) -> list[str]:
        """Products of the base that the feed no longer has."""
        rows = self._connection.execute("SELECT product_id FROM base EXCEPT SELECT product_id FROM staged")
        return sorted(row[0] for row in rows)

    def sample(self, size: int) -> list[Staged]:
        """Some products, the same ones for the same content; a hash is as good as a draw."""
        return next(self._staged("1", order="hash", size=size), [])

    def strangers(self, product_ids: Sequence[str]) -> list[str]:
        """Those that are not staged."""
        marks = ", ".join("?" * len(product_ids))
        rows = self._connection.execute(f"SELECT product_id FROM staged WHERE product_id IN ({marks})", product_ids)
        return sorted(set(product_ids) - {row[0] for row in rows})

    def count(self) -> int:
        return self._count("1")

    def count_changed(self) -> int:
        return self._count(_CHANGED)

    def count_images(self) -> int:
        return self._count("has_image = 1")

    def _count(self, condition: str) -> int:
        return int(self._connection.execute(f"SELECT COUNT(*) FROM staged WHERE {condition}").fetchone()[0])


def _staged(row: Sequence[Any]) -> Staged:
    _, record, text_content, image_content, has_image, hash_ = row
    return Staged(product_from_record(json.loads(record)), text_content, image_content, bool(has_image), hash_)
