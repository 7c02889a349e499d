"""Pictures and links in emails, over HTTP: what they show is chosen when the email is opened.

Mail programs ask for them, so there is no key: the token in the address is signed. A picture is always one, whatever
is wrong on our side or the token's time is over: a program shows a broken image for any error, and nobody can read why.
"""

import re
from collections.abc import Callable
from functools import cache
from http import HTTPStatus
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Header, Path, Query, Response

from shared.domain.errors import InvalidInput, LinkExpired, NotFound, Unavailable
from shared.domain.products import Product
from shared.http import errors
from shared.services.slot_images import WIDTHS, Card, SlotImage, SlotImages
from shared.services.slots import Slots

_IMAGE = re.compile(r"(0|[1-9][0-9]?)\.(png|jpg|jpeg)")
_PLACE = re.compile(r"0|[1-9][0-9]?")
_KINDS = {"png": "PNG", "jpg": "JPEG", "jpeg": "JPEG"}
_FOR_MINUTES = "private, max-age=300"
"""Whoever opens the email again soon gets the picture that they saw; later, that of then."""
_NOT_AT_ALL = "no-store"

Token = Annotated[str, Path(description="As the picks came with it")]


def create_router(open_slots: Callable[[], tuple[Slots, SlotImages]]) -> APIRouter:
    """The routes; ``open_slots`` is called at the first request, not before."""
    router = APIRouter(tags=["picks"], responses=errors.PROBLEMS)
    opened = cache(open_slots)

    @router.get("/v1/slots/{token}/{image}", response_class=Response, summary="The picture in a place of an email")
    def image_of(
        token: Token,
        image: Annotated[str, Path(description="The place from 0, and png or jpg: 0.jpg")],
        w: Annotated[int, Query(description=f"Width in pixels: {', '.join(map(str, WIDTHS))}")] = WIDTHS[-1],
        if_none_match: Annotated[str, Header()] = "",
    ) -> Response:
        """The product of the place as it is now, with its title and price drawn below it; blank where there is none."""
        slots, images = opened()
        place, kind = _asked(image, w)
        product, kept_for = _product(slots, token, place)
        return _answer(images.of(Card.of(product, w, kind)), kind, kept_for, if_none_match)

    @router.get(
        "/v1/slots/{token}/{place}/link",
        response_class=Response,
        status_code=HTTPStatus.FOUND,
        summary="Where a place of an email leads to",
    )
    def link_of(token: Token, place: Annotated[str, Path(description="The place from 0")]) -> Response:
        """Redirects to the shop's page of the product that the picture showed. That counts as nothing: programs that
        check links do it, too. A click is what the shop's page says is one."""
        slots, _ = opened()
        if not _PLACE.fullmatch(place):
            raise NotFound(_no_place(place))
        address = slots.leads_to(slots.secrets.verified(token), int(place))
        headers = {"Location": _in_ascii(address), "Cache-Control": _NOT_AT_ALL, "Referrer-Policy": "no-referrer"}
        return Response(status_code=HTTPStatus.FOUND, headers=headers)

    return router


def _asked(image: str, width: int) -> tuple[int, str]:
    match = _IMAGE.fullmatch(image)
    if match is None:
        raise NotFound(_no_place(image))
    if width not in WIDTHS:
        raise InvalidInput(f"w is {width}: ask for one of {', '.join(map(str, WIDTHS))}.")
    return int(match[1]), _KINDS[match[2]]


def _no_place(text: str) -> str:
    return f"'{text[:8]}' is no place of an email: they are counted from 0, as in 0.jpg or 0/link."


def _product(slots: Slots, token: str, place: int) -> tuple[Product | None, str]:
    """What to show, None for the neutral picture, and how long that is good."""
    try:
        return slots.shown(slots.secrets.verified(token), place), _FOR_MINUTES
    except LinkExpired:
        return None, _FOR_MINUTES
    except Unavailable:
        return None, _NOT_AT_ALL


def _answer(image: SlotImage, kind: str, kept_for: str, known: str) -> Response:
    tag = f'"{image.digest}"'
    headers = {"ETag": tag, "Cache-Control": kept_for, "X-Content-Type-Options": "nosniff"}
    if tag in known or known.strip() == "*":
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    return Response(image.content, media_type=f"image/{kind.lower()}", headers=headers)


def _in_ascii(address: str) -> str:
    """As it stands, but for letters that no header can hold."""
    return "".join(each if each.isascii() else quote(each) for each in address)
