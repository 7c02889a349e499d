"""What a shopper's words ask for."""

from dataclasses import dataclass

from shared.domain.filters import Filter, FilterField, matches
from shared.domain.keywords import terms
from shared.domain.products import Product
from shared.domain.sorting import Sort


@dataclass(frozen=True, slots=True)
class Constraint:
    """One thing that the words ask for; ``words`` is the span as it was typed.

    ``condition`` is for the index and the product store. Where the catalogue has no such field, a product's own text
    must have one of the terms ``having`` and none of ``without``. With none of the three it was understood and cannot
    be held, such as a price in a currency that the shop does not sell in: see :attr:`applied`. ``stated`` marks a
    change of the product that the words are said of, ``guessed`` an amount that nobody named ("cheap").
    """

    field: FilterField | None
    condition: Filter | None
    words: str
    negated: bool = False
    having: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    stated: bool = False
    guessed: bool = False

    @property
    def applied(self) -> bool:
        return self.condition is not None or bool(self.having) or bool(self.without)


@dataclass(frozen=True, slots=True)
class Understood:
    """``words`` is what is left to rank by, with its spelling corrected; empty where all of it became constraints.

    Words of attributes stay in it; prices, negations and sizes do not, nor do words for an order, which is ``sort``.
    ``corrections`` are (typed, taken for).
    """

    words: str
    constraints: tuple[Constraint, ...] = ()
    corrections: tuple[tuple[str, str], ...] = ()
    sort: Sort = Sort.RELEVANCE


def holds(constraint: Constraint, product: Product) -> bool:
    """Whether ``product`` is as ``constraint`` asks; any is, where it is not applied."""
    if constraint.condition is not None and not matches(constraint.condition, product):
        return False
    if not constraint.having and not constraint.without:
        return True
    own = set(terms(product.text()))
    return own.isdisjoint(constraint.without) and (not constraint.having or not own.isdisjoint(constraint.having))
