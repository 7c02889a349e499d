"""What the services need of the world outside. Adapters keep these promises; the contract suite holds them to it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

from shared.domain.access import Caller
from shared.domain.events import Activity, Event
from shared.domain.movements import Movement, MovementKind
from shared.domain.offers import OfferChange
from shared.domain.outcomes import Outcome
from shared.domain.products import Product
from shared.domain.recommendations import Hit, IndexPoint, SpaceQuery
from shared.domain.sends import Send, SendState
from shared.domain.spaces import EncoderInfo, Matrix, RgbImage, Space, Vectors
from shared.domain.standing import Standing
from shared.domain.traffic import Traffic
from shared.domain.user_tokens import Issuer
from shared.domain.versions import Manifest

LONGEST_STREAM = 10_000
"""Events of one user that a history holds at most: a robot's must not fill the memory."""

MOST_MERGED = 1_000
"""Events that one call of :meth:`EventStore.merge` moves at most: it is part of a login, and must end in time."""


MOST_FORGOTTEN = 1_000
"""Events that one call of :meth:`EventStore.forget` erases at most: it is part of a request, and must end in time."""


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

    def products(self, product_ids: Sequence[str]) -> dict[str, Product]:
        """Those that the index holds, as the feed had them: what is left to show when the product store is down."""

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

    def prepare(self, version: str) -> bool:
        """Whether :meth:`open` would be quick by now; where it would not, begin, in the background, to make it so.

        Does not raise: what is wrong with a version, opening it tells.
        """

    def open(self, version: str) -> ProductIndex:
        """Raises NotFound for a version that is not there, and Unavailable for one that is damaged."""

    def activate(self, version: str, fence: int = 0) -> None:
        """Make ``version`` live, atomically. Raises TurnLost where a turn later than ``fence`` has activated one."""

    def remove(self, version: str) -> None:
        """Delete a version that is not live."""


class EventStore(Protocol):
    def add(self, events: Sequence[Event]) -> list[bool]:
        """Store the events; False marks one whose id is known already (also within the batch).

        ``received_at`` is set by the store when it is ready to commit: stamped sooner, an event could be stored
        after a ranking was frozen and yet seem to have been there before. Raises Unavailable when it is too busy:
        some of the batch may be stored then, and count once when the whole of it is sent again.
        """

    def known(self, event_ids: Sequence[str]) -> frozenset[str]:
        """Those of the ids that events are stored under."""

    def recent(self, user_id: str, limit: int, received_until: datetime) -> list[Event]:
        """The user's last telling events by ``occurred_at``, newest first, of those received by then."""

    def searched(self, user_id: str, limit: int, received_until: datetime) -> list[Event]:
        """The user's last searches by ``occurred_at``, newest first, of those received by then."""

    def touched(self, user_id: str, since: datetime) -> frozenset[str]:
        """The products of the user's telling events from then on."""

    def standing(self, user_id: str) -> Standing:
        """What the user owns, has in the cart and dislikes, over all that is known."""

    def activity(self, since: date) -> Iterator[Activity]:
        """Counts per product, type, day and country from that day on, as a stream; each combination comes once."""

    def outcomes(self, since: date) -> Iterator[Outcome]:
        """What :meth:`activity` counts, per day, type and the scenario of the answer that it followed from instead.

        Each combination comes once; events of no product are not counted, and private ones neither.
        """

    def histories(self, until: datetime) -> Iterator[list[Event]]:
        """Every user's telling events that occurred before ``until``, one list a user, oldest first, as a stream.

        Ties go by event id. Of a user with more than :data:`LONGEST_STREAM` come the last ones. Only id, user, type,
        product, time and value are filled in, and of the properties those in :data:`CONTEXT`. What is of a collection
        is left out.
        """

    def searches(self, since: datetime) -> Iterator[tuple[str, str]]:
        """User id and query of every search that occurred from then on, as a stream, in no order."""

    def merge(self, from_user: str, to_user: str) -> int:
        """Make events of ``from_user`` ``to_user``'s, and return how many; ask again after :data:`MOST_MERGED`.

        They are moved, the telling and newest ones first, keep their ids and their time, and count as received now.
        Killed at any point, or asked again, it goes on where it was; events that come later wait for the next call.
        """

    def users(self, since: datetime) -> Iterator[str]:
        """Every user and guest of whom an event that occurred from then on is known, once each, as a stream."""

    def everything(self, user_id: str, limit: int, after: tuple[datetime, str] | None = None) -> list[Event]:
        """Up to ``limit`` of the user's events of all types, oldest first, ties by event id.

        ``after`` are time and id of the event that the last call ended with; it need not be there any more.
        """

    def withhold(self, user_id: str) -> int:
        """Make all of the user's events private (see :attr:`Event.private`); returns how many were not."""

    def forget(self, user_id: str) -> int:
        """Erase the user's events and the memory of their ids; returns how many: ask again until it is none.

        At most :data:`MOST_FORGOTTEN` at a time, and fewer where the time is up. Killed at any point, the next call
        goes on. Counts of days that are over are made anew without them.
        """

    def count(self) -> int: ...


