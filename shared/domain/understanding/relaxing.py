"""In which order constraints give way where nothing meets all of them. Stated here and nowhere else.

The words of a dropped wish still rank: without its colour filter, "blue dresses" has blue dresses first. So wishes that
are only read out of words go first, and what the search is about goes late:

1. an amount that nobody named ("cheap"),
2. how the words wish it to be: material, colour, brand, gender,
3. a price in figures, for a jacket that is somewhat too dear is nearer to "jacket under 100" than a bag that is not,
4. a size, for who names one cannot wear another,
5. the kind of thing: who asked for a dress is not helped by trousers, be they of the right colour, price and size,
6. what was said not to be wanted: showing it is worse than missing a wish.

Said of a product ("like this, but blue"), the change is the whole request: it outlasts everything that is not one.
"""

from collections.abc import Sequence

from shared.domain.filters import FilterField
from shared.domain.understanding.understood import Constraint

_ORDER = (
    *(FilterField.MATERIAL, FilterField.COLOUR, FilterField.BRAND, FilterField.GENDER),
    *(FilterField.PRICE, FilterField.SIZE, FilterField.CATEGORY),
)
_NEGATION = len(_ORDER) + 1


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
    return _ORDER.index(constraint.field) + 1 if constraint.field in _ORDER else 0
