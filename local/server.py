"""One server with every function's routes, for a laptop: what API Gateway and Lambda are on AWS."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi_offline import FastAPIOffline

from functions.collect.app import create_router as collect_router
from functions.collect.collections import create_router as themes_router
from functions.collect.consent import create_router as consent_router
from functions.collect.interests import create_router as interests_router
from functions.collect.products import create_router as products_router
from functions.collect.quiz import create_router as answers_router
from functions.collect.rules import create_router as rules_router
from functions.collect.users import create_router as users_router
from functions.dashboard.catalogue import create_router as shown_router
from functions.dashboard.drift import create_router as drift_router
from functions.dashboard.inspection import create_router as inspection_router
from functions.dashboard.outcomes import create_router as outcomes_router
from functions.dashboard.traffic import create_router as traffic_router
from functions.dashboard.versions import create_router as versions_router
from functions.picks.app import create_router as picks_router
from functions.picks.post import Post
from functions.picks.privacy import create_router as privacy_router
from functions.picks.sends import create_router as sends_router
from functions.picks.slots import create_router as slots_router
from functions.recommend.app import create_router as recommend_router
from functions.reindex.app import Desk
from functions.reindex.app import create_router as reindex_router
from functions.search.app import LARGER_BODIES
from functions.search.app import create_router as search_router
from functions.search.collections import create_router as collections_router
from functions.search.suggest import create_router as suggest_router
from local.options import of_shop
from local.reindexing import desk_for
from local.site import NO_SITE, Site, install
from shared import wiring
from shared.http import errors
from shared.http.callers import AUTHORISED
from shared.http.gate import Gate
from shared.http.measuring import Measured
from shared.http.steady import keep_for_good
from shared.ports import Access, PictureReader, TrafficReader
from shared.services.open_shops import OpenShops
from shared.services.popularity import refresh_popularity
from shared.services.query_encoders import QueryEncoders
from shared.services.retention import forget_old, sweep
from shared.services.segments import expire_segments
from shared.services.shop import Shop
from shared.settings import Settings

REFRESH_SECONDS = 60
RETENTION_SECONDS = 3_600
SWEEP_SECONDS = 86_400
"""A file with a million events is written anew in a second, and writers wait: not for each withdrawal."""
AllParts = Callable[[], Iterable[wiring.Parts]]
_log = logging.getLogger("vitrine.server")


def create_gate(settings: Settings, access: Access, site: Site) -> Gate:
    """The apps of all shops, behind one gate; the ``site`` is the first one's, as are ``settings``."""
    register = wiring.shops(settings)
    parts = OpenShops(lambda name: wiring.parts(of_shop(settings, name)))

    def open_app(name: str) -> FastAPI:
        own = of_shop(settings, name)
        encoders = wiring.query_encoders(own, parts(name).clock, parts(name).blobs)
        pictures = wiring.pictures(own)
        if name:
            return create_app(parts(name), NO_SITE, encoders, desk_for(own, parts(name), None), pictures)
        desk = desk_for(own, parts(""), site.images)
        return create_app(parts(""), site, encoders, desk, pictures, lambda: map(parts, register.names()))

    return Gate(access, open_app)


def create_app(
    parts: wiring.Parts,
    site: Site = NO_SITE,
    encoders: QueryEncoders | None = None,
    desk: Desk | None = None,
    pictures: PictureReader | None = None,
    ranked: AllParts | None = None,
) -> FastAPI:
    """``site`` is what its pages are told.

    ``encoders`` are those of search, and the ones that ship with Vitrine where none are given; ``pictures`` reads those
    that shoppers send. Where there is a ``desk``, reindexes can be asked for. ``ranked`` are the shops whose popular
    products it keeps ranked while it is served, and this one alone where they are not given.
    """

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        keep_for_good()
        tasks = _begin_jobs(ranked or (lambda: (parts,)))
        yield
        for task in tasks:
            task.cancel()

    app = FastAPIOffline(
        title="Vitrine",
        description="A shop window for each shopper.",
        lifespan=lifespan,
        dependencies=AUTHORISED,
    )
    errors.install(app, LARGER_BODIES)
    encoders = encoders or wiring.query_encoders(Settings())
    telemetry = wiring.measured(parts.clock)
    app.add_middleware(Measured, telemetry=telemetry)
    shop = wiring.shop(parts, telemetry=telemetry, encoders=encoders)
    app.include_router(recommend_router(lambda: shop))
    # Before the collections, whose paths would take the book for one of them.
    app.include_router(themes_router(lambda: (parts.blobs, parts.clock)))
    app.include_router(search_router(lambda: (shop, encoders), lambda: pictures or wiring.pictures(Settings())))
    app.include_router(collections_router(lambda: (shop, encoders)))
    app.include_router(suggest_router(lambda: (shop, encoders)))
    _send_emails(app, parts, shop, site)
    _take_writes(app, parts, shop)
    _show_operators(app, parts, shop, telemetry)
    if desk is not None:
        app.include_router(reindex_router(lambda: desk))
    install(app, site)
    return app


