"""Words that mean the same in every shop. Each helps only where the catalogue has one of its set.

Kept small on purpose: what differs between shops, such as "purse" or "vest", is not in it, and what titles call a thing
ranks it anyway.
"""

from collections.abc import Mapping

from shared.domain.filters import FilterField

SYNONYMS: Mapping[FilterField, tuple[tuple[str, ...], ...]] = {
    FilterField.COLOUR: (
        ("grey", "gray"),
        ("navy", "navy blue"),
        ("purple", "violet"),
        ("gold", "golden"),
        ("turquoise", "turquoise blue"),
        ("multicolour", "multicolor", "multicoloured", "multicolored", "multi"),
    ),
    FilterField.MATERIAL: (
        ("wood", "wooden"),
        ("wool", "woollen", "woolen"),
        ("silk", "silken"),
        ("plastic", "plastics"),
        ("faux leather", "fake leather", "vegan leather", "imitation leather", "artificial leather", "pu leather"),
        ("faux fur", "fake fur"),
    ),
    FilterField.CATEGORY: (
        ("t-shirt", "tee", "tee shirt"),
        ("sneaker", "trainer"),
        ("sweater", "jumper", "pullover"),
        ("trousers", "pants"),
        ("shoes", "footwear"),
        ("apparel", "clothing", "clothes"),
        ("backpack", "rucksack"),
        ("jewellery", "jewelry"),
        ("pyjamas", "pajamas"),
        ("swimwear", "swimsuit", "bathing suit"),
        ("saree", "sari"),
        ("tie", "necktie"),
        ("nail polish", "nail varnish"),
        ("sofa", "couch", "settee"),
        ("smartphone", "cell phone", "mobile phone"),
        ("television", "tv"),
        ("flashlight", "torch"),
        ("diaper", "nappy"),
        ("stroller", "pushchair"),
        ("fragrance", "perfume"),
    ),
    FilterField.GENDER: (
        ("women", "ladies", "lady", "female", "womenswear"),
        ("men", "gents", "gentlemen", "male", "menswear"),
        ("kids", "children", "junior", "youth"),
        ("boys",),
        ("girls",),
        ("baby", "infant", "newborn", "toddler"),
        ("unisex",),
    ),
}

PRONOUNS = {"her": "women", "him": "men"}
"""Said of a person only after "for"."""

ALSO_FOR: Mapping[str, tuple[str, ...]] = {
    "women": ("unisex",),
    "men": ("unisex",),
    "kids": ("boys", "girls", "baby"),
    "boys": ("kids",),
    "girls": ("kids",),
}
"""Whom it suits besides: what is for everybody is for women too."""

NOT_THE_REAL_THING = frozenset(("faux", "fake", "vegan", "imitation", "artificial", "pu", "synthetic", "non"))
"""A material called so is not the one that its last word names."""

SIZE_NAMES = (
    ("xxs", "extra extra small", "2xs"),
    ("xs", "extra small", "x small"),
    ("s", "small"),
    ("m", "medium"),
    ("l", "large"),
    ("xl", "extra large", "x large"),
    ("xxl", "extra extra large", "2xl", "xx large"),
    ("xxxl", "3xl"),
)
ONE_SIZE = ("one size", "one size fits all", "free size")

GENERAL = frozenset(
    ("gift", "present", "idea", "thing", "stuff", "item", "product", "new", "sale", "other", "set", "accessory", "more")
)
"""Words that name no kind of thing, though a shop may have a category of the name."""
