"""vitrine picks: whole runs by real processes, killed and gone on with; confirmed, undone; one user's picks."""

import hashlib
import json
import os
import random
import signal
import stat
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from local.cli import app
from shared import wiring
from shared.domain.events import EventType
from shared.services.segments import keep_segment
from shared.settings import PROJECT, Settings
from tests.support import NOW, StillClock, event, reindex, write_small_feed

USERS = [f"user-{number:03d}" for number in range(60)]
LONG_AGO = NOW - timedelta(days=4_000)
CAMPAIGNS = """
campaigns:
  offers:
    run: offers-of-may
    blocks:
      - {name: main, count: 4}
    partition_users: 4
    record: %s
"""


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("picks")
    feed, images = write_small_feed(folder / "feed")
    parts = wiring.parts(Settings(data=folder / "data"), StillClock())
    reindex(parts, feed, folder / "work", images=images)
    parts.events.add(
        [event(user, EventType.VIEW, f"p{1 + place * 7 % 60}", LONG_AGO) for place, user in enumerate(USERS)]
    )
    return folder


@pytest.fixture
def vitrine(published: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """The command, on a shop that all of the module's tests share."""
    monkeypatch.setenv("VITRINE_DATA", str(published / "data"))

    def call(*arguments: object) -> Result:
        return CliRunner().invoke(app, ["picks", *map(str, arguments)])

    return call


def written(folder: Path, record: str = "at_once") -> Path:
    file = folder / "campaigns.yaml"
    file.write_text(CAMPAIGNS % record)
    return file


def listed(folder: Path, users: list[str] = USERS) -> Path:
    file = folder / "users.csv"
    file.write_text("user_id,score\n" + "".join(f"{user},1\n" for user in users))
    return file


def said(result: Result) -> dict[str, Any]:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def users_in(folder: Path) -> list[str]:
    manifest = json.loads((folder / "manifest.json").read_text())
    for each in manifest["files"]:
        held = (folder / each["name"]).read_bytes()
        assert (len(held), hashlib.sha256(held).hexdigest()) == (each["bytes"], each["sha256"])
    lines = [line for path in sorted(folder.glob("*.jsonl")) for line in path.read_text().splitlines()]
    return [json.loads(line)["user_id"] for line in lines]


def test_a_run_killed_again_and_again_has_every_user_once(published: Path, tmp_path: Path) -> None:
    """All of its processes, at points drawn by chance: when so many more files are there."""
    draw, data = random.Random(7), published / "data"
    files = data / "blobs" / "picks" / "files" / "killed"
    campaigns = tmp_path / "campaigns.yaml"
    campaigns.write_text(CAMPAIGNS.replace("offers-of-may", "killed") % "at_once")
    command = [
        "picks",
        "run",
        "--file",
        campaigns,
        "--users",
        listed(tmp_path),
        "--data",
        data,
        "--to",
        tmp_path / "to",
    ]
    entry = [sys.executable, "-c", "from local.cli import main; main()"]
    kills = 0
    for _ in range(3):
        until = len(list(files.glob("*"))) + draw.randint(1, 12)
        process = subprocess.Popen(
            [*entry, *map(str, command)], cwd=PROJECT, start_new_session=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        while process.poll() is None and len(list(files.glob("*"))) < until:
            time.sleep(0.002)
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        kills += process.wait() == -signal.SIGKILL
    assert kills
    ended = subprocess.run([*entry, *map(str, command)], cwd=PROJECT, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    assert Counter(users_in(tmp_path / "to")) == dict.fromkeys(USERS, 1)
    assert {path.name for path in files.glob("[!.]*")} == {path.name for path in (tmp_path / "to").iterdir()}
    assert not list((data / "blobs" / "picks" / "work").rglob("part-*"))
    parts = wiring.parts(Settings(data=data), StillClock())
    assert len(parts.sends.of(USERS, "killed")) == 60


def test_from_a_file_to_a_folder_and_undone(vitrine: Callable[..., Result], published: Path, tmp_path: Path) -> None:
    assert "1 campaign: offers" in vitrine("apply", written(tmp_path, "on_confirm")).stdout
    run = ("run", "offers", "--users", listed(tmp_path, USERS[:9]), "--workers", "1", "--to", tmp_path / "to", "--json")
    manifest = said(vitrine(*run))
    assert (manifest["campaign"], manifest["summary"]["users"]) == ("offers-of-may", 9)
    assert sorted(users_in(tmp_path / "to")) == USERS[:9]
    assert {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "to").iterdir()} == {0o600}
    assert said(vitrine("status", "offers-of-may", "--json"))["files"] == manifest["files"]
    assert "offers-of-may: 9 users, 3 of 3 partitions done" in vitrine("status").stdout

    sends = wiring.parts(Settings(data=published / "data"), StillClock()).sends
    assert {each.state.value for each in sends.of(USERS, "offers-of-may").values()} == {"made"}
    assert "9 users' picks" in vitrine("confirm", "offers-of-may").stdout
    assert {each.state.value for each in sends.of(USERS, "offers-of-may").values()} == {"sent"}
    assert "2 users' picks" in vitrine("undo", "offers-of-may", "--users", listed(tmp_path, USERS[:2])).stdout
    assert "7 users' picks" in vitrine("undo", "offers-of-may").stdout
    assert sends.of(USERS, "offers-of-may") == {}
    assert "offers-of-may" not in vitrine("status").stdout
    again = said(vitrine("run", "offers", "--users", listed(tmp_path, USERS[:3]), "--workers", "1", "--json"))
    assert again["summary"]["users"] == 3
    vitrine("undo", "offers-of-may")


def test_without_a_list_it_is_for_those_who_did_something_lately(
    vitrine: Callable[..., Result], published: Path, tmp_path: Path
) -> None:
    parts = wiring.parts(Settings(data=published / "data"))
    recent = parts.clock.now() - timedelta(hours=1)
    parts.events.add([event("lately", EventType.VIEW, "p7", recent), event("anon:1", EventType.VIEW, "p8", recent)])
    manifest = said(vitrine("run", "--file", written(tmp_path), "--json", "--workers", "1"))
    assert manifest["summary"]["users"] == 1
    vitrine("undo", "offers-of-may")


def test_for_a_kept_segment(vitrine: Callable[..., Result], published: Path, tmp_path: Path) -> None:
    parts = wiring.parts(Settings(data=published / "data"))
    keep_segment(wiring.segments(parts), parts.campaign_turns, "vip", USERS[:3], parts.clock.now())
    asked = ("run", "--file", written(tmp_path), "--json", "--workers", "1", "--segment")
    assert "No segment 'none' is kept" in str(vitrine(*asked, "none").exception)
    assert "either --users FILE or" in str(vitrine(*asked, "vip", "--users", listed(tmp_path)).exception)
    assert said(vitrine(*asked, "vip"))["summary"]["users"] == 3
    vitrine("undo", "offers-of-may")


def test_one_users_picks_are_shown_and_not_kept(vitrine: Callable[..., Result], published: Path) -> None:
    picks = said(vitrine("for", "user-005", "--json"))["picks"]
    assert len(picks) == 6
    assert picks[0]["title"] in vitrine("for", "user-005").stdout
    sends = wiring.parts(Settings(data=published / "data")).sends.everything("user-005")
    assert "preview" not in {each.campaign for each in sends}


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("run", "nothing"), "There is no campaign 'nothing'"),
        (("run",), "Which campaign is meant"),
        (("status", "nothing"), "There is no run 'nothing'"),
        (("confirm", "nothing"), "There is no run 'nothing'"),
        (("undo", "nothing"), "There is no run 'nothing'"),
        (("run", "no name"), "There is no campaign 'no name'"),
        (("status", "no name"), "There is no run 'no name'"),
        (("confirm", "no name"), "There is no run 'no name'"),
        (("undo", "no name"), "There is no run 'no name'"),
    ],
)
def test_what_is_not_there_is_said(vitrine: Callable[..., Result], arguments: tuple[str, ...], complaint: str) -> None:
    result = vitrine(*arguments)
    assert complaint in str(result.exception)


