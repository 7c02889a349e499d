"""One silhouette a kind of product, by department."""

from collections.abc import Callable

from local.demo_shop.pen import Pen
from local.demo_shop.silhouettes import (
    accessories,
    bags,
    clothing,
    dresses,
    furniture,
    garden,
    home,
    kitchen,
    nursery,
    patio,
    shoes,
    sport,
    stationery,
    tableware,
    toys,
)

SILHOUETTES: dict[str, Callable[[Pen], None]] = {
    **accessories.SILHOUETTES,
    **bags.SILHOUETTES,
    **clothing.SILHOUETTES,
    **dresses.SILHOUETTES,
    **furniture.SILHOUETTES,
    **garden.SILHOUETTES,
    **home.SILHOUETTES,
    **kitchen.SILHOUETTES,
    **nursery.SILHOUETTES,
    **patio.SILHOUETTES,
    **shoes.SILHOUETTES,
    **sport.SILHOUETTES,
    **stationery.SILHOUETTES,
    **tableware.SILHOUETTES,
    **toys.SILHOUETTES,
}
"""By the key of the kind; each draws into the pen it is given."""

ZOOM = {
    "t-shirt": 1.22,
    "shirt": 1.14,
    "jumper": 1.14,
    "hoodie": 1.1,
    "cardigan": 1.12,
    "skirt": 1.12,
    "shorts": 1.2,
    "coat": 1.05,
    "cap": 1.16,
    "beanie": 1.1,
    "wallet": 1.1,
    "necklace": 1.12,
    "plate": 1.1,
    "mug": 1.1,
    "tent": 1.1,
    "blanket": 1.1,
    "gloves": 1.08,
    "toy car": 1.04,
    "bookshelf": 1.06,
    "cushion": 1.1,
}
"""How much larger a silhouette is shown than it was drawn, so that all fill their pictures alike."""
