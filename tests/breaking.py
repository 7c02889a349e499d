"""Parts that break: any adapter, made to fail, to hang or to be slow in the calls that a test names."""

import threading
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

from shared.domain.errors import Unavailable
from shared.domain.recommendations import Part


class Breaking:
    """Stands before a real part and does with some of its calls what ``fault`` does: raise, or take its time.

    Without names it is all calls. ``whole`` puts the part right again.
    """

    def __init__(self, part: Any, fault: Callable[[], object], *names: str) -> None:
        self._part = part
        self._fault = fault
        self._names = names
        self.whole = False

    def __getattr__(self, name: str) -> Any:
        there = getattr(self._part, name)
        if not callable(there) or (self._names and name not in self._names):
            return there

        def call(*args: Any, **kwargs: Any) -> Any:
            if not self.whole:
                self._fault()
            return there(*args, **kwargs)

        return call


class BreakingIndexes:
    """Index versions whose open indexes break."""

    def __init__(self, versions: Any, fault: Callable[[], object], *names: str) -> None:
        self._versions = versions
        self._fault = fault
        self._names = names
        self.opened: list[Breaking] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._versions, name)

    def open(self, version: str) -> Any:
        self.opened.append(Breaking(self._versions.open(version), self._fault, *self._names))
        return self.opened[-1]


def unavailable() -> None:
    raise Unavailable("It is down: try again in a moment.")


def unexpected() -> None:
    raise RuntimeError("a bug of ours")


class Hang:
    """Does not come back before the test is over."""

    def __init__(self) -> None:
        self.over = threading.Event()
        self.begun = 0

    def __call__(self) -> None:
        self.begun += 1
        self.over.wait(60)


class Recorder:
    """Telemetry that a test reads."""

    def __init__(self) -> None:
        self.counts: dict[str, float] = {}
        self.facts: dict[str, object] = {}
        self.stages: set[str] = set()

    def stage(self, name: str) -> Any:
        self.stages.add(name)
        return nullcontext()

    def count(self, name: str, amount: float = 1) -> None:
        self.counts[name] = self.counts.get(name, 0.0) + amount

    def note(self, **facts: str | int | float | bool) -> None:
        self.facts |= facts


ALL_READ = tuple(part.value for part in Part if part not in (Part.ENCODER, Part.THEMES, Part.FACTS))
"""The parts that every list of the recommend function stands on."""
