"""A shop as operators read it: nobody waits at a page for the answer, and none of it counts as one to a shopper."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from shared.services.calls import InTurn
from shared.services.shop import Shop


class _Untold:
    """A :class:`shared.ports.Telemetry` that tells nobody."""

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:  # noqa: ARG002
        yield

    def count(self, name: str, amount: float = 1) -> None: ...

    def note(self, **facts: str | int | float | bool) -> None: ...


def unhurried(shop: Shop) -> Shop:
    return replace(shop, calls=InTurn(), telemetry=_Untold())
