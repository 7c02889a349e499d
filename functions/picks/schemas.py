"""What travels to and from picks."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from shared.domain.errors import InvalidInput
from shared.domain.pick_summary import Summary
from shared.domain.picks import Block, BlockKind, Campaign, Recording, UserPicks
from shared.domain.segments import SEGMENT
from shared.domain.user_cursor import LONGEST, MOST_USERS
from shared.emails.rendering import Email
from shared.http.parameters import PRINTABLE, FilterText
from shared.http.schemas import Answer
from shared.services.event_formats.bounds import person_id
from shared.services.pick_campaigns import (
    MOST_BLOCKS,
    MOST_OF_BLOCK,
    MOST_PICKS,
    MOST_SENDS,
    MOST_SPARES,
    NAME,
)
from shared.services.pick_rows import PickRow, rows_of

_DEFAULT = Campaign("", ())


def _person(value: str) -> str:
    try:
        return person_id(value, "a user id")
    except InvalidInput as error:
        raise ValueError(str(error)) from None


Name = Annotated[str, Field(pattern=NAME, description="1 to 64 letters, digits, dots, dashes and underscores")]
UserIdText = Annotated[str, Field(min_length=1, max_length=128, pattern=PRINTABLE), AfterValidator(_person)]
MaybeProductId = Annotated[str, Field(max_length=128, pattern=PRINTABLE)]
LastSends = Annotated[
    int,
    Field(ge=0, le=MOST_SENDS, description="What so many last sends over the channel have shown is not shown again"),
]
WeeklyCap = Annotated[
    int | None, Field(ge=1, le=MOST_SENDS, description="Who had so many sends within seven days gets none")
]


class BlockBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: Name
    scenario: BlockKind = Field(BlockKind.FOR_YOU, description="What the block is to be of, before it is filled up")
    count: int = Field(6, ge=1, le=MOST_OF_BLOCK)
    filter: FilterText = ""


class Asked(BaseModel):
    """What is asked of a campaign besides its blocks."""

    model_config = ConfigDict(extra="forbid")

    campaign: Name = Field(pattern=NAME, examples=["spring-2026-week-18"])
    trigger_product: MaybeProductId = Field("", description="The product that the email is about")
    channel: Name = _DEFAULT.channel
    last_sends: LastSends = _DEFAULT.last_sends
    weekly_cap: WeeklyCap = None
    record: Recording = Field(_DEFAULT.record, description="When the picks count as shown")
    spares: int = Field(_DEFAULT.spares, ge=0, le=MOST_SPARES, description="In case that picks sell out before opening")
    utm_source: Name = _DEFAULT.utm_source
    utm_medium: Name = _DEFAULT.utm_medium
    template: str = Field("", max_length=64, description="An email of that template comes with the picks")

    def asks_for(self, blocks: Iterable[Block]) -> Campaign:
        return Campaign(
            name=self.campaign,
            blocks=tuple(blocks),
            channel=self.channel,
            trigger=self.trigger_product,
            last_sends=self.last_sends,
            weekly_cap=self.weekly_cap,
            record=self.record,
            spares=self.spares,
            utm_source=self.utm_source,
            utm_medium=self.utm_medium,
        )


class PicksBody(Asked):
    """Whose picks are wanted, for which campaign, in which blocks."""

    users: list[UserIdText] | None = Field(
        None, min_length=1, max_length=MOST_USERS, examples=[["shopper-001", "shopper-002"]]
    )
    segment: str = Field("", pattern=SEGMENT + "|^$", description="A kept segment, in place of users")
    cursor: str = Field(
        "", max_length=LONGEST, description="From the answer before, in place of users, or with segment"
    )
    blocks: list[BlockBody] = Field(
        default_factory=lambda: [BlockBody(name="picks", scenario=BlockKind.FOR_YOU, count=6)],
        min_length=1,
        max_length=MOST_BLOCKS,
        description=f"{MOST_PICKS} products together at most",
    )
    about: dict[str, Any] | None = Field(None, description="What the email says of the shop; see docs/picks.md")

    def asks(self) -> Campaign:
        return self.asks_for(Block(each.name, each.scenario, each.count, each.filter) for each in self.blocks)

    def digest(self) -> str:
        """Of what must be asked again in the same way for the users who are still to come."""
        asked = self.model_dump_json(exclude={"users", "cursor"})
        return hashlib.sha256(asked.encode()).hexdigest()[:16]


class Pull(Asked):
    """A campaign of one block."""

    scenario: BlockKind = Field(BlockKind.FOR_YOU, description="What the picks are to be of, before they are filled up")
    count: int = Field(6, ge=1, le=MOST_OF_BLOCK)
    filter: FilterText = ""

    def asks(self) -> Campaign:
        return self.asks_for([Block("picks", self.scenario, self.count, self.filter)])


class PickAnswer(Answer):
    block: str
    position: int = Field(description="From 0 over all blocks; a place that had to be left empty is passed over")
    id: str
    title: str
    price: float | None
    sale_price: float | None
    currency: str
    image: str
    link: str = Field(description="With UTM parameters, vt_rec and vt_product; empty without an address on the web")
    reason: str
    source: str = Field(description="The list that it was taken from, then what proposed it: for_you:behaviour+text")
    fell_back: bool = Field(description="Whether it is of another list than the block is to be of")
    recommendation_id: str

    @classmethod
    def of(cls, row: PickRow) -> Self:
        return cls(**{name: value for name, value in asdict(row).items() if name not in ("user_id", "campaign")})


class EmailAnswer(Answer):
    subject: str
    preheader: str
    html: str
    text: str
    headers: dict[str, str] = Field(description="To be sent beside the subject")
    variables: dict[str, Any] = Field(description="What a sending service's template reads")

    @classmethod
    def of(cls, email: Email) -> Self:
        return cls(
            subject=email.subject,
            preheader=email.preheader,
            html=email.html,
            text=email.text,
            headers=dict(email.headers),
            variables=dict(email.variables),
        )


class UserPicksAnswer(Answer):
    user_id: str
    skipped: str | None = Field(None, description="Why there are none: no_consent, capped, nothing")
    ref: str = Field("", description="The send's, where it is recorded")
    slots: str = Field("", description="The token of the send's pictures and links that are chosen at open time")
    picks: list[PickAnswer] = Field([], description="In the order in which they are shown")
    email: EmailAnswer | None = None
    degraded: list[str] = Field([], description="As in every answer: the parts that these picks had to do without")

    @classmethod
    def of(cls, made: UserPicks, campaign: Campaign, slots: str = "", email: Email | None = None) -> Self:
        return cls(
            user_id=made.user_id,
            skipped=made.skipped.value if made.skipped else None,
            ref=made.ref,
            slots=slots,
            picks=[PickAnswer.of(row) for row in rows_of(made, campaign)],
            email=EmailAnswer.of(email) if email else None,
            degraded=[part.value for part in made.degraded],
        )


class PulledAnswer(UserPicksAnswer):
    campaign: str
    record: Recording


class SummaryAnswer(Answer):
    """Of this answer's users."""

    users: int
    with_picks: int
    picks: int
    skipped: dict[str, int] = Field(description="By reason")
    fell_back: float = Field(description="Share of the users with picks of whose picks one at least fell back")
    overlap: float = Field(description="Overlap@k: the share of an email that another user's has too, over all pairs")

    @classmethod
    def of(cls, summary: Summary) -> Self:
        return cls(
            users=summary.users,
            with_picks=summary.with_picks,
            picks=summary.picks,
            skipped={why.value: count for why, count in sorted(summary.skipped.items())},
            fell_back=round(summary.share_fell_back, 4),
            overlap=round(summary.overlap, 4),
        )


class PicksAnswer(Answer):
    campaign: str
    record: Recording = Field(description="at_once: they count as shown; on_confirm: not yet; never: just a look")
    users: list[UserPicksAnswer]
    cursor: str | None = Field(description="For the users to whom it did not come; none where these were all")
    summary: SummaryAnswer

    @classmethod
    def of(cls, campaign: Campaign, users: Sequence[UserPicksAnswer], cursor: str | None, summary: Summary) -> Self:
        return cls(
            campaign=campaign.name,
            record=campaign.record,
            users=list(users),
            cursor=cursor,
            summary=SummaryAnswer.of(summary),
        )
