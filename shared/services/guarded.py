"""The stores and the index as one answer reads them: where one is down, what is left stands in, and the answer says so.

The services that make a ranking read these as they would the ports, and need not know that anything can be down.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache

from shared.domain.choices import NONE, NOTHING_CHOSEN, Choices, Consent, may, still_counts, was_with_leave
from shared.domain.cursor import expired
from shared.domain.events import TELLING_TYPES, Event, is_known
from shared.domain.movements import Movement, MovementKind
from shared.domain.products import Product
from shared.domain.recommendations import Hit, Part, SpaceQuery
from shared.domain.spaces import TASTE_SPACES, Space, Vectors
from shared.domain.standing import Standing
from shared.domain.versions import Manifest
from shared.ports import Clock, EventStore, ProductIndex, ProductStore, StateStore
from shared.services.choices import choices_of
from shared.services.degradation import Troubles
from shared.services.last_seen import LastSeen

NO_VERSION = Manifest("", "", datetime(1970, 1, 1, tzinfo=UTC), 0, {})
"""Of the index of an answer that had none."""


class GuardedIndex:
    """A :class:`shared.ports.ProductIndex`; where there is none, or it is in trouble, it finds and knows nothing."""

    def __init__(self, index: ProductIndex | None, troubles: Troubles) -> None:
        self._index = index
        self._troubles = troubles

    @property
    def manifest(self) -> Manifest:
        return self._index.manifest if self._index else NO_VERSION

    def search(self, queries: Sequence[SpaceQuery]) -> list[list[Hit]]:
        index = self._index
        known = [place for place, query in enumerate(queries) if self._has(query.space)]
        answers: list[list[Hit]] = [[] for _ in queries]
        if index is None or not known:
            return answers
        asked = [queries[place] for place in known]
        nothing: list[list[Hit]] = [[] for _ in asked]
        found = self._troubles.attempt(Part.INDEX, lambda: index.search(asked), lambda: nothing)
        for place, hits in zip(known, found, strict=True):
            answers[place] = hits
        return answers

    def vectors(self, product_ids: Sequence[str], spaces: Sequence[Space] = tuple(Space)) -> dict[str, Vectors]:
        index = self._index
        if index is None:
            return {}
        held = [space for space in spaces if self._has(space)]
        return self._troubles.attempt(Part.INDEX, lambda: index.vectors(product_ids, held), dict)

    def _has(self, space: Space) -> bool:
        """A version that was made before there was such a space is not to be asked for it: the engine would refuse."""
        return space in TASTE_SPACES or space in self.manifest.counts

    def products(self, product_ids: Sequence[str]) -> dict[str, Product]:
        index = self._index
        if index is None:
            return {}
        return self._troubles.attempt(Part.INDEX, lambda: index.products(product_ids), dict)

    def count(self) -> int:
        return self.manifest.products

    def close(self) -> None:
        """Whoever opened the index closes it."""


class GuardedProducts:
    """The catalogue as it is now. Where its store is down, of each product the later of what the index was made with
    and what this process last saw of it: who was sold out a minute ago is still sold out."""

    def __init__(
        self, store: ProductStore, seen: LastSeen, index: GuardedIndex, troubles: Troubles, clock: Clock
    ) -> None:
        self._store = store
        self._seen = seen
        self._index = index
        self._troubles = troubles
        self._clock = clock

    def get(self, product_ids: Sequence[str]) -> dict[str, Product]:
        if not product_ids:
            return {}
        found = self._troubles.attempt(Part.PRODUCTS, lambda: self._store.get(product_ids), lambda: None)
        if found is None:
            return self._left_of(product_ids)
        self._seen.keep(product_ids, found, self._clock.now())
        return found

    def groups(self, product_ids: Sequence[str]) -> frozenset[str]:
        """The groups of those of the products that are known."""
        if not product_ids:
            return frozenset()
        return self._troubles.attempt(
            Part.PRODUCTS,
            lambda: self._store.groups(product_ids),
            lambda: frozenset(product.group for product in self._left_of(product_ids).values()),
        )

    def newest(self, count: int) -> list[str]:
        return self._troubles.attempt(
            Part.PRODUCTS, lambda: self._store.newest(count), lambda: self._seen.newest(count)
        )

    def moved(self, kind: MovementKind, until: datetime, count: int) -> list[Movement]:
        """None where the store is down: nothing else knows what moved."""
        return self._troubles.attempt(Part.PRODUCTS, lambda: self._store.moved(kind, until, count), list[Movement])

    def _left_of(self, product_ids: Sequence[str]) -> dict[str, Product]:
        made_with = self._index.products(product_ids)
        without_index = self._troubles.has(Part.INDEX)
        seen = self._seen.get(product_ids) if without_index else self._seen.get(product_ids, self._made_at())
        left: dict[str, Product | None] = {**made_with, **seen}
        return {product_id: product for product_id, product in left.items() if product is not None}

    def _made_at(self) -> datetime:
        return self._index.manifest.offers_as_of


@dataclass(frozen=True, slots=True)
class Deeds:
    """What is known of a user: the last telling events, how the user stands to products, what was touched lately.

    Of those events, the ones that count for no taste any more are not in ``recent``: their ids are ``set_aside``, by
    ``choices`` as of ``until``.
    """

    recent: Sequence[Event] = ()
    standing: Standing = field(default_factory=Standing)
    touched: frozenset[str] = frozenset()
    set_aside: frozenset[str] = frozenset()
    choices: Choices = NOTHING_CHOSEN
    until: datetime | None = None

    @property
    def excluded(self) -> frozenset[str]:
        return self.standing.excluded | self.touched

    def unstored(self, session: Sequence[Event]) -> list[Event]:
        """What of ``session`` tells something, is not stored, and is not of what the user has removed since."""
        known = {event.event_id for event in self.recent} | self.set_aside
        telling = [event for event in session if event.type in TELLING_TYPES and not is_known(event.event_id, known)]
        return [event for event in telling if self.until is None or still_counts(self.choices, event, self.until)]


class GuardedEvents:
    """A user's events; none where their store is down, or where it cannot be known whether they may be used.

    A guest has no id, and none is asked for. Of who has not agreed to ``personalise`` there is nothing. ``frozen_at``
    is when the ranking was frozen that an answer goes on with: where leave was taken back since, it has expired, for
    what it was made of is gone.
    """

    def __init__(
        self,
        store: EventStore,
        state: StateStore,
        default: Consent,
        troubles: Troubles,
        frozen_at: datetime | None = None,
    ) -> None:
        self._store = store
        self._state = state
        self._default = default
        self._troubles = troubles
        self._frozen_at = frozen_at
        self._asked: dict[str, Callable[[], Choices]] = {}

    def may_be_used(self, user_id: str) -> bool:
        """Whether what is stored of the user may be: asked once for an answer. Raises CursorExpired."""
        return may(self._choices(user_id)(), self._default).personalise

    def deeds(self, user_id: str, limit: int, until: datetime, touched_since: datetime) -> Deeds:
        """All three, asked side by side where the store is far away; ``until`` and ``limit`` are of the recent ones."""
        if not user_id:
            return Deeds()
        choices = self._choices(user_id)
        store, begin = self._store, self._troubles.begin
        recent = begin(Part.EVENTS, lambda: store.recent(user_id, limit, until), list[Event])
        standing = begin(Part.EVENTS, lambda: store.standing(user_id), Standing)
        touched = begin(Part.EVENTS, lambda: store.touched(user_id, touched_since), frozenset[str])
        if not self.may_be_used(user_id):
            return Deeds()
        chosen, known = choices(), recent()
        counting = [each for each in known if still_counts(chosen, each, until) and was_with_leave(chosen, each)]
        aside = {event.event_id for event in known} - {event.event_id for event in counting}
        return Deeds(counting, standing(), touched(), frozenset(aside), chosen, until)

    def searched(self, user_id: str, limit: int, until: datetime) -> Callable[[], list[Event]]:
        """The last searches, asked for now and had by calling what comes back: beside :meth:`deeds`."""
        if not user_id:
            return list
        choices = self._choices(user_id)
        found = self._troubles.begin(Part.EVENTS, lambda: self._store.searched(user_id, limit, until), list[Event])

        def with_leave() -> list[Event]:
            return [each for each in found() if was_with_leave(choices(), each)]

        return lambda: with_leave() if self.may_be_used(user_id) else []

    def standing(self, user_id: str) -> Standing:
        if not user_id:
            return Standing()
        self._choices(user_id)
        found = self._troubles.begin(Part.EVENTS, lambda: self._store.standing(user_id), Standing)
        return found() if self.may_be_used(user_id) else Standing()

    def _choices(self, user_id: str) -> Callable[[], Choices]:
        """Asked for now, and had by calling what comes back."""
        if user_id not in self._asked:
            asked = self._troubles.begin(
                Part.EVENTS, lambda: choices_of(self._state, [user_id])[user_id], lambda: _NOT_KNOWN
            )
            self._asked[user_id] = cache(lambda: self._held(asked()))
        return self._asked[user_id]

    def _held(self, choices: Choices) -> Choices:
        if self._frozen_at and choices.forgotten_at and choices.forgotten_at > self._frozen_at:
            raise expired()
        return choices


_NOT_KNOWN = Choices(consent=NONE)
