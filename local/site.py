"""The storefront, the dashboard and the widget: files, and beside them what these are told of this shop."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import FileResponse, JSONResponse
from fastapi.staticfiles import StaticFiles
from pydantic import BaseModel
from starlette.routing import Route
from starlette.types import Scope

from local.demo_shop.shoppers import Shopper
from shared.domain.errors import InvalidInput, Unavailable
from shared.domain.keys import SECRET_MARK
from shared.emails.kept import kept
from shared.ports import BlobStore
from shared.settings import PROJECT

WEB = PROJECT / "web"
FOLDERS = ("style", "lib", "widget", "storefront", "dashboard", "dist")
"""What of ``web/`` is served; the rest is for who works on it."""
NAME = "Vitrine"
"""Of a shop that has not said what it is called."""

_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' https: http: blob:",
        "connect-src 'self'",
        "manifest-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
    )
)
"""As the pages say of themselves, and besides that no other site puts them into a frame, nor sends what they know."""
_OF_PAGES = {
    "Content-Security-Policy": _POLICY,
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Permissions-Policy": "camera=(self), geolocation=(), microphone=(), payment=(), usb=()",
}
_ASK_AGAIN = "no-cache"
"""Kept, and asked for every time whether it has changed: the files' names stay the same from release to release, and a
page whose modules are of two releases is none."""
_PICTURES = "public, max-age=86400"


@dataclass(frozen=True, slots=True)
class Site:
    """``key`` is the publishable key that the storefront calls with, and empty where keys are off.

    ``images`` is the folder that product pictures are served from, where they are on this machine; ``shoppers`` are
    whom a visitor may choose to be, while there are no keys; ``keyed`` says whether there are any. From a total of
    ``free_shipping`` on, in the shop's currency, shipping is free, and bundles are ``bundle_discount`` percent off:
    both are said by its pages, and granted by the shop's own checkout.
    """

    name: str = NAME
    key: str = ""
    images: Path | None = None
    shoppers: Sequence[Shopper] = ()
    free_shipping: float | None = None
    bundle_discount: float = 0.0
    keyed: Callable[[], bool] = lambda: False


NO_SITE = Site()
"""What is told of a shop where nothing is known of its pages."""


class ShopperAnswer(BaseModel):
    id: str
    name: str
    about: str


class ConfigAnswer(BaseModel):
    """As the storefront reads it, from here or from a file in a bucket. ``keys`` is whether the API asks for one."""

    name: str
    api: str = ""
    key: str = ""
    keys: bool = False
    images: str = ""
    free_shipping: float | None = None
    bundle_discount: float = 0.0
    shoppers: list[ShopperAnswer] = []


def page_key(text: str) -> str:
    """``text`` as the key that pages call with. Raises InvalidInput for a secret one."""
    if SECRET_MARK in text:
        raise InvalidInput(
            "That is a secret key, and everybody can read a page: revoke it, and make another by "
            "vitrine keys create --publishable."
        )
    return text.strip()


def shop_name(blobs: BlobStore) -> str:
    """What the shop's emails call it: who has said that once need not say it again."""
    try:
        about = kept(blobs).about
    except Unavailable:  # the pages do without what only emails cannot do without
        return NAME
    return about.shop if about else NAME


def config_of(site: Site) -> ConfigAnswer:
    """A publishable key speaks for guests, and for no shopper of the demo: with keys there is none to choose."""
    keys = bool(site.key) or site.keyed()
    shoppers = () if keys else [each for each in site.shoppers if each.showcase]
    return ConfigAnswer(
        name=site.name,
        key=site.key,
        keys=keys,
        images="images/" if site.images is not None else "",
        free_shipping=site.free_shipping,
        bundle_discount=site.bundle_discount,
        shoppers=[ShopperAnswer(id=each.id, name=each.name, about=each.about) for each in shoppers],
    )


def install(app: FastAPI, site: Site) -> None:
    """The files and their configuration; to be called last, for the files' addresses begin at the root."""
    app.include_router(_router(site), include_in_schema=False)
    app.router.routes.append(Route("/", _index, methods=["HEAD"]))
    app.router.routes.append(Route("/config.json", lambda _: _config(site), methods=["HEAD"]))
    for folder in FOLDERS:
        files = _Files(_headers_of(folder), directory=WEB / folder, html=True, check_dir=False)
        app.mount(f"/{folder}", files, name=folder)
    if site.images is not None:
        app.mount("/images", _Files({"Cache-Control": _PICTURES}, directory=site.images), name="images")


class _Files(StaticFiles):
    """A folder's files, each with ``headers``; pages have those of pages besides."""

    def __init__(self, headers: dict[str, str], directory: Path, html: bool = False, check_dir: bool = True) -> None:
        super().__init__(directory=directory, html=html, check_dir=check_dir)
        self._headers = headers

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers.update({"X-Content-Type-Options": "nosniff", **self._headers})
        if response.headers.get("content-type", "").startswith("text/html"):
            response.headers.update(_OF_PAGES)
        return response


def _headers_of(folder: str) -> dict[str, str]:
    """The widget is for other sites' pages, which may not load a module from here unless it says so."""
    return {"Cache-Control": _ASK_AGAIN} | ({"Access-Control-Allow-Origin": "*"} if folder == "dist" else {})


def _index(_: Request | None = None) -> FileResponse:
    headers = {"Cache-Control": _ASK_AGAIN, "X-Content-Type-Options": "nosniff", **_OF_PAGES}
    return FileResponse(WEB / "index.html", headers=headers)


def _config(site: Site) -> JSONResponse:
    headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    return JSONResponse(config_of(site).model_dump(), headers=headers)


def _router(site: Site) -> APIRouter:
    router = APIRouter()

    @router.get("/")
    def storefront() -> FileResponse:
        return _index()

    @router.get("/config.json", response_model=ConfigAnswer)
    def config() -> JSONResponse:
        return _config(site)

    return router
