"""Events as shops already send them, read into Vitrine's own: one function for the HTTP API and for files.

Known are Vitrine's shape, Segment e-commerce and email v2, GA4 Measurement Protocol, Shopify web pixels, Klaviyo,
Amazon Personalize PutEvents and Braze's email events, told apart by their keys, which match without case and
punctuation.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import islice

from shared.domain.events import Event
from shared.services.event_formats import braze, canonical, ga4, klaviyo, personalize, segment, shopify
from shared.services.event_formats.bounds import in_utc
from shared.services.event_formats.build import build_events, sent_id
from shared.services.event_formats.draft import Draft, Fields, Rejected, show
from shared.services.event_formats.emails import EmailDraft, Signal, SignalKind

__all__ = ["MAX_PER_RAW", "Rejected", "Signal", "SignalKind", "read_events"]

MAX_PER_RAW = 500
"""The most events that one raw one may become: an order's line items, a list's products."""


def read_events(raw: object, received_at: datetime, *, from_page: bool = False) -> list[Event | Signal | Rejected]:
    """The events that one decoded JSON value holds, in its order; at least one entry, and never an exception.

    An order becomes one purchase a line item, a list one impression a product; what became of an email is a
    :class:`Signal`. What cannot be understood becomes a :class:`Rejected`, beside the parts that can. Without an id of
    the sender's, the event id is a digest of user, type, product, query, order, value and time, so that a retry counts
    once; where the time is missing too, the minute of ``received_at`` stands for it. The ids that a sender
    gives ``from_page`` are kept apart from all others (:func:`shared.domain.events.page_id`).
    """
    if not isinstance(raw, dict):
        return [Rejected(f"an event is {show(raw)}: send a JSON object with user_id, type and product_id.")]
    fields = Fields(raw)
    drafts = list(islice(_reader(fields)(fields), MAX_PER_RAW + 1))
    if not drafts:
        return [Rejected("the list of events is empty: send at least one.")]
    if len(drafts) > MAX_PER_RAW:
        reason = f"one event names more than {MAX_PER_RAW} products: split it into several."
        return [Rejected(reason, sent_id(fields.first("event_id", "message_id", "id")))]
    return build_events(drafts, in_utc(received_at), from_page)


def _reader(raw: Fields) -> Callable[[Fields], Iterator[Draft | EmailDraft | Rejected]]:
    if isinstance(raw.first("event_list"), list):
        return personalize.read
    if isinstance(raw.first("events"), list):
        return ga4.read
    if braze.is_one(raw):
        return braze.read
    if klaviyo.is_one(raw):
        return klaviyo.read
    if segment.is_one(raw):
        return segment.read
    if "name" in raw and ("data" in raw or "client_id" in raw):
        return shopify.read
    return canonical.read
