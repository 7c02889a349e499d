"""Consent over HTTP: what a person agrees to, honoured from the next call on."""

from collections.abc import Callable
from datetime import datetime
from functools import cache
from typing import Annotated, Self

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field

from shared.domain.choices import Consent
from shared.http import errors
from shared.http.parameters import PRINTABLE
from shared.http.private import Who
from shared.http.schemas import Answer
from shared.ports import BlobStore, Clock
from shared.services.audit import note
from shared.services.consent import Keeping, Stated, consent_of, set_consent

_UserId = Annotated[str, Path(min_length=1, max_length=128, pattern=PRINTABLE, examples=["shopper-001"])]


class ConsentBody(BaseModel):
    """What the person agrees to: all three are said, so that none is agreed to by leaving it out."""

    model_config = ConfigDict(extra="forbid", strict=True)

    personalise: bool = Field(description="What the person does is kept, and used for the person's own lists")
    email: bool = Field(description="Picks may be made for the person, and sent")
    analytics: bool = Field(description="What the person does counts in what others are shown, too")

    def consent(self) -> Consent:
        return Consent(self.personalise, self.email, self.analytics)


class ConsentAnswer(Answer):
    personalise: bool
    email: bool
    analytics: bool
    said: bool = Field(description="Whether the person has said so; where not, it is the shop's default")
    changed_at: datetime | None = Field(description="When what is kept of the person's choices was last changed")

    @classmethod
    def of(cls, stated: Stated) -> Self:
        consent = stated.consent
        return cls(
            personalise=consent.personalise,
            email=consent.email,
            analytics=consent.analytics,
            said=stated.said,
            changed_at=stated.changed_at,
        )


def create_router(open_keeping: Callable[[], Keeping], open_blobs: Callable[[], tuple[BlobStore, Clock]]) -> APIRouter:
    """The routes; what they are given is called at the first request, not before."""
    router = APIRouter(tags=["users"], responses=errors.PROBLEMS)
    opened, log = cache(open_keeping), cache(open_blobs)

    @router.get("/v1/users/{user_id:path}/consent", summary="What a person agrees to")
    def consent(user_id: _UserId) -> ConsentAnswer:
        """Of who has never said, what the shop assumes."""
        return ConsentAnswer.of(consent_of(opened(), user_id))

    @router.put("/v1/users/{user_id:path}/consent", summary="Set what a person agrees to")
    def change(user_id: _UserId, body: ConsentBody, who: Who) -> ConsentAnswer:
        """Honoured by the very next call. Without personalise, all that is stored of the person's deeds is erased, at
        once, and given back it starts anew. Where no answer came, send the same again: it goes on where it was.
        """
        wanted = body.consent()
        stated = set_consent(opened(), user_id, lambda _: wanted)
        blobs, clock = log()
        note(blobs, clock.now(), "consent", **body.model_dump(), **who)
        return ConsentAnswer.of(stated)

    return router