def test_a_list_that_is_none_is_said(vitrine: Callable[..., Result], tmp_path: Path) -> None:
    (tmp_path / "bytes").write_bytes(b"\xff\xfe\x00")
    for users, complaint in ((tmp_path / "nowhere", "is not a file"), (tmp_path / "bytes", "no list of user ids")):
        result = vitrine("run", "--file", written(tmp_path), "--users", users)
        assert complaint in str(result.exception)
    addresses = listed(tmp_path, ["user-001", "maria@shop.example"])
    result = vitrine("run", "--file", written(tmp_path), "--users", addresses)
    assert "A user in users.csv is an e-mail address" in str(result.exception)
    assert "offers-of-may" not in vitrine("status").stdout


def test_a_run_that_is_there_stays_for_whom_it_was_planned_and_says_so(
    vitrine: Callable[..., Result], tmp_path: Path
) -> None:
    def run(*more: object) -> Result:
        return vitrine("run", "--file", written(tmp_path), "--json", "--workers", "1", *more)

    assert run("--users", listed(tmp_path, USERS[:2])).stderr == ""
    other = run("--users", listed(tmp_path, USERS[2:8]))
    assert said(other)["summary"]["users"] == 2
    assert "offers-of-may was planned for 2 users" in other.stderr
    vitrine("undo", "offers-of-may")


def test_a_trigger_that_is_not_there_freezes_nothing(vitrine: Callable[..., Result], tmp_path: Path) -> None:
    file = written(tmp_path)
    file.write_text(file.read_text().replace("    record:", "    trigger_product: gone\n    record:"))
    for users in ((), ("--users", listed(tmp_path))):
        assert "No product 'gone'" in str(vitrine("run", "--file", file, *users).exception)
        assert "offers-of-may" not in vitrine("status").stdout
