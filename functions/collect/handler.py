"""Entry point of the Lambda function."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from functions.collect.app import create_app
from functions.collect.batches import change_dropped_offers, store_messages
from shared import wiring
from shared.domain.errors import InvalidInput
from shared.http.lambda_entry import after_restore, entry
from shared.services.drops import drop_of
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
    lambda: (parts().events, parts().state, parts().clock),
    lambda: wiring.profiles(parts()),
    lambda: parts().queue,
)


def tasks(event: Mapping[str, Any]) -> dict[str, Any]:
    """Messages of the events queue, and S3's "Object Created"."""
    if messages := event.get("Records"):
        return store_messages(parts().events, parts().clock, messages)
    if _settings.aws and (drop := drop_of(event)):
        files = wiring.dropped_files(_settings)
        return change_dropped_offers(parts().products, parts().clock, files, _settings.aws.bucket, drop)
    raise InvalidInput("The event is none that this function knows: look at what the queue or the rule sends.")


handler = entry(_app, wiring.telemetry(_settings, "collect"), tasks)
after_restore(wiring.forget_connections)
