"""Entry point of the Lambda function."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from functions.reindex.app import Desk, create_app
from functions.reindex.tasks import run_task
from shared import wiring
from shared.http.lambda_entry import after_restore, entry
from shared.settings import from_environment

_settings = from_environment()


@cache
def parts() -> wiring.Parts:
    return wiring.parts(_settings)


def desk() -> Desk:
    bucket = _settings.aws.bucket if _settings.aws else ""
    return Desk(parts().state, wiring.job_starter(_settings), parts().clock, _settings.feed, bucket)


def tasks(event: Mapping[str, Any]) -> dict[str, str]:
    return run_task(desk(), parts().events, parts().blobs, parts().clock, event)


_app = create_app(desk, lambda: _settings.secret_keys)
handler = entry(_app, wiring.telemetry(_settings, "reindex"), tasks)
after_restore(wiring.forget_connections)
