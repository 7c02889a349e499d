"""What a search says, as far as it was understood."""

from dataclasses import dataclass

from shared.domain.filters import Filter, FilterField


@dataclass(frozen=True, slots=True)
class Constraint:
    """One thing that the words ask for; ``words`` are those that say so, as they were typed.

    ``condition`` is for the index and the store. Where the catalogue has no such field there is none, and the terms of
    the product's own text must have all of ``having`` and none of ``without``.
    """

    field: FilterField | None
    condition: Filter | None
    words: str
    negated: bool = False
    having: tuple[str, ...] = ()
    without: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Understood:
    """``words`` are what is left to rank by: without prices, negations and the like, and spelt as the catalogue does.

    ``corrections`` are words as typed and what they were taken for.
    """

    words: str
    constraints: tuple[Constraint, ...] = ()
    corrections: tuple[tuple[str, str], ...] = ()
