"""The composition root: the only place that knows which adapter stands behind which port.

Adapters are imported inside the functions that pick them, so that a process pays only for those it uses.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from shared.domain.choices import ALL, NONE, Consent
from shared.domain.encoder_files import EncoderFiles
from shared.domain.errors import InvalidInput, NotFound
from shared.ports import (
    Access,
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
    SendStore,
    SharedCounter,
    ShopPlace,
    StateStore,
    TaskQueue,
    Telemetry,
    TextEncoder,
    TrafficReader,
    Turns,
    Upkeep,
)
from shared.services import live_index, snapshots
from shared.services.access import Keys, UntilKeys
from shared.services.calls import Calls, InTurn
from shared.services.consent import Keeping
from shared.services.facts import Facts
from shared.services.last_seen import LastSeen
from shared.services.learnable import Learnable
from shared.services.link_secrets import LinkSecrets
from shared.services.live_index import LiveIndex
from shared.services.picks import Mailing
from shared.services.popularity import PopularityLists
from shared.services.privacy import People
from shared.services.query_encoders import QueryEncoders
from shared.services.quiz import Profiles
from shared.services.rate_limits import RateLimits
from shared.services.readiness import EncodersAhead
from shared.services.rulebook import RuleBooks
from shared.services.segments import Segments
from shared.services.shop import Shop
from shared.services.shops import Shops
from shared.services.slot_images import SlotImages
from shared.services.slots import Slots
from shared.services.themes import ThemeBooks
from shared.settings import Aws, Settings

if TYPE_CHECKING:
    from shared.adapters.aws import Connections
    from shared.adapters.measured import MeasuredTelemetry

_NAMESPACE = "vitrine"
_TABLES = ("events_table", "products_table", "state_table")
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
    sends: SendStore
    campaign_turns: Turns
    """For who writes the files of a campaign's run, or a kept segment."""
    queue: EventQueue | None = None
    remote: bool = False
    """Whether they answer over a network, so that each call may hang and costs money."""
    consent: Consent = ALL
    """That of people who have not said."""
    name: str = ""
    """The shop's; empty for the first one."""
    upkeep: Upkeep | None = None
    """None where the stores see to it by themselves."""


def parts(settings: Settings, clock: Clock | None = None, patient: bool = False) -> Parts:
    """``patient`` is for jobs, which would rather wait than fail."""
    clock = clock or SystemClock()
    return _on_aws(settings, settings.aws, clock, patient) if settings.aws else _on_one_machine(settings, clock)


def _on_one_machine(settings: Settings, clock: Clock) -> Parts:
    from shared.adapters.file_turns import FileTurns
    from shared.adapters.files import FileBlobs
    from shared.adapters.silent import LogNotices
    from shared.adapters.sqlite import SqliteEvents
    from shared.adapters.sqlite_products import SqliteProducts
    from shared.adapters.sqlite_sends import SqliteSends
    from shared.adapters.sqlite_state import SqliteState
    from shared.adapters.sqlite_upkeep import SqliteUpkeep

    events = SqliteEvents(settings.data / "events.sqlite", clock)
    state = SqliteState(settings.data / "state.sqlite")
    sends = SqliteSends(settings.data / "sends.sqlite", clock, settings.retention_days)
    blobs = FileBlobs(settings.data / "blobs")
    return Parts(
        clock=clock,
        versions=index_versions(settings),
        events=events,
        products=SqliteProducts(settings.data / "catalogue.sqlite", clock),
        blobs=blobs,
        state=state,
        turns=FileTurns(settings.data / "work"),
        notices=LogNotices(),
        sends=sends,
        campaign_turns=FileTurns(settings.data / "campaigns"),
        remote=settings.index == "qdrant",
        consent=_default_consent(settings),
        name=settings.shop,
        upkeep=SqliteUpkeep(events, state, sends, blobs, clock, settings.retention_days),
    )


def _default_consent(settings: Settings) -> Consent:
    return NONE if settings.consent == "required" else ALL


def _on_aws(settings: Settings, aws: Aws, clock: Clock, patient: bool) -> Parts:
    from shared.adapters.cloud_notices import CloudNotices
    from shared.adapters.dynamodb_events import DynamoEvents
    from shared.adapters.dynamodb_products import DynamoProducts
    from shared.adapters.dynamodb_sends import DynamoSends
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
        blobs=S3Blobs(connections, aws.bucket, aws.folder),
        state=state,
        turns=LeaseTurns(state, clock),
        notices=CloudNotices(connections, aws.event_bus, settings.metrics, settings.shop),
        sends=DynamoSends(connections, aws.events_table, clock, aws.retention_days),
        campaign_turns=LeaseTurns(state, clock, record="campaign-turn"),
        queue=SqsEvents(connections, aws.events_queue, settings.shop) if aws.events_queue else None,
        remote=True,
        consent=_default_consent(settings),
        name=settings.shop,
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

    return EdgeSnapshots(EdgeVersions(settings.data / "copies"), S3Blobs(connections, aws.bucket, aws.folder), state)


def _on_qdrant(settings: Settings, key: Callable[[], str]) -> IndexVersions:
    from shared.adapters.qdrant import QdrantVersions, connect

    shards, replicas = settings.qdrant_shards, settings.qdrant_replicas
    # No shop's name has the sign that parts it from ours: the first shop's collections are nobody else's by name.
    prefix = f"{_NAMESPACE}_{settings.shop}" if settings.shop else _NAMESPACE
    return QdrantVersions(lambda: connect(settings.qdrant_url, key()), prefix, shards, replicas)


def access(settings: Settings, clock: Clock | None = None) -> Access:
    """Who may call what, by the deployment's keys; on one machine everybody may everything until there is one."""
    found = keys(settings, clock)
    return found if settings.aws else UntilKeys(found)


