"""vitrine export-user, erase-user and audit."""

import json
from datetime import datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from local.cli import app
from shared import wiring
from shared.domain.events import EventType
from shared.settings import Settings
from tests.support import event

RUN = CliRunner()


@pytest.fixture
def data(tmp_path: Path) -> str:
    parts = wiring.parts(Settings(data=tmp_path / "data"))
    parts.events.add([event("martha", EventType.VIEW, "p1"), event("neighbour", EventType.VIEW, "p1")])
    return str(tmp_path / "data")


def run(*words: str, answer: str = "") -> str:
    ran = RUN.invoke(app, words, input=answer)
    assert ran.exit_code == 0, ran.output
    return ran.stdout


def test_export_erase_export_and_what_was_noted(data: str) -> None:
    exported = json.loads(run("export-user", "martha", "--data", data))
    assert [each["product_id"] for each in exported["events"]] == ["p1"]
    assert exported["profile"] is None  # nothing is published
    assert "Nothing of this user" in run("erase-user", "martha", "--data", data, answer="y\n")
    again = json.loads(run("export-user", "martha", "--data", data))
    assert again == json.loads(run("export-user", "stranger", "--data", data))
    assert len(json.loads(run("export-user", "neighbour", "--data", data))["events"]) == 1
    noted = json.loads(run("audit", "--data", data, "--json"))["entries"]
    assert [each["action"] for each in noted] == ["export", "erase", "export", "export", "export"]
    assert {each["by"] for each in noted} == {"command"}
    assert "martha" not in run("audit", "--data", data)


def test_who_says_no_keeps_everything(data: str) -> None:
    assert RUN.invoke(app, ["erase-user", "martha", "--data", data], input="n\n").exit_code == 1
    assert json.loads(run("export-user", "martha", "--data", data))["events"]
    assert json.loads(run("erase-user", "martha", "--yes", "--json", "--data", data)) == {"erased": True, "more": False}


@pytest.mark.parametrize("day", ["yesterday", "2026-13-01", ""])
def test_days_are_read_or_refused(data: str, day: str) -> None:
    ran = RUN.invoke(app, ["audit", "--first", day, "--data", data])
    assert (ran.exit_code == 0) is (day == "")
    if day:
        assert "is not a day" in str(ran.exception)


def test_two_years_at_a_time(data: str) -> None:
    ran = RUN.invoke(app, ["audit", "--first", "2020-01-01", "--last", "2026-01-01", "--data", data])
    assert "ask for fewer" in str(ran.exception)


def test_the_first_day_is_not_after_the_last(data: str) -> None:
    ran = RUN.invoke(app, ["audit", "--first", "2026-05-02", "--last", "2026-05-01", "--data", data])
    assert "give the earlier day first" in str(ran.exception)


def test_programs_read_times_in_iso_8601(data: str) -> None:
    run("erase-user", "martha", "--yes", "--data", data)
    (entry,) = json.loads(run("audit", "--json", "--data", data))["entries"]
    assert entry["at"] == datetime.fromisoformat(entry["at"]).isoformat()
