"""Picks: what an email says to one user, in blocks, and what a campaign asks for."""

from dataclasses import dataclass
from enum import StrEnum

from shared.domain.products import Product
from shared.domain.recommendations import Part, Reason, ReasonKind


class BlockKind(StrEnum):
    """What a block is to be filled with first."""

    FOR_YOU = "for_you"
    SIMILAR = "similar"
    COMPLEMENTS = "complements"
    TRENDING = "trending"
    BEST_SELLERS = "best_sellers"
    NEW_ARRIVALS = "new_arrivals"
    BACK_IN_STOCK = "back_in_stock"
    PRICE_DROPS = "price_drops"
    BUY_AGAIN = "buy_again"
    RECENTLY_VIEWED = "recently_viewed"


class Link(StrEnum):
    """The list that a pick was taken from: one of a block's own, or of the chain that fills blocks up."""

    FOR_YOU = "for_you"
    SIMILAR = "similar"
    SIMILAR_TO_VIEWED = "similar_to_viewed"
    COMPLEMENTS = "complements"
    TRENDING = "trending"
    CATEGORY_TRENDING = "category_trending"
    BEST_SELLERS = "best_sellers"
    NEW_ARRIVALS = "new_arrivals"
    BACK_IN_STOCK = "back_in_stock"
    PRICE_DROPS = "price_drops"
    BUY_AGAIN = "buy_again"
    RECENTLY_VIEWED = "recently_viewed"


IMPERSONAL = frozenset(
    {ReasonKind.LATELY.value, ReasonKind.POPULAR.value, ReasonKind.MOST_VIEWED.value, ReasonKind.CATALOGUE.value}
)
"""Sources that end other lists: they speak for a product to everybody alike."""


@dataclass(frozen=True, slots=True)
class Block:
    """A named part of an email: ``count`` products at most, that meet ``filter`` (in the filter language)."""

    name: str
    kind: BlockKind = BlockKind.FOR_YOU
    count: int = 6
    filter: str = ""


def own_link(kind: BlockKind, trigger: str) -> Link:
    """The list that a block of ``kind`` is made of: similar is to the trigger, or to what was looked at last."""
    if kind is BlockKind.SIMILAR and not trigger:
        return Link.SIMILAR_TO_VIEWED
    return Link(kind.value)


def sourced(link: Link, source: str) -> str:
    """The ``source`` of a pick from that list."""
    return f"{link.value}:{source}"


class Recording(StrEnum):
    """When what was picked counts as shown: at once, when the shop says that it was sent, or never, as for a look."""

    AT_ONCE = "at_once"
    ON_CONFIRM = "on_confirm"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Campaign:
    """What every user of a mailing is to get.

    ``trigger`` is the product that the mailing is about, if it is about one. What the channel's ``last_sends`` sends to
    a user have shown is not shown again; after ``weekly_cap`` sends within seven days a user gets none, None for no
    limit. ``utm_source`` and ``utm_medium`` stand in the links.
    """

    name: str
    blocks: tuple[Block, ...]
    channel: str = "email"
    trigger: str = ""
    last_sends: int = 3
    weekly_cap: int | None = None
    record: Recording = Recording.AT_ONCE
    spares: int = 4
    utm_source: str = "newsletter"
    utm_medium: str = "email"

    @property
    def count(self) -> int:
        """How many picks an email has at most."""
        return sum(block.count for block in self.blocks)

    @property
    def whole_filter(self) -> str:
        """What meets the filters of all blocks, and may stand in any of them."""
        filters = [each for each in dict.fromkeys(block.filter.strip() for block in self.blocks) if each]
        return filters[0] if len(filters) == 1 else " and ".join(f"({each})" for each in filters)

    def fell_back(self, block: str, source: str) -> bool:
        """Whether what has that ``source`` is not of the kind that the block called so is to be of, see :class:`Pick`.

        A block that the campaign no longer has was "for you".
        """
        kind = next((each.kind for each in self.blocks if each.name == block), BlockKind.FOR_YOU)
        link, _, proposed = source.partition(":")
        return link != own_link(kind, self.trigger) or not IMPERSONAL.isdisjoint(proposed.split("+"))


class Skipped(StrEnum):
    """Why a user gets no email."""

    NO_CONSENT = "no_consent"
    CAPPED = "capped"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Pick:
    """``source`` says what proposed it, the link of the fill chain first: ``for_you:behaviour+text``.

    ``place`` counts from 0 over all blocks, and names the pick in links; a spare's go on from there.
    ``fell_back`` is true of what does not come of the block's own kind, and of what only its popularity speaks for
    where the kind promises more.
    """

    block: str
    product: Product
    source: str
    reason: Reason
    recommendation_id: str
    fell_back: bool = False
    place: int = 0


@dataclass(frozen=True, slots=True)
class UserPicks:
    """``spares`` may take the place of picks that sell out before the email is opened. ``ref`` is the send's, empty for
    one that is not recorded."""

    user_id: str
    picks: tuple[Pick, ...] = ()
    spares: tuple[Pick, ...] = ()
    skipped: Skipped | None = None
    ref: str = ""
    degraded: tuple[Part, ...] = ()
