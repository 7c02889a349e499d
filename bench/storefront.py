"""The storefront in a real browser, its processor slowed down four times: when a visitor can see products and click."""

import gzip
import json
import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.request import urlopen

from local.demo_shop.build import Plan
from shared.settings import PROJECT
from tests.browser import chromium
from tests.browser.sites import HOST, build_demo

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

_SLOWED = 4
_TIMES = 15
_STATIC = 10
"""Files of the empty page that the others stand beside: as many as home asks for before it shows anything."""
_STARTS_WITHIN_S = 60.0

# Web Vitals as Chromium tells them, and the moment from which a visitor can use the page: the pictures of the first
# screen's products are decoded, and a task that was put in line then has had its turn, as a click would.
_WATCH = """
window.seen = { lcp: 0, cls: 0, blocked: 0, usable: 0 };
const watch = (type, take) =>
  new PerformanceObserver(list => list.getEntries().forEach(take)).observe({ type, buffered: true });
watch("largest-contentful-paint", entry => { seen.lcp = entry.startTime; });
watch("layout-shift", entry => { if (!entry.hadRecentInput) seen.cls += entry.value; });
watch("longtask", entry => { seen.blocked += Math.max(0, entry.duration - 50); });
const inSight = img => { const box = img.getBoundingClientRect(); return box.top < innerHeight && box.bottom > 0
  && box.left < innerWidth && box.right > 0; };
const look = async () => {
  const roots = [...document.querySelectorAll("vitrine-rail")].map(rail => rail.shadowRoot);
  const images = [document.querySelector("main"), ...roots].flatMap(root => [...root?.querySelectorAll("img") ?? []]);
  const first = images.filter(inSight);
  if (!first.length || !first.every(img => img.complete && img.naturalWidth)) return requestAnimationFrame(look);
  await Promise.all(first.map(img => img.decode()));
  requestAnimationFrame(() => setTimeout(() => { seen.usable = performance.now(); console.debug("usable"); }));
};
requestAnimationFrame(look);
"""


def measure(_: Path, work: Path) -> dict[str, Any]:
    if not (path := chromium.found()):
        return {"no Chromium or Chrome on this machine": "not measured"}
    built = build_demo(work / "storefront", Plan())
    for number in range(_STATIC):
        _empty_file(built.images / "empty", f"{number}.js")
    scripts = "".join(f'<script type="module" src="{number}.js"></script>' for number in range(_STATIC))
    (built.images / "empty" / "index.html").write_text(f"<!doctype html><title>Empty</title>{scripts}")
    with _served(built.settings.data, built.images) as url, chromium.browser(path) as browser:
        product = f"/#/product/{_first_product(url)}"
        empty = _median(lambda: _empty_page(browser, url))
        measured: dict[str, Any] = {}
        for width, height in ((390, 844), (1280, 900)):
            for name, address in (("home", "/"), ("product", product)):
                found = [_visit(browser, url + address, width, height) for _ in range(_TIMES)]
                measured |= {f"{name}, {width} px: {what}": figure for what, figure in _said(found, empty).items()}
    return {f"an empty page with {_STATIC} files, s": empty} | measured | _sizes()


def _said(found: list[dict[str, float]], empty: float) -> dict[str, Any]:
    middle = {what: statistics.median(each[what] for each in found) for what in found[0]}
    usable = [each["usable"] / 1000 for each in found]
    return {
        "usable, s (median)": middle["usable"] / 1000,
        "usable, s (range)": f"{min(usable):.2f}-{max(usable):.2f}",
        "usable, in empty pages": middle["usable"] / 1000 / empty,
        "largest paint, s": middle["lcp"] / 1000,
        "layout shift": middle["cls"],
        "blocked, ms": middle["blocked"],
        "requests": int(middle["requests"]),
        "kB": middle["bytes"] / 1000,
        "click to the next page, s": middle["click"],
    }


def _visit(browser: "Browser", address: str, width: int, height: int) -> dict[str, float]:
    """One first visit, of a profile with an empty cache."""
    with _slow_page(browser, width, height) as (page, counted):
        page.add_init_script(_WATCH)
        # Told by the page: to ask for it, the driver would have the page run a large script, a tenth of a second long.
        with page.expect_console_message(lambda said: said.text == "usable"):
            page.goto(address)
        page.wait_for_load_state("networkidle")
        seen: dict[str, float] = page.evaluate("() => seen")
        began = time.perf_counter()
        card = page.locator("article.card a").first
        wanted = card.get_attribute("href")
        card.click()
        page.wait_for_function("wanted => location.hash === wanted && document.querySelector('main h1')", arg=wanted)
        return seen | counted | {"click": time.perf_counter() - began}


def _empty_page(browser: "Browser", url: str) -> float:
    with _slow_page(browser, 1280, 900) as (page, _):
        page.goto(f"{url}/images/empty/index.html", wait_until="load")
        ended: float = page.evaluate("() => performance.getEntriesByType('navigation')[0].loadEventEnd")
        return ended / 1000


@contextmanager
def _slow_page(browser: "Browser", width: int, height: int) -> "Iterator[tuple[Page, dict[str, float]]]":
    """A page of a new profile on the slowed processor, and what it has fetched, counted as it goes."""
    context = browser.new_context(viewport={"width": width, "height": height}, has_touch=width < 600)
    try:
        page = context.new_page()
        session = context.new_cdp_session(page)
        counted = {"requests": 0.0, "bytes": 0.0}

        def finished(event: dict[str, Any]) -> None:
            counted["requests"] += 1
            counted["bytes"] += event["encodedDataLength"]

        session.on("Network.loadingFinished", finished)
        session.send("Network.enable")
        session.send("Emulation.setCPUThrottlingRate", {"rate": _SLOWED})
        yield page, counted
    finally:
        context.close()


def _median(once: Callable[[], float]) -> float:
    once()
    return statistics.median(once() for _ in range(_TIMES))


@contextmanager
def _served(data: Path, images: Path) -> Iterator[str]:
    """``vitrine serve`` in a process of its own, as a shop developer starts it."""
    with socket.create_server((HOST, 0)) as free:
        port = free.getsockname()[1]
    options = ["serve", "--port", str(port), "--data", str(data), "--images", str(images)]
    start = [sys.executable, "-c", "from local.cli import main; main()", *options]
    server = subprocess.Popen(start, cwd=PROJECT, stdout=subprocess.DEVNULL, env=os.environ | {"PYTHONPATH": ""})
    try:
        _wait_for(f"http://{HOST}:{port}/health", server)
        yield f"http://{HOST}:{port}"
    finally:
        server.terminate()
        server.wait()


def _wait_for(address: str, server: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + _STARTS_WITHIN_S
    while True:
        try:
            urlopen(address, timeout=5).close()
            return
        except OSError:
            if server.poll() is not None or time.monotonic() > until:
                raise
            time.sleep(0.1)


def _first_product(url: str) -> str:
    with urlopen(f"{url}/v1/lists/best-sellers?limit=1", timeout=10) as answer:
        product: str = json.load(answer)["items"][0]["id"]
    return product


def _empty_file(folder: Path, name: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text("")


def _sizes() -> dict[str, Any]:
    """Of the widget, as it was built."""
    built = PROJECT / "web" / "dist" / "vitrine.js"
    if not built.exists():
        return {"vitrine.js": "not built: npm run build in web/"}
    content = built.read_bytes()
    return {"vitrine.js, bytes": len(content), "vitrine.js gzipped, bytes": len(gzip.compress(content, 9))}