class SendStore(Protocol):
    """The sends of every user: at most one for each campaign."""

    def add(self, sends: Sequence[Send]) -> list[Send]:
        """Keep each send, unless its user has one of the campaign already; returns those that are kept by then.

        All or nothing of each send; called again with the same, it changes nothing. Raises Unavailable.
        """

    def of(self, user_ids: Sequence[str], campaign: str) -> dict[str, Send]:
        """The campaign's sends, by user id."""

    def recent(self, user_ids: Sequence[str], channel: str, since: datetime) -> dict[str, list[Send]]:
        """Those of the channel that are ``sent`` and no older than ``since``, newest first, by user id."""

    def by_ref(self, ref: str) -> Send | None: ...

    def mark(self, campaign: str, user_ids: Sequence[str], state: SendState, at: datetime) -> int:
        """Set the state of the campaign's sends of these users; returns how many there are of them."""

    def show(self, ref: str, place: int, product_id: str) -> None:
        """Keep what was shown at a place when the email was opened; a ref that is not known changes nothing."""

    def remove(self, campaign: str, user_ids: Sequence[str]) -> int:
        """Undo: as if they had never been made; returns how many there were."""

    def everything(self, user_id: str) -> list[Send]:
        """All of the user's, oldest first."""

    def forget(self, user_id: str) -> int:
        """Erase all of the user's; returns how many there were."""


class Upkeep(Protocol):
    """What the stores of people's data need from time to time; managed ones do it by themselves."""

    def sweep(self) -> None:
        """Let nothing of what was erased be found in the stores' files any more. Raises Unavailable while readers that
        began before are at work: to be asked for again."""

    def expire(self) -> int:
        """Erase a part of the events, sends and records that are older than these are kept; returns how many: ask
        until it is none."""


class EventQueue(Protocol):
    """Where accepted events wait while the event store is too busy for them."""

    def put(self, events: Sequence[Event]) -> None:
        """Durable when it returns; what is in it is stored later, once, by its id. Raises Unavailable."""


class TaskQueue(Protocol):
    """Where parts of a job wait for a process that does them."""

    def put(self, task: Mapping[str, Any]) -> None:
        """Durable when it returns; it is done once at least, and perhaps more often. Raises Unavailable."""


class ProductStore(Protocol):
    """The catalogue as it is now; answers are filtered and hydrated from it.

    It is what the feed of a version said, with the price, stock and availability changes since that feed was read.
    """

    def get(self, product_ids: Sequence[str]) -> dict[str, Product]: ...

    def change(self, changes: Sequence[OfferChange]) -> list[bool]:
        """Take in changes, each field by its newest; they outlive replacements by feeds that were read before them.

        False marks a product that is not in the catalogue. Raises Unavailable: some may be stored then, and sending
        all of them again does no harm.
        """

    def groups(self, product_ids: Sequence[str]) -> frozenset[str]:
        """The groups (see :attr:`Product.group`) of those of the products that are known."""

    def newest(self, count: int) -> list[str]:
        """Product ids, last added first; those of which that is not known come last, by id."""

    def replace(self, version: str, as_of: datetime, products: Iterable[Product], fence: int = 0) -> None:
        """Make the catalogue exactly this, all at once, as of ``version``; the products come as a stream.

        ``as_of`` is when the feed behind them was read. Raises TurnLost where a turn later than ``fence`` has replaced
        it.
        """

    def moved(self, kind: MovementKind, until: datetime, count: int) -> list[Movement]:
        """Up to ``count`` products that moved so in the 30 days up to ``until``, newest first, ties by product id.

        Each comes once, with its latest movement by then; what moves after ``until`` changes nothing of the answer.
        The first catalogue, and one whose feed is older than the one before it, move nothing. A store may leave out
        what moved beyond some thousands a day.
        """

    def version(self) -> str | None:
        """The version that the catalogue was last replaced for."""

    def count(self) -> int: ...


class BlobStore(Protocol):
    """Named bytes; a write is atomic, a name is a relative path of ``[A-Za-z0-9._-]`` parts joined by ``/``."""

    def get(self, name: str) -> bytes | None: ...

    def put(self, name: str, content: bytes) -> None: ...

    def create(self, name: str, content: bytes) -> bool:
        """As :meth:`put`, where nothing is there yet. Of several who try at once one succeeds, and is told True.

        One whose answer was lost on its way may have succeeded and be told False: what is there says whose it is.
        """

    def names(self, prefix: str) -> list[str]:
        """Names below the folder ``prefix``, sorted."""

    def remove(self, name: str) -> None: ...

    def upload(self, name: str, source: Path) -> None:
        """As :meth:`put`, for a file of any size."""

    def download(self, name: str, target: Path) -> bool:
        """Write the bytes to the file ``target``; False where there are none."""


class DroppedFiles(Protocol):
    """Files that others put where we look: feeds, and lists of changed offers."""

    def fetch(self, key: str, target: Path, most_bytes: int) -> datetime:
        """Write the file to ``target``; returns when it was last changed.

        Raises NotFound where it is not there, InvalidInput for one of more than ``most_bytes``, and Unavailable.
        """

    def taken_in(self, key: str) -> None:
        """Nothing more is wanted of the file: it may go after a while. Raises Unavailable."""


