"""Entry point of the Lambda function."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from fastapi import FastAPI

from functions.collect.app import create_app
from functions.collect.batches import change_dropped_offers, store_messages
from shared import wiring
from shared.domain.errors import InvalidInput
from shared.http.gate import Gate
from shared.http.lambda_entry import after_restore, entry
from shared.services.drops import Drop, drop_of, shop_of
from shared.services.open_shops import OpenShops
from shared.settings import from_environment

_settings = from_environment()
_shops = wiring.shops(_settings)
parts = OpenShops(lambda name: wiring.parts(_settings.of_shop(_shops.known(name))))


def _app(name: str) -> FastAPI:
    own = partial(parts, _shops.known(name))
    return create_app(
        lambda: wiring.keeping(own()),
        lambda: (own().blobs, own().clock),
        lambda: (own().products, own().clock),
        lambda: wiring.profiles(own()),
        lambda: (own().events, own().state, own().blobs, own().clock),
    )


def tasks(event: Mapping[str, Any]) -> dict[str, Any]:
    """Messages of the events queue, and S3's "Object Created"."""
    if messages := event.get("Records"):
        return store_messages(lambda name: wiring.keeping(parts(name)), parts("").clock, messages)
    if drop := drop_of(event):
        return _changed_offers(drop)
    raise InvalidInput("The event is none that this function knows: look at what the queue or the rule sends.")


def _changed_offers(drop: Drop) -> dict[str, Any]:
    name = shop_of(drop.key)
    own, aws = parts(name), _settings.of_shop(name).aws
    files = wiring.dropped_files(_settings)
    bucket, folder = (aws.bucket, aws.folder) if aws else ("", "")
    return change_dropped_offers(own.products, own.clock, files, bucket, drop, folder)


handler = entry(Gate(wiring.access(_settings), _app), wiring.telemetry(_settings, "collect"), tasks)
after_restore(wiring.forget_connections)
