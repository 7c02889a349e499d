"""Handlers with something wrong in them, for the runtime to run: the real app and entry, over a part that fails."""

import time
from typing import Any

from functions.recommend.app import create_app
from shared import wiring
from shared.http.lambda_entry import entry
from shared.services.shop import Shop
from shared.settings import from_environment
from tests.support import opened

_settings = from_environment()
_telemetry = wiring.telemetry(_settings, "recommend")
_opened = 0


def _open_slowly() -> Shop:
    """The first time it takes longer than any invocation has."""
    global _opened
    _opened += 1
    if _opened == 1:
        time.sleep(60)
    return wiring.shop(wiring.parts(_settings), telemetry=_telemetry)


def _fail(event: Any) -> None:
    raise KeyError(event["user_id"])


slow = entry(opened(create_app(_open_slowly)), _telemetry)
impatient = entry(opened(create_app(_open_slowly)), _telemetry, limit=0.1)
failing = entry(opened(create_app(_open_slowly)), _telemetry, tasks=_fail)
