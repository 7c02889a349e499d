"""Entry point of the Lambda function."""

from functools import cache

from functions.collect.app import create_app
from shared import wiring
from shared.http.lambda_entry import after_restore, entry
from shared.settings import from_environment

_settings = from_environment()


@cache
def parts() -> wiring.Parts:
    return wiring.parts(_settings)


_app = create_app(
    lambda: (parts().events, parts().clock),
    lambda: (parts().blobs, parts().clock),
    lambda: (parts().products, parts().clock),
    lambda: _settings.secret_keys,
)
handler = entry(_app, wiring.telemetry(_settings, "collect"))
after_restore(wiring.forget_connections)
