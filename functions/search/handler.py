"""Entry point of the Lambda function."""

from functools import cache

from functions.search.app import create_app
from shared import wiring
from shared.http.lambda_entry import entry, warm_up
from shared.services.query_encoders import QueryEncoders
from shared.services.readiness import EncodersAhead
from shared.services.shop import Shop
from shared.services.understanding import read_vocabulary
from shared.settings import from_environment

_settings = from_environment()
_telemetry = wiring.telemetry(_settings, "search")


@cache
def opened() -> tuple[Shop, QueryEncoders]:
    parts = _parts()
    encoders = wiring.query_encoders(_settings, parts.clock, parts.blobs)
    return wiring.shop(parts, telemetry=_telemetry, encoders=encoders), encoders


@cache
def _parts() -> wiring.Parts:
    return wiring.parts(_settings)


def load_index() -> None:
    shop, _ = opened()
    shop.catch_up()
    shop.themes.newest()
    read_vocabulary(shop)


def load_encoders() -> None:
    EncodersAhead(_parts().versions, opened()[1]).load_live()


# Nothing is registered for after a restore: the function is an image, and those have no snapshots.
handler = entry(create_app(opened, lambda: wiring.pictures(_settings)), _telemetry)
if _settings.aws:
    warm_up(load_index, load_encoders)
