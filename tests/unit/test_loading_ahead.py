"""What a function loads before its first request."""

import threading

import pytest

from shared.domain.errors import Unavailable
from shared.http import lambda_entry
from shared.http.lambda_entry import warm_up


def test_everything_is_there_afterwards_also_where_some_of_it_cannot_be_had(caplog: pytest.LogCaptureFixture) -> None:
    loaded: list[int] = []

    def fail() -> None:
        raise Unavailable("the index is down")

    warm_up(fail, lambda: loaded.append(1), lambda: {}["x"], lambda: loaded.append(2))
    assert sorted(loaded) == [1, 2]
    assert "the index is down" in caplog.text
    assert "KeyError" in caplog.text


def test_what_takes_longer_than_a_start_may_goes_on_beside_the_requests(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(lambda_entry, "_START", 0.01)
    go_on, ended = threading.Event(), threading.Event()

    def load() -> None:
        go_on.wait(5)
        ended.set()

    warm_up(load)
    assert not ended.is_set()
    assert "requests begin without it" in caplog.text
    go_on.set()
    assert ended.wait(5)
