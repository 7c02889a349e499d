"""Which answer a deed is owed to, where the event itself does not say: the last one by which its user came to the
product.

This is last-touch attribution: easily explained, and blind to all that went before the last touch (R. Berman, "Beyond
the Last Touch: Attribution in Online Advertising", Marketing Science 37(5), 2018). It compares lists with one another;
what a list has brought a shop, an experiment alone can tell.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta

from shared.domain.events import Event, EventType, is_nobody

WINDOW = timedelta(days=7)
"""How long a touch is remembered."""
CREDITED = frozenset({EventType.ADD_TO_CART, EventType.PURCHASE})
TOUCHES = frozenset({EventType.CLICK, EventType.VIEW})


def wants_credit(event: Event) -> bool:
    """Whether the answer behind it is to be found: not for what counts for nobody else, nor for what is nobody's."""
    unsaid = event.type in CREDITED and bool(event.product_id) and not event.recommendation_id
    return unsaid and not event.private and not is_nobody(event.user_id)


def is_touch(event: Event) -> bool:
    return event.type in TOUCHES and bool(event.recommendation_id) and not event.private


def credited(events: Sequence[Event], touches: Iterable[Event]) -> list[Event]:
    """The events; one that wants credit has the answer of the last of the ``touches`` of the same user and product
    that came no later, and at most :data:`WINDOW` before it. Of touches at one moment the greater event id is last."""
    of_product: defaultdict[tuple[str, str], list[Event]] = defaultdict(list)
    for touch in touches:
        if is_touch(touch):
            of_product[touch.user_id, touch.product_id].append(touch)
    return [_credited(each, of_product) if wants_credit(each) else each for each in events]


def _credited(event: Event, of_product: defaultdict[tuple[str, str], list[Event]]) -> Event:
    since = event.occurred_at - WINDOW
    near = (
        touch
        for touch in of_product.get((event.user_id, event.product_id), ())
        if since <= touch.occurred_at <= event.occurred_at
    )
    last = max(near, key=lambda touch: (touch.occurred_at, touch.event_id), default=None)
    return replace(event, recommendation_id=last.recommendation_id) if last else event
