"""What the tests with a real browser share.

``site`` is a small demo shop that is served, keys off: 192 products with pictures, 40 shoppers, the demo's collections.
``keyed_site`` is another copy of it, with keys. ``page_of`` opens a window onto either::

    def test_a_guest_sees_products(site, page_of):
        with page_of(site, width=390, scheme="dark", path="/#/search?q=mug") as page:
            page.get_by_role("article").first.wait_for()

It fails the test for errors in the console, refusals of the security policy and requests to other origins; see
:func:`tests.browser.walks.window_onto` for its arguments, and ``visit``, ``settled`` and ``until`` beside it. Each
window is a profile of its own: a new guest, whose deeds no other test sees in its lists. What a test writes for all
(rules, prices, consent of a shopper of the demo, keys) would show in others: serve a copy of your own for it, by
``served_copy(built_demo, tmp_path)``.
"""

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

import pytest

from tests.browser import chromium
from tests.browser.hostile import build_hostile
from tests.browser.sites import BuiltShop, Served, build_demo, served_copy
from tests.browser.walks import Opener, window_onto

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@pytest.fixture(scope="module")
def chrome() -> "Iterator[Browser]":
    """Of each module its own: while Playwright is open, its thread has an event loop, and asyncio refuses a second."""
    if not (path := chromium.found()):
        pytest.skip("there is no Chromium or Chrome on this machine: install one, such as Debian's package chromium")
    with chromium.browser(path) as browser:
        yield browser


@pytest.fixture(scope="module")
def page_of(chrome: "Browser") -> Opener:
    return partial(window_onto, chrome)


@pytest.fixture(scope="session")
def built_demo(tmp_path_factory: pytest.TempPathFactory) -> BuiltShop:
    """The shop's data, which stays as it was built."""
    return build_demo(tmp_path_factory.mktemp("demo"))


@pytest.fixture(scope="session")
def built_hostile(tmp_path_factory: pytest.TempPathFactory) -> BuiltShop:
    """A shop whose feed would like to run scripts: see :mod:`tests.browser.hostile`."""
    return build_hostile(tmp_path_factory.mktemp("hostile"))


@pytest.fixture(scope="session")
def site(built_demo: BuiltShop, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served_copy(built_demo, tmp_path_factory.mktemp("site")) as served:
        yield served


@pytest.fixture(scope="session")
def keyed_site(built_demo: BuiltShop, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served_copy(built_demo, tmp_path_factory.mktemp("keyed-site"), keys=True) as served:
        yield served
