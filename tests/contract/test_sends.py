"""What every ledger of sends promises."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from shared.adapters import dynamodb_sends
from shared.adapters.dynamodb_sends import DynamoSends
from shared.adapters.sqlite_sends import SqliteSends
from shared.domain.errors import Unavailable
from shared.domain.send_records import KEPT
from shared.domain.sends import Send, SendState, SentPick
from shared.ports import SendStore
from shared.settings import RETENTION_DAYS, Aws
from tests.aws_stand_in import AwsStandIn, Call, Fault
from tests.support import NOW, StillClock

HOUR = timedelta(hours=1)
PICKS = (SentPick("top", "p1", "g1", "for_you:text", "similar", "Because you viewed »Ü«", "p9", "r1"),)
SPARES = (SentPick("top", "p2", "p2", "best_sellers", "popular", "Popular"), SentPick("", "p3", "g3", "", "", ""))


def send(user="u", campaign="may", ref="", state=SendState.SENT, at=NOW, channel="email", picks=PICKS):
    return Send(user, campaign, channel, state, at, ref or f"ref-{user}-{campaign}", picks, SPARES)


@pytest.fixture(params=["sqlite", "dynamodb"])
def sends(request: pytest.FixtureRequest, tmp_path: Path, clock: StillClock) -> SendStore:
    if request.param == "sqlite":
        return SqliteSends(tmp_path / "sends.sqlite", clock, RETENTION_DAYS)
    return request.getfixturevalue("table")


@pytest.fixture
def table(aws: AwsStandIn, aws_names: Aws, clock: StillClock) -> DynamoSends:
    return DynamoSends(aws.connections, aws_names.events_table, clock, aws_names.retention_days)


class TestOneOfACampaign:
    def test_everything_comes_back_as_it_went_in(self, sends):
        made = send("ü #1", state=SendState.MADE)
        assert sends.add([made]) == [made]
        assert sends.of(["ü #1", "nobody", "ü #1"], "may") == {"ü #1": made}
        assert sends.of(["ü #1"], "june") == {}
        assert sends.by_ref(made.ref) == made
        assert sends.by_ref("no such ref") is None

    def test_the_first_stays(self, sends):
        first, second = send(), replace(send(ref="another"), picks=())
        assert sends.add([first]) == [first]
        assert sends.add([second, send("v"), send("v", ref="later")]) == [first, send("v"), send("v")]
        assert sends.by_ref("another") is None
        assert sends.by_ref("later") is None
        assert sends.add([send(campaign="june")]) == [send(campaign="june")]

    def test_of_many_writers_one_is_kept_and_all_are_told_which(self, sends):
        users = [f"u{number}" for number in range(60)]

        def write(writer):
            return sends.add([send(user, ref=f"{user}-{writer}") for user in users])

        with ThreadPoolExecutor(4) as pool:
            told = list(pool.map(write, range(4)))
        kept = sends.of(users, "may")
        assert all(answer == [kept[user] for user in users] for answer in told)
        refs = [f"{user}-{writer}" for user in users for writer in range(4)]
        assert [ref for ref in refs if sends.by_ref(ref)] == [kept[user].ref for user in users]

    def test_none_at_all(self, sends):
        assert sends.add([]) == []
        assert sends.of([], "may") == {}
        assert sends.recent([], "email", NOW) == {}
        assert sends.mark("may", [], SendState.SENT, NOW) == 0
        assert sends.remove("may", []) == 0


class TestRecent:
    def test_those_sent_by_the_channel_newest_first(self, sends):
        sends.add(
            [
                send(campaign="old", at=NOW - 9 * HOUR),
                send(campaign="b", at=NOW - 2 * HOUR),
                send(campaign="c", at=NOW - HOUR),
                send(campaign="a", at=NOW - 2 * HOUR),
                send(campaign="made", state=SendState.MADE),
                send(campaign="pushed", channel="push"),
                send("v", at=NOW - 3 * HOUR),
            ]
        )
        recent = sends.recent(["u", "v", "w"], "email", NOW - 3 * HOUR)
        assert {user: [each.campaign for each in found] for user, found in recent.items()} == {
            "u": ["c", "a", "b"], "v": ["may"],
        }  # fmt: skip

    def test_of_a_thousand_users(self, tmp_path, clock):
        sends = SqliteSends(tmp_path / "sends.sqlite", clock, RETENTION_DAYS)
        users = [f"u{number}" for number in range(1000)]
        sends.add([send(user) for user in users])
        assert sends.recent(users, "email", NOW).keys() == set(users)


class TestMarking:
    def test_confirmed_it_counts_from_then_and_once(self, sends):
        sends.add([send(state=SendState.MADE), send("v", state=SendState.MADE)])
        assert sends.recent(["u"], "email", NOW) == {}
        assert sends.mark("may", ["u", "nobody", "u"], SendState.SENT, NOW + HOUR) == 1
        assert sends.mark("may", ["u"], SendState.SENT, NOW + 2 * HOUR) == 1
        assert sends.recent(["u", "v"], "email", NOW) == {"u": [send(at=NOW + HOUR)]}

    def test_removed_it_was_never_made(self, sends):
        sends.add([send(), send(campaign="june"), send("v")])
        assert sends.remove("may", ["u", "nobody"]) == 1
        assert sends.remove("may", ["u", "nobody"]) == 0
        assert sends.by_ref(send().ref) is None
        assert sends.of(["u", "v"], "may") == {"v": send("v")}
        again = send(ref="again")
        assert sends.add([again]) == [again]

    def test_what_was_shown_is_kept_by_place(self, sends):
        sends.add([send()])
        for place, product in ((0, "p2"), (11, "p3"), (0, 'p"4')):
            sends.show(send().ref, place, product)
        sends.show("no such ref", 0, "p2")
        assert sends.by_ref(send().ref).shown == {0: 'p"4', 11: "p3"}


class TestForgetting:
    def test_nothing_of_the_user_is_left(self, sends):
        mine = [send("me", campaign=f"c{number}", at=NOW - number * HOUR) for number in range(60)]
        sends.add([*mine, send()])
        assert sends.everything("me") == mine[::-1]
        assert sends.forget("me") == 60
        assert sends.forget("me") == 0
        assert sends.everything("me") == []
        assert [each.ref for each in mine if sends.by_ref(each.ref)] == []
        assert sends.everything("u") == [send()]

    def test_no_item_of_the_table_is_left(self, aws, aws_names, table):
        table.add([send("me"), send("me", "june")])
        assert table.forget("me") == 2
        assert aws.connections.client("dynamodb").scan(TableName=aws_names.events_table)["Items"] == []

    def test_no_byte_of_the_file_is_left(self, tmp_path, clock):
        sends = SqliteSends(tmp_path / "sends.sqlite", clock, RETENTION_DAYS)
        sends.add([send("person-of-no-trace", campaign=f"c{number}") for number in range(50)])
        assert any(b"person-of-no-trace" in path.read_bytes() for path in tmp_path.iterdir())
        sends.forget("person-of-no-trace")
        sends.sweep()
        assert not any(b"person-of-no-trace" in path.read_bytes() for path in tmp_path.iterdir())

    def test_a_send_is_not_kept_for_ever(self, tmp_path, clock):
        sends = SqliteSends(tmp_path / "sends.sqlite", clock, RETENTION_DAYS)
        sends.add([send()])
        clock.forward(days=KEPT.days + 1)
        sends.add([send("v", at=clock.now())])
        with sqlite3.connect(tmp_path / "sends.sqlite") as connection:
            assert connection.execute("SELECT user_id FROM sends").fetchall() == [("v",)]

    def test_both_items_expire(self, aws, aws_names, table):
        table.add([send()])
        found = aws.connections.client("dynamodb").scan(TableName=aws_names.events_table)["Items"]
        assert [item["expires_at"]["N"] for item in found] == [str(int((NOW + KEPT).timestamp()))] * 2


def once(operation, fault):
    """The first call of the operation goes wrong."""
    left = [fault]

    def faults(call: Call):
        return left.pop() if left and call.operation == operation else None

    return faults


def cancelled(place, count, code="TransactionConflict"):
    reasons = [{"Code": "None"} for _ in range(2 * count)]
    reasons[place] = {"Code": code, "Message": "injected"}
    return Fault(400, "TransactionCanceledException", answer={"CancellationReasons": reasons})


class TestFaults:
    def test_a_lost_answer_makes_no_second_send(self, aws, table):
        with aws.faulty(once("TransactWriteItems", Fault(500, "InternalServerError", done=True))):
            assert table.add([send(), send("v")]) == [send(), send("v")]
        assert table.everything("u") == [send()]

    def test_a_write_in_anothers_way_is_made_again(self, aws, table):
        with aws.faulty(once("TransactWriteItems", cancelled(3, 2))):
            assert table.add([send(), send("v")]) == [send(), send("v")]
        with aws.faulty(once("TransactWriteItems", cancelled(0, 1))):
            assert table.remove("may", ["u"]) == 1
        assert table.of(["u", "v"], "may") == {"v": send("v")}

    def test_a_batch_that_was_cut_short_goes_on_where_it_was(self, aws, table):
        batch = [send(f"u{number}") for number in range(120)]
        throttled = [None, *[Fault(400, "ProvisionedThroughputExceededException")] * 3]
        with aws.faulty(lambda call: throttled.pop(0) if throttled else None), pytest.raises(Unavailable):
            table.add(batch)
        later = [replace(each, ref=f"again-{each.user_id}") for each in batch]
        assert [each.ref for each in table.add(later)] == [
            each.ref for each in (*batch[:50], *later[50:])
        ]  # fmt: skip

    def test_a_table_that_stays_busy_says_so(self, aws, table, monkeypatch):
        monkeypatch.setattr(dynamodb_sends, "_PAUSE_SECONDS", 0.0)
        with aws.faulty(lambda call: cancelled(0, 1)), pytest.raises(Unavailable, match="busy"):
            table.add([send()])
        assert table.everything("u") == []

    def test_what_trying_again_does_not_mend_comes_through(self, aws, table):
        with (
            aws.faulty(lambda call: cancelled(0, 1, "ValidationError")),
            pytest.raises(ClientError),
        ):
            table.add([send()])

    def test_undone_and_made_again_meanwhile_it_stays(self, aws, table):
        table.add([send()])

        def made_again(call: Call):
            if call.operation == "TransactWriteItems" and pending:
                pending.clear()
                table.remove("may", ["u"])
                table.add([send(ref="again")])

        pending = [True]
        with aws.faulty(made_again):
            table.remove("may", ["u"])
        assert table.of(["u"], "may") == {"u": send(ref="again")}
        assert table.by_ref("again") == send(ref="again")
