"""Runs of campaigns: planned once, made in partitions, killed and gone on with, and one person taken out of them."""

import csv
import hashlib
import io
import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext, suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, cast

import polars
import pytest

from shared import wiring
from shared.domain.campaigns import CampaignSettings, FileFormat, Plan, digest
from shared.domain.choices import NONE, Consent
from shared.domain.deadline import deadline
from shared.domain.errors import Busy, InvalidInput, NotFound, Unavailable
from shared.domain.events import EventType
from shared.domain.pick_summary import Summary, summary_record
from shared.domain.picks import Block, BlockKind, Campaign, Recording, Skipped
from shared.domain.sends import Send
from shared.ports import BlobStore, SendStore
from shared.services import campaign_files as files
from shared.services.campaign_book import apply_campaigns, campaign_named, campaigns_of
from shared.services.campaign_document import plan_from_record, plan_record, read_campaigns
from shared.services.campaign_erasure import forget_user
from shared.services.campaign_plan import find_plan, make_plan, users_of
from shared.services.campaign_sends import undo_run
from shared.services.campaigns import Desk, finish, make_partition, plan_for_active, to_do
from shared.services.choices import change
from shared.services.picks import Mailing
from shared.services.segments import drop_segment, keep_segment, users_of_segment
from shared.settings import Settings
from tests.breaking import Breaking, unavailable
from tests.support import NOW, StillClock, event, reindex, write_small_feed

USERS = [f"user-{number:03d}" for number in range(60)]
RUN = "nightly-2026-05-01"
SETTINGS = CampaignSettings(
    "nightly",
    Campaign(RUN, (Block("main", BlockKind.FOR_YOU, 4), Block("new", BlockKind.NEW_ARRIVALS, 2))),
    partition_users=25,
)


