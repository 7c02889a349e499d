"""Entry point of the Lambda function."""

from functools import cache

from functions.picks.app import create_app
from shared import wiring
from shared.http.lambda_entry import after_restore, entry, warm_up
from shared.services.shop import Shop
from shared.settings import from_environment

_LIMIT = 20.0
"""Seconds: a server of the shop's has more patience than a shopper, and API Gateway has 30."""

_settings = from_environment()
_telemetry = wiring.telemetry(_settings, "picks")


@cache
def shop() -> Shop:
    return wiring.shop(wiring.parts(_settings), telemetry=_telemetry)


def load() -> None:
    """Brings the live index from the bucket: that takes seconds, which the first call should not wait for."""
    warm_up(lambda: shop().catch_up())


handler = entry(create_app(shop, lambda: _settings.secret_keys), _telemetry, limit=_LIMIT)
after_restore(wiring.forget_connections, load)
if _settings.aws:
    load()
