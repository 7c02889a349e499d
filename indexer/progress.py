"""What a long job says while it runs."""

from typing import Protocol


class Progress(Protocol):
    def stage(self, name: str, total: int | None = None) -> None:
        """A stage begins; ``total`` is its number of steps, where that is known."""

    def advance(self, steps: int = 1) -> None: ...
