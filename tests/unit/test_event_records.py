"""Events as records: what goes in comes out, and nothing else comes out."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.event_messages import events_of_message
from shared.domain.event_records import event_json, event_record
from shared.domain.events import Event, EventType
from shared.domain.moments import from_micros, to_micros
from tests.support import NOW, event

words = st.text(max_size=8)
moments = st.datetimes(timezones=st.just(UTC))
any_event = st.builds(
    Event,
    event_id=words,
    user_id=words,
    type=st.sampled_from(EventType),
    occurred_at=moments,
    received_at=st.just(NOW),
    product_id=words,
    value=st.none() | st.floats(allow_nan=False),
    query=words,
    recommendation_id=words,
    properties=st.dictionaries(words, words, max_size=3),
)


@given(st.lists(any_event, max_size=3))
def test_there_and_back(events: list[Event]) -> None:
    text = f"[{','.join(event_json(each) for each in events)}]"
    assert events_of_message(text, NOW) == ("", events)


def test_defaults_and_the_time_of_receiving_are_left_out() -> None:
    assert event_record(event("u", EventType.VIEW, "a", event_id="1")) == {
        "event_id": "1", "user_id": "u", "type": "view", "occurred_at": NOW.isoformat(), "product_id": "a",
    }  # fmt: skip


@pytest.mark.parametrize(
    "text",
    ["", "[", "{}", "5", "[5]", "[{}]", '["a"]', '[{"event_id": "1"}]']
    + [
        json.dumps([{**event_record(event("u", EventType.VIEW, "a")), **change}])
        for change in ({"type": "look"}, {"occurred_at": "soon"}, {"occurred_at": 5}, {"colour": "red"})
    ],
)
def test_anything_else_is_an_error(text: str) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        events_of_message(text, NOW)


@given(moments)
def test_moments_are_exact(moment: datetime) -> None:
    assert from_micros(to_micros(moment)) == moment
