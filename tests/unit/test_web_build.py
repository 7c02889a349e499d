"""What pages load of the widget: small, made of the sources that lie beside it, and good for a module as well."""

import gzip
import json
import shutil
import subprocess
from pathlib import Path

import pytest

from shared.settings import PROJECT

WEB = PROJECT / "web"
DIST = WEB / "dist"
MADE = ("vitrine.js", "vitrine.mjs", "vitrine.d.ts")
STOREFRONT = ("storefront.js", "storefront.css")
_LARGEST = 15_000
"""Bytes, gzipped, of what one script tag costs a visitor."""


@pytest.mark.parametrize("name", ["vitrine.js", "vitrine.mjs"])
def test_a_page_loads_less_than_fifteen_kilobytes(name: str) -> None:
    assert 5_000 < len(gzip.compress((DIST / name).read_bytes(), 9)) < _LARGEST


def test_it_is_what_the_sources_make(tmp_path: Path) -> None:
    node = shutil.which("node")
    if node is None or not (WEB / "node_modules" / "esbuild").is_dir():
        pytest.skip("there is no node, or no web/node_modules: npm ci --prefix web, where it is to be built anew")
    subprocess.run([node, str(WEB / "build.js"), str(tmp_path)], check=True, capture_output=True, timeout=60)
    assert {each.name for each in tmp_path.iterdir()} == {each.name for each in DIST.iterdir()}
    for name in (*MADE, *STOREFRONT):
        assert (tmp_path / name).read_bytes() == (DIST / name).read_bytes(), f"web/dist/{name} is old: make web"


def test_it_can_be_published_as_a_package() -> None:
    package = json.loads((WEB / "package.json").read_text())
    entry = package["exports"]["."]
    assert {entry["types"], entry["default"], package["exports"]["./vitrine.js"]} == {f"./dist/{name}" for name in MADE}
    assert package["files"] == [f"dist/{name}" for name in MADE]
    assert package["sideEffects"] == ["./dist/vitrine.js"]


def test_servers_that_render_pages_may_import_it() -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("there is no node on this machine")
    code = f"import({json.dumps((DIST / 'vitrine.mjs').as_uri())}).then(m => console.log(Object.keys(m).sort().join()))"
    said = subprocess.run([node, "-e", code], check=True, capture_output=True, text=True, timeout=60).stdout
    assert said.strip() == "VitrineCollection,VitrineRail,VitrineSearch,defineVitrine"
