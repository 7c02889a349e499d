"""Which pages may read answers: those that the live publishable keys name (Fetch standard, 3.2)."""

from anyio import to_thread
from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from shared.ports import Access

METHODS = ("GET", "POST", "PUT", "DELETE")
HEADERS = ("content-type", "x-api-key", "authorization", "x-user-token")
_MAX_AGE = 600
"""Seconds for which a browser does not ask again; as long may it go on to ask after a key has been revoked."""


class Cors:
    """An ASGI app around another one. Keys come and go, and so does what is allowed.

    It tells browsers what to do, and keeps nobody out: that a key is used by its own pages, the key itself says.
    """

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self._app = app
        self._access = access
        self._made: tuple[frozenset[str], CORSMiddleware] = frozenset(), self._make(frozenset())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        await self._for(await self._origins(Headers(scope=scope), scope["path"]))(scope, receive, send)

    async def _origins(self, headers: Headers, path: str) -> frozenset[str]:
        if "origin" not in headers:
            return frozenset()
        if self._access.is_at_hand(headers, path):
            return self._access.origins()
        return await to_thread.run_sync(self._access.origins)

    def _for(self, origins: frozenset[str]) -> CORSMiddleware:
        made_for, middleware = self._made
        if made_for != origins:
            middleware = self._make(origins)
            self._made = origins, middleware
        return middleware

    def _make(self, origins: frozenset[str]) -> CORSMiddleware:
        return CORSMiddleware(
            self._app,
            allow_origins=origins,
            allow_methods=METHODS,
            allow_headers=HEADERS,
            expose_headers=("retry-after",),
            max_age=_MAX_AGE,
        )
