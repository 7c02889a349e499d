"""Baskets and sessions: what a user's history says was bought together, and what was looked at in one go."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import timedelta
from itertools import islice

from indexer.behaviour import BasketSettings, fit_baskets
from indexer.teaching import Material, Taught
from shared.domain.events import TELLING_TYPES, Event, EventType
from shared.domain.spaces import Space

GAP = timedelta(minutes=30)
"""Who does nothing for as long has come back for something else; the usual end of a session in web analytics."""

_BOUGHT = frozenset({EventType.PURCHASE})
_CHOSEN = _BOUGHT | {EventType.ADD_TO_CART}

MOST_IN_A_BASKET = 100
"""Products of one basket that are learnt from, the first ones. A reseller's order of a whole range says little of
what goes with what, and costs its length squared."""

FEW_BASKETS = 200
"""A shop that has sold fewer learns from carts as well."""

SETTINGS = BasketSettings()
"""Chosen on weeks of Online Retail before those that are tested on: crowding 0.3 to 1, ridge 0.5 to 30, 200 to 1,000
neighbours, half-lives of 6 to 24 months and none, dropout of a tenth to a half and none."""


def baskets_of(histories: Iterable[Sequence[Event]]) -> Iterator[tuple[str, ...]]:
    """The baskets of at least two products in ``histories`` (one list a user, oldest first).

    A basket is what one user bought with no more than :data:`GAP` between one purchase and the next, each product
    once, in the order of purchase, what was bought at one moment in order of id.
    """
    return (products for _, products in _together(histories, _BOUGHT))


def carts_of(histories: Iterable[Sequence[Event]]) -> Iterator[tuple[str, ...]]:
    """As :func:`baskets_of`, what was only put into the cart being part of it: for a shop that has sold little yet."""
    return (products for _, products in _together(histories, _CHOSEN))


def aged_baskets(histories: Iterable[Sequence[Event]], carts: bool = False) -> Iterator[tuple[tuple[str, ...], int]]:
    """:func:`baskets_of`, or :func:`carts_of`, each with its age in calendar months, counted from the newest one's.

    So most runs find every basket's weight as it was, and the rows with it. Goes through ``histories`` twice.
    """
    types = _CHOSEN if carts else _BOUGHT
    newest = max((month for month, _ in _together(histories, types)), default=0)
    return ((products, newest - month) for month, products in _together(histories, types))


def sessions_of(histories: Iterable[Sequence[Event]]) -> Iterator[list[Event]]:
    """The telling events of one user with no more than :data:`GAP` between one and the next, oldest first."""
    for history in histories:
        yield from _runs([event for event in history if event.type in TELLING_TYPES and event.product_id])


def _together(
    histories: Iterable[Sequence[Event]], types: Collection[EventType]
) -> Iterator[tuple[int, tuple[str, ...]]]:
    """The baskets, each with the number of its calendar month."""
    for history in histories:
        for run in _runs([event for event in history if event.type in types and event.product_id]):
            run.sort(key=lambda event: (event.occurred_at, event.product_id))
            products = tuple(dict.fromkeys(event.product_id for event in run))[:MOST_IN_A_BASKET]
            if len(products) > 1:
                first = run[0].occurred_at
                yield 12 * first.year + first.month, products


def teach_baskets(material: Material) -> Taught:
    """Rows of ``basket``: what the products of a basket say of what else is in it."""
    material.progress.stage("Learning from baskets")
    few = sum(1 for _ in islice(baskets_of(material.histories), FEW_BASKETS)) < FEW_BASKETS
    baskets = aged_baskets(material.histories, carts=few)
    previous = material.before.get(Space.BASKET)
    fitted = fit_baskets(baskets, SETTINGS, material.work, previous, material.progress.advance)
    return Taught({Space.BASKET: fitted.model})


def _runs(events: Sequence[Event]) -> Iterator[list[Event]]:
    run: list[Event] = []
    for event in events:
        if run and event.occurred_at - run[-1].occurred_at > GAP:
            yield run
            run = []
        run.append(event)
    if run:
        yield run
