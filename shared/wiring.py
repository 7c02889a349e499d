"""The composition root: the only place that knows which adapter stands behind which port.

Adapters are imported inside the functions that pick them, so that a process pays only for those it uses.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING
from uuid import uuid4

from shared.domain.encoder_files import EncoderFiles
from shared.domain.errors import InvalidInput
from shared.ports import (
    BlobStore,
    Clock,
    DroppedFiles,
    EventQueue,
    EventStore,
    ImageEncoder,
    IndexVersions,
    JobStarter,
    Notices,
    PictureReader,
    ProductStore,
    RequestTelemetry,
    StateStore,
    Telemetry,
    TextEncoder,
    Turns,
)
from shared.services import live_index, snapshots
from shared.services.calls import InTurn
from shared.services.facts import Facts
from shared.services.last_seen import LastSeen
from shared.services.live_index import LiveIndex
from shared.services.popularity import PopularityLists
from shared.services.query_encoders import QueryEncoders
from shared.services.quiz import Profiles
from shared.services.readiness import EncodersAhead
from shared.services.rulebook import RuleBooks
from shared.services.shop import Shop
from shared.services.themes import ThemeBooks
from shared.settings import Aws, Settings

if TYPE_CHECKING:
    from shared.adapters.aws import Connections

_NAMESPACE = "vitrine"
_EVERY_REMOTE = timedelta(seconds=15), timedelta(seconds=30)
"""How often the live version, and the newest lists and rules, are looked for where that costs a request."""
_KEPT_REMOTE = 2
"""Index versions open at a time, where memory and disk are paid for by the second."""


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Parts:
    """One adapter behind each port. A test makes one with the parts it wants to replace."""

    clock: Clock
    versions: IndexVersions
    events: EventStore
    products: ProductStore
    blobs: BlobStore
    state: StateStore
    turns: Turns
    notices: Notices
    queue: EventQueue | None = None
    remote: bool = False
    """Whether they answer over a network, so that each call may hang and costs money."""


def parts(settings: Settings, clock: Clock | None = None, patient: bool = False) -> Parts:
    """``patient`` is for jobs, which would rather wait than fail."""
    clock = clock or SystemClock()
    return _on_aws(settings, settings.aws, clock, patient) if settings.aws else _on_one_machine(settings, clock)


def _on_one_machine(settings: Settings, clock: Clock) -> Parts:
    from shared.adapters.file_turns import FileTurns
    from shared.adapters.files import FileBlobs
    from shared.adapters.silent import LogNotices
    from shared.adapters.sqlite import SqliteEvents, SqliteState
    from shared.adapters.sqlite_products import SqliteProducts

    return Parts(
        clock=clock,
        versions=index_versions(settings),
        events=SqliteEvents(settings.data / "events.sqlite", clock),
        products=SqliteProducts(settings.data / "catalogue.sqlite", clock),
        blobs=FileBlobs(settings.data / "blobs"),
        state=SqliteState(settings.data / "state.sqlite"),
        turns=FileTurns(settings.data / "work"),
        notices=LogNotices(),
        remote=settings.index == "qdrant",
    )


def _on_aws(settings: Settings, aws: Aws, clock: Clock, patient: bool) -> Parts:
    from shared.adapters.cloud_notices import CloudNotices
    from shared.adapters.dynamodb_events import DynamoEvents
    from shared.adapters.dynamodb_products import DynamoProducts
    from shared.adapters.dynamodb_state import DynamoState
    from shared.adapters.leases import LeaseTurns
    from shared.adapters.s3 import S3Blobs
    from shared.adapters.sqs import SqsEvents

    connections = _connections(patient)
    state = DynamoState(connections, aws.state_table)
    return Parts(
        clock=clock,
        versions=_index_versions(settings, aws, connections, state),
        events=DynamoEvents(connections, aws.events_table, clock, aws.retention_days),
        products=DynamoProducts(connections, aws.products_table, clock),
        blobs=S3Blobs(connections, aws.bucket),
        state=state,
        turns=LeaseTurns(state, clock),
        notices=CloudNotices(connections, aws.event_bus, settings.metrics),
        queue=SqsEvents(connections, aws.events_queue) if aws.events_queue else None,
        remote=True,
    )


@cache
def _connections(patient: bool) -> Connections:
    from shared.adapters.aws import Connections

    return Connections(read_seconds=20, attempts=8) if patient else Connections()


def forget_connections() -> None:
    """For a process that wakes from a snapshot: what was connected before is not connected now."""
    from shared.adapters import renewed_transport

    renewed_transport.forget_connections()
    for patient in (False, True):
        _connections(patient).forget()


def index_versions(settings: Settings) -> IndexVersions:
    """The versions alone, for those who need no store."""
    if settings.aws:
        from shared.adapters.dynamodb_state import DynamoState

        connections = _connections(patient=True)
        return _index_versions(settings, settings.aws, connections, DynamoState(connections, settings.aws.state_table))
    if settings.index == "qdrant":
        return _on_qdrant(settings, lambda: settings.qdrant_api_key)
    from shared.adapters.edge import EdgeVersions

    return EdgeVersions(settings.data / "versions")


def _index_versions(settings: Settings, aws: Aws, connections: Connections, state: StateStore) -> IndexVersions:
    if settings.index == "qdrant":
        from shared.adapters.secrets import read_secret

        secret = aws.qdrant_secret
        return _on_qdrant(settings, lambda: read_secret(connections, secret) if secret else settings.qdrant_api_key)
    from shared.adapters.edge import EdgeVersions
    from shared.adapters.edge_snapshots import EdgeSnapshots
    from shared.adapters.s3 import S3Blobs

    return EdgeSnapshots(EdgeVersions(settings.data / "copies"), S3Blobs(connections, aws.bucket), state)


def _on_qdrant(settings: Settings, key: Callable[[], str]) -> IndexVersions:
    from shared.adapters.qdrant import QdrantVersions, connect

    shards, replicas = settings.qdrant_shards, settings.qdrant_replicas
    return QdrantVersions(lambda: connect(settings.qdrant_url, key()), _NAMESPACE, shards, replicas)


def job_starter(settings: Settings) -> JobStarter:
    """On AWS alone: on one machine, the server starts the job itself."""
    from shared.adapters.batch import BatchStarter

    if settings.aws is None or not settings.aws.job_queue:
        raise InvalidInput("VITRINE_JOB_QUEUE is empty: set it to the queue that the indexer's jobs wait in.")
    return BatchStarter(_connections(patient=False), settings.aws.job_queue, settings.aws.job_definition)


def dropped_files(settings: Settings) -> DroppedFiles:
    """On AWS alone: on one machine, who has a file says where it is."""
    from shared.adapters.s3 import S3Files

    if settings.aws is None:
        raise InvalidInput("VITRINE_BUCKET is empty: set it to the bucket that files are dropped into.")
    return S3Files(_connections(patient=True), settings.aws.bucket)


def telemetry(settings: Settings, function: str) -> RequestTelemetry:
    """``function`` is the folder's name, by which its metrics and log lines are found."""
    if settings.telemetry:
        from shared.adapters.powertools import PowertoolsTelemetry

        return PowertoolsTelemetry(function, settings.tracing, settings.metrics)
    from shared.adapters.silent import SilentTelemetry

    return SilentTelemetry()


