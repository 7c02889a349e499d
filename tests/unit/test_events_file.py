"""Files of past events: what is read of them, line by line."""

import gzip
from pathlib import Path

import pytest

from indexer.events_file import read_events_file
from shared.domain.errors import InvalidInput, NotFound
from shared.domain.events import EventType
from shared.services.event_formats import read_events
from tests.support import NOW


def test_json_lines_with_what_is_broken_in_between(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_bytes(b'{"a": 1}\n\nnot json\n\xff\xfe\n' + b"[" * 5_000 + b'\n{"b": 2}')
    read = list(read_events_file(path))
    assert [number for number, _ in read] == [1, 3, 4, 5, 6]
    assert (read[0][1], read[-1][1]) == ({"a": 1}, {"b": 2})
    assert all(isinstance(raw, str) for _, raw in read[1:-1])


def test_personalize_interactions_become_events(tmp_path: Path) -> None:
    path = tmp_path / "interactions.csv.gz"
    path.write_bytes(
        gzip.compress(b"USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE\nu1,p1,1777630000,View\nu1,p2,1777630060,Purchase\n")
    )
    events = [event for _, raw in read_events_file(path) for event in read_events(raw, NOW)]
    assert [(each.user_id, each.product_id, each.type) for each in events] == [
        ("u1", "p1", EventType.VIEW),
        ("u1", "p2", EventType.PURCHASE),
    ]


def test_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="nowhere"):
        list(read_events_file(tmp_path / "nowhere"))
    half = tmp_path / "half.jsonl.gz"
    half.write_bytes(gzip.compress(b'{"a": 1}\n' * 10_000)[:100])
    with pytest.raises(InvalidInput, match="cannot be read to its end"):
        list(read_events_file(half))
    (tmp_path / "bare.csv").write_text("a,b\n1,2\n")
    with pytest.raises(InvalidInput, match="occurred_at, type, user_id"):
        list(read_events_file(tmp_path / "bare.csv"))
