"""The composition root: the only place that knows which adapter stands behind which port.

Adapters are imported inside the functions that pick them, so that a process pays only for those it uses.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import uuid4

from shared.ports import BlobStore, Clock, EventStore, ImageEncoder, IndexVersions, ProductStore, TextEncoder
from shared.services.live_index import LiveIndex
from shared.services.popularity import PopularityLists
from shared.services.rulebook import RuleBooks
from shared.services.shop import Shop
from shared.settings import Settings


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


def parts(settings: Settings, clock: Clock | None = None) -> Parts:
    from shared.adapters.files import FileBlobs
    from shared.adapters.sqlite import SqliteEvents, SqliteProducts

    clock = clock or SystemClock()
    return Parts(
        clock=clock,
        versions=index_versions(settings),
        events=SqliteEvents(settings.data / "events.sqlite", clock),
        products=SqliteProducts(settings.data / "catalogue.sqlite"),
        blobs=FileBlobs(settings.data / "blobs"),
    )


def index_versions(settings: Settings) -> IndexVersions:
    if settings.index == "qdrant":
        from shared.adapters.qdrant import QdrantVersions, connect

        return QdrantVersions(connect(settings.qdrant_url, settings.qdrant_api_key), prefix="vitrine")
    from shared.adapters.edge import EdgeVersions

    return EdgeVersions(settings.data / "versions")


def shop(parts: Parts, new_id: Callable[[], str] = lambda: uuid4().hex) -> Shop:
    """What the read services stand on. Cheap: nothing is opened before the first question."""
    return Shop(
        clock=parts.clock,
        live=LiveIndex(parts.versions, parts.clock),
        events=parts.events,
        products=parts.products,
        popularity=PopularityLists(parts.blobs, parts.clock),
        rules=RuleBooks(parts.blobs, parts.clock),
        new_id=new_id,
    )


def text_encoder(settings: Settings) -> TextEncoder:
    from shared.adapters.encoder_folder import load_text_encoder

    return load_text_encoder(settings.text_encoder)


def image_encoder(settings: Settings) -> ImageEncoder:
    from shared.adapters.encoder_folder import load_image_encoder

    return load_image_encoder(settings.image_encoder)
