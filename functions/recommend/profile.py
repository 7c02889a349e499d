"""A person's profile over HTTP: what Vitrine takes them to like, and why."""

from collections.abc import Callable
from functools import cache

from fastapi import APIRouter

from shared.http import errors
from shared.http.parameters import UserId
from shared.http.profiles import ProfileAnswer
from shared.services.profile import profile_of
from shared.services.shop import Shop


def create_router(open_shop: Callable[[], Shop]) -> APIRouter:
    """The routes; ``open_shop`` is called at the first request, not before."""
    router = APIRouter(tags=["privacy"], responses=errors.PROBLEMS)
    shop = cache(open_shop)

    @router.get("/v1/users/{user_id:path}/profile", summary="What a user likes, and why")
    def profile(user_id: UserId) -> ProfileAnswer:
        """What "for you" goes by now, for a visit without a session: the same taste, said in words."""
        return ProfileAnswer.of(profile_of(shop(), user_id))

    return router
