"""``vitrine evaluate`` as it is asked: files in, figures and a page out, and one sentence for what cannot be done."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from local.commands.evaluate import Protocol, evaluate
from shared.domain.errors import FeedRejected, InvalidInput, NotFound
from shared.domain.events import EventType
from shared.wiring import Parts
from tests.support import event

START = datetime(2026, 1, 1, tzinfo=UTC)
KINDS = ("mug", "boot", "kite")


@pytest.fixture
def sequences(tmp_path: Path) -> Path:
    """Thirty shoppers of three kinds, one of them with a single event."""
    lines = [
        f"u{user} " + " ".join(f"{KINDS[user % 3]}{(user // 3 + step) % 10}" for step in range(5)) for user in range(30)
    ]
    file = tmp_path / "sequences.txt"
    file.write_text("\n".join([*lines, "single mug1"]))
    return file


@pytest.fixture
def items(tmp_path: Path) -> Path:
    file = tmp_path / "items.csv"
    rows = [f"{kind}{number},{kind} number {number},Acme" for kind in KINDS for number in range(10)]
    file.write_text("\n".join(["sku,name,brand", *rows]))
    return file


@pytest.fixture
def events(tmp_path: Path, sequences: Path) -> Path:
    """The same as purchases, one a week."""
    file = tmp_path / "events.csv"
    rows = [
        f"{user},{item},purchase,{(START + timedelta(weeks=week)).isoformat()}"
        for user, *own in map(str.split, sequences.read_text().splitlines())
        for week, item in enumerate(own)
    ]
    file.write_text("\n".join(["USER_ID,ITEM_ID,EVENT_TYPE,TIMESTAMP", *rows]))
    return file


def figures(tmp_path: Path, protocol: Protocol, **options: Any) -> dict[str, Any]:
    to = tmp_path / "figures.json"
    evaluate(protocol, json_to=to, data=tmp_path / "data", **options)

    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} in the figures")

    return json.loads(to.read_text(), parse_constant=refuse)


def test_leave_last_out_with_items(tmp_path: Path, sequences: Path, items: Path) -> None:
    page, kept = tmp_path / "page.html", tmp_path / "kept"
    got = figures(
        tmp_path, Protocol.LEAVE_LAST_OUT, sequences=sequences, items=items, report_to=page, keep=kept, hide=0.1
    )
    assert got["ours"]["hr@10"] > got["popularity"]["hr@10"]
    assert got["protocol"]["users asked about"] == 30
    assert got["protocol"]["users left out with fewer than two known products"] == 1
    assert got["cold_products"]["hidden products"] == 3
    assert page.read_text().startswith("<!doctype html>")
    assert (kept / "shop" / "events.sqlite").is_file()
    assert not (tmp_path / "data").exists(), "the shop of --data is not touched"


def test_leave_last_out_without_items(tmp_path: Path, sequences: Path) -> None:
    got = figures(tmp_path, Protocol.LEAVE_LAST_OUT, sequences=sequences, users=10)
    assert got["protocol"]["products"] == 30
    assert got["protocol"]["users asked about"] == 10


def test_temporal_from_a_file(tmp_path: Path, events: Path, items: Path) -> None:
    got = figures(tmp_path, Protocol.TEMPORAL, events=events, items=items, test_from="2026-01-22")
    assert got["protocol"]["targets"] == "events of type purchase"
    assert got["ours"]["hr@10"] > got["popularity"]["hr@10"]


def test_temporal_from_the_store(tmp_path: Path, small_shop: Parts) -> None:
    """The shop that is in --data: its own catalogue and events."""
    now = small_shop.clock.now()
    small_shop.events.add(
        [
            event(f"u{user}", EventType.PURCHASE, f"p{1 + (user * 7 + week) % 50}", now - timedelta(weeks=6 - week))
            for user in range(12)
            for week in range(6)
        ]
    )
    got = figures(tmp_path, Protocol.TEMPORAL, test_from=f"{now - timedelta(weeks=2):%Y-%m-%d}")
    assert got["protocol"]["events"] == 72
    assert got["protocol"]["products"] == 60
    assert small_shop.events.count() == 72


REFUSED: list[tuple[dict[str, Any], type[Exception], str]] = [
    ({"protocol": Protocol.LEAVE_LAST_OUT}, InvalidInput, "--sequences"),
    (
        {"protocol": Protocol.LEAVE_LAST_OUT, "sequences": "SEQUENCES", "test_from": "2026-01-01"},
        InvalidInput,
        "--test",
    ),
    ({"protocol": Protocol.LEAVE_LAST_OUT, "sequences": "nowhere.txt"}, NotFound, "nowhere.txt"),
    ({"protocol": Protocol.LEAVE_LAST_OUT, "sequences": "SEQUENCES", "items": "SEQUENCES"}, FeedRejected, "column"),
    ({"protocol": Protocol.LEAVE_LAST_OUT, "sequences": "ITEMS", "items": "ITEMS"}, InvalidInput, "no user"),
    ({"protocol": Protocol.LEAVE_LAST_OUT, "sequences": "SEQUENCES", "keep": "FULL"}, InvalidInput, "--keep"),
    ({"protocol": Protocol.TEMPORAL}, InvalidInput, "--test-from"),
    ({"protocol": Protocol.TEMPORAL, "test_from": "soon"}, InvalidInput, "soon"),
    ({"protocol": Protocol.TEMPORAL, "test_from": "2026-01-22", "hide": 0.1}, InvalidInput, "--hide-products"),
    ({"protocol": Protocol.TEMPORAL, "test_from": "2030-01-22", "events": "EVENTS"}, InvalidInput, "both sides"),
    ({"protocol": Protocol.TEMPORAL, "test_from": "2026-01-22", "events": "ITEMS"}, InvalidInput, "no column"),
    ({"protocol": Protocol.TEMPORAL, "test_from": "2026-01-22"}, NotFound, "no shop"),
]


@pytest.mark.parametrize(("options", "error", "names"), REFUSED, ids=lambda value: str(value)[:40])
def test_what_cannot_be_done_is_one_sentence(
    tmp_path: Path,
    sequences: Path,
    items: Path,
    events: Path,
    options: dict[str, Any],
    error: type[Exception],
    names: str,
) -> None:
    named = {"SEQUENCES": sequences, "ITEMS": items, "EVENTS": events, "FULL": tmp_path}
    paths = {"sequences", "items", "events", "keep"}
    options = {name: named.get(value, Path(str(value))) if name in paths else value for name, value in options.items()}
    with pytest.raises(error, match=names) as raised:
        evaluate(**options, data=tmp_path / "data")
    assert "\n" not in str(raised.value)
