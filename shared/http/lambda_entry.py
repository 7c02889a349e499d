"""What stands between Lambda's runtime and a function's app: the request's time, its line in the log, the snapshot."""

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from mangum import Mangum
from mangum.adapter import DEFAULT_TEXT_MIME_TYPES
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.domain.deadline import deadline
from shared.domain.errors import InvalidInput, Unavailable, VitrineError
from shared.http import errors
from shared.http.routes import route_of
from shared.http.steady import keep_for_good
from shared.ports import RequestTelemetry

LIMIT = 2.5
"""Seconds within which the services are to have an answer, whole or degraded."""
_OVERTIME = 0.35
"""Seconds after that in which a late answer is still waited for."""
_KEPT_BACK = 1.0
"""Seconds before Lambda's own time-out at which the services are to be done: a killed process answers nobody."""
_START = 7.0
"""Seconds that loading ahead may take: Lambda gives a start ten, and so it does a process that wakes."""
_LAST_WORD = 0.5
"""Seconds before Lambda's own time-out at which the refusal is sent at the latest."""

Handler = Callable[[Any, Any], Any]
Tasks = Callable[[Mapping[str, Any]], Any]
_log = logging.getLogger("vitrine.invocation")


def entry(app: ASGIApp, telemetry: RequestTelemetry, tasks: Tasks | None = None, limit: float = LIMIT) -> Handler:
    """The handler that Lambda calls. HTTP goes to ``app``, every other event to ``tasks``.

    ``limit`` bounds an HTTP request, in seconds; a task has Lambda's own time. An invocation that fails raises
    Unavailable, for the runtime writes an error's text into the log, and another one's may quote what was sent.
    """
    logging.getLogger("mangum").setLevel(logging.WARNING)  # below, it writes paths into the log, with users' ids
    text = [*DEFAULT_TEXT_MIME_TYPES, errors.MEDIA_TYPE]
    http = Mangum(_Bounded(app, telemetry, limit), lifespan="off", text_mime_types=text)
    cold = True

    def handler(event: Any, context: Any) -> Any:
        nonlocal cold
        with telemetry.request(getattr(context, "aws_request_id", "")):
            telemetry.note(cold_start=cold)
            cold = False
            try:
                if isinstance(event, dict) and "requestContext" in event:
                    answer = http(event, context)
                    telemetry.note(status=int(answer["statusCode"]))
                    return answer
                return _run(tasks, event, context)
            except Exception as error:
                _log.exception("the invocation failed")
                raise Unavailable(
                    f"The invocation failed with {type(error).__name__}: look for the error's own line in the log."
                ) from None

    return handler


def _run(tasks: Tasks | None, event: Any, context: Any) -> Any:
    if tasks is None or not isinstance(event, dict):
        raise InvalidInput("The invocation is no HTTP request: send it through the API.")
    left = _seconds_left(context)
    if left is None:
        return tasks(event)
    with deadline(max(0.0, left - _KEPT_BACK)):
        return tasks(event)


class _Bounded:
    """Runs an app for as long as there is time, then refuses in its place; notes which route it took."""

    def __init__(self, app: ASGIApp, telemetry: RequestTelemetry, limit: float) -> None:
        self._app = app
        self._telemetry = telemetry
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        soft, hard = _shares(self._limit, _seconds_left(scope.get("aws.context")))
        given_up = False

        async def send_in_time(message: Message) -> None:
            if not given_up:
                await send(message)

        async def answer() -> None:
            with deadline(soft):
                await self._app(scope, receive, send_in_time)

        answering = asyncio.create_task(answer())
        done, _ = await asyncio.wait({answering}, timeout=hard)
        self._telemetry.note(route=route_of(scope))
        if done:
            answering.result()
            return
        given_up = True
        answering.cancel()  # the thread that it waits for goes on by itself, and nobody hears of it
        self._telemetry.note(given_up=True)
        refusal = errors.problem(HTTPStatus.SERVICE_UNAVAILABLE, "There was no answer in time: try again in a moment.")
        await refusal(scope, receive, send)


def _shares(limit: float, left: float | None) -> tuple[float, float]:
    """Seconds from now until the services are to be done, and until they are given up."""
    if left is None:
        return limit, limit + _OVERTIME
    soft = max(0.0, min(limit, left - _KEPT_BACK))
    return soft, max(0.0, min(soft + _OVERTIME, left - _LAST_WORD))


def _seconds_left(context: Any) -> float | None:
    return None if context is None else float(context.get_remaining_time_in_millis()) / 1000


def warm_up(*loads: Callable[[], object]) -> None:
    """Load now, side by side, what the first request would wait for; what cannot be loaded, it asks for again.

    What takes longer than Lambda waits goes on beside the requests: they do without it until it is there, and a start
    that were cut off would begin again with every request.
    """
    until = time.monotonic() + _START
    threads = [threading.Thread(target=_load, args=(load,), name="warm-up", daemon=True) for load in loads]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, until - time.monotonic()))
        if thread.is_alive():
            _log.warning("not everything is loaded after %g s: requests begin without it", _START)
    keep_for_good()


def _load(load: Callable[[], object]) -> None:
    try:
        load()
    except VitrineError as error:
        _log.warning("nothing was loaded ahead: %s", error)
    except Exception:
        _log.exception("nothing was loaded ahead")


def after_restore(*actions: Callable[[], object]) -> None:
    """Have the actions run, in their order, when a copy of this process wakes from a snapshot."""
    try:
        from snapshot_restore_py import register_after_restore
    except ImportError:  # not on Lambda: nobody takes a snapshot
        return
    for action in actions:
        register_after_restore(action)
