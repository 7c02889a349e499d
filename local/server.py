"""One server with every function's routes, for a laptop: what API Gateway and Lambda are on AWS."""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles
from fastapi_offline import FastAPIOffline

from functions.collect.app import create_router as collect_router
from functions.collect.collections import create_router as themes_router
from functions.collect.products import create_router as products_router
from functions.collect.quiz import create_router as answers_router
from functions.collect.rules import create_router as rules_router
from functions.collect.users import create_router as users_router
from functions.picks.app import create_router as picks_router
from functions.recommend.app import create_router as recommend_router
from functions.reindex.app import Desk
from functions.reindex.app import create_router as reindex_router
from functions.search.app import LARGER_BODIES
from functions.search.app import create_router as search_router
from functions.search.collections import create_router as collections_router
from functions.search.suggest import create_router as suggest_router
from local import pages
from local.demo_shop.build import Shopper
from shared import wiring
from shared.http import errors
from shared.http.steady import keep_for_good
from shared.ports import PictureReader
from shared.services.popularity import refresh_popularity
from shared.services.query_encoders import QueryEncoders
from shared.settings import Settings

REFRESH_SECONDS = 60
_log = logging.getLogger("vitrine.server")


def create_app(
    parts: wiring.Parts,
    images: Path | None = None,
    shoppers: Sequence[Shopper] = (),
    secret_keys: Sequence[str] = (),
    encoders: QueryEncoders | None = None,
    desk: Desk | None = None,
    pictures: PictureReader | None = None,
) -> FastAPI:
    """``images`` is the folder that product pictures are served from; ``shoppers`` get a page each.

    ``secret_keys`` are the digests of the keys without which nobody may write catalogue and rules, if there are any.
    ``encoders`` are those of search, and the ones that ship with Vitrine where none are given; ``pictures`` reads those
    that shoppers send. Where there is a ``desk``, reindexes can be asked for.
    """

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        keep_for_good()
        refreshing = asyncio.create_task(_keep_popularity_fresh(parts))
        yield
        refreshing.cancel()

    app = FastAPIOffline(title="Vitrine", description="A shop window for each shopper.", lifespan=lifespan)
    errors.install(app, LARGER_BODIES)
    encoders = encoders or wiring.query_encoders(Settings())
    shop = wiring.shop(parts, encoders=encoders)
    app.include_router(recommend_router(lambda: shop))
    # Before the collections, whose paths would take the book for one of them.
    app.include_router(themes_router(lambda: (parts.blobs, parts.clock), lambda: secret_keys))
    app.include_router(search_router(lambda: (shop, encoders), lambda: pictures or wiring.pictures(Settings())))
    app.include_router(collections_router(lambda: (shop, encoders)))
    app.include_router(suggest_router(lambda: (shop, encoders)))
    app.include_router(picks_router(lambda: shop, lambda: secret_keys))
    app.include_router(collect_router(lambda: (parts.events, parts.clock), lambda: parts.queue))
    app.include_router(rules_router(lambda: (parts.blobs, parts.clock), lambda: secret_keys))
    app.include_router(products_router(lambda: (parts.products, parts.clock), lambda: secret_keys))
    app.include_router(users_router(lambda: (parts.events, parts.state, parts.clock), lambda: secret_keys))
    app.include_router(answers_router(lambda: wiring.profiles(parts)))
    if desk is not None:
        app.include_router(reindex_router(lambda: desk, lambda: secret_keys))
    if images is not None:
        app.mount("/images", StaticFiles(directory=images), name="images")
    app.include_router(pages.create_router(shop, shoppers, with_images=images is not None), include_in_schema=False)
    return app


async def _keep_popularity_fresh(parts: wiring.Parts) -> None:
    """What a schedule does on AWS."""
    while True:
        await asyncio.sleep(REFRESH_SECONDS)
        try:
            await asyncio.to_thread(refresh_popularity, parts.events, parts.blobs, parts.clock.now())
        except Exception:  # whatever it is, the last snapshot stays good and the next turn may succeed
            _log.exception("the popular products could not be ranked again")