def keys(settings: Settings, clock: Clock | None = None) -> Keys:
    """Cheap: the keyring is read when the first key is shown. None of the deployment's shops has one of its own."""
    from shared.adapters.jwks import Jwks

    settings, clock = settings.first or settings, clock or SystemClock()
    limits = RateLimits(clock, _counter(settings.aws) if settings.aws else None)
    return Keys(lambda: _state(settings), clock, limits, Jwks(clock), shops(settings, clock).is_known)


def _counter(aws: Aws) -> SharedCounter:
    from shared.adapters.aws import Connections
    from shared.adapters.dynamodb_counters import SECONDS, DynamoCounters

    return DynamoCounters(Connections(connect_seconds=SECONDS, read_seconds=SECONDS), aws.state_table)


def shops(settings: Settings, clock: Clock | None = None) -> Shops:
    """The register of the deployment's shops, which the first one keeps."""
    return Shops(lambda: _state(settings.first or settings), clock or SystemClock())


def shop_place(settings: Settings) -> ShopPlace | None:
    """What must be there before a shop besides the first can be used; on one machine its files come with their use."""
    first = settings.first
    if first is None or settings.aws is None or first.aws is None:
        return None
    from shared.adapters.dynamodb_tables import TablesBeside

    pairs = [(getattr(first.aws, table), getattr(settings.aws, table)) for table in _TABLES]
    if not all(model for model, _ in pairs):
        raise InvalidInput("A variable of the stack's tables is empty: set VITRINE_EVENTS_TABLE and the two others.")
    return TablesBeside(_connections(patient=True), dict(pairs))


def _state(settings: Settings) -> StateStore:
    if settings.aws:
        from shared.adapters.dynamodb_state import DynamoState

        return DynamoState(_connections(patient=False), settings.aws.state_table)
    from shared.adapters.sqlite_state import SqliteState

    return SqliteState(settings.data / "state.sqlite")


def picks_queue(settings: Settings) -> TaskQueue | None:
    """Of all shops of a deployment; on one machine, the command hands out the partitions itself."""
    if settings.aws is None or not settings.aws.picks_queue:
        return None
    from shared.adapters.sqs_tasks import SqsTasks

    return SqsTasks(_connections(patient=True), settings.aws.picks_queue)


def job_starter(settings: Settings) -> JobStarter:
    """On AWS alone: on one machine, the server starts the job itself."""
    from shared.adapters.batch import BatchStarter

    if settings.aws is None or not settings.aws.job_queue:
        raise InvalidInput("VITRINE_JOB_QUEUE is empty: set it to the queue that the indexer's jobs wait in.")
    aws = settings.aws
    return BatchStarter(_connections(patient=False), aws.job_queue, aws.job_definition, settings.shop)


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


def measured(clock: Clock) -> MeasuredTelemetry:
    """Telemetry that the process itself can report."""
    from shared.adapters.measured import MeasuredTelemetry

    return MeasuredTelemetry(clock)


def traffic_reader(settings: Settings, clock: Clock) -> TrafficReader:
    """What the functions measure; where that goes nowhere, a report of nothing.

    Raises NotFound for another shop than the first: the functions' metrics tell shops apart no more than they do users.
    """
    if settings.shop:
        raise NotFound("Traffic is measured for all shops together: ask with a key of the first shop.")
    if settings.aws is None:
        return measured(clock)
    from shared.adapters.cloudwatch_traffic import CloudWatchTraffic

    return CloudWatchTraffic(_connections(patient=True), settings.metrics, clock)


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
        consent=parts.consent,
    )


def mailing(parts: Parts, shop: Shop) -> Mailing:
    """What a job makes picks of: ``shop`` with its index and lists, and with stores that are waited for.

    Nobody waits for one answer: a call that takes a second is no reason to do without a user's events.
    """
    unhurried = replace(shop, calls=InTurn(), events=parts.events, products=parts.products, state=parts.state)
    return Mailing(unhurried, parts.sends)


def profiles(parts: Parts) -> Profiles:
    """What answers to the newcomers' quiz are kept in."""
    return Profiles(parts.state, parts.products, Facts(parts.blobs), parts.clock, parts.consent)


def people(parts: Parts) -> People:
    """All that is kept of persons."""
    return People(parts.events, parts.state, parts.sends, parts.blobs, parts.campaign_turns, parts.clock, parts.upkeep)


def learnable(parts: Parts) -> Learnable:
    """What of all events may be learnt from."""
    return Learnable(parts.events, parts.state, parts.consent)


@cache
def _bounded_calls() -> Calls:
    """Of the whole process: a queue's messages are each kept by a Keeping of their own."""
    from shared.adapters.bounded import BoundedCalls

    return BoundedCalls()


def keeping(parts: Parts) -> Keeping:
    """Where what people do is kept, by their leave."""
    shelf = parts.blobs, parts.campaign_turns
    calls = _bounded_calls() if parts.remote else InTurn()
    return Keeping(parts.events, parts.state, parts.clock, parts.consent, parts.queue, parts.sends, shelf, calls)


def segments(parts: Parts) -> Segments:
    return Segments(parts.blobs, parts.state, parts.clock, parts.consent)


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


def slots(parts: Parts, shop: Shop) -> Slots:
    """What is chosen when an email is opened."""
    return Slots(shop, parts.sends, LinkSecrets(parts.state, parts.clock, parts.name))


def slot_images(clock: Clock, folder: Path | None = None) -> SlotImages:
    """``folder`` has the pictures that the feed names without an address, on one machine."""
    from shared.adapters.product_pictures import ProductPictures
    from shared.emails.cards import draw

    return SlotImages(ProductPictures(folder), draw, clock)
