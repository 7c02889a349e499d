"""What the queue of events keeps of its port."""

import pytest

from shared.adapters import sqs
from shared.adapters.aws import Connections
from shared.adapters.sqs import SqsEvents
from shared.domain.errors import Unavailable
from shared.domain.event_messages import events_of_message
from shared.domain.events import EventType
from tests.aws_stand_in import Fault
from tests.support import NOW, event


@pytest.fixture
def queue(aws, aws_names):
    return SqsEvents(Connections(attempts=1), aws_names.events_queue)


def messages(aws, aws_names):
    client, bodies = aws.connections.client("sqs"), []
    while found := client.receive_message(QueueUrl=aws_names.events_queue, MaxNumberOfMessages=10).get("Messages"):
        bodies += [each["Body"] for each in found]
    return bodies


def test_everything_comes_out_as_it_went_in(aws, aws_names, queue):
    put = [
        event("ü", EventType.RATE, "a", value=4.5, properties={"list": "home"}),
        event("v", EventType.SEARCH, query="mug", recommendation_id="r"),
    ]
    queue.put(put)
    (body,) = messages(aws, aws_names)
    assert events_of_message(body, NOW) == ("", put)


def test_many_events_are_many_messages_of_a_size_that_sqs_takes(aws, aws_names, queue):
    put = [event("u", EventType.VIEW, "ü" * 100, event_id=f"{i:05}" + "é" * 100) for i in range(5_000)]
    queue.put(put)
    bodies = messages(aws, aws_names)
    assert max(len(body.encode()) for body in bodies) <= 200_000
    assert len(bodies) > 10
    found = sorted(
        (each for body in bodies for each in events_of_message(body, NOW)[1]), key=lambda each: each.event_id
    )
    assert found == put


def test_small_messages_go_ten_at_a_time(aws, aws_names, queue, monkeypatch):
    monkeypatch.setattr(sqs, "_MESSAGE_BYTES", 1)
    calls = []
    with aws.faulty(calls.append):
        queue.put([event("u", EventType.VIEW, str(i)) for i in range(25)])
    assert [call.operation for call in calls] == ["SendMessageBatch"] * 3
    assert len(messages(aws, aws_names)) == 25


def test_no_events_are_no_message(aws, aws_names, queue):
    queue.put([])
    assert messages(aws, aws_names) == []


def refused(*places):
    failed = [{"Id": str(place), "Code": "InternalError", "SenderFault": False} for place in places]
    return Fault(200, "", answer={"Successful": [], "Failed": failed})


def test_what_was_refused_is_sent_again(aws, aws_names, queue, monkeypatch):
    monkeypatch.setattr(sqs, "_PAUSE_SECONDS", 0.0)
    put = [event("u", EventType.VIEW, "a")]
    faults = [refused(0), refused(0)]
    with aws.faulty(lambda call: faults.pop() if faults else None):
        queue.put(put)
    assert [events_of_message(body, NOW) for body in messages(aws, aws_names)] == [("", put)]


@pytest.mark.parametrize("fault", [refused(0), Fault(500, "InternalFailure"), Fault(400, "ThrottlingException")])
def test_what_is_refused_for_good_is_unavailable(aws, aws_names, queue, monkeypatch, fault):
    monkeypatch.setattr(sqs, "_PAUSE_SECONDS", 0.0)
    with aws.faulty(lambda call: fault), pytest.raises(Unavailable):
        queue.put([event("u", EventType.VIEW, "a")])
    assert messages(aws, aws_names) == []


def test_an_event_that_cannot_be_written_down_sends_nothing(aws, aws_names, queue):
    with pytest.raises(TypeError):
        queue.put([event("u", EventType.VIEW, "a"), event("u", EventType.VIEW, "b", properties={"not": object()})])
    assert messages(aws, aws_names) == []
