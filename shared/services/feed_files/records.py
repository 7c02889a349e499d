"""What the readers of the formats hand on, and what a whole feed comes to."""

from dataclasses import dataclass, field
from typing import TypeAlias

from shared.domain.products import Product

Value: TypeAlias = str | tuple[str, ...]
"""A cell: its text, or the texts of a repeated one."""


@dataclass(frozen=True, slots=True)
class Record:
    """One row as it stands in the file; ``line`` is the physical line it starts on, from 1 (Parquet: the row)."""

    line: int
    fields: dict[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Row:
    """A product and the line of the feed it starts on."""

    line: int
    product: Product


@dataclass(frozen=True, slots=True)
class Reject:
    """A row that is no product, and why. ``fatal`` marks that the feed cannot be read beyond this line."""

    line: int
    reason: str
    product_id: str = ""
    fatal: bool = False


class BrokenFeed(Exception):
    """The file cannot be read past ``line``. Whoever reads the whole file turns it into an answer."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.line = line
        self.reason = reason


class RowProblem(Exception):
    """A row's value that makes it no product, or no offer. It ends as the reason for which the row is rejected."""


def shown(value: str) -> str:
    """A value as it may stand in a sentence: printable and short."""
    text = "".join(char if char.isprintable() else "�" for char in value[:61])
    return f"'{text[:60]}…'" if len(text) > 60 else f"'{text}'"
