"""From a draft to an event: the checks, the user behind it, and the id under which a retry counts once."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from shared.domain.errors import InvalidInput
from shared.domain.events import Event, EventType
from shared.services.event_formats import bounds
from shared.services.event_formats.context import clean_context
from shared.services.event_formats.draft import Draft, Rejected, show

ANONYMOUS_PREFIX = "anon:"
"""Before the id of a browser or session, so that it meets no user's id; the shop's own ids should not begin so."""

QUANTITY_TYPES = frozenset({EventType.ADD_TO_CART, EventType.REMOVE_FROM_CART, EventType.PURCHASE, EventType.REFUND})


def build_events(drafts: Iterable[Draft | Rejected], received_at: datetime) -> list[Event | Rejected]:
    """Every draft of one raw event as an event, or as the reason why not."""
    seen: Counter[str] = Counter()
    built: list[Event | Rejected] = []
    for draft in drafts:
        if isinstance(draft, Rejected):
            built.append(replace(draft, event_id=sent_id(draft.event_id)))
            continue
        try:
            built.append(_event(draft, received_at, seen))
        except InvalidInput as error:
            built.append(Rejected(str(error), sent_id(draft.event_id)))
    return built


def sent_id(value: object) -> str:
    """The sender's own id of an event, or "" where it has none that is fit to quote."""
    try:
        return bounds.identifier(value, "event_id")
    except InvalidInput:
        return ""


def _event(draft: Draft, received_at: datetime, seen: Counter[str]) -> Event:
    user_id = _user(draft)
    product_id, query = _subject(draft)
    value = _value(draft)
    stated = bounds.moment(draft.occurred_at)
    occurred_at = bounds.occurrence(stated, received_at)
    # The stated time, not the clamped one: a retry is received later, and must still be the same event.
    when = stated.isoformat() if stated else "" if draft.order_id else received_at.strftime("%Y-%m-%dT%H:%M")
    return Event(
        event_id=_event_id(draft, [user_id, draft.type.value, product_id], [query, when, value], seen),
        user_id=user_id,
        type=draft.type,
        occurred_at=occurred_at,
        received_at=received_at,
        product_id=product_id,
        value=value,
        query=query,
        recommendation_id=bounds.identifier(draft.recommendation_id, "recommendation_id"),
        properties=bounds.clean_properties(clean_context({**draft.properties, **_said(draft.context)})),
    )


def _user(draft: Draft) -> str:
    user_id = bounds.identifier(draft.user_id, "user_id")
    if user_id:
        return user_id
    anonymous = bounds.identifier(draft.anonymous_id, "anonymous id").removeprefix(ANONYMOUS_PREFIX)
    if anonymous:
        return bounds.identifier(ANONYMOUS_PREFIX + anonymous, "anonymous id")
    raise InvalidInput(
        f"event {show(draft.name)} has no user: send user_id, or an anonymous, client or session id; "
        "an e-mail address alone is not used as one."
    )


def _subject(draft: Draft) -> tuple[str, str]:
    """The product and the query: a search has only the latter, everything else only the former.

    A share that names no product may name a collection, which then stands in the product's place.
    """
    if draft.type is EventType.SEARCH:
        query = bounds.query_text(draft.query)
        if not query:
            raise InvalidInput(f"event {show(draft.name)} has no query: send the searched words as 'query'.")
        return "", query
    product_id = bounds.identifier(draft.product_id, "product_id")
    if not product_id and draft.type is EventType.SHARE and draft.collection is not None:
        return bounds.collection_id(draft.collection), ""
    if not product_id:
        raise InvalidInput(f"event {show(draft.name)} names no product: send its id as 'product_id'.")
    return product_id, ""


def _said(context: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in context.items() if value is not None}


def _value(draft: Draft) -> float | None:
    if draft.type is EventType.RATE:
        rating = bounds.number(draft.value, "rating", bounds.MAX_RATING)
        if rating is None:
            raise InvalidInput(f"event {show(draft.name)} has no rating: send a number from 1 to 5.")
        return rating
    if draft.type in QUANTITY_TYPES:
        return bounds.number(draft.value, "quantity", bounds.MAX_QUANTITY)
    return None


def _event_id(draft: Draft, subject: list[str], rest: list[object], seen: Counter[str]) -> str:
    """The sender's id, with the item's place; without one, a digest of what was sent.

    A purchase with an order id goes by that instead: shops report one order from the browser and from the server, or as
    Klaviyo's "Placed Order" and "Ordered Product", under different ids. What is said twice within one raw event is two
    events, told apart by their order, which a retry repeats.
    """
    own = bounds.identifier(draft.event_id, "event_id")
    order_id = bounds.identifier(draft.order_id, "order_id")
    by_order = order_id and draft.type is EventType.PURCHASE
    if own and not by_order:
        full = own + draft.suffix
        return full if len(full) <= bounds.MAX_ID else _digest([full])
    content = [*subject, order_id, *([] if by_order else rest)]
    times = seen[_digest(content)]
    seen[_digest(content)] += 1
    return _digest([*content, times])


def _digest(parts: list[object] | list[str]) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]