@pytest.fixture(scope="module")
def shop_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shop with sixty users, each of whom has looked at three products."""
    folder = tmp_path_factory.mktemp("campaigns")
    feed, images = write_small_feed(folder / "feed")
    parts = wiring.parts(Settings(data=folder / "data"), StillClock())
    reindex(parts, feed, folder / "work", images=images)
    parts.events.add(
        [
            event(user, EventType.VIEW, f"p{1 + (place * 7 + turn * 13) % 60}", NOW - timedelta(hours=turn + 1))
            for place, user in enumerate([*USERS, "anon:guest"])
            for turn in range(3)
        ]
    )
    return folder / "data"


@pytest.fixture
def parts(shop_data: Path, tmp_path: Path) -> wiring.Parts:
    """The shop's own catalogue, index and events; sends, choices and files are the test's."""
    settled = wiring.parts(Settings(data=shop_data), StillClock())
    own = wiring.parts(Settings(data=tmp_path / "own"), StillClock())
    return replace(own, versions=settled.versions, events=settled.events, products=settled.products)


@pytest.fixture
def desk(parts: wiring.Parts) -> Desk:
    return Desk(Mailing(wiring.shop(parts), parts.sends), parts.blobs, parts.campaign_turns)


def marks() -> Callable[[], str]:
    drawn: Iterator[int] = iter(range(1_000))
    return lambda: f"mark{next(drawn)}"


def planned(desk: Desk, settings: CampaignSettings = SETTINGS, users: list[str] = USERS, mark: str = "m") -> Plan:
    return make_plan(desk.blobs, settings, lambda: users, NOW, lambda: mark)


def run(desk: Desk, settings: CampaignSettings = SETTINGS, users: list[str] = USERS) -> dict[str, Any]:
    plan = planned(desk, settings, users)
    for number in plan.partitions:
        assert make_partition(desk, plan, number)
    manifest = finish(desk.blobs, desk.turns, plan)
    assert manifest is not None
    return manifest


class Meanwhile:
    """A ledger beside which something happens, once, just before it keeps sends."""

    def __init__(self, sends: SendStore, happens: Callable[[], object]) -> None:
        self._sends, self._happens = sends, [happens]

    def add(self, sends: Sequence[Send]) -> list[Send]:
        if self._happens:
            self._happens.pop()()
        return self._sends.add(sends)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sends, name)


def beside(desk: Desk, happens: Callable[[], object]) -> Desk:
    return replace(desk, mailing=replace(desk.mailing, sends=cast(SendStore, Meanwhile(desk.mailing.sends, happens))))


def content(desk: Desk, name: str, name_of_run: str = RUN) -> bytes:
    found = desk.blobs.get(f"picks/files/{name_of_run}/{name}")
    assert found is not None
    return found


def lines(desk: Desk, manifest: dict[str, Any]) -> list[dict[str, Any]]:
    named = [each["name"] for each in manifest["files"] if each["name"].endswith(".jsonl")]
    return [line for name in named for line in files.read_lines(content(desk, name, manifest["campaign"]))]


def assert_true_to_its_files(desk: Desk, manifest: dict[str, Any]) -> None:
    there = {name.rpartition("/")[2] for name in desk.blobs.names(f"picks/files/{manifest['campaign']}")}
    assert there == {each["name"] for each in manifest["files"]} | {"manifest.json"}
    for each in manifest["files"]:
        held = content(desk, each["name"], manifest["campaign"])
        assert (len(held), hashlib.sha256(held).hexdigest()) == (each["bytes"], each["sha256"])


class TestPlan:
    def test_each_user_is_in_one_partition_by_the_digest_of_the_id(self, desk: Desk) -> None:
        plan = planned(desk, users=[*USERS, *USERS[:5], "anon:guest", "nobody:1"])
        partitions = [users_of(desk.blobs, plan, number) or [] for number in plan.partitions]
        assert [len(each) for each in partitions] == [25, 25, 10]
        assert [user for each in partitions for user in each] == sorted(USERS, key=digest)
        assert plan.users == 60
        for number, users in enumerate(partitions):
            assert all(number in plan.partitions_of(user) for user in users)
            assert all(len(plan.partitions_of(user)) == 1 for user in users[1:])

    def test_the_first_plan_stays(self, desk: Desk) -> None:
        first = planned(desk)
        again = planned(desk, replace(SETTINGS, partition_users=1), ["somebody else"], "other")
        assert again == first == find_plan(desk.blobs, RUN)

    def test_of_two_who_plan_at_once_one_has_planned(self, desk: Desk) -> None:
        outcome: list[Plan] = []

        def meanwhile() -> Iterator[str]:
            yield "late"
            outcome.append(planned(desk, mark="fast"))

        late = make_plan(desk.blobs, SETTINGS, meanwhile, NOW, lambda: "slow")
        assert late == outcome[0]
        assert {name.split("/")[3] for name in desk.blobs.names(f"picks/open/{RUN}")} == {"users-fast"}

    def test_one_that_was_killed_leaves_nothing_that_the_next_one_minds(self, desk: Desk) -> None:
        desk.blobs.put(files.users_name(RUN, "dead", 7), json.dumps(["user-001"]).encode())
        plan = planned(desk)
        assert {name.split("/")[3] for name in desk.blobs.names(f"picks/open/{RUN}")} == {f"users-{plan.mark}"}

    def test_its_record_says_all_of_it(self, desk: Desk) -> None:
        plan = planned(desk)
        assert plan_from_record(json.loads(json.dumps(plan_record(plan)))) == plan

    def test_what_is_no_user_id_is_refused(self, desk: Desk) -> None:
        with pytest.raises(InvalidInput, match="printable"):
            planned(desk, users=["a\nb"])
        assert find_plan(desk.blobs, RUN) is None

    def test_nobody_is_a_run_too(self, desk: Desk) -> None:
        manifest = run(desk, users=[])
        assert (manifest["files"], manifest["summary"]["users"]) == ([], 0)

    def test_of_a_segment_it_is_for_its_users_alone(self, desk: Desk, parts: wiring.Parts) -> None:
        settings = replace(SETTINGS, segment="vip")
        with pytest.raises(NotFound, match="No segment 'vip' is kept"):
            plan_for_active(desk, parts.events, settings)
        keep_segment(desk.segments, desk.turns, "vip", [*USERS[20:50], "gone", "new"], NOW, chunk_users=7)
        change(desk.state, "gone", NOW, lambda each: replace(each, consent=NONE))
        plan = plan_for_active(desk, parts.events, settings)
        found = [user_id for number in plan.partitions for user_id in users_of(desk.blobs, plan, number) or ()]
        assert sorted(found) == sorted([*USERS[20:50], "new"])
        drop_segment(desk.segments, desk.turns, "vip")
        assert plan_for_active(desk, parts.events, settings) == plan, "frozen with the run"

    def test_a_segment_replaced_while_it_is_read_is_read_again(self, desk: Desk, parts: wiring.Parts) -> None:
        keep_segment(desk.segments, desk.turns, "vip", USERS[:9], NOW, chunk_users=3)
        read = users_of_segment(desk.segments, "vip")
        assert next(read) == USERS[0]
        keep_segment(desk.segments, desk.turns, "vip", USERS[9:18], NOW, chunk_users=3)
        with pytest.raises(Unavailable, match="do the same again"):
            list(read)


class TestMaking:
    def test_each_user_comes_once_in_every_format(self, desk: Desk) -> None:
        manifest = run(desk)
        assert_true_to_its_files(desk, manifest)
        found = lines(desk, manifest)
        assert sorted(line["user_id"] for line in found) == USERS
        assert all(len({pick["id"] for pick in line["picks"]}) == 6 for line in found)
        rows = [(line["user_id"], pick["position"], pick["id"]) for line in found for pick in line["picks"]]
        named = [each["name"] for each in manifest["files"]]
        tables = [
            [(row["user_id"], int(row["position"]), row["id"]) for row in csv.DictReader(_text(content(desk, name)))]
            for name in named
            if name.endswith(".csv")
        ]
        assert [row for table in tables for row in table] == rows
        frames = [polars.read_parquet(io.BytesIO(content(desk, name))) for name in named if name.endswith(".parquet")]
        assert polars.concat(frames).select("user_id", "position", "id").rows() == rows
        assert frames[0].schema["price"] == polars.Float64
        assert manifest["summary"]["users"] == manifest["summary"]["with_picks"] == 60
        assert sum(each["rows"] for each in manifest["files"] if each["name"].endswith(".csv")) == len(rows) == 360

    def test_what_was_wanted_on_the_way_is_gone_at_the_end(self, desk: Desk) -> None:
        run(desk)
        assert desk.blobs.names(f"picks/open/{RUN}") == []
        assert to_do(desk.blobs, planned(desk)) == []

    def test_it_is_not_finished_before_all_of_it_is_done(self, desk: Desk) -> None:
        plan = planned(desk)
        make_partition(desk, plan, 1)
        assert to_do(desk.blobs, plan) == [0, 2]
        assert finish(desk.blobs, desk.turns, plan) is None
        assert not desk.blobs.get(files.manifest_name(RUN))

    def test_done_again_nothing_changes(self, desk: Desk) -> None:
        manifest = run(desk)
        before = {name: desk.blobs.get(name) for name in desk.blobs.names("picks")}
        assert run(desk) == manifest
        assert {name: desk.blobs.get(name) for name in desk.blobs.names("picks")} == before

    def test_files_of_old_runs_go_when_a_new_one_is_planned(
        self, desk: Desk, parts: wiring.Parts, clock: StillClock
    ) -> None:
        run(desk)
        later = replace(parts, clock=clock)
        own = Desk(Mailing(wiring.shop(later), parts.sends), parts.blobs, parts.campaign_turns)
        for days, left in ((30, [RUN, "next-30"]), (31, ["next-30", "next-31"])):
            clock.moment = NOW + timedelta(days=days)
            following = replace(SETTINGS, campaign=replace(SETTINGS.campaign, name=f"next-{days}"))
            plan_for_active(own, parts.events, following)
            assert files.runs(desk.blobs) == sorted(left)
        assert not [name for name in desk.blobs.names("picks") if RUN in name]
        assert len(parts.sends.of(USERS, RUN)) == 60

    def test_who_agrees_to_no_email_and_who_has_had_enough_get_none_and_are_counted(self, desk: Desk) -> None:
        change(desk.state, "user-003", NOW, lambda choices: replace(choices, consent=Consent(True, False, True)))
        run(desk, replace(SETTINGS, campaign=replace(SETTINGS.campaign, name="before")), ["user-004"])
        capped = replace(SETTINGS, campaign=replace(SETTINGS.campaign, weekly_cap=1))
        manifest = run(desk, capped)
        assert {line["user_id"] for line in lines(desk, manifest)} == set(USERS) - {"user-003", "user-004"}
        assert manifest["summary"]["skipped"] == {Skipped.NO_CONSENT: 1, Skipped.CAPPED: 1}

    def test_out_of_time_it_says_so_and_goes_on_where_it_was(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("shared.services.campaigns._LOT", 10)
        plan = planned(desk)
        passed, monotonic, heard = [0.0], time.monotonic, list[int]()

        def told(lot: Summary) -> None:
            heard.append(lot.users)
            passed[0] = 990.0

        with monkeypatch.context() as patched, deadline(1_000):
            patched.setattr("shared.domain.deadline.time.monotonic", lambda: monotonic() + passed[0])
            assert not make_partition(desk, plan, 0, told)
        begun = json.loads(desk.blobs.get(files.work_name(RUN, "begun", 0)) or b"")
        assert (len(begun["lines"]), len(begun["waiting"])) == (heard[0], 25 - heard[0])
        assert heard[0] < 25
        assert to_do(desk.blobs, plan) == [0, 1, 2]
        assert make_partition(desk, plan, 0, told)
        assert sum(heard) == 25
        assert not desk.blobs.get(files.work_name(RUN, "begun", 0))
        done = json.loads(desk.blobs.get(files.work_name(RUN, "done", 0)) or b"")
        assert (done["summary"]["users"], len(files.read_lines(content(desk, "part-00000.jsonl")))) == (25, 25)

    def test_without_time_for_anything_nothing_is_begun(self, desk: Desk) -> None:
        plan = planned(desk)
        with deadline(5):
            assert not make_partition(desk, plan, 0)
        assert desk.mailing.sends.of(USERS, RUN) == {}

    def test_two_at_one_partition_do_no_harm(self, desk: Desk) -> None:
        plan = planned(desk)
        assert make_partition(beside(desk, lambda: make_partition(desk, plan, 0)), plan, 0)
        for number in (1, 2):
            make_partition(desk, plan, number)
        manifest = finish(desk.blobs, desk.turns, plan)
        assert manifest
        assert_true_to_its_files(desk, manifest)
        assert sorted(line["user_id"] for line in lines(desk, manifest)) == USERS

    @pytest.mark.parametrize("killed", [False, True])
    def test_what_is_made_while_the_run_is_undone_is_taken_back(self, desk: Desk, killed: bool) -> None:
        plan = planned(desk)
        assert make_partition(desk, plan, 1)

        def undone() -> None:
            sends = Breaking(desk.mailing.sends, unavailable, "remove") if killed else desk.mailing.sends
            with pytest.raises(Unavailable) if killed else nullcontext():
                undo_run(desk.blobs, cast(SendStore, sends), desk.turns, RUN)

        with pytest.raises(NotFound, match="undone meanwhile"):
            make_partition(beside(desk, undone), plan, 0)
        if killed:
            assert undo_run(desk.blobs, desk.mailing.sends, desk.turns, RUN) == 25
        assert desk.mailing.sends.of(USERS, RUN) == {}
        assert desk.blobs.names("picks") == []
        assert run(desk)["summary"]["with_picks"] == 60

    @pytest.mark.parametrize("after", [False, True])
    def test_killed_at_any_write_every_user_has_one_send_and_one_line(self, desk: Desk, after: bool) -> None:
        users, at, ended = USERS[:2], 0, False
        small = replace(SETTINGS, formats=(FileFormat.JSONL, FileFormat.CSV))
        while not ended:
            name = f"run-{at}"
            asked = Campaign(name, (Block("new", BlockKind.NEW_ARRIVALS, 2),), last_sends=0)
            settings = replace(small, campaign=asked)
            dying = Dying(at, after)
            own = replace(
                desk,
                blobs=cast(BlobStore, dying.beside(desk.blobs)),
                mailing=replace(desk.mailing, sends=cast(SendStore, dying.beside(desk.mailing.sends))),
            )
            with suppress(Killed):
                run(own, settings, users)
                ended = True
            refs = {user: send.ref for user, send in desk.mailing.sends.of(users, name).items()}
            manifest = run(desk, settings, users)
            assert_true_to_its_files(desk, manifest)
            assert sorted(line["user_id"] for line in lines(desk, manifest)) == users
            assert refs.items() <= {user: send.ref for user, send in desk.mailing.sends.of(users, name).items()}.items()
            assert desk.blobs.names(f"picks/open/{name}") == []
            at += 1
        assert at > 8

    def test_a_formula_out_of_a_feed_is_text_in_a_table(self) -> None:
        line = {"user_id": "-1+1", "campaign": "c", "picks": [_pick(title='=HYPERLINK("http://x")', price=-1.0)]}
        (row,) = csv.DictReader(_text(files.contents_of([FileFormat.CSV], [line])[FileFormat.CSV]))
        assert (row["title"], row["user_id"], row["price"]) == ('\'=HYPERLINK("http://x")', "'-1+1", "-1.0")


def _text(content: bytes) -> io.StringIO:
    return io.StringIO(content.decode(), newline="")


def _pick(**more: Any) -> dict[str, Any]:
    known = {
        "block": "main", "position": 0, "id": "p1", "title": "t", "price": 1.0, "sale_price": None, "currency": "EUR",
        "image": "", "link": "", "reason": "", "source": "for_you:text", "fell_back": False, "recommendation_id": "r",
    }  # fmt: skip
    return known | more


class TestErasure:
    @pytest.fixture
    def erased(self, desk: Desk) -> Callable[[str], int]:
        """What an erasure does about campaigns: the tombstone, the sends, the files."""

        def erase(user: str) -> int:
            change(desk.state, user, NOW, lambda choices: replace(choices, consent=NONE, forgotten_at=NOW))
            desk.mailing.sends.forget(user)
            return forget_user(desk.blobs, desk.turns, user)

        return erase

    def test_nothing_of_a_person_is_left_in_any_file(self, desk: Desk, erased: Callable[[str], int]) -> None:
        before = run(desk)
        assert traces(desk, "user-007")
        assert erased("user-007") == 3
        assert not traces(desk, "user-007")
        manifest = files.read_manifest(desk.blobs, RUN)
        assert manifest
        assert_true_to_its_files(desk, manifest)
        assert {line["user_id"] for line in lines(desk, manifest)} == set(USERS) - {"user-007"}
        assert sum(each["users"] for each in before["files"]) - sum(each["users"] for each in manifest["files"]) == 3
        assert erased("user-007") == 0

    def test_nor_in_a_run_on_its_way(self, desk: Desk, erased: Callable[[str], int]) -> None:
        plan = planned(desk)
        desk.blobs.put(files.users_name(RUN, "dead", 0), json.dumps(USERS).encode())
        assert make_partition(desk, plan, 0)
        first, second = (users_of(desk.blobs, plan, number) or [] for number in (0, 1))
        desk.blobs.put(files.work_name(RUN, "begun", 1), json.dumps(BEGUN | {"waiting": second}).encode())
        for user in (first[0], second[0]):
            assert traces(desk, user)
            erased(user)
            assert not traces(desk, user)
        for number in plan.partitions:
            assert make_partition(desk, plan, number)
        manifest = finish(desk.blobs, desk.turns, plan)
        assert manifest
        assert_true_to_its_files(desk, manifest)
        assert {line["user_id"] for line in lines(desk, manifest)} == set(USERS) - {first[0], second[0]}

    def test_who_is_erased_while_the_picks_are_made_is_in_no_file(
        self, desk: Desk, erased: Callable[[str], int]
    ) -> None:
        plan = planned(desk)
        user = (users_of(desk.blobs, plan, 0) or [])[3]
        assert make_partition(beside(desk, lambda: erased(user)), plan, 0)
        assert not traces(desk, user)
        assert len(files.read_lines(content(desk, "part-00000.jsonl"))) == 24

    def test_killed_at_any_write_it_is_done_by_doing_it_again(self, desk: Desk, erased: Callable[[str], int]) -> None:
        run(desk)
        change(desk.state, "user-007", NOW, lambda choices: replace(choices, consent=NONE, forgotten_at=NOW))
        for writes in range(4):
            with pytest.raises(Unavailable):
                forget_user(cast(BlobStore, Failing(desk.blobs, writes)), desk.turns, "user-007")
            assert traces(desk, "user-007")
        erased("user-007")
        assert not traces(desk, "user-007")
        manifest = files.read_manifest(desk.blobs, RUN)
        assert manifest
        assert_true_to_its_files(desk, manifest)

    def test_files_that_a_killed_worker_left_go(self, desk: Desk, erased: Callable[[str], int]) -> None:
        plan = planned(desk)
        (user, *_) = users_of(desk.blobs, plan, 0) or []
        with pytest.raises(Unavailable):
            make_partition(replace(desk, blobs=cast(BlobStore, Failing(desk.blobs, 2))), plan, 0)
        assert any(name.startswith("picks/files/") for name in traces(desk, user))
        erased(user)
        assert not traces(desk, user)

    def test_it_waits_for_whoever_writes(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("shared.services.campaign_turn._PATIENCE", 0.0)
        with desk.turns.take("somebody"), pytest.raises(Busy):
            forget_user(desk.blobs, desk.turns, "user-007")


BEGUN = {
    "began_at": NOW.isoformat(), "lines": [], "degraded": {},
    "summary": summary_record(Summary()),
}  # fmt: skip


class Failing:
    """Blobs that take so many writes."""

    def __init__(self, blobs: BlobStore, writes: int) -> None:
        self._blobs, self._left = blobs, writes

    def put(self, name: str, content: bytes) -> None:
        if self._left == 0:
            raise Unavailable("The disk is full.")
        self._left -= 1
        self._blobs.put(name, content)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._blobs, name)


class Killed(Exception):
    """As a kill: nothing but the test hears of it."""


class Dying:
    """A process that is killed at one of its writes, before or after it is done."""

    def __init__(self, at: int, after: bool) -> None:
        self._left, self._after = at, after

    def beside(self, store: Any) -> "_Dying":
        return _Dying(store, self)

    def write(self, call: Callable[..., Any], *args: Any) -> Any:
        self._left -= 1
        if self._left == -1 and not self._after:
            raise Killed
        done = call(*args)
        if self._left == -1:
            raise Killed
        return done


class _Dying:
    def __init__(self, store: Any, process: Dying) -> None:
        self._store, self._process = store, process

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._store, name)
        writes = name in {"put", "create", "remove", "add", "mark", "show"}
        return partial(self._process.write, method) if writes else method


def traces(desk: Desk, user: str) -> list[str]:
    """The blobs that name the user; of a Parquet file its columns are read, which may be packed."""
    found = []
    for name in desk.blobs.names(""):
        held = desk.blobs.get(name) or b""
        if name.endswith(".parquet"):
            held = "".join(polars.read_parquet(io.BytesIO(held))["user_id"].to_list()).encode()
        if user.encode() in held:
            found.append(name)
    return found


class TestDocument:
    def test_what_is_left_out_is_at_its_default(self) -> None:
        (settings,) = read_campaigns({"campaigns": {"nightly": {"blocks": [{}]}}})
        assert settings == CampaignSettings("nightly", Campaign("nightly-{date}", (Block("for_you"),)))
        assert settings.of(NOW.date()).campaign.name == RUN

    def test_all_of_it_is_kept(self, desk: Desk) -> None:
        given = {
            "run": "sale", "blocks": [{"name": "a", "scenario": "price_drops", "count": 3, "filter": "price < 80"}],
            "channel": "push", "trigger_product": "p1", "last_sends": 0, "weekly_cap": 2, "record": "on_confirm",
            "spares": 1, "utm_source": "s", "utm_medium": "m", "active_days": 30, "keep_days": 7, "formats": ["jsonl"],
            "partition_users": 10, "segment": "vip.1",
        }  # fmt: skip
        (settings,) = apply_campaigns(desk.blobs, {"campaigns": {"sale": given}})
        assert campaign_named(desk.blobs, "sale") == settings
        assert settings.campaign == Campaign(
            "sale", (Block("a", BlockKind.PRICE_DROPS, 3, "price < 80"),), "push", "p1", 0, 2, Recording.ON_CONFIRM, 1,
            "s", "m",
        )  # fmt: skip
        assert (settings.active_days, settings.keep_days, settings.segment) == (30, 7, "vip.1")
        assert (settings.active_days, settings.formats, settings.partition_users) == (30, (FileFormat.JSONL,), 10)

    def test_the_last_document_holds(self, desk: Desk) -> None:
        apply_campaigns(desk.blobs, {"campaigns": {"a": {"blocks": [{}]}, "b": {"blocks": [{}]}}})
        apply_campaigns(desk.blobs, {"campaigns": {"b": {"blocks": [{}]}}})
        assert [each.name for each in campaigns_of(desk.blobs)] == ["b"]
        with pytest.raises(NotFound, match="vitrine picks apply"):
            campaign_named(desk.blobs, "a")

    @pytest.mark.parametrize(
        ("document", "complaint"),
        [
            ([], "write campaigns:"),
            ({"campaign": {}}, "'campaign', which is none of campaigns"),
            ({"campaigns": []}, "write a mapping"),
            ({"campaigns": {f"c{n}": {} for n in range(101)}}, "keep at most 100"),
            ({"campaigns": {"../x": {}}}, "letters, digits, dashes"),
            ({"campaigns": {1: {}}}, "in quotes"),
            ({"campaigns": {"a": None}}, "In campaign 'a', the settings are"),
            ({"campaigns": {"a": {}}}, "write a list of 1 to"),
            ({"campaigns": {"a": {"blocks": [{}], "block": 1}}}, "'block', which is none of"),
            ({"campaigns": {"a": {"blocks": [[]]}}}, "block number 1"),
            ({"campaigns": {"a": {"blocks": [{"scenario": "magic"}]}}}, "scenario is 'magic': write one of for_you"),
            ({"campaigns": {"a": {"blocks": [{"count": 0}]}}}, "count is 0"),
            ({"campaigns": {"a": {"blocks": [{"count": True}]}}}, "count is true"),
            ({"campaigns": {"a": {"blocks": [{"filter": "price <"}]}}}, "In campaign 'a'"),
            ({"campaigns": {"a": {"blocks": [{}, {}]}}}, "a name of its own"),
            ({"campaigns": {"a": {"blocks": [{}], "run": ".."}}}, "run is '..'"),
            ({"campaigns": {"a": {"blocks": [{}], "run": "a/{date}"}}}, "run is 'a/{date}'"),
            ({"campaigns": {"a": {"blocks": [{}], "run": "{date}{date}{date}{date}{date}{date}{date}"}}}, "1 to 64"),
            ({"campaigns": {"a": {"blocks": [{}], "segment": "../x"}}}, "'../x' is no name of a segment"),
            ({"campaigns": {"a": {"blocks": [{}], "channel": "e mail"}}}, "'e mail' is no name"),
            ({"campaigns": {"a": {"blocks": [{}], "trigger_product": 7}}}, "7 is not a product id"),
            ({"campaigns": {"a": {"blocks": [{}], "record": "maybe"}}}, "at_once, on_confirm, never"),
            ({"campaigns": {"a": {"blocks": [{}], "weekly_cap": 0}}}, "weekly_cap is 0"),
            ({"campaigns": {"a": {"blocks": [{}], "formats": "csv"}}}, "write a list of jsonl, csv, parquet"),
            ({"campaigns": {"a": {"blocks": [{}], "formats": ["csv"]}}}, "without jsonl"),
            ({"campaigns": {"a": {"blocks": [{}], "formats": ["jsonl", "jsonl"]}}}, "name each once"),
            ({"campaigns": {"a": {"blocks": [{}], "partition_users": 10**6}}}, "partition_users is 1000000"),
        ],
    )
    def test_what_is_wrong_is_said_in_one_sentence(self, document: object, complaint: str) -> None:
        with pytest.raises(InvalidInput) as refused:
            read_campaigns(document)
        assert complaint in str(refused.value)
        assert len(str(refused.value)) < 400
