"""A visitor's window onto a shop, which fails the test where the page does what a shop's page must not."""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any, Literal, Protocol
from urllib.parse import urlsplit
from uuid import uuid4

from tests.browser.sites import Served

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

HEIGHTS = {320: 700, 390: 844, 640: 900, 1280: 900}
_VIOLATIONS = """
addEventListener("securitypolicyviolation", event => {
  console.error(`policy: ${event.violatedDirective} refused ${event.blockedURI} ${event.sample}`);
});
"""
# Shadow roots are looked into, for rails keep their lists there; those below the screen may wait until they are near.
_SETTLED = """() => {
  const inside = each => each.shadowRoot ? [each, ...all(each.shadowRoot)] : [each];
  const all = root => [...root.querySelectorAll("*")].flatMap(inside);
  const main = document.querySelector("main");
  if (!main || !main.childElementCount) return false;
  const far = each => each.getBoundingClientRect().top > innerHeight;
  const waits = each => each.matches(".wait, [aria-busy=true]") && each.checkVisibility() && !far(each);
  return !all(main).some(waits);
}"""

_LEAVE = """fragment => {
  if (location.hash === fragment) return false;
  document.querySelector("main").firstElementChild?.setAttribute("data-left", "");
  location.hash = fragment;
  return true;
}"""

# A row that turns out to be empty gives its place up, which nobody sees where that comes about below the screen.
_NEAR_IS_MADE = """() => {
  const waits = each => each.matches("[class$=-later]") || each.shadowRoot?.querySelector(".wait, [aria-busy=true]");
  const near = each => each.checkVisibility() && each.getBoundingClientRect().top < innerHeight + 700;
  return ![...document.querySelectorAll("[class$=-later], vitrine-rail")].some(each => near(each) && waits(each));
}"""
_AT_THE_END = "() => scrollY + innerHeight >= document.documentElement.scrollHeight - 2"


class Opener(Protocol):
    """The type of the fixture ``page_of``; its arguments are those of :func:`window_onto` but for the browser."""

    def __call__(
        self,
        site: Served | str,
        width: int = 1280,
        scheme: Literal["light", "dark"] = "light",
        path: str = "/",
        *,
        shopper: str = "",
        basket: Sequence[str] = (),
        allow: Sequence[str] = (),
        context: dict[str, Any] | None = None,
    ) -> AbstractContextManager["Page"]: ...


@contextmanager
def window_onto(
    browser: "Browser",
    site: Served | str,
    width: int = 1280,
    scheme: Literal["light", "dark"] = "light",
    path: str = "/",
    *,
    shopper: str = "",
    basket: Sequence[str] = (),
    allow: Sequence[str] = (),
    context: dict[str, Any] | None = None,
) -> Iterator["Page"]:
    """``path`` of the site, in a profile that nobody has used, and so as a guest that is new.

    At the end it fails for every error in the console or the page, for what the page's security policy refused, and
    for every request to another origin; ``allow`` are regular expressions of those that the test means to see.
    ``shopper`` is the id of the demo's shopper to look as, a guest where it is left out; ``basket`` the products that
    lie in the basket already; ``context`` more of Playwright's options. The page is loaded and has settled
    (:func:`settled`). More pages of the same visitor come from ``page.context.new_page()``, and are watched as well.
    """
    url = site if isinstance(site, str) else site.url
    opened = browser.new_context(
        viewport={"width": width, "height": HEIGHTS.get(width, 900)},
        color_scheme=scheme,
        reduced_motion="reduce",
        has_touch=width < 600,
        locale="en-GB",
        timezone_id="Europe/Berlin",
        **(context or {}),
    )
    try:
        troubles = watched(opened, url)
        opened.add_init_script(_remembers(shopper, basket))
        page = opened.new_page()
        page.goto(url + path)
        settled(page)
        yield page
        unexpected = [each for each in troubles if not any(re.search(pattern, each) for pattern in allow)]
        assert not unexpected, "\n".join(unexpected)
    finally:
        opened.close()


def _remembers(shopper: str, basket: Sequence[str]) -> str:
    """A script by which the browser has kept, from an earlier visit, who is looking and what is in the basket."""
    user = shopper or f"anon:{uuid4()}"
    lines = [{"id": each, "quantity": 1, "recommendation_id": ""} for each in basket]
    kept = {"vitrine.shopper": shopper} if shopper else {"vitrine.guest": user}
    if lines:
        kept[f"vitrine.basket.{user}"] = json.dumps(lines)
    return f"""try {{
      if (localStorage.length === 0) Object.entries({json.dumps(kept)}).forEach(pair => localStorage.setItem(...pair));
    }} catch {{}}"""


def watched(context: "BrowserContext", url: str) -> list[str]:
    """What goes wrong in the context's pages from now on, a sentence each; it grows while they are open."""
    troubles: list[str] = []
    origin = urlsplit(url)[:2]

    def asked(request: Any) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in ("blob", "data", "about") and parts[:2] != origin:
            troubles.append(f"another origin was asked: {request.url}")

    def said(message: Any) -> None:
        if message.type == "error":
            troubles.append(f"console: {message.text} {message.location.get('url', '')}")

    context.add_init_script(_VIOLATIONS)
    context.on("console", said)
    context.on("weberror", lambda raised: troubles.append(f"page: {raised.error}"))
    context.on("request", asked)
    return troubles


def settled(page: "Page") -> None:
    """Wait until the page shows something and none of its rails is waiting for its answer any more."""
    page.wait_for_function(_SETTLED)


def read_down(page: "Page") -> None:
    """To the end of the page, no faster than what comes near is there."""
    page.wait_for_function(_NEAR_IS_MADE)
    while not page.evaluate(_AT_THE_END):
        page.evaluate("scrollBy(0, 500)")
        page.wait_for_function(_NEAR_IS_MADE)
        settled(page)


def visit(page: "Page", fragment: str) -> None:
    """Go to another page of the shop, such as ``#/basket``, without loading the site again."""
    leaves = page.evaluate(_LEAVE, fragment)
    if leaves:
        page.wait_for_function("() => !document.querySelector('main > [data-left]')")
    settled(page)


def until(page: "Page", condition: Callable[[], bool], within_s: float = 10.0) -> None:
    """Wait for a state that is not the page's own, such as that an event has reached the store."""
    for _ in range(int(within_s / 0.05)):
        if condition():
            return
        page.wait_for_timeout(50)
    assert condition(), f"it did not come about within {within_s:.0f} s"
