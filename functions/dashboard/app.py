"""What the shop's own people look at: traffic, outcomes, and a close look at users and products. It only reads."""

from collections.abc import Callable

from fastapi import FastAPI

from functions.dashboard import catalogue, drift, inspection, outcomes, traffic, versions
from shared.http import errors
from shared.http.callers import AUTHORISED
from shared.ports import BlobStore, Clock, EventStore, IndexVersions, StateStore, TrafficReader
from shared.services.shop import Shop


def create_app(
    open_traffic: Callable[[], tuple[TrafficReader, Clock]],
    open_events: Callable[[], tuple[EventStore, Clock]],
    open_shop: Callable[[], tuple[Shop, BlobStore]],
    open_versions: Callable[[], tuple[IndexVersions, BlobStore, StateStore, Clock]],
) -> FastAPI:
    app = FastAPI(title="Vitrine: dashboard", docs_url=None, redoc_url=None, dependencies=AUTHORISED)
    errors.install(app)
    app.include_router(traffic.create_router(open_traffic))
    app.include_router(outcomes.create_router(open_events))
    for of_shop in (inspection, catalogue, drift):
        app.include_router(of_shop.create_router(open_shop))
    app.include_router(versions.create_router(open_versions))
    return app
