"""What a template speaks of: the same names here and in the templates of sending services."""

from collections.abc import Sequence
from typing import TypedDict
from urllib.parse import quote

from shared.domain.errors import InvalidInput
from shared.domain.wording import plain, printed, web_address
from shared.emails.colours import lightened, on
from shared.emails.context import EmailContext
from shared.services.pick_rows import PickRow

MOST_ROWS = 48
_A_LINE = 2
"""Products beside one another, where the screen is wide enough."""
_MOST_TITLE = 120
_MOST_REASON = 200
_MOST_WHY = 400
_WHY = (
    "You get this because you are on {shop}'s mailing list. What it shows is chosen from what you did in the shop, and "
    "where that says too little, from what others like there."
)
_DARK = "#1b1e22"
"""What products lie on in the dark; head.mjml says it too."""


class Row(TypedDict):
    """A product. What is not there is None, never an empty text: that is true in Liquid."""

    id: str
    title: str | None
    alt: str
    image: str | None
    link: str
    price: str | None
    was: str | None
    saving: str | None
    reason: str | None


class Block(TypedDict):
    """``lines`` has the products by twos; the last line may have one."""

    name: str
    title: str
    lines: list[list[Row]]


class Variables(TypedDict):
    """``first`` is the first product of all, ``others`` how many there are besides it, None for none.

    ``hero`` has the products of the first block, and ``rest`` the blocks after it, for the templates that are about
    something that happened; ``blocks`` has all of them.
    """

    first: Row
    others: str | None
    blocks: list[Block]
    hero: list[Row]
    rest: list[Block]


class ShopVariables(TypedDict):
    """What a template says of the shop: the same in every email of it."""

    name: str
    home: str
    logo: str | None
    accent: str
    on_accent: str
    accent_in_dark: str
    on_accent_in_dark: str
    why: str
    address: str | None
    preferences: str | None


def variables(rows: Sequence[PickRow], about: EmailContext) -> Variables:
    """``rows`` of one email, in their order, as text that is fit to be read, and not escaped yet.

    Raises InvalidInput where there is no row, or more than an email can hold.
    """
    if not 0 < len(rows) <= MOST_ROWS:
        raise InvalidInput(f"An email shows from 1 to {MOST_ROWS} products, not {len(rows)}: give that many rows.")
    by_block: dict[str, list[Row]] = {}
    for row in rows:
        by_block.setdefault(row.block, []).append(_row(row, about))
    blocks = [
        Block(
            name=name,
            title=plain(about.titles.get(name, ""), _MOST_TITLE) or _heading(name),
            lines=[found[start : start + _A_LINE] for start in range(0, len(found), _A_LINE)],
        )
        for name, found in by_block.items()
    ]
    hero = next(iter(by_block.values()))
    others = str(len(rows) - 1) if len(rows) > 1 else None
    return Variables(first=hero[0], others=others, blocks=blocks, hero=hero, rest=blocks[1:])


def of_shop(about: EmailContext) -> ShopVariables:
    """What templates say of the shop itself."""
    name = plain(about.shop, _MOST_TITLE)
    in_dark = lightened(about.accent, _DARK)
    return ShopVariables(
        name=name,
        home=web_address(about.home),
        logo=web_address(about.logo) or None,
        accent=about.accent,
        on_accent=on(about.accent),
        accent_in_dark=in_dark,
        on_accent_in_dark=on(in_dark),
        why=plain(about.why, _MOST_WHY) or _WHY.format(shop=name),
        address=plain(about.address, _MOST_REASON) or None,
        preferences=web_address(about.preferences) or None,
    )


def _row(row: PickRow, about: EmailContext) -> Row:
    if about.slots:
        return _chosen_when_opened(row, web_address(about.slots).rstrip("/"))
    title = plain(row.title, _MOST_TITLE) or plain(row.id, _MOST_TITLE)
    reduced = row.price is not None and row.sale_price is not None and row.sale_price < row.price
    price = row.price if row.sale_price is None else row.sale_price
    return Row(
        id=plain(row.id, _MOST_TITLE),
        title=title,
        alt=title,
        image=_picture(row.image, about.images),
        link=web_address(row.link) or web_address(about.home),
        price=printed(price, row.currency),
        was=printed(row.price, row.currency) if reduced else None,
        saving=_saving(row) if reduced else None,
        reason=plain(row.reason, _MOST_REASON) or None,
    )


def _chosen_when_opened(row: PickRow, slots: str) -> Row:
    """Without words: by then it may be another product, and what it is and costs is in its picture."""
    return Row(
        id=plain(row.id, _MOST_TITLE),
        title=None,
        alt="A product picked for you",
        image=f"{slots}/{row.position}.jpg",
        link=f"{slots}/{row.position}/link",
        price=None,
        was=None,
        saving=None,
        reason=None,
    )


def _picture(image: str, folder: str) -> str | None:
    """A feed may name files instead of addresses: those are in the ``folder``, where the shop has said of one."""
    if (address := web_address(image)) or not folder:
        return address or None
    name = image.strip().replace("\\", "/").lstrip("/")
    if not name or not name.isprintable() or ":" in name or ".." in name.split("/"):
        return None
    return web_address(f"{web_address(folder).rstrip('/')}/{quote(name)}") or None


def _saving(row: PickRow) -> str | None:
    assert row.price is not None
    assert row.sale_price is not None
    return printed(row.price - row.sale_price, row.currency)


def _heading(block: str) -> str:
    """``for_you`` as ``For you``."""
    words = plain(block.replace("_", " ").replace("-", " "), _MOST_TITLE)
    return words[:1].upper() + words[1:]
