"""Entry point of the Lambda function."""

from functools import cache, partial

from fastapi import FastAPI

from functions.recommend.app import create_app
from shared import wiring
from shared.http.gate import Gate
from shared.http.lambda_entry import after_restore, entry, warm_up
from shared.services.shop import Shop
from shared.settings import from_environment

_settings = from_environment()
_telemetry = wiring.telemetry(_settings, "recommend")
_shops = wiring.shops(_settings)


def _open(name: str) -> Shop:
    return wiring.shop(wiring.parts(_settings.of_shop(name)), telemetry=_telemetry)


first_shop = cache(partial(_open, ""))


def _app(name: str) -> FastAPI:
    """The gate lets go of apps, and each of another shop's goes with its index."""
    return create_app(cache(partial(_open, _shops.known(name))) if name else first_shop)


def load() -> None:
    """Brings the live index from the bucket: that takes seconds, for which no shopper should wait."""
    warm_up(lambda: first_shop().catch_up())


handler = entry(Gate(wiring.access(_settings), _app), _telemetry)
after_restore(wiring.forget_connections, load)
if _settings.aws:
    load()
