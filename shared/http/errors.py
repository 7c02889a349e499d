"""Errors as problem details (RFC 9457): which status each has, and no trace in any of them."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from shared.domain.errors import (
    Busy,
    CursorExpired,
    EncoderMismatch,
    EncoderUnavailable,
    FormatRefused,
    InvalidInput,
    KeyRefused,
    LinkExpired,
    NotAllowed,
    NotFound,
    StateConflict,
    TooLarge,
    TooMany,
    TurnLost,
    Unavailable,
    VitrineError,
)

MEDIA_TYPE = "application/problem+json"
LARGEST_BODY = 1_000_000
"""Bytes of a request body; five hundred events are about 200,000."""

_STATUS: Mapping[type[VitrineError], HTTPStatus] = {
    InvalidInput: HTTPStatus.BAD_REQUEST,
    TooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    FormatRefused: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    CursorExpired: HTTPStatus.GONE,
    NotFound: HTTPStatus.NOT_FOUND,
    Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    EncoderUnavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    EncoderMismatch: HTTPStatus.SERVICE_UNAVAILABLE,
    TurnLost: HTTPStatus.SERVICE_UNAVAILABLE,
    Busy: HTTPStatus.CONFLICT,
    StateConflict: HTTPStatus.CONFLICT,
    KeyRefused: HTTPStatus.UNAUTHORIZED,
    NotAllowed: HTTPStatus.FORBIDDEN,
    TooMany: HTTPStatus.TOO_MANY_REQUESTS,
    LinkExpired: HTTPStatus.GONE,
}
_PLAINER: Mapping[str, str] = {
    "decimal_parsing": "should be a number",
    "float_parsing": "should be a number",
    "int_parsing": "should be a whole number",
    "extra_forbidden": "is not a field of this request: leave it out",
    "missing": "is required: send it",
    "model_attributes_type": "should be a JSON object",
    "model_type": "should be a JSON object",
    "string_pattern_mismatch": "has characters that have no place in it: see docs/api.md for what may stand there",
}
"""What is said in the place of pydantic's message, by its type of error: those speak to whoever wrote the model."""

_log = logging.getLogger("vitrine.http")


class Problem(BaseModel):
    """Problem details, as every error is answered."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str = Field(description="One sentence: what is wrong, with which value, what to do")


PROBLEMS: dict[int | str, dict[str, Any]] = {
    status.value: {"content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}}
    for status in (*_STATUS.values(), HTTPStatus.UNPROCESSABLE_ENTITY)
}
PROBLEMS[HTTPStatus.UNPROCESSABLE_ENTITY.value]["model"] = Problem
"""What the routes declare in their API description.

One of them names the model, so that the description has it: FastAPI makes a validator for each that does, on every
route, which was more than half of the work of making an app at a cold start.
"""


def problem(status: HTTPStatus, detail: str) -> JSONResponse:
    content = Problem(title=status.phrase, status=status.value, detail=detail)
    # Nobody on the way may keep it: what is wrong now need not be a moment later, and it may be of one person.
    headers = {"Cache-Control": "no-store"}
    return JSONResponse(content.model_dump(), status_code=status, media_type=MEDIA_TYPE, headers=headers)


def install(app: FastAPI, larger: Mapping[str, int] = MappingProxyType({})) -> None:
    """Make every error of ``app`` a problem, and refuse bodies that are too large.

    ``larger`` has the paths that take more than :data:`LARGEST_BODY`, with their bytes.
    """

    async def guard(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        return await _guard(request, call_next, larger.get(request.url.path, LARGEST_BODY))

    app.add_exception_handler(VitrineError, _domain_error)
    app.add_exception_handler(RequestValidationError, _validation_error)
    app.add_exception_handler(HTTPException, _http_error)
    app.middleware("http")(guard)


async def _guard(request: Request, call_next: Callable[[Request], Awaitable[Response]], largest: int) -> Response:
    """Bounds the body before it is read; the last net under everything unforeseen."""
    length = request.headers.get("content-length", "0")
    if request.headers.get("transfer-encoding") or not length.isdecimal():
        return problem(HTTPStatus.LENGTH_REQUIRED, "The request has no Content-Length: send one with its body.")
    if int(length) > largest:
        return problem(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            f"The body has {length} bytes: send at most {largest} at a time.",
        )
    try:
        return await call_next(request)
    except Exception:
        _log.exception("unforeseen error")
        return problem(HTTPStatus.INTERNAL_SERVER_ERROR, "Something went wrong on our side: try again in a moment.")


async def _domain_error(_: Request, error: Exception) -> Response:
    return answer_to(error)


def answer_to(error: Exception) -> Response:
    """A VitrineError as its problem."""
    known = (_STATUS[kind] for kind in type(error).__mro__ if kind in _STATUS)
    status = next(known, HTTPStatus.INTERNAL_SERVER_ERROR)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        _log.error("%s", error, exc_info=error.__cause__)
    response = problem(status, str(error))
    if status is HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, TooMany):
        response.headers["Retry-After"] = str(error.retry_after)
    return response


async def _validation_error(_: Request, error: Exception) -> Response:
    """The first thing wrong, as a sentence; the value itself is the caller's and is not sent back."""
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"][1:]) or "The body"
    if first["type"] == "json_invalid":
        return problem(HTTPStatus.BAD_REQUEST, "The body is not valid JSON: check it and send it again.")
    return problem(HTTPStatus.UNPROCESSABLE_ENTITY, _sentence(where, first["type"], first["msg"]))


def _sentence(where: str, kind: str, message: str) -> str:
    if plainer := _PLAINER.get(kind):
        return f"{where} {plainer}."
    message = message.removeprefix("Value error, ").replace(" after validation", "")
    return f"{where}: {message[0].lower()}{message[1:].removesuffix('.')}."


async def _http_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    response = problem(
        HTTPStatus(error.status_code), f"{error.detail}: check the path and the method against docs/api.md."
    )
    response.headers.update(error.headers or {})
    return response
