"""The gate before a function's apps: who calls, of which shop, and so which shop's app answers.

Each shop has an app of its own, made of its own stores: what a route can reach is its shop's, whatever it does.
"""

from collections.abc import Callable

from anyio import to_thread
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from shared.domain.access import Caller
from shared.domain.errors import VitrineError
from shared.http import errors
from shared.http.beacons import as_call
from shared.http.callers import SCOPE_KEY
from shared.http.cors import Cors
from shared.http.steady import forget_routes
from shared.ports import Access
from shared.services.open_shops import OpenShops


class Gate:
    """An ASGI app. ``open_app`` makes a shop's app, by the shop's name; the first one's name is empty.

    It raises NotFound for a shop that there is not. Of the others than the first, the apps asked for last stay open.
    """

    def __init__(self, access: Access, open_app: Callable[[str], ASGIApp]) -> None:
        self._access = access
        self._app = OpenShops(open_app, forget_routes)
        self._entry = Cors(self._pass, access)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._entry(scope, receive, send)

    async def _pass(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app("")(scope, receive, send)
            return
        try:
            scope = as_call(scope)
            caller = await self._caller(Headers(scope=scope), scope["path"])
            app = self._app(caller.shop if caller else "")
        except VitrineError as error:
            await errors.answer_to(error)(scope, receive, send)
            return
        if caller is not None:
            scope[SCOPE_KEY] = caller
        await app(scope, receive, send)

    async def _caller(self, headers: Headers, path: str) -> Caller | None:
        """In a thread where it may read a store, or ask an identity provider: others must not wait for that. Where it
        need not, the way there and back would cost more than the answer, most of all when threads are busy."""
        if self._access.is_at_hand(headers, path):
            return self._access.caller(headers, path)
        return await to_thread.run_sync(self._access.caller, headers, path)
