"""Everybody can use the shop: axe-core finds nothing grave, thumbs and keyboards reach all of it, zoomed text stays."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser.measures import AXE, axe_findings, focused, named, runs_over, too_small_to_tap
from tests.browser.sites import Served
from tests.browser.tour import DASHBOARD, Tour, tour_of
from tests.browser.walks import Opener, read_down, settled, visit

_CONTRAST = ("color-contrast",)
"""All that dark differs from light in."""
_WIDE, _ZOOMED, _PHONE, _NARROWEST = 1280, 640, 390, 320
_STEPS = 24


@pytest.fixture(scope="module")
def tour(site: Served) -> Tour:
    return tour_of(site)


def visited(page: Any, tour: Tour) -> Iterator[str]:
    """Each page of the shop in turn, by name."""
    for name, fragment in tour.pages.items():
        visit(page, fragment)
        yield name


def resized(page: Any, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    settled(page)


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not there: npm ci in web/ brings it, as make test does")
@pytest.mark.parametrize("width", [_PHONE, _WIDE])
def test_axe_finds_nothing_grave(site: Served, page_of: Opener, tour: Tour, width: int) -> None:
    found = {}
    with page_of(site, width, basket=tour.basket) as page:
        for name in visited(page, tour):
            page.emulate_media(color_scheme="light")
            found[name, "light"] = axe_findings(page)
            page.emulate_media(color_scheme="dark")
            found[name, "dark"] = axe_findings(page, _CONTRAST)
    assert {place: what for place, what in found.items() if what} == {}


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not there: npm ci in web/ brings it, as make test does")
def test_axe_finds_nothing_grave_in_the_dashboard(site: Served, page_of: Opener) -> None:
    found: dict[Any, Any] = {}
    with page_of(site, _PHONE, path="/dashboard/") as page:
        for view in DASHBOARD:
            visit(page, f"#/{view}")
            page.emulate_media(color_scheme="light")
            found[view, "light"] = axe_findings(page)
            page.emulate_media(color_scheme="dark")
            found[view, "dark"] = axe_findings(page, _CONTRAST)
    assert {place: what for place, what in found.items() if what} == {}


def test_nothing_runs_over_or_is_too_small_for_a_thumb(site: Served, page_of: Opener, tour: Tour) -> None:
    found: dict[Any, Any] = {}
    with page_of(site, _PHONE, basket=tour.basket) as page:
        for name in visited(page, tour):
            resized(page, _PHONE)
            found[name, "tap"] = too_small_to_tap(page)
            found[name, _PHONE] = runs_over(page)
            resized(page, _NARROWEST)
            found[name, _NARROWEST] = runs_over(page)
    assert {place: what for place, what in found.items() if what} == {}


def test_zoomed_to_twice_the_size_nothing_is_lost(site: Served, page_of: Opener, tour: Tour) -> None:
    """A window of 1280 pixels that is zoomed to 200 % has room for 640 (WCAG 2.2, 1.4.4)."""
    found: dict[Any, Any] = {}
    with page_of(site, _WIDE, basket=tour.basket) as page:
        for name in visited(page, tour):
            read_down(page)
            before = named(page)
            resized(page, _ZOOMED)
            found[name, "lost"] = before - named(page)
            found[name, "over"] = runs_over(page)
    assert {place: what for place, what in found.items() if what} == {}


def come_to_rest(page: Any) -> Any:
    """What has the focus, when the page has scrolled to it and rows that came near have been filled."""
    for _ in range(200):
        if (found := focused(page)) is None or found["in_sight"]:
            return found
        page.wait_for_timeout(50)
    return focused(page)


@pytest.mark.parametrize("width", [_PHONE, _WIDE])
def test_the_focus_goes_through_home_in_order_and_can_be_seen(site: Served, page_of: Opener, width: int) -> None:
    with page_of(site, width) as page:
        steps = []
        for _ in range(_STEPS):
            page.keyboard.press("Tab")
            steps.append(come_to_rest(page))
    names = [step and step["name"] for step in steps]
    assert None not in names
    assert len(set(names)) > _STEPS / 2
    assert "skip" in names[0].lower()
    assert [step["name"] for step in steps if not step["ring"]] == []
    assert [step["name"] for step in steps if not step["in_sight"]] == []
    assert [step["place"] for step in steps] == sorted(step["place"] for step in steps)
