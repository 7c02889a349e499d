"""Calls outside that may hang: each is made in a thread of its own, and waited for only so long."""

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from typing import TypeVar

from shared.domain.deadline import remaining
from shared.domain.errors import Unavailable

_T = TypeVar("_T")

THREADS = 64
MOST_HUNG = 8
"""Calls of one name that nobody waits for any more and that go on all the same: with so many, no further is begun.

A handful of names at that bound leave threads enough for the rest.
"""


class BoundedCalls:
    """A call cannot be stopped from outside, so it is left behind; its own timeouts end it some seconds later."""

    def __init__(self, most_hung: int = MOST_HUNG) -> None:
        self._most_hung = most_hung
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="vitrine-call")
        self._lock = threading.Lock()
        self._hung: Counter[str] = Counter()

    def start(self, name: str, call: Callable[[], _T]) -> Callable[[float], _T]:
        """Begin ``call``, with the request's context, and return what waits for it.

        It waits for so many seconds, and no longer than the request's deadline, and raises Unavailable then. What has
        ended by itself is given at once, however little time is left.
        """
        with self._lock:
            stuck = self._hung[name] >= self._most_hung
        if stuck:
            return lambda seconds: _refuse(name, self._most_hung)  # noqa: ARG005
        future = self._pool.submit(copy_context().run, call)
        return lambda seconds: self._wait(name, future, seconds)

    def _wait(self, name: str, future: "Future[_T]", seconds: float) -> _T:
        left = remaining()
        seconds = max(0.0, seconds if left is None else min(seconds, left))
        try:
            return future.result(seconds)
        except TimeoutError as error:
            if future.done():  # the call's own error, which is called the same
                return future.result()
            self._leave(name, future)
            raise Unavailable(f"There was no answer in {seconds:.2f} s from {name}: try again in a moment.") from error

    def _leave(self, name: str, future: "Future[_T]") -> None:
        if future.cancel():
            return
        with self._lock:
            self._hung[name] += 1
        future.add_done_callback(lambda _: self._came_back(name))

    def _came_back(self, name: str) -> None:
        with self._lock:
            self._hung[name] -= 1


def _refuse(name: str, hung: int) -> _T:  # type: ignore[type-var]
    raise Unavailable(f"{hung} calls of {name} hang already: no other is made until one has come back.")
