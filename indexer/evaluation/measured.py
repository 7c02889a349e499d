"""What every evaluation says, whatever its protocol."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Measured:
    """What was measured, by system; JSON-ready, every figure finite."""

    systems: dict[str, dict[str, float]] = field(default_factory=dict)
    intervals: dict[str, dict[str, list[float]]] = field(default_factory=dict)
    protocol: dict[str, Any] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    cold: dict[str, Any] = field(default_factory=dict)

    def record(self) -> dict[str, Any]:
        """The systems by name, and beside them what else there is to say."""
        return {
            **self.systems,
            "intervals": self.intervals,
            **self.besides(),
            "protocol": self.protocol,
            "seconds": self.seconds,
            "notes": self.notes,
            **({"cold_products": self.cold} if self.cold else {}),
        }

    def besides(self) -> dict[str, Any]:
        """What one protocol measures and others do not, by the name it has in the record."""
        return {}

    @contextmanager
    def timed(self, stage: str) -> Iterator[None]:
        started = time.perf_counter()
        yield
        self.seconds[stage] = round(time.perf_counter() - started, 1)
