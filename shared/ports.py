"""What the services need of the world outside. Adapters keep these promises; the contract suite holds them to it."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime
from typing import Protocol

from shared.domain.events import Activity, Event
from shared.domain.products import Product
from shared.domain.recommendations import Hit, IndexPoint, SpaceQuery
from shared.domain.spaces import EncoderInfo, Matrix, RgbImage, Space, Vectors
from shared.domain.standing import Standing
from shared.domain.versions import Manifest

LONGEST_STREAM = 10_000
"""Events of one user that a history holds at most: a robot's must not fill the memory."""


class Clock(Protocol):
    def now(self) -> datetime:
        """The present, aware, in UTC."""


class ProductIndex(Protocol):
    """One published index version, open for reading. Safe to use from several threads."""

    @property
    def manifest(self) -> Manifest: ...

    def search(self, queries: Sequence[SpaceQuery]) -> list[list[Hit]]:
        """Answer all queries in one round trip, best first; ties break by product id."""

    def vectors(self, product_ids: Sequence[str], spaces: Sequence[Space] = tuple(Space)) -> dict[str, Vectors]:
        """The stored vectors, in those ``spaces`` that it has, of each of the products that the index holds."""

    def count(self) -> int: ...

    def close(self) -> None: ...


class IndexBuilder(Protocol):
    """An index version in the making. Nobody sees it before :meth:`finish`; a killed one leaves no trace."""

    def upsert(self, points: Sequence[IndexPoint]) -> None: ...

    def search(self, queries: Sequence[SpaceQuery]) -> list[list[Hit]]:
        """As :meth:`ProductIndex.search`, over what has been written so far."""

    def delete(self, product_ids: Sequence[str]) -> None: ...

    def finish(self, manifest: Manifest) -> None:
        """Build the search graphs, make everything durable, and list the version as available."""


class IndexVersions(Protocol):
    """All index versions of a shop and the pointer to the live one."""

    def all(self) -> list[Manifest]:
        """Every finished version, newest first."""

    def live(self) -> str | None: ...

    def build(
        self, version: str, encoders: dict[Space, EncoderInfo], base: str | None
    ) -> AbstractContextManager[IndexBuilder]:
        """Start ``version``, as a copy of ``base`` where one is given; left without finish, it is discarded."""

    def open(self, version: str) -> ProductIndex:
        """Raises NotFound for a version that is not there."""

    def activate(self, version: str) -> None:
        """Make ``version`` live, atomically."""

    def remove(self, version: str) -> None:
        """Delete a version that is not live."""


class EventStore(Protocol):
    def add(self, events: Sequence[Event]) -> list[bool]:
        """Store all or nothing; False marks an event whose id is known already (also within the batch).

        ``received_at`` is set by the store when it is ready to commit: stamped sooner, an event could be stored
        after a ranking was frozen and yet seem to have been there before. Raises Unavailable when it is too busy.
        """

    def recent(self, user_id: str, limit: int, received_until: datetime) -> list[Event]:
        """The user's last telling events by ``occurred_at``, newest first, of those received by then."""

    def touched(self, user_id: str, since: datetime) -> frozenset[str]:
        """The products of the user's telling events from then on."""

    def standing(self, user_id: str) -> Standing:
        """What the user owns, has in the cart and dislikes, over all that is known."""

    def activity(self, since: date) -> Iterator[Activity]:
        """Counts per product, type and day from that day on, as a stream."""

    def histories(self, until: datetime) -> Iterator[list[Event]]:
        """Every user's telling events that occurred before ``until``, one list a user, oldest first, as a stream.

        Ties go by event id. Of a user with more than :data:`LONGEST_STREAM` come the last ones. Only id, user, type,
        product, time and value are filled in.
        """

    def count(self) -> int: ...


class ProductStore(Protocol):
    """The catalogue as it is now; answers are filtered and hydrated from it."""

    def get(self, product_ids: Sequence[str]) -> dict[str, Product]: ...

    def groups(self, product_ids: Sequence[str]) -> frozenset[str]:
        """The groups (see :attr:`Product.group`) of those of the products that are known."""

    def newest(self, count: int) -> list[str]:
        """Product ids, last added first; those of which that is not known come last, by id."""

    def replace(self, version: str, products: Iterable[Product]) -> None:
        """Make the catalogue exactly this, all at once, as of ``version``; the products come as a stream."""

    def version(self) -> str | None:
        """The version that the catalogue was last replaced for."""

    def count(self) -> int: ...


class BlobStore(Protocol):
    """Named bytes; a write is atomic, a name is a relative path of ``[A-Za-z0-9._-]`` parts joined by ``/``."""

    def get(self, name: str) -> bytes | None: ...

    def put(self, name: str, content: bytes) -> None: ...

    def names(self, prefix: str) -> list[str]:
        """Names below the folder ``prefix``, sorted."""

    def remove(self, name: str) -> None: ...


class TextEncoder(Protocol):
    @property
    def info(self) -> EncoderInfo: ...

    def encode_texts(self, texts: Sequence[str]) -> Matrix: ...


class ImageEncoder(TextEncoder, Protocol):
    """A CLIP model: texts and images land in one space."""

    @property
    def image_size(self) -> int:
        """Side in pixels of the square the model sees; a larger picture may be decoded at reduced size."""

    def encode_images(self, images: Sequence[RgbImage]) -> Matrix: ...
