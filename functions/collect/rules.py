"""The shop's rule book over HTTP."""

from collections.abc import Callable
from functools import cache

from fastapi import APIRouter

from shared.http import errors
from shared.http.schemas import RuleBookAnswer, RuleBookBody
from shared.ports import BlobStore, Clock
from shared.services.rulebook import apply_rules, current_rules


def create_router(open_blobs: Callable[[], tuple[BlobStore, Clock]]) -> APIRouter:
    """The routes; ``open_blobs`` is called at the first request, not before."""
    router = APIRouter(tags=["rules"], responses=errors.PROBLEMS)
    opened = cache(open_blobs)

    @router.get("/v1/rules", summary="The rule book")
    def rules() -> RuleBookAnswer:
        """The rules and the settings of re-ranking that are in force, or will be by their dates."""
        blobs, _ = opened()
        return RuleBookAnswer.of(current_rules(blobs))

    @router.put("/v1/rules", summary="Replace the rule book")
    def replace(body: RuleBookBody) -> RuleBookAnswer:
        """Puts the whole book in place of the one before; answers follow it within seconds.

        Of two who write at once the later one's book counts, whole. A book with anything wrong changes nothing.
        """
        blobs, clock = opened()
        return RuleBookAnswer.of(apply_rules(blobs, body.model_dump(), clock.now()))

    return router
