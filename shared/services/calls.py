"""How the read path makes its calls outside: one after the other on one machine, side by side where they can hang."""

from collections.abc import Callable
from typing import Protocol, TypeVar

_T = TypeVar("_T")


class Calls(Protocol):
    def start(self, name: str, call: Callable[[], _T]) -> Callable[[float], _T]:
        """Begin ``call`` of what ``name`` says, and return what waits for it, for so many seconds at most.

        Waiting gives the call's value or raises its error; where it is late, Unavailable.
        """


class InTurn:
    """Each call is made when it is waited for, and for as long as it takes."""

    def start(self, name: str, call: Callable[[], _T]) -> Callable[[float], _T]:  # noqa: ARG002
        return lambda seconds: call()  # noqa: ARG005
