"""All that is known of one user, at a glance, for who looks after the shop."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from shared.domain.choices import Choices, Consent, may, was_with_leave
from shared.domain.errors import Unavailable
from shared.domain.events import Event
from shared.domain.products import Product
from shared.domain.recommendations import Part, RecommendedProduct
from shared.domain.rules import Scenario
from shared.domain.standing import Standing, fold
from shared.ports import EventStore
from shared.services.choices import choices_of
from shared.services.listing import paged
from shared.services.pages import Question, start
from shared.services.profile import Profile, profile_of
from shared.services.recommend import personal_listing
from shared.services.shop import Shop
from shared.services.unhurried import unhurried

MOST_COUNTED = 5_000
LAST_EVENTS = 50
MOST_NAMED = 100
"""Products that are named of those that the user owns, has in the cart, or dislikes."""
_PAGE = 1_000
_FOR_YOU = 12


@dataclass(frozen=True, slots=True)
class UserInspection:
    """``said`` is whether the user has said anything of ``consent``. ``counts`` are of up to :data:`MOST_COUNTED` of
    the oldest events, by type, and ``more`` says that there are more. ``last`` are the newest events. ``profile`` is
    None where there is no index, and ``for_you`` empty then. ``products`` has those that the rest speaks of."""

    consent: Consent
    said: bool
    changed_at: datetime | None
    counts: Mapping[str, int]
    more: bool
    last: Sequence[Event]
    standing: Standing
    profile: Profile | None
    for_you: Sequence[RecommendedProduct] = ()
    products: Mapping[str, Product] = field(default_factory=dict)
    degraded: Sequence[Part] = ()


def inspect_user(shop: Shop, user_id: str) -> UserInspection:
    """Of somebody who is not known it is empty, and so it is of events that may not be used, for as long as they wait
    to be erased. Raises Unavailable where the events cannot be read."""
    shop = unhurried(shop)
    choices = choices_of(shop.state, [user_id])[user_id]
    consent = may(choices, shop.consent)
    events, more = _events(shop.events, user_id, choices) if consent.personalise else ([], False)
    standing = shop.events.standing(user_id) if more else fold(events)
    last = _last(shop.events, user_id, shop.clock.now()) if more else events[: -LAST_EVENTS - 1 : -1]
    profile, for_you, degraded = _tasted(shop, user_id)
    named = {*sorted(standing.bought)[:MOST_NAMED], *sorted(standing.in_cart)[:MOST_NAMED]}
    named |= set(sorted(standing.disliked)[:MOST_NAMED])
    return UserInspection(
        consent=consent,
        said=choices.consent is not None,
        changed_at=choices.changed_at,
        counts=Counter(each.type.value for each in events),
        more=more,
        last=last,
        standing=standing,
        profile=profile,
        for_you=for_you,
        products=shop.products.get(sorted((named | {each.product_id for each in last}) - {""})),
        degraded=degraded,
    )


def _events(store: EventStore, user_id: str, choices: Choices) -> tuple[list[Event], bool]:
    """Those that may be kept, the oldest first, and whether there are more."""
    found: list[Event] = []
    after: tuple[datetime, str] | None = None
    while some := store.everything(user_id, _PAGE, after):
        found += [each for each in some if was_with_leave(choices, each)]
        if len(found) > MOST_COUNTED:
            return found[:MOST_COUNTED], True
        after = (some[-1].occurred_at, some[-1].event_id)
    return found, False


def _last(store: EventStore, user_id: str, now: datetime) -> list[Event]:
    """Of who has too many to read them all, the telling ones and the searches."""
    both = [*store.recent(user_id, LAST_EVENTS, now), *store.searched(user_id, LAST_EVENTS, now)]
    return sorted(both, key=lambda each: (each.occurred_at, each.event_id), reverse=True)[:LAST_EVENTS]


def _tasted(shop: Shop, user_id: str) -> tuple[Profile | None, Sequence[RecommendedProduct], Sequence[Part]]:
    try:
        profile = profile_of(shop, user_id)
        begin = start(shop, Scenario.FOR_YOU, Question(_FOR_YOU), user_id, "")
        found = paged(shop, begin, personal_listing(shop, begin, user_id), ())
    except Unavailable:
        return None, (), (Part.INDEX,)
    return profile, found.items, found.degraded
