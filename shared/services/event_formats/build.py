"""From a draft to an event: the checks, the user behind it, and the id under which a retry counts once."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from shared.domain.errors import InvalidInput
from shared.domain.events import ANONYMOUS_PREFIX, Event, EventType, page_id
from shared.services.event_formats import bounds
from shared.services.event_formats.context import clean_context
from shared.services.event_formats.draft import Draft, Rejected, show
from shared.services.event_formats.emails import EmailDraft, Signal

QUANTITY_TYPES = frozenset({EventType.ADD_TO_CART, EventType.REMOVE_FROM_CART, EventType.PURCHASE, EventType.REFUND})


def build_events(
    drafts: Iterable[Draft | EmailDraft | Rejected], received_at: datetime, from_page: bool = False
) -> list[Event | Signal | Rejected]:
    """Every draft of one raw event as an event or a signal, or as the reason why not."""
    seen: Counter[str] = Counter()
    built: list[Event | Signal | Rejected] = []
    for draft in drafts:
        if isinstance(draft, Rejected):
            built.append(replace(draft, event_id=sent_id(draft.event_id)))
            continue
        try:
            read = _built(draft, received_at, seen)
            built.append(_of_page(read, draft) if from_page else read)
        except InvalidInput as error:
            built.append(Rejected(str(error), sent_id(draft.event_id)))
    return built


def sent_id(value: object) -> str:
    """The sender's own id of an event, or "" where it has none that is fit to quote."""
    try:
        return bounds.identifier(value, "event_id")
    except InvalidInput:
        return ""


def _built(draft: Draft | EmailDraft, received_at: datetime, seen: Counter[str]) -> Event | Signal:
    if isinstance(draft, Draft):
        return _event(draft, received_at, seen)
    click = draft.click()
    if click is not None:
        return _event(click, received_at, seen)
    return Signal(draft.kind, _user(draft), _moment(draft, received_at), draft.names)


def _moment(draft: EmailDraft, received_at: datetime) -> datetime:
    """A time that is no good is no reason to go on writing to who has unsubscribed."""
    try:
        return bounds.occurrence(bounds.moment(draft.occurred_at), received_at)
    except InvalidInput:
        return received_at


def _of_page(read: Event | Signal, draft: Draft | EmailDraft) -> Event | Signal:
    """Its own id told from those of servers. A digest may stay: it has the user in it, for whom the page may speak."""
    deed = draft.click() if isinstance(draft, EmailDraft) else draft
    if not isinstance(read, Event) or deed is None or not _own_id(deed):
        return read
    return replace(read, event_id=page_id(read.event_id))


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


def _user(draft: Draft | EmailDraft) -> str:
    user_id = bounds.person_id(draft.user_id, "user_id")
    if user_id:
        return user_id
    anonymous = bounds.person_id(draft.anonymous_id, "anonymous id").removeprefix(ANONYMOUS_PREFIX)
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
    order_id = bounds.identifier(draft.order_id, "order_id")
    by_order = order_id and draft.type is EventType.PURCHASE
    if own := _own_id(draft):
        full = own + draft.suffix
        return full if len(full) <= bounds.MAX_ID else _digest([full])
    content = [*subject, order_id, *([] if by_order else rest)]
    times = seen[_digest(content)]
    seen[_digest(content)] += 1
    return _digest([*content, times])


def _own_id(draft: Draft) -> str:
    """The sender's; empty where there is none, and where an order's is taken instead."""
    own, order_id = bounds.identifier(draft.event_id, "event_id"), bounds.identifier(draft.order_id, "order_id")
    return "" if order_id and draft.type is EventType.PURCHASE else own


def _digest(parts: list[object] | list[str]) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]
