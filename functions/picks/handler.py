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
    """The live index: seconds from the bucket, which the first call should not wait for."""
    shop().live.live()


def wake() -> None:
    """Nothing connected or looked up before the snapshot counts after it."""
    wiring.forget_connections()
    shop().live.look_again()


handler = entry(create_app(shop, lambda: _settings.secret_keys), _telemetry, limit=_LIMIT)
after_restore(wake)
if _settings.aws:
    warm_up(load)
    after_restore(lambda: warm_up(load))
