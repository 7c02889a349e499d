"""Entry point of the Lambda function."""

from mangum import Mangum

from functions.collect.app import create_app
from shared import wiring
from shared.ports import BlobStore, Clock, EventStore
from shared.settings import from_environment


def _open_store() -> tuple[EventStore, Clock]:
    parts = wiring.parts(from_environment())
    return parts.events, parts.clock


def _open_blobs() -> tuple[BlobStore, Clock]:
    parts = wiring.parts(from_environment())
    return parts.blobs, parts.clock


handler = Mangum(create_app(_open_store, _open_blobs), lifespan="off")
