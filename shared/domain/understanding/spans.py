"""Parts of a query that say something, before they are put together."""

from collections.abc import Sequence
from dataclasses import dataclass

from shared.domain.filters import Filter, FilterField, Not, OneOf
from shared.domain.understanding.wording import Token


@dataclass(frozen=True, slots=True)
class Span:
    """What the words from ``start`` to ``end`` ask for.

    It is either a ready ``condition``, or ``values`` of ``field``, which others of the same field may join, or terms
    that a product's text has or lacks. ``ranks`` says that its words stay among those to rank by.
    """

    start: int
    end: int
    field: FilterField | None
    values: tuple[str, ...] = ()
    condition: Filter | None = None
    negated: bool = False
    having: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    guessed: bool = False
    ranks: bool = True

    @property
    def filter(self) -> Filter | None:
        if self.condition is not None or not self.values or self.field is None:
            return self.condition
        wanted = OneOf(self.field, self.values)
        return Not(wanted) if self.negated else wanted


def typed(text: str, words: Sequence[Token], start: int, end: int) -> str:
    """The words from ``start`` to ``end`` as they stand in ``text``."""
    return text[words[start].start : words[end - 1].end] if start < end else ""
