"""Sends: what was picked for whom in which campaign, and whether it counts as shown."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class SendState(StrEnum):
    """``made`` is chosen and not yet known to be sent: it counts for nothing. ``sent`` counts as shown."""

    MADE = "made"
    SENT = "sent"


@dataclass(frozen=True, slots=True)
class SentPick:
    """One product in an email, with what was said of it: enough to say it again with the prices of then."""

    block: str
    product_id: str
    group: str
    source: str
    kind: str
    sentence: str
    seed: str = ""
    recommendation_id: str = ""


@dataclass(frozen=True, slots=True)
class Send:
    """The picks of one user in one campaign: there is one at most.

    ``ref`` is drawn at random, names the send in links, and says nothing of the user. ``spares`` stand in, in their
    order, for picks that cannot be shown any more. ``shown`` has what was put into which place (from 0) when the email
    was opened, where that is not the pick itself. ``at`` is when it was made, or confirmed as sent. ``utm_source`` and
    ``utm_medium`` are the campaign's, for links that are made when the email is opened.
    """

    user_id: str
    campaign: str
    channel: str
    state: SendState
    at: datetime
    ref: str
    picks: tuple[SentPick, ...] = ()
    spares: tuple[SentPick, ...] = ()
    shown: Mapping[int, str] = field(default_factory=dict)
    utm_source: str = "newsletter"
    utm_medium: str = "email"
