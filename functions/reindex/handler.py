"""Entry point of the Lambda function."""

from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI

from functions.reindex.app import Desk, create_app
from functions.reindex.tasks import Office, run_task
from shared import wiring
from shared.http.gate import Gate
from shared.http.lambda_entry import after_restore, entry
from shared.services.open_shops import OpenShops
from shared.settings import from_environment

_settings = from_environment()
_shops = wiring.shops(_settings)
parts = OpenShops(lambda name: wiring.parts(_settings.of_shop(_shops.known(name))))


def office(name: str = "") -> Office:
    """With the feed as the register has it now."""
    own, opened = _settings.of_shop(name), parts(name)
    bucket, folder = (own.aws.bucket, own.aws.folder) if own.aws else ("", "")
    feed = _shops.feed(name) if name else own.feed
    desk = Desk(opened.state, wiring.job_starter(own), opened.clock, feed, bucket, folder)
    return Office(desk, opened.events, opened.blobs)


def tasks(event: Mapping[str, Any]) -> dict[str, Any]:
    return run_task(office, _shops.names, event)


def _app(name: str) -> FastAPI:
    _shops.known(name)
    return create_app(lambda: office(name).desk)


handler = entry(Gate(wiring.access(_settings), _app), wiring.telemetry(_settings, "reindex"), tasks)
after_restore(wiring.forget_connections)
