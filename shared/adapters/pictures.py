"""Pictures that strangers send or point at, as pixels: bounded in size, in time, and in how many at a time."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from shared.domain.deadline import remaining
from shared.domain.errors import AddressRefused, FormatRefused, InvalidInput, NotFound, TooLarge, Unavailable
from shared.domain.spaces import RgbImage
from shared.intake.addresses import checked
from shared.intake.decoding import FormatUnknown, TooManyPixels, Undecodable, decode
from shared.intake.fetch import FetchPolicy, fetch

LARGEST = 10_000_000
"""Bytes of a picture behind an address: a phone's has 2 to 8 million."""
SIDE = 168
"""The decoded picture has at least twice this on its shorter side, 336 pixels: as much as large CLIP encoders see, and
half more than the usual 224. So a photo of 12 megapixels is decoded at an eighth of its size; the encoder's 224
pixels then differ from those of the whole photo by less than one level of 255."""
AT_A_TIME = 2
"""A hostile picture takes up to 425 MB while it is decoded; a photo of 12 megapixels 20 ms."""
PATIENCE = 1.0
"""Seconds that a picture waits for its turn."""
FETCHES = 8
"""Addresses that are fetched from at a time: each holds a thread of the server for as long as its host likes."""
FOR_SHOPPERS = FetchPolicy(
    connect_timeout=1.0,
    read_timeout=1.0,
    total_timeout=2.0,
    max_bytes=LARGEST,
    max_redirects=3,
    attempts=1,
    concurrency=1,
    ports=(80, 443),
    user_agent="vitrine-search",
)
_FOR_THE_SEARCH = 0.5
"""Seconds of the request's time that fetching leaves."""
_TALKATIVE = ("httpx", "httpcore", "PIL")
"""They write addresses, and what cameras say of themselves, into their debug and info lines."""


class GuardedPictures:
    """The PictureReader port, safe to use from several threads. Without ``fetching``, no address is followed.

    A decoded picture has at least twice ``side`` pixels on its shorter side, if it was that large.
    """

    def __init__(self, fetching: bool, policy: FetchPolicy = FOR_SHOPPERS, side: int = SIDE) -> None:
        self._fetching = fetching
        self._policy = policy
        self._side = side
        self._decodes = threading.BoundedSemaphore(AT_A_TIME)
        self._fetches = threading.BoundedSemaphore(FETCHES)
        for name in _TALKATIVE:
            logging.getLogger(name).setLevel(logging.WARNING)

    def read(self, content: bytes) -> RgbImage:
        try:
            with _turn(self._decodes, PATIENCE):
                return decode(content, self._side)
        except TooManyPixels as error:
            raise TooLarge(f"The picture {error}: make it smaller.") from None
        except FormatUnknown as error:
            raise FormatRefused(f"The picture {error}.") from None
        except Undecodable as error:
            raise InvalidInput(f"The picture {error}: send another one.") from None

    def read_from(self, url: str) -> RgbImage:
        if not self._fetching:
            raise InvalidInput("This shop fetches no pictures from addresses: send the picture itself, as image.")
        with _turn(self._fetches, 0.0):
            content = self._fetched(url)
        return self.read(content)

    def _fetched(self, url: str) -> bytes:
        """What its server said, and where its name leads to, is told to nobody: networks are explored like that."""
        checked(url, self._policy.ports)
        left = remaining()
        seconds = self._policy.total_timeout
        seconds = seconds if left is None else max(0.0, min(seconds, left - _FOR_THE_SEARCH))
        try:
            return fetch(url, replace(self._policy, total_timeout=seconds))
        except TooLarge:
            limit = self._policy.max_bytes
            raise TooLarge(f"The picture at image_url has more than {limit:,} bytes: make it smaller.") from None
        except AddressRefused:
            raise InvalidInput(
                "image_url leads to an address that is not public: send the picture itself, as image."
            ) from None
        except InvalidInput:  # of a redirect, for the address itself was checked
            raise InvalidInput(
                f"image_url leads through more than {self._policy.max_redirects} redirects, or to no address that may "
                "be asked: send the picture itself, as image."
            ) from None
        except (NotFound, Unavailable):
            raise InvalidInput(
                "The picture at image_url could not be fetched in time: check that it is there, or send it as image."
            ) from None


@contextmanager
def _turn(turns: threading.BoundedSemaphore, patience: float) -> Iterator[None]:
    """Raises Unavailable where there is none in ``patience`` seconds."""
    left = remaining()
    if not turns.acquire(timeout=patience if left is None else min(patience, left)):
        raise Unavailable("Too many pictures are being looked at just now: try again in a moment.")
    try:
        yield
    finally:
        turns.release()
