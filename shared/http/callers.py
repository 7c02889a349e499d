"""Who made a request, and whether its route is for them. A request that nobody has vouched for is refused."""

from typing import Annotated, Any

from fastapi import Depends, Request, Response

from shared.domain.access import Caller, KeyKind
from shared.domain.errors import KeyRefused, NotAllowed
from shared.domain.events import ANONYMOUS_PREFIX
from shared.http.policy import POLICY, Need

SCOPE_KEY = "vitrine.caller"
"""Where in an ASGI scope the gate leaves the :class:`Caller`."""

_NO_KEY = "This call needs a key of the shop's: send it as X-API-Key, or as Authorization: Bearer KEY."


async def caller_of(request: Request) -> Caller:
    """Raises KeyRefused where the gate found none."""
    caller: Caller | None = request.scope.get(SCOPE_KEY)
    if caller is None:
        raise KeyRefused(_NO_KEY)
    return caller


async def authorise(request: Request, response: Response) -> None:
    """The dependency of every app: holds the request against the policy of its route.

    Users named in the path or the query are checked here; those of a body, the route checks with
    :meth:`Caller.speaks_for`. What a key was needed for, nobody on the way keeps: caches tell answers apart by their
    address, and neither the key nor the user's proof is in that. Raises KeyRefused and NotAllowed.
    """
    need = POLICY.get(f"{request.method} {_template(request)}")
    if need is None:
        raise NotAllowed("This route is in no policy, so nobody may call it: add it to shared/http/policy.py.")
    if need.scope is None:
        return
    response.headers["Cache-Control"] = "no-store"
    caller = await caller_of(request)
    of_path: str = request.path_params.get("user_id", "")
    _check(caller, need, of_path)
    for user_id in (of_path, *request.query_params.getlist("user_id")):
        caller.speaks_for(user_id)


def _check(caller: Caller, need: Need, user_id: str) -> None:
    if need.own and caller.kind is KeyKind.PUBLISHABLE:
        if caller.user_id or user_id.startswith(ANONYMOUS_PREFIX):
            return  # whether it is the user of the path is checked with the others
        raise NotAllowed(
            "This is for the person itself, or for a secret key: send the user's signature or token as X-User-Token."
        )
    if need.secret and not caller.is_trusted:
        raise NotAllowed("This call needs a secret key, and a publishable one came: call it from your server.")
    if need.scope not in caller.scopes:
        raise NotAllowed(f"The key is not good for {need.scope}: make one with this scope, by vitrine keys create.")


def _template(request: Request) -> str:
    route: Any = request.scope.get("route")
    return str(getattr(route, "path", ""))


CallerOf = Annotated[Caller, Depends(caller_of)]
AUTHORISED = [Depends(authorise)]
"""What every app is made with."""
