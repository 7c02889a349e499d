"""Pictures of the emails as a browser shows them: ``python -m tests.browser.email_pictures docs/emails``."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from local.email_samples import ABOUT, PICTURES, sample_picture, sample_rows
from shared.emails.rendering import render
from shared.emails.sources import TEMPLATES
from tests.browser import chromium

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

WIDTHS = (320, 640)
SCHEMES: "tuple[Literal['light', 'dark'], ...]" = ("light", "dark")
_COLOURS = 256
"""Of a picture's palette: what keeps it small, and cannot be seen."""


@contextmanager
def email_page(browser: "Browser", html: str, width: int) -> "Iterator[Page]":
    """``html`` in a window of that width; the demo shop's pictures are there, and nothing else of the network is."""
    page = browser.new_page(viewport={"width": width, "height": 900})
    page.route("**/*", lambda route: route.abort())
    page.route(f"{PICTURES}*", lambda route: route.fulfill(body=sample_picture(route.request.url.rpartition("/")[2])))
    try:
        page.set_content(html, wait_until="load")
        yield page
    finally:
        page.close()


def main(folder: Path) -> None:
    from PIL import Image

    folder.mkdir(parents=True, exist_ok=True)
    if not (path := chromium.found()):
        sys.exit("There is no Chromium or Chrome here: install one, such as Debian's package chromium.")
    with chromium.browser(path) as browser:
        for template in TEMPLATES:
            html = render(template, sample_rows(template), ABOUT).html
            for width in WIDTHS:
                with email_page(browser, html, width) as page:
                    for scheme in SCHEMES:
                        page.emulate_media(color_scheme=scheme)
                        shot = Image.open(BytesIO(page.screenshot(full_page=True)))
                        small = shot.convert("RGB").quantize(_COLOURS, dither=Image.Dither.NONE)
                        small.save(folder / f"{template}-{width}-{scheme}.png", optimize=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
