"""Rows of the demo shop for looking at a template: no index, no events, no data folder."""

from functools import cache

from local.demo_shop.catalogue import CURRENCY, ShopProduct, catalogue
from local.demo_shop.drawing import picture
from shared.emails.context import EmailContext
from shared.services.pick_rows import PickRow

ADDRESS = "https://shop.example"
PICTURES = f"{ADDRESS}/pictures/"
_CAMPAIGN = "sample"
_PICTURE_SIZE = 560
"""Pixels: twice the width at which a picture is shown."""

ABOUT = EmailContext(
    shop="Kontor",
    home=ADDRESS,
    unsubscribe=f"{ADDRESS}/unsubscribe",
    preferences=f"{ADDRESS}/preferences",
    address="Kontor, 12 Harbour Street, 1050 Copenhagen, Denmark",
    titles={"for_you": "For you", "similar": "You may also like", "trending": "Trending this week"},
)

_PICKS = (
    ("for_you", "sneakers-01", "Because you viewed {}", "ankle-boots-02"),
    ("for_you", "backpack-05", "Often chosen after {}", "sneakers-01"),
    ("for_you", "raincoat-02", "Because you bought {}", "wellingtons-09"),
    ("for_you", "umbrella-06", "Because you searched for rain", ""),
    ("trending", "mug-01", "Trending in the shop now", ""),
    ("trending", "table-lamp-02", "Trending in the shop now", ""),
    ("trending", "notebook-01", "Trending in the shop now", ""),
)
_BACK = (
    ("back_in_stock", "kettle-03", "Back in stock", ""),
    ("similar", "teapot-04", "Similar to {}", "kettle-03"),
    ("similar", "mug-01", "Goes with {}", "kettle-03"),
)
_DROPPED = (
    ("price_drop", "trousers-03", "Now 57.90 instead of 87.90 EUR", ""),
    ("for_you", "scarf-02", "Because you viewed {}", "trousers-03"),
    ("for_you", "shirt-04", "Often chosen after {}", "trousers-03"),
)
_CHOSEN = {"picks": _PICKS, "back_in_stock": _BACK, "price_drop": _DROPPED}


@cache
def _products() -> dict[str, ShopProduct]:
    return {each.id: each for each in catalogue()}


def sample_rows(template: str) -> list[PickRow]:
    """Rows of the kind that ``template`` is for; those of ``picks`` for a template of the shop's own."""
    return [
        _row(place, _products()[product_id], block, reason.format(_products()[seed].title if seed else ""))
        for place, (block, product_id, reason, seed) in enumerate(_CHOSEN.get(template, _PICKS))
    ]


@cache
def sample_picture(name: str) -> bytes:
    """The picture, a JPEG, whose address ends with ``name``."""
    return picture(_products()[name.removesuffix(".jpg")].design, _PICTURE_SIZE)


def _row(place: int, product: ShopProduct, block: str, reason: str) -> PickRow:
    return PickRow(
        user_id="shopper-001",
        campaign=_CAMPAIGN,
        block=block,
        position=place,
        id=product.id,
        title=product.title,
        price=product.price,
        sale_price=product.sale_price,
        currency=CURRENCY,
        image=f"{PICTURES}{product.id}.jpg",
        link=f"{ADDRESS}/p/{product.id}?utm_source=newsletter&utm_medium=email&utm_campaign={_CAMPAIGN}",
        reason=reason,
        source="for_you:sample",
        fell_back=False,
        recommendation_id="",
    )
