"""vitrine search: what people read, what programs get, what is refused."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from local.cli import app, main
from local.output import EXIT_USAGE, exit_code
from shared import wiring
from shared.domain.errors import InvalidInput, NotFound, VitrineError
from shared.settings import Settings
from tests.support import StillClock, reindex, write_small_feed


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shop whose encoders the command does not have: it searches by words alone."""
    folder: Path = tmp_path_factory.mktemp("search")
    feed, images = write_small_feed(folder / "feed")
    reindex(wiring.parts(Settings(data=folder / "data"), StillClock()), feed, folder / "work", images=images)
    return folder


def said(shop: Path, *arguments: str) -> str:
    ran = CliRunner().invoke(app, ["search", *arguments, "--data", str(shop / "data")], catch_exceptions=False)
    assert ran.exit_code == 0
    return ran.stdout


def test_what_was_understood_is_told_before_what_was_found(shop: Path) -> None:
    spoken = said(shop, "red linen shirt under 30", "-n", "2")
    told, first = spoken.split("  1. ")
    assert 'colour = "red"' in told
    assert "price < 30" in told
    assert first.startswith("Red linen shirt")


def test_what_was_given_up_is_told(shop: Path) -> None:
    spoken = said(shop, "linen shirt under 1")
    assert "given up: " in spoken
    assert "price < 1" in spoken
    assert "linen shirt" in spoken.split("  1. ")[1]


def test_a_product_with_a_change(shop: Path) -> None:
    spoken = said(shop, "but blue", "--like", "p1", "--explain", "-n", "3")
    assert "Similar to Blue running shoe 1" in spoken
    assert "keywords 0." in spoken or "keywords 1." in spoken
    body = json.loads(said(shop, "but green", "--like", "p1", "--explain", "--json"))
    assert {item["product"]["colour"] for item in body["items"]} == {"green"}
    assert body["items"][0]["parts"]["keywords"] > 0


def test_words_are_not_read_as_filters_where_that_is_not_wanted(shop: Path) -> None:
    assert "Understood" not in said(shop, "red linen shirt under 30", "--literal")


def test_nothing_found_is_said(shop: Path) -> None:
    assert "Nothing to show" in said(shop, "shirt", "--filter", "brand = Nobody")


@pytest.mark.parametrize(
    ("error", "arguments"),
    [
        (InvalidInput, ()),
        (InvalidInput, ("x" * 501,)),
        (NotFound, ("but blue", "--like", "nope")),
        (InvalidInput, ("shirt", "--filter", "price <")),
    ],
)
def test_what_cannot_be_is_refused_in_one_sentence(
    shop: Path, error: type[VitrineError], arguments: tuple[str, ...]
) -> None:
    with pytest.raises(error):
        said(shop, *arguments)


def test_a_file_that_is_no_picture_is_refused(shop: Path, tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_text("<svg/>")
    with pytest.raises(VitrineError, match="JPEG") as refused:
        said(shop, "--image", str(tmp_path / "a.jpg"))
    assert exit_code(refused.value) == EXIT_USAGE


def test_who_stops_it_is_told_that_it_can_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(wiring, "parts", stopped)
    monkeypatch.setattr("sys.argv", ["vitrine", "search", "mug", "--data", str(tmp_path)])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 130
    assert "run it again to go on where it was" in capsys.readouterr().err
