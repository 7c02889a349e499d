"""The turn at files that name people, of a shop's runs and segments: one at a time writes them."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from shared.domain.deadline import remaining
from shared.domain.errors import Busy
from shared.ports import Turn, Turns

_PATIENCE = 10.0
_PAUSE = 0.05
_KEPT_BACK = 0.6
"""Seconds of a request's time, for what is done in the turn and for the answer."""


@contextmanager
def turn_at(turns: Turns, job: str) -> Iterator[Turn]:
    """Waits for it. Raises Busy where somebody keeps it for long, or the request's time is up, and what taking it
    raises."""
    left = remaining()
    until = time.monotonic() + (_PATIENCE if left is None else min(_PATIENCE, left - _KEPT_BACK))
    with ExitStack() as stack:
        while True:
            try:
                turn = stack.enter_context(turns.take(job))
                break
            except Busy:
                if time.monotonic() >= until:
                    raise
                time.sleep(_PAUSE)
        yield turn
