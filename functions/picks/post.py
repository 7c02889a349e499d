"""A page of picks as it is answered: rows, and emails where they are wanted, of a size that every way takes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from functions.picks.schemas import UserPicksAnswer
from shared.domain.errors import InvalidInput
from shared.domain.picks import Campaign, UserPicks
from shared.emails.context import EmailContext, context_from
from shared.emails.kept import Kept, kept
from shared.emails.rendering import Email, render
from shared.emails.sources import source_of
from shared.emails.variables import MOST_ROWS
from shared.ports import BlobStore
from shared.services.pick_rows import rows_of
from shared.services.picks import Mailing, PicksMade, picks_for
from shared.services.segments import Segments
from shared.services.slots import Slots

_ENOUGH = 2_000_000
"""Bytes, after which no more users are begun. API Gateway and Lambda take 6 MB; what is made at a time comes to 2 at
most, with the longest titles and addresses that a feed may have."""
_PICKS_AT_A_TIME = 300
_EMAILS_AT_A_TIME = 10


@dataclass(frozen=True, slots=True)
class Post:
    """What a shop's emails stand on: ``blobs`` has what the shop says in all of them."""

    slots: Slots
    blobs: BlobStore

    @property
    def mailing(self) -> Mailing:
        return Mailing(self.slots.shop, self.slots.sends)

    @property
    def segments(self) -> Segments:
        shop = self.slots.shop
        return Segments(self.blobs, shop.state, shop.clock, shop.consent)


@dataclass(frozen=True, slots=True)
class Letter:
    """The ``template`` that rows are filled into, and what it says of the shop."""

    template: str
    said: Kept
    about: EmailContext

    def written(self, made: UserPicks, campaign: Campaign, slots: str) -> Email | None:
        """None for who gets no picks. Where the shop has an address for slots, pictures are chosen at open time."""
        rows = rows_of(made, campaign)
        about = replace(self.about, slots=f"{self.about.slots}/{slots}" if self.about.slots and slots else "")
        return render(self.template, rows, about, self.said.own) if rows else None


def letter_of(blobs: BlobStore, template: str, about: Mapping[str, Any] | None) -> Letter | None:
    """None where no email is wanted. Raises InvalidInput, and NotFound for a template that there is not."""
    if not template:
        if about is not None:
            raise InvalidInput("about is what an email says of the shop: send a template with it, or leave it out.")
        return None
    said = kept(blobs)
    context = context_from(about) if about is not None else said.about
    if context is None:
        raise InvalidInput("The shop has not said yet what its emails say of it: send about with shop and home.")
    source_of(template, said.own)
    return Letter(template, said, context)


def answered(
    post: Post, campaign: Campaign, users: Sequence[str], letter: Letter | None
) -> tuple[list[UserPicksAnswer], PicksMade]:
    """The answers of the first of the ``users``, as many as there is time and room for. Raises as picks_for does."""
    if letter and campaign.count > MOST_ROWS:  # said before anything is in the ledger
        raise InvalidInput(
            f"The blocks ask for {campaign.count} products, and an email shows {MOST_ROWS}: ask for less."
        )
    answers: list[UserPicksAnswer] = []
    room = [_ENOUGH]

    def enough(lot: Sequence[UserPicks]) -> bool:
        fresh = [answer_of(post, campaign, made, letter) for made in lot]
        answers.extend(fresh)
        room[0] -= sum(len(each.model_dump_json()) for each in fresh)
        return room[0] <= 0

    at_a_time = _EMAILS_AT_A_TIME if letter else _PICKS_AT_A_TIME // max(campaign.count, 1)
    return answers, picks_for(post.mailing, campaign, users, enough, max(at_a_time, 1))


def answer_of(post: Post, campaign: Campaign, made: UserPicks, letter: Letter | None) -> UserPicksAnswer:
    slots = post.slots.secrets.token(made.ref) if made.ref and made.picks else ""
    return UserPicksAnswer.of(made, campaign, slots, letter.written(made, campaign, slots) if letter else None)
