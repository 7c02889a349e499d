"""vitrine look and vitrine bundles: what people read, what programs get, what is refused."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from local.cli import app
from shared.domain.errors import InvalidInput, NotFound
from tests.look_shop import look_shop
from tests.support import StillClock


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder: Path = tmp_path_factory.mktemp("looks")
    look_shop(folder, StillClock())
    return str(folder / "data")


def said(*arguments: str) -> str:
    ran = CliRunner().invoke(app, list(arguments), catch_exceptions=False)
    assert ran.exit_code == 0
    return ran.stdout


def test_a_look_is_told_with_its_total(data: str) -> None:
    spoken = said("look", "p1", "--slots", "2", "--data", data)
    assert "Red linen shirt 8 · 13.00 EUR" in spoken
    assert "Together 28.00 EUR" in spoken
    body = json.loads(said("look", "p1", "--max-total", "10", "--data", data, "--json"))
    assert len(body["items"]) == 1
    assert "Nothing to show" in said("look", "p1", "--filter", "brand = Nobody", "--data", data)


def test_a_bundle_is_told_with_what_it_saves(data: str) -> None:
    spoken = said("bundles", "p1", "--discount", "10", "-n", "1", "--data", data)
    assert "Often chosen with Blue running shoe 1: " in spoken
    assert "Together 30.60 EUR instead of 34.00" in spoken
    (bundle,) = json.loads(said("bundles", "p1", "--size", "2", "-n", "1", "--data", data, "--json"))["bundles"]
    assert len(bundle["products"]) == 2
    assert "Nothing to show" in said("bundles", "p1", "--filter", "brand = Nobody", "--data", data)


def test_what_cannot_be_is_refused_in_one_sentence(data: str) -> None:
    for error, arguments in (
        (NotFound, ("look", "nope")),
        (InvalidInput, ("look", "p1", "--slots", "9")),
        (InvalidInput, ("bundles", "p1", "--discount", "half")),
        (InvalidInput, ("bundles", "p1", "--discount", "60")),
    ):
        with pytest.raises(error):
            said(*arguments, "--data", data)
