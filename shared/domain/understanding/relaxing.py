"""In which order constraints give way where nothing meets all of them. Stated here and nowhere else.

The words of a dropped wish still rank: without its colour filter, "blue dresses" has blue dresses first. So wishes that
are only read out of words go first, and what was said as a condition goes late:

1. an amount that nobody named ("cheap"),
2. what the words wish for: material, colour, brand, gender, and last the kind of thing, for who asked for a dress and
   finds none in blue would rather see a red one than blue trousers,
3. a size, for who names one cannot wear another,
4. what was said not to be wanted: showing it is worse than missing a wish,
5. a price in figures: what is too dear cannot be bought at all.

Said of a product ("like this, but blue"), the change is the whole request: it outlasts everything that is not one.
"""

from collections.abc import Sequence

from shared.domain.filters import FilterField
from shared.domain.understanding.understood import Constraint

_WISHES = (FilterField.MATERIAL, FilterField.COLOUR, FilterField.BRAND, FilterField.GENDER, FilterField.CATEGORY)
_SIZE = len(_WISHES) + 1
_NEGATION = _SIZE + 1
_PRICE = _NEGATION + 1


def relaxed(constraints: Sequence[Constraint], step: int) -> tuple[Constraint, ...] | None:
    """What is left after ``step`` steps, in the order given: each step drops one; None past the one that leaves none.

    What is not applied limits nothing, and is left out from the first.
    """
    applied = [each for each in constraints if each.applied]
    if not 0 <= step <= len(applied):
        return None
    first_to_go = sorted(range(len(applied)), key=lambda i: (_firmness(applied[i]), -i))
    kept = sorted(first_to_go[step:])
    return tuple(applied[i] for i in kept)


def _firmness(constraint: Constraint) -> tuple[bool, int]:
    return constraint.stated, _rank(constraint)


def _rank(constraint: Constraint) -> int:
    if constraint.guessed:
        return -1
    if constraint.negated:
        return _NEGATION
    match constraint.field:
        case None:
            return 0
        case FilterField.PRICE:
            return _PRICE
        case FilterField.SIZE:
            return _SIZE
        case field:
            return _WISHES.index(field) + 1 if field in _WISHES else 0
