"""Pictures of products for emails, kept once they are drawn: a campaign's openers ask for the same few hundred."""

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from shared.domain.errors import VitrineError
from shared.domain.products import Product
from shared.domain.spaces import RgbImage
from shared.ports import Clock, PictureReader

WIDTHS = (200, 300, 400, 600)
"""Pixels; an email shows a product in 150 to 300 points, and screens have up to two or three pixels for each."""
MOST_BYTES = 32_000_000
"""Of the drawn cards that a process keeps: 500 in JPEG of 600 pixels."""
KEPT = timedelta(hours=1)
"""How long a drawn card is used: the picture may be another one by then, behind the same address."""
KEPT_WITHOUT_PICTURE = timedelta(minutes=1)
"""How long a picture that could not be had is not asked for again."""

_log = logging.getLogger("vitrine.slots")


@dataclass(frozen=True, slots=True)
class Card:
    """What a picture says: two of the same look the same. ``picture`` is the feed's reference, ``kind`` PNG or JPEG.

    One without a title, a price and a picture is the neutral one.
    """

    width: int
    kind: str
    title: str = ""
    price: float | None = None
    sale_price: float | None = None
    currency: str = ""
    picture: str = ""

    @classmethod
    def of(cls, product: Product | None, width: int, kind: str) -> "Card":
        """The neutral one for no product."""
        if product is None:
            return cls(width, kind)
        price, sale_price = product.price, product.sale_price
        return cls(width, kind, product.title, price, sale_price, product.currency, product.image)


@dataclass(frozen=True, slots=True)
class SlotImage:
    """A file, and the digest by which it is told from any other."""

    content: bytes
    digest: str


Draw = Callable[[Card, RgbImage | None], bytes]
"""Makes the file of a card; without the picture where there is none, or it could not be had."""


class SlotImages:
    """Safe to use from several threads. ``pictures`` reads what a product's ``image`` refers to."""

    def __init__(self, pictures: PictureReader, draw: Draw, clock: Clock, most_bytes: int = MOST_BYTES) -> None:
        self._pictures = pictures
        self._draw = draw
        self._clock = clock
        self._most_bytes = most_bytes
        self._lock = threading.Lock()
        self._kept: OrderedDict[Card, tuple[SlotImage, datetime]] = OrderedDict()
        self._bytes = 0

    def of(self, card: Card) -> SlotImage:
        """Whatever becomes of the product's picture, there is an image."""
        now = self._clock.now()
        with self._lock:
            image, until = self._kept.get(card, (None, now))
            if image is not None and now < until:
                self._kept.move_to_end(card)
                return image
        picture = self._picture(card)
        content = self._draw(card, picture)
        image = SlotImage(content, sha256(content).hexdigest()[:24])
        complete = picture is not None or not card.picture
        self._keep(card, image, now + (KEPT if complete else KEPT_WITHOUT_PICTURE))
        return image

    def _picture(self, card: Card) -> RgbImage | None:
        if not card.picture:
            return None
        try:
            return self._pictures.read_from(card.picture)
        except VitrineError as error:
            _log.info("a product is shown without its picture: %s", error)
        except Exception:  # an email must never show a broken image, whatever a decoder stumbles over
            _log.exception("a picture could not be read in a way that it should not")
        return None

    def _keep(self, card: Card, image: SlotImage, until: datetime) -> None:
        with self._lock:
            before = self._kept.pop(card, None)
            self._bytes += len(image.content) - (len(before[0].content) if before else 0)
            self._kept[card] = image, until
            while self._bytes > self._most_bytes and self._kept:
                _, (oldest, _) = self._kept.popitem(last=False)
                self._bytes -= len(oldest.content)
