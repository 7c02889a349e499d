"""Picks as rows: the one shape that answers, files and emails are made from."""

from dataclasses import dataclass

from shared.domain.links import tracked
from shared.domain.picks import Campaign, Pick, UserPicks


@dataclass(frozen=True, slots=True)
class PickRow:
    """One product in one user's email. ``position`` is the pick's place, from 0 over all blocks; one that had
    to be left empty is passed over.

    Prices are in units of ``currency`` and None where the shop gives none; ``link`` is empty where the product has no
    address on the web. ``reason`` is the sentence, ``source`` as in :class:`shared.domain.picks.Pick`.
    """

    user_id: str
    campaign: str
    block: str
    position: int
    id: str
    title: str
    price: float | None
    sale_price: float | None
    currency: str
    image: str
    link: str
    reason: str
    source: str
    fell_back: bool
    recommendation_id: str


def rows_of(user_picks: UserPicks, campaign: Campaign) -> list[PickRow]:
    """In the order in which they are shown; none for a user who was skipped."""
    return [_row(user_picks.user_id, campaign, pick) for pick in user_picks.picks]


def _row(user_id: str, campaign: Campaign, pick: Pick) -> PickRow:
    product = pick.product
    return PickRow(
        user_id=user_id,
        campaign=campaign.name,
        block=pick.block,
        position=pick.place,
        id=product.id,
        title=product.title,
        price=product.price,
        sale_price=product.sale_price,
        currency=product.currency,
        image=product.image,
        link=tracked(
            product.link,
            campaign.name,
            pick.block,
            pick.recommendation_id,
            product.id,
            campaign.utm_source,
            campaign.utm_medium,
        ),
        reason=pick.reason.sentence,
        source=pick.source,
        fell_back=pick.fell_back,
        recommendation_id=pick.recommendation_id,
    )
