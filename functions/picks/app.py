"""Picks over HTTP: the emails of many users in one call, or of one when it is sent, for a server of the shop's."""

from collections.abc import Callable
from functools import cache
from typing import Annotated

from fastapi import APIRouter, FastAPI, Query

from functions.picks import privacy, sends, slots
from functions.picks.post import Post, answer_of, answered, letter_of
from functions.picks.schemas import PicksAnswer, PicksBody, Pull, PulledAnswer
from functions.picks.whom import whom_of
from shared.http import errors
from shared.http.callers import AUTHORISED
from shared.http.parameters import UserId
from shared.services.picks import picks_for
from shared.services.privacy import People
from shared.services.slot_images import SlotImages


def create_router(open_post: Callable[[], Post]) -> APIRouter:
    """The routes; ``open_post`` is called at the first request, not before."""
    router = APIRouter(tags=["picks"], responses=errors.PROBLEMS)
    post = cache(open_post)

    @router.post("/v1/picks", summary="For many users at once")
    def picks_of(body: PicksBody) -> PicksAnswer:
        """Each user's blocks, each filled up in turn: for you, similar to what was looked at last, trending in the
        category, best sellers. Never what is bought, in the cart, disliked, sold out, without an image, or was shown by
        the last sends. Asked again for the same campaign: the same picks, with prices and stock of then."""
        campaign, asked = body.asks(), body.digest()
        letter = letter_of(post().blobs, body.template, body.about)
        whom = whom_of(post().segments, body, asked)
        answers, made = answered(post(), campaign, whom.users, letter)
        return PicksAnswer.of(campaign, answers, whom.cursor(made.not_done), made.summary)

    @router.get("/v1/users/{user_id:path}/picks", summary="For one user, when the email is sent")
    def picks_of_one(user_id: UserId, query: Annotated[Pull, Query()]) -> PulledAnswer:
        """As for many, in one block called picks. They count as shown at once, unless record says otherwise: every call
        for the campaign gets the same ones."""
        campaign, letter = query.asks(), letter_of(post().blobs, query.template, None)
        made = picks_for(post().mailing, campaign, [user_id]).picks[0]
        answer = answer_of(post(), campaign, made, letter)
        return PulledAnswer(campaign=campaign.name, record=campaign.record, **dict(answer))

    return router


def create_app(
    open_post: Callable[[], Post], open_images: Callable[[], SlotImages], open_people: Callable[[], People]
) -> FastAPI:
    app = FastAPI(title="Vitrine: picks", docs_url=None, redoc_url=None, dependencies=AUTHORISED)
    errors.install(app)
    opened = cache(open_post)
    app.include_router(create_router(opened))
    app.include_router(slots.create_router(lambda: (opened().slots, open_images())))
    app.include_router(sends.create_router(lambda: (opened().slots.sends, opened().slots.shop.clock)))
    app.include_router(privacy.create_router(open_people, lambda: opened().slots.shop))
    return app
