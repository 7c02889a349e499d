"""What an answer does where a part is down: without it, said, and in time."""

import logging
import time
from collections.abc import Callable, Mapping
from typing import TypeVar

from shared.domain.errors import CursorExpired, InvalidInput, Unavailable
from shared.domain.recommendations import Part
from shared.ports import Telemetry
from shared.services.calls import Calls

BUDGETS: Mapping[Part, float] = {
    Part.INDEX: 0.8,
    Part.FACTS: 0.25,
    Part.EVENTS: 0.5,
    Part.PRODUCTS: 0.5,
    Part.POPULARITY: 0.25,
    Part.RULES: 0.25,
    Part.THEMES: 0.25,
    Part.ENCODER: 0.8,
}
"""Seconds that one answer waits for each part, over all its calls. All of an answer's parts hanging at once, a process
that knows nothing yet uses up the 2.5 s of its deadline, and any other one answers before; a healthy call takes 5 to
30 ms."""

_AT_LEAST = 0.1
"""Seconds that any call is waited for, also where another part, begun beside it, has used its time up: opening an index
keeps every other thread of the process from running."""
_STAGES: Mapping[Part, str] = {Part.POPULARITY: "snapshots", Part.RULES: "snapshots", Part.THEMES: "snapshots"}
_T = TypeVar("_T")
_log = logging.getLogger("vitrine.degradation")


class Troubles:
    """The parts that one answer has had to do without so far.

    A part that was in trouble once is not asked again for the same answer: it would most likely cost as much time
    again, and an answer half from the catalogue and half from what stands in for it is no better.
    """

    def __init__(self, calls: Calls, telemetry: Telemetry) -> None:
        self._calls = calls
        self._telemetry = telemetry
        self._spent = dict.fromkeys(Part, 0.0)
        self._down: dict[Part, None] = {}

    @property
    def parts(self) -> tuple[Part, ...]:
        return tuple(part for part in Part if part in self._down)

    def has(self, part: Part) -> bool:
        return part in self._down

    @property
    def beyond_repeating(self) -> bool:
        """Whether the ranking was made without something that a later page would be made with."""
        return any(part is not Part.PRODUCTS for part in self._down)

    def attempt(self, part: Part, call: Callable[[], _T], otherwise: Callable[[], _T]) -> _T:
        """What ``call`` gives, or where ``part`` is down what ``otherwise`` gives."""
        return self.begin(part, call, otherwise)()

    def begin(self, part: Part, call: Callable[[], _T], otherwise: Callable[[], _T]) -> Callable[[], _T]:
        """As :meth:`attempt`, for several calls side by side: the value is had by calling what this returns.

        Whatever a part raises, the answer goes on without it: a shopper is better served by popular products than by
        an error, also where the cause is a bug of ours. But only Unavailable is to be expected; anything else leaves
        its traceback in the log and counts as ``unexpected``. What speaks of the request and not of the part, an
        invalid filter or an expired cursor, comes through.
        """
        if part in self._down:
            return otherwise
        waiting = self._calls.start(part.value, call)
        until = time.monotonic() + BUDGETS[part] - self._spent[part]
        return lambda: self._waited(part, waiting, until, otherwise)

    def _waited(self, part: Part, waiting: Callable[[float], _T], until: float, otherwise: Callable[[], _T]) -> _T:
        began = time.monotonic()
        try:
            with self._telemetry.stage(_STAGES.get(part, part.value)):
                return waiting(max(until - began, _AT_LEAST))
        except (InvalidInput, CursorExpired):
            raise
        except Unavailable as error:
            _log.warning("%s is down: %s", part.value, error)
        except Exception:
            _log.exception("%s failed in a way that it should not", part.value)
            self._telemetry.count(f"unexpected.{part.value}")
        finally:
            self._spent[part] += time.monotonic() - began
        self._down[part] = None
        return otherwise()