@dataclass(frozen=True, slots=True)
class State:
    """A record, JSON-ready, and how often it has been written."""

    value: Mapping[str, Any]
    revision: int


class StateStore(Protocol):
    """Small named records that change one at a time: who writes one says which revision it was made from."""

    def get(self, name: str) -> State | None:
        """As last written, by whomever: never an older one."""

    def get_all(self, names: Sequence[str]) -> dict[str, State]:
        """As :meth:`get`, those that are there, by name; up to a thousand at a time."""

    def put(self, name: str, value: Mapping[str, Any], revision: int, expires_at: datetime | None = None) -> int:
        """Write over ``revision``, 0 for none; returns the new one. Raises StateConflict where another was there.

        Some time after ``expires_at`` the record is removed, unless it was written anew with a later one, or none.
        """

    def remove(self, name: str) -> None:
        """Remove a record, whatever its revision; one that is not there is no error."""


class Turn(Protocol):
    """A job's right to be the one at work."""

    @property
    def fence(self) -> int:
        """Greater than that of every turn before it; 0 where turns end with their process and nobody can be late."""

    def check(self) -> None:
        """Raises TurnLost where the turn has gone to another job."""


class Turns(Protocol):
    """One indexing job at a time for a shop."""

    def take(self, job: str) -> AbstractContextManager[Turn]:
        """``job`` names it to those who are kept waiting. Raises Busy while another one has the turn."""


class ShopPlace(Protocol):
    """Where a shop's data is to go."""

    def make(self) -> None:
        """Called again, it makes what is missing. Raises Unavailable; InvalidInput where another's is in the way."""


class JobStarter(Protocol):
    """Starts the indexer's job somewhere else, and does not wait for it."""

    def start(self, request_id: str) -> str:
        """What the machinery calls the job, for people who look for it there. Raises Unavailable."""


class Notices(Protocol):
    """Tells the operators, and whoever listens, how a job ended."""

    def tell(self, kind: str, detail: Mapping[str, Any], figures: Mapping[str, float]) -> None:
        """``kind`` is such as ``reindex-succeeded``. Never raises: a job does not fail for want of an audience."""


class Telemetry(Protocol):
    """What one request leaves for its operators: durations, counts and facts. Never a person's data."""

    def stage(self, name: str) -> AbstractContextManager[None]:
        """Time a part of the request."""

    def count(self, name: str, amount: float = 1) -> None: ...

    def note(self, **facts: str | int | float | bool) -> None:
        """Facts for the request's line in the log."""


class TrafficReader(Protocol):
    def report(self, since: datetime, until: datetime, step: timedelta) -> Traffic:
        """What was asked from ``since`` up to ``until``, both at whole steps since 1970. Raises Unavailable."""


class RequestTelemetry(Telemetry, Protocol):
    """Telemetry of a process that takes requests."""

    def request(self, request_id: str) -> AbstractContextManager[None]:
        """What is told within, by any thread that has the context, belongs to this request; written at its end."""


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


class Access(Protocol):
    """Tells who calls."""

    def caller(self, headers: Mapping[str, str], path: str) -> Caller | None:
        """Of a request's headers, whose names match in any case; None where it brings no key.

        Raises KeyRefused, NotAllowed, TooMany and Unavailable.
        """

    def origins(self) -> frozenset[str]:
        """Of the pages whose scripts may read answers, ``*`` for all pages. Does not raise."""

    def is_at_hand(self, headers: Mapping[str, str], path: str) -> bool:
        """Whether both can be said of such a request without waiting for a store, or for anybody else."""


class JwtReader(Protocol):
    """Checks the JSON Web Tokens that a shop's identity provider makes."""

    def user_of(self, token: str, issuer: Issuer) -> str:
        """The user that the token proves. Raises KeyRefused, and Unavailable where the issuer's keys cannot be had."""


class SharedCounter(Protocol):
    """Counts that the processes of a deployment make together."""

    def add(self, name: str, amount: int, expires_at: datetime) -> int:
        """Count ``amount`` more; returns how many all have counted. Soon answered, or raises Unavailable.

        After ``expires_at`` the count may go. A count whose answer is lost may be made twice.
        """


class PictureReader(Protocol):
    """Makes pixels of pictures that strangers send.

    Raises InvalidInput for what is no usable picture, TooLarge and FormatRefused among it, and Unavailable where too
    many are being read. None of the messages has more of the stranger's than stands in the request.
    """

    def read(self, content: bytes) -> RgbImage:
        """The picture in the file ``content``, upright, of a size for the encoders. What else the file says of its
        camera, time and place is dropped."""

    def read_from(self, url: str) -> RgbImage:
        """The picture behind a public http or https address."""


class EncoderShelf(Protocol):
    """The encoders that made the index versions, by what the versions' manifests say of them.

    Raises EncoderUnavailable where one cannot be had, and Unavailable where that may be so for a while only.
    """

    def text_encoder(self, info: EncoderInfo) -> TextEncoder: ...

    def image_encoder(self, info: EncoderInfo) -> ImageEncoder: ...