def shop(
    parts: Parts,
    new_id: Callable[[], str] = lambda: uuid4().hex,
    telemetry: Telemetry | None = None,
    encoders: QueryEncoders | None = None,
) -> Shop:
    """What the read services stand on. Cheap: nothing is opened before the first question.

    A new version is served from once its ``encoders`` are loaded too, where they are given.
    """
    from shared.adapters.bounded import BoundedCalls
    from shared.adapters.silent import SilentTelemetry

    telemetry = telemetry or SilentTelemetry()
    calls = BoundedCalls() if parts.remote else InTurn()
    index_every, blobs_every = _EVERY_REMOTE if parts.remote else (live_index.EVERY, snapshots.EVERY)
    kept = _KEPT_REMOTE if parts.remote else live_index.KEPT
    also_ready = EncodersAhead(parts.versions, encoders).ready if encoders else lambda _: True
    return Shop(
        clock=parts.clock,
        live=LiveIndex(parts.versions, parts.clock, telemetry, index_every, calls, kept, also_ready),
        events=parts.events,
        products=parts.products,
        popularity=PopularityLists(parts.blobs, parts.clock, blobs_every),
        rules=RuleBooks(parts.blobs, parts.clock, blobs_every),
        themes=ThemeBooks(parts.blobs, parts.clock, blobs_every),
        facts=Facts(parts.blobs),
        state=parts.state,
        new_id=new_id,
        telemetry=telemetry,
        calls=calls,
        seen=LastSeen(),
    )


def profiles(parts: Parts) -> Profiles:
    """What answers to the newcomers' quiz are kept in."""
    return Profiles(parts.state, parts.products, Facts(parts.blobs), parts.clock)


def query_encoders(settings: Settings, clock: Clock | None = None, blobs: BlobStore | None = None) -> QueryEncoders:
    """Cheap: an encoder is loaded when it is first needed.

    Those of the settings' folders, and with ``blobs`` whichever made the version that is asked.
    """
    from shared.adapters.encoder_copies import EncoderCopies

    shelf = EncoderCopies(blobs, settings.data / "encoders") if blobs else None
    return QueryEncoders(lambda: text_encoder(settings), lambda: image_encoder(settings), clock or SystemClock(), shelf)


def encoder_files(settings: Settings) -> tuple[EncoderFiles, ...]:
    """What the settings' encoders are made of, to be kept beside the versions that they make."""
    from shared.adapters.encoder_folder import open_folder

    return tuple(open_folder(path).files for path in (settings.text_encoder, settings.image_encoder))


def pictures(settings: Settings) -> PictureReader:
    from shared.adapters.pictures import GuardedPictures

    return GuardedPictures(settings.fetch_photos)


def text_encoder(settings: Settings) -> TextEncoder:
    from shared.adapters.encoder_folder import load_text_encoder

    return load_text_encoder(settings.text_encoder)


def image_encoder(settings: Settings) -> ImageEncoder:
    from shared.adapters.encoder_folder import load_image_encoder

    return load_image_encoder(settings.image_encoder)
