"""An app whose every request is measured, for a process without Lambda's runtime around it."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.domain.access import Scope as KeyScope
from shared.http.policy import POLICY
from shared.http.routes import route_of
from shared.ports import RequestTelemetry

_API = "/v1/"
_ERROR = 500


class Measured:
    """ASGI middleware. Files and pages are not counted, nor what the dashboard asks: it would look at itself."""

    def __init__(self, app: ASGIApp, telemetry: RequestTelemetry) -> None:
        self._app = app
        self._telemetry = telemetry

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(_API):
            await self._app(scope, receive, send)
            return
        status = _ERROR

        async def heard(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        with self._telemetry.request(""):
            try:
                await self._app(scope, receive, heard)
            finally:
                if not _of_dashboard(scope):
                    self._telemetry.note(route=route_of(scope), status=status)


def _of_dashboard(scope: Scope) -> bool:
    need = POLICY.get(f"{scope['method']} {getattr(scope.get('route'), 'path', '')}")
    return need is not None and need.scope is KeyScope.DASHBOARD
