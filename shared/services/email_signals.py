"""What is done about emails that were delivered, and about people who want no more of them."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from shared.domain.choices import Consent, may
from shared.domain.deadline import remaining
from shared.domain.errors import Unavailable
from shared.domain.sends import SendState
from shared.services.choices import choices_of
from shared.services.consent import Keeping, set_consent
from shared.services.event_formats import Signal, SignalKind


def heed(keeping: Keeping, signals: Sequence[Signal]) -> None:
    """Who unsubscribed gets no more picks; what was delivered counts as sent. That one was opened says nothing: mail
    programs open them by themselves.

    May be asked again with the same. Raises Unavailable and StateConflict: a part may be done then.
    """
    _unsubscribe(keeping, [each.user_id for each in signals if each.kind is SignalKind.UNSUBSCRIBED])
    _mark_sent(keeping, [each for each in signals if each.kind is SignalKind.DELIVERED])


def _unsubscribe(keeping: Keeping, user_ids: Sequence[str]) -> None:
    """Those who are already are passed over, so that a batch that took too long gets further at every attempt."""
    if not user_ids:
        return
    for user_id, choices in choices_of(keeping.state, dict.fromkeys(user_ids)).items():
        if not may(choices, keeping.default).email:
            continue
        if remaining() == 0:
            raise Unavailable("There are more unsubscribes than one call has time for: send the same again to go on.")
        set_consent(keeping, user_id, _without_email)


def _without_email(consent: Consent) -> Consent:
    return replace(consent, email=False)


def _mark_sent(keeping: Keeping, delivered: Sequence[Signal]) -> None:
    if keeping.sends is None:
        return
    users: defaultdict[str, list[str]] = defaultdict(list)
    for signal in delivered:
        for campaign in signal.campaigns:
            users[campaign].append(signal.user_id)
    for campaign, own in users.items():
        keeping.sends.mark(campaign, list(dict.fromkeys(own)), SendState.SENT, keeping.clock.now())
