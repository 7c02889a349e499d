"""The body of a search: JSON, or a form with the picture as a file."""

from dataclasses import dataclass
from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from pydantic_core import from_json
from starlette.datastructures import FormData, Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect

from functions.search.bodies import LARGEST_BODY, SearchBody
from shared.domain.errors import FormatRefused, InvalidInput

_MOST_FIELDS = 40
_LISTS = ("facets",)
_OBJECTS = ("filters",)
_FILE = "image"


@dataclass(frozen=True, slots=True)
class Asked:
    """A search as it came; ``upload`` is the picture's file where it came as one."""

    body: SearchBody
    upload: bytes | None = None

    @property
    def has_picture(self) -> bool:
        return self.upload is not None or bool(self.body.image or self.body.image_url)


def _without_references(schema: dict[str, Any]) -> dict[str, Any]:
    """A model's schema that stands by itself: what FastAPI does not make it has no components to refer to."""
    parts = schema.pop("$defs", {})

    def put_in(value: Any) -> Any:
        if isinstance(value, list):
            return [put_in(each) for each in value]
        if not isinstance(value, dict):
            return value
        name = value.get("$ref", "").removeprefix("#/$defs/")
        inside = {**parts[name], **value} if name else value
        return {key: put_in(each) for key, each in inside.items() if key != "$ref"}

    whole: dict[str, Any] = put_in(schema)
    return whole


def _described() -> dict[str, Any]:
    fields = _without_references(SearchBody.model_json_schema())
    file = {"type": "string", "format": "binary", "description": "The picture's file, of 4,400,000 bytes at most"}
    form = {**fields, "properties": {**fields["properties"], _FILE: file}}
    content = {"application/json": {"schema": fields}, "multipart/form-data": {"schema": form}}
    return {"requestBody": {"content": content, "required": True}}


DESCRIBED = _described()
"""What the route declares of its body in its API description."""


async def read_search(request: Request) -> Asked:
    """A route's dependency. Raises InvalidInput and RequestValidationError for what cannot be read."""
    if request.headers.get("content-encoding", "identity") != "identity":
        raise FormatRefused("The body is compressed: send it as it is.")
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    try:
        if kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json")):
            return Asked(_validated_json(await request.body()))
        if kind == "multipart/form-data":
            return await _from_form(await _form(request))
    except ClientDisconnect:  # a shopper who went on is no fault of ours
        raise InvalidInput("The body ended before its Content-Length: send all of it.") from None
    raise FormatRefused("The Content-Type is not one of this route's: send application/json or multipart/form-data.")


def _validated_json(content: bytes) -> SearchBody:
    try:
        return SearchBody.model_validate_json(content)
    except ValidationError as error:
        raise _as_requests(error) from None


async def _from_form(form: FormData) -> Asked:
    """A form's fields are those of the JSON body: lists by repeating one, objects as JSON."""
    fields: dict[str, Any] = {}
    upload = None
    for name, value in form.multi_items():
        if isinstance(value, UploadFile):
            if name != _FILE:
                raise InvalidInput("The form has a file under another name than image: send it as image.")
            upload = await value.read()
        elif name in _LISTS:
            fields.setdefault(name, []).append(value)
        else:
            fields[name] = _parsed(name, value) if name in _OBJECTS else value
    try:
        return Asked(SearchBody.model_validate(fields), upload)
    except ValidationError as error:
        raise _as_requests(error) from None


async def _form(request: Request) -> FormData:
    # Without the caller's charset: it would choose the codec, and some of Python's take forever.
    boundary = Headers({"content-type": _without_charset(request.headers["content-type"])})
    parser = _InMemory(boundary, request.stream(), max_files=1, max_fields=_MOST_FIELDS, max_part_size=LARGEST_BODY)
    try:
        return await parser.parse()
    except MultiPartException:
        raise InvalidInput(
            f"The form cannot be read: send it as RFC 7578 has it, with one file and {_MOST_FIELDS} fields at most."
        ) from None


class _InMemory(MultiPartParser):
    spool_max_size = LARGEST_BODY
    """A shopper's picture is not to be written to a disk."""


def _without_charset(content_type: str) -> str:
    return ";".join(each for each in content_type.split(";") if not each.strip().lower().startswith("charset"))


def _parsed(name: str, value: str) -> Any:
    try:
        return from_json(value, allow_inf_nan=False)
    except ValueError:
        raise InvalidInput(f"{name} is not valid JSON: check it and send it again.") from None


def _as_requests(error: ValidationError) -> RequestValidationError:
    details = error.errors(include_url=False, include_input=False, include_context=False)
    return RequestValidationError([{**each, "loc": ("body", *each["loc"])} for each in details])
