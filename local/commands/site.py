"""vitrine site: the pages as a folder, for a bucket or any other server of files."""

import json
from pathlib import Path
from typing import Annotated

import typer

from local.options import Data, settings_for
from local.output import console
from local.site import FOLDERS, NAME, WEB, ConfigAnswer, page_key, shop_name
from shared import wiring
from shared.domain.errors import InvalidInput
from shared.domain.wording import web_address

_PAGE, _CONFIG, _SIGN = "index.html", "config.json", "style/base.css"
_LONGEST_NAME = 120

To = Annotated[Path, typer.Option("--to", metavar="DIR", help="Folder to write; one written before is renewed.")]
Api = Annotated[str, typer.Option("--api", metavar="URL", help="Where the shop's API is: https://api.shop.example")]
PageKey = Annotated[str, typer.Option("--key", metavar="KEY", help="Publishable key, for the origin of the pages.")]
Name = Annotated[str, typer.Option("--name", help="What the shop is called; as its emails say if left out.")]
Pictures = Annotated[
    str, typer.Option("--images", metavar="URL", help="Folder on the web of the pictures that the feed names by files.")
]


def site(to: To, api: Api, key: PageKey, name: Name = "", images: Pictures = "", data: Data = None) -> None:
    """Write the storefront, the dashboard and the widget into a folder, told where the API is."""
    name = name.strip() or shop_name(wiring.parts(settings_for(data)).blobs)
    write_site(to, site_config(name, api, key, images))
    console.print(f"[bold]Written:[/] {to} for {name}. Put it where the key's origin is; see docs/storefront.md.")


def site_config(name: str, api: str, key: str, images: str = "") -> ConfigAnswer:
    """What the pages are told. Raises InvalidInput for what they could not use, and for a key that is not for pages."""
    key = page_key(key)
    at, folder = _address("--api", api).rstrip("/"), ""
    if images:
        folder = _address("--images", images).rstrip("/") + "/"
    return ConfigAnswer(name=name[:_LONGEST_NAME] or NAME, api=at, key=key, keys=bool(key), images=folder)


def _address(option: str, text: str) -> str:
    if address := web_address(text):
        return address
    raise InvalidInput(f"{option} '{text[:200]}' is no address on the web: write it as https://shop.example/…")


def write_site(to: Path, config: ConfigAnswer) -> None:
    """Each file takes its place as a whole, the page that asks for the others last: a run that was killed is mended by
    the next one. Raises InvalidInput where ``to`` holds something else than a site."""
    if to.is_dir() and any(to.iterdir()) and not (to / _SIGN).is_file():
        raise InvalidInput(f"{to} holds something else than a site: name a new folder, or an empty one.")
    _put(to / _SIGN, (WEB / _SIGN).read_bytes())
    for folder in FOLDERS:
        for source in sorted((WEB / folder).rglob("*")):
            if source.is_file():
                _put(to / source.relative_to(WEB), source.read_bytes())
    _put(to / _CONFIG, json.dumps(config.model_dump(), ensure_ascii=False, indent=2).encode())
    _put(to / _PAGE, (WEB / _PAGE).read_bytes())


def _put(place: Path, content: bytes) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    part = place.with_name(f".{place.name}.part")
    part.write_bytes(content)
    part.replace(place)
