"""Entry point of the Lambda function."""

from functools import cache

from functions.recommend.app import create_app
from shared import wiring
from shared.http.lambda_entry import after_restore, entry, warm_up
from shared.services.shop import Shop
from shared.settings import from_environment

_settings = from_environment()
_telemetry = wiring.telemetry(_settings, "recommend")


@cache
def shop() -> Shop:
    return wiring.shop(wiring.parts(_settings), telemetry=_telemetry)


def load() -> None:
    """Brings the live index from the bucket: that takes seconds, for which no shopper should wait."""
    warm_up(lambda: shop().catch_up())


handler = entry(create_app(shop), _telemetry)
after_restore(wiring.forget_connections, load)
if _settings.aws:
    load()
