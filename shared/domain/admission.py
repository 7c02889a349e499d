"""What of an event may be kept, by what its user has chosen."""

import hashlib
from dataclasses import replace

from shared.domain.choices import Choices, Consent, may, was_with_leave
from shared.domain.events import NOBODY_PREFIX, Event, is_nobody
from shared.domain.recommendation_ids import named, scenario_of

_COUNTED_BY = "country"
"""The only property that counts are told apart by."""


def admitted(event: Event, choices: Choices, default: Consent) -> Event | None:
    """The event as it may be kept, or None where nothing of it may; ``default`` is the consent of who has not said.

    An event is asked about at the moment of storing it, and what comes back may be asked about again later.
    """
    if is_nobody(event.user_id):
        return event
    if not was_with_leave(choices, event):
        return None
    consent = may(choices, default)
    if consent.personalise:
        return event if consent.analytics else replace(event, private=True)
    return of_nobody(event) if consent.analytics else None


def of_nobody(event: Event) -> Event | None:
    """What may be counted of the event, tied to no person and to no other event; None where there is nothing to count.

    The digest makes an event that is delivered twice count once. The words of a search are a person's own. Of the id of
    an answer, which others of the person's events may have too, the scenario is left.
    """
    if not event.product_id:
        return None
    digest = hashlib.sha256(event.event_id.encode()).hexdigest()
    return Event(
        event_id=f"{NOBODY_PREFIX}{digest}",
        user_id=f"{NOBODY_PREFIX}{digest[:32]}",
        type=event.type,
        occurred_at=event.occurred_at,
        received_at=event.received_at,
        product_id=event.product_id,
        value=event.value,
        recommendation_id=named("", scenario) if (scenario := scenario_of(event.recommendation_id)) else "",
        properties={name: value for name, value in event.properties.items() if name == _COUNTED_BY},
    )
