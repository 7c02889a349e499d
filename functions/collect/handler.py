"""Entry point of the Lambda function."""

from mangum import Mangum

from functions.collect.app import create_app
from shared import wiring
from shared.ports import Clock, EventStore
from shared.settings import from_environment


def _open_store() -> tuple[EventStore, Clock]:
    parts = wiring.parts(from_environment())
    return parts.events, parts.clock


handler = Mangum(create_app(_open_store), lifespan="off")
