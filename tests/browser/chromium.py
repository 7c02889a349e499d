"""A real browser, where the machine has one: Chromium or Chrome, driven by Playwright."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Browser

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


def found() -> str | None:
    """Where it lies. Playwright's own download is not used: a test run takes nothing from the network."""
    return next((path for name in _NAMES if (path := shutil.which(name))), None)


@contextmanager
def browser(path: str) -> "Iterator[Browser]":
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--font-render-hinting=none"])
        try:
            yield opened
        finally:
            opened.close()