def _send_emails(app: FastAPI, parts: wiring.Parts, shop: Shop, site: Site) -> None:
    """What picks is on AWS."""
    slots = wiring.slots(parts, shop)
    app.include_router(picks_router(lambda: Post(slots, parts.blobs)))
    app.include_router(slots_router(lambda: (slots, wiring.slot_images(parts.clock, site.images))))
    app.include_router(sends_router(lambda: (parts.sends, parts.clock)))


def _take_writes(app: FastAPI, parts: wiring.Parts, shop: Shop) -> None:
    """What collect is on AWS, and the erasure and export that picks has there."""
    app.include_router(collect_router(lambda: wiring.keeping(parts)))
    app.include_router(rules_router(lambda: (parts.blobs, parts.clock)))
    app.include_router(products_router(lambda: (parts.products, parts.clock)))
    app.include_router(users_router(lambda: wiring.keeping(parts)))
    app.include_router(consent_router(lambda: wiring.keeping(parts), lambda: (parts.blobs, parts.clock)))
    app.include_router(answers_router(lambda: wiring.profiles(parts)))
    # Before the erasure of a user, whose path would take that of an interest for a user's id.
    app.include_router(interests_router(lambda: (parts.events, parts.state, parts.blobs, parts.clock)))
    app.include_router(privacy_router(lambda: wiring.people(parts), lambda: shop))


def _show_operators(app: FastAPI, parts: wiring.Parts, shop: Shop, traffic: TrafficReader) -> None:
    """What dashboard is on AWS."""
    app.include_router(traffic_router(lambda: (traffic, parts.clock)))
    app.include_router(outcomes_router(lambda: (parts.events, parts.clock)))
    for create_router in (inspection_router, shown_router, drift_router):
        app.include_router(create_router(lambda: (shop, parts.blobs)))
    app.include_router(versions_router(lambda: (parts.versions, parts.blobs, parts.state, parts.clock)))


def _begin_jobs(shops: AllParts) -> list[asyncio.Task[None]]:
    return [
        asyncio.create_task(_again(REFRESH_SECONDS, lambda: _rank(shops))),
        asyncio.create_task(_again(RETENTION_SECONDS, lambda: _forget(shops))),
        asyncio.create_task(_again(SWEEP_SECONDS, lambda: _sweep(shops), first=RETENTION_SECONDS)),
    ]


async def _again(seconds: float, job: Callable[[], None], first: float | None = None) -> None:
    """What schedules, and the tables themselves, do on AWS; the ``first`` time after so many seconds."""
    wait = seconds if first is None else first
    while True:
        await asyncio.sleep(wait)
        wait = seconds
        try:
            await asyncio.to_thread(job)
        except Exception:  # whatever it is, what was there stays good and the next turn may succeed
            _log.exception("popular products could not be ranked again, or what is old or erased not cleared away")
            wait = seconds if first is None else first


def _rank(ranked: AllParts) -> None:
    for parts in ranked():
        refresh_popularity(parts.events, parts.blobs, parts.clock.now())


def _sweep(shops: AllParts) -> None:
    for parts in shops():
        sweep(parts.upkeep)


def _forget(shops: AllParts) -> None:
    for parts in shops():
        forget_old(parts.upkeep)
        expire_segments(wiring.segments(parts), parts.campaign_turns)
