"""Facets of a search: how many of its products have which value, as they can be bought now."""

from collections.abc import Callable, Collection, Iterator, Sequence

from shared.domain.facets import PATH, Facet, facet_of, fields_of, without_field
from shared.domain.filters import AllOf, AnyOf, Filter, FilterField, InRange, Not, OneOf
from shared.domain.products import Product
from shared.services.pages import Ranked, Start
from shared.services.walk import Walk

Listed = Callable[[Filter | None], Sequence[Product]]
"""All that the search may show under filters, with every member of an item group that it may show."""


def count_facets(fields: Collection[FilterField], filters: Filter | None, listed: Listed) -> tuple[Facet, ...]:
    """One for each of ``fields``, counted over the list that its pages together would give at this moment.

    What ``filters`` ask of a field does not narrow that field's own facet, or who has chosen a brand could not see what
    the others have. Each field of which they ask something is a search of its own; all others share one.
    """
    asked = fields_of(filters)
    shared = listed(filters) if any(field not in asked for field in fields) else ()
    return tuple(
        facet_of(
            field,
            listed(without_field(filters, field)) if field in asked else shared,
            list(_chosen(filters, field)),
        )
        for field in dict.fromkeys(fields)
    )


def all_shown(begin: Start, ranked: Ranked, excluded: Collection[str]) -> list[Product]:
    """All of ``ranked`` that may be shown now, under the conditions of ``begin``; see :data:`Listed`."""
    candidates, rules = ranked.candidates, begin.rules
    return Walk(begin.products, candidates, lambda _: (), 0, excluded, begin.condition, rules, ranked.holds).all_left()


def _chosen(condition: Filter | None, field: FilterField) -> Iterator[str]:
    """The values of a word field that ``condition`` names; of a category, a path of the levels asked for at once."""
    match condition:
        case AllOf(parts) if field is FilterField.CATEGORY and all(isinstance(part, OneOf) for part in parts):
            yield PATH.join(value for part in parts for value in _chosen(part, field))
        case OneOf(named, values) if named is field:
            yield from values
        case AllOf(parts) | AnyOf(parts):
            for part in parts:
                yield from _chosen(part, field)
        case None | OneOf() | InRange() | Not():
            return
