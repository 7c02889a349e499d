"""Entry point of the Lambda function."""

from functools import cache, partial

from fastapi import FastAPI

from functions.picks.app import create_app
from functions.picks.post import Post
from functions.picks.tasks import Office, Tasks
from shared import wiring
from shared.http.gate import Gate
from shared.http.lambda_entry import after_restore, entry, warm_up
from shared.services.campaigns import Desk
from shared.services.open_shops import OpenShops
from shared.settings import from_environment

_LIMIT = 20.0
"""Seconds: a server of the shop's has more patience than a shopper, and API Gateway has 30."""

_settings = from_environment()
_telemetry = wiring.telemetry(_settings, "picks")
_shops = wiring.shops(_settings)


def _open(name: str) -> Post:
    parts = wiring.parts(_settings.of_shop(name))
    shop = wiring.shop(parts, telemetry=_telemetry)
    return Post(wiring.slots(parts, shop), parts.blobs)


first_shop = cache(partial(_open, ""))


def _app(name: str) -> FastAPI:
    """The gate lets go of apps, and each of another shop's goes with its index."""
    open_post = cache(partial(_open, _shops.known(name))) if name else first_shop
    own = _settings.of_shop(name)  # whose name the register knows, once the post is open
    return create_app(
        open_post,
        lambda: wiring.slot_images(open_post().slots.shop.clock),
        lambda: wiring.people(wiring.parts(own)),
    )


def office(name: str = "") -> Office:
    """A run would rather wait for its stores than fail."""
    patient = wiring.parts(_settings.of_shop(_shops.known(name)), patient=True)
    mailing = wiring.mailing(patient, (_open(name) if name else first_shop()).slots.shop)
    return Office(Desk(mailing, patient.blobs, patient.campaign_turns), patient.events)


_tasks = Tasks(OpenShops(office), _shops.names, wiring.picks_queue(_settings))


def load() -> None:
    """Brings the live index from the bucket: that takes seconds, which the first call should not wait for."""
    warm_up(lambda: first_shop().slots.shop.catch_up())


handler = entry(Gate(wiring.access(_settings), _app), _telemetry, _tasks.run, limit=_LIMIT)
after_restore(wiring.forget_connections, load)
if _settings.aws:
    load()
