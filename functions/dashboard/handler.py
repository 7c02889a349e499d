"""Entry point of the Lambda function."""

from functools import cache, partial

from fastapi import FastAPI

from functions.dashboard.app import create_app
from shared import wiring
from shared.http.gate import Gate
from shared.http.lambda_entry import after_restore, entry
from shared.services.open_shops import OpenShops
from shared.services.shop import Shop
from shared.settings import from_environment

_PATIENCE = 25.0
"""Seconds that an answer may take: counting the events of a busy day goes through all of them."""

_settings = from_environment()
_telemetry = wiring.telemetry(_settings, "dashboard")
_shops = wiring.shops(_settings)
parts = OpenShops(lambda name: wiring.parts(_settings.of_shop(_shops.known(name))))


def _shop(name: str) -> Shop:
    return wiring.shop(parts(name), telemetry=_telemetry)


def _app(name: str) -> FastAPI:
    own, shop = partial(parts, _shops.known(name)), cache(partial(_shop, name))
    return create_app(
        lambda: (wiring.traffic_reader(_settings.of_shop(name), own().clock), own().clock),
        lambda: (own().events, own().clock),
        lambda: (shop(), own().blobs),
        lambda: (own().versions, own().blobs, own().state, own().clock),
    )


handler = entry(Gate(wiring.access(_settings), _app), _telemetry, limit=_PATIENCE)
after_restore(wiring.forget_connections)
