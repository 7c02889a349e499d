"""What a person has chosen: which uses of the data they agree to, and what is not to be used of it any more."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from shared.domain.events import Event


@dataclass(frozen=True, slots=True)
class Consent:
    """``personalise``: what is done is kept under the person's id, and used for the person's own lists.

    ``email``: picks may be made and sent. ``analytics``: what is done counts for others too, in popularity and in what
    is learnt; where that alone is agreed to, it is kept under nobody's id.
    """

    personalise: bool = True
    email: bool = True
    analytics: bool = True


ALL = Consent()
NONE = Consent(False, False, False)
MOST_REMOVED = 500
MOST_MERGED_GUESTS = 500
"""A record keeps the last ones: it must stay small, whoever writes to it."""


@dataclass(frozen=True, slots=True)
class Choices:
    """``consent`` is None where the person has not said; the shop's default then holds.

    What occurred before ``forgotten_at`` is not taken in any more: it was erased, or there was no leave to keep it.
    ``removed`` has the products that no longer count for the taste, each with the moment of the removal: what is done
    to it afterwards counts again. ``merged`` are the guest ids whose events became this person's. ``changed_at`` is
    when any of it was last changed. ``settled`` is False from the moment that less is agreed to until what is stored
    is known to be no more than that. ``erased_at`` is when the person asked for everything to be erased.
    """

    consent: Consent | None = None
    forgotten_at: datetime | None = None
    removed: Mapping[str, datetime] = field(default_factory=dict)
    merged: tuple[str, ...] = ()
    changed_at: datetime | None = None
    settled: bool = True
    erased_at: datetime | None = None

    @property
    def erased(self) -> bool:
        """Whether this is a tombstone: all was erased, and nothing has been chosen since."""
        return self.erased_at is not None and self.erased_at == self.changed_at


NOTHING_CHOSEN = Choices()


def may(choices: Choices, default: Consent) -> Consent:
    """What is agreed to; ``default`` is the shop's, for who has not said."""
    return default if choices.consent is None else choices.consent


def still_counts(choices: Choices, event: Event, until: datetime) -> bool:
    """Whether the event has a part in a taste as of ``until``: it has none where its product was removed from the taste
    after it and before then."""
    removed_at = choices.removed.get(event.product_id)
    return removed_at is None or not event.occurred_at <= removed_at <= until


def has_withdrawn(choices: Choices, default: Consent, since: datetime) -> bool:
    """Whether who was sent picks at ``since`` wants no email any more, or none of what was chosen for them then."""
    consent = may(choices, default)
    changed = choices.changed_at is not None and choices.changed_at > since
    return not consent.email or (changed and not consent.personalise)


def was_with_leave(choices: Choices, event: Event) -> bool:
    """Whether the event may be kept at all, by when it occurred."""
    return choices.forgotten_at is None or event.occurred_at >= choices.forgotten_at


def choices_record(choices: Choices) -> dict[str, Any]:
    """JSON-ready; what is as in :data:`NOTHING_CHOSEN` is left out, and of long lists all but the last ones."""
    removed = sorted(choices.removed.items(), key=lambda each: each[1])[-MOST_REMOVED:]
    record = {
        "consent": asdict(choices.consent) if choices.consent else None,
        "forgotten_at": _written(choices.forgotten_at),
        "removed": {product_id: at.isoformat() for product_id, at in removed},
        "merged": list(choices.merged[-MOST_MERGED_GUESTS:]),
        "changed_at": _written(choices.changed_at),
        "unsettled": not choices.settled,
        "erased_at": _written(choices.erased_at),
    }
    return {name: value for name, value in record.items() if value}


def choices_from_record(record: Mapping[str, Any]) -> Choices:
    """The inverse of :func:`choices_record`. Raises KeyError, TypeError or ValueError for any other record."""
    consent = record.get("consent")
    return Choices(
        consent=Consent(**consent) if consent else None,
        forgotten_at=_read(record.get("forgotten_at")),
        removed={product_id: datetime.fromisoformat(at) for product_id, at in record.get("removed", {}).items()},
        merged=tuple(record.get("merged", ())),
        changed_at=_read(record.get("changed_at")),
        settled=not record.get("unsettled", False),
        erased_at=_read(record.get("erased_at")),
    )


def _written(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _read(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
