"""Entry point of the Lambda function."""

from functools import cache, partial

from fastapi import FastAPI

from functions.search.app import create_app
from shared import wiring
from shared.http.gate import Gate
from shared.http.lambda_entry import entry, warm_up
from shared.services.query_encoders import QueryEncoders
from shared.services.readiness import EncodersAhead
from shared.services.shop import Shop
from shared.services.understanding import read_vocabulary
from shared.settings import from_environment

_settings = from_environment()
_telemetry = wiring.telemetry(_settings, "search")
_shops = wiring.shops(_settings)
_pictures = cache(lambda: wiring.pictures(_settings))


def _open(name: str) -> tuple[Shop, QueryEncoders]:
    parts = _parts(name)
    encoders = wiring.query_encoders(_settings.of_shop(name), parts.clock, parts.blobs)
    return wiring.shop(parts, telemetry=_telemetry, encoders=encoders), encoders


def _parts(name: str) -> wiring.Parts:
    return wiring.parts(_settings.of_shop(name))


first_shop = cache(partial(_open, ""))


def _app(name: str) -> FastAPI:
    """The gate lets go of apps, and each of another shop's goes with its index and its encoders."""
    return create_app(cache(partial(_open, _shops.known(name))) if name else first_shop, _pictures)


def load_index() -> None:
    shop, _ = first_shop()
    shop.catch_up()
    shop.themes.newest()
    read_vocabulary(shop)


def load_encoders() -> None:
    EncodersAhead(_parts("").versions, first_shop()[1]).load_live()


# Nothing is registered for after a restore: the function is an image, and those have no snapshots.
handler = entry(Gate(wiring.access(_settings), _app), _telemetry)
if _settings.aws:
    warm_up(load_index, load_encoders)
