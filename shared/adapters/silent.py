"""Telemetry that nobody reads, and notices in the log: the laptop's."""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

_log = logging.getLogger("vitrine.notices")


class SilentTelemetry:
    """A :class:`shared.ports.RequestTelemetry`."""

    @contextmanager
    def request(self, request_id: str) -> Iterator[None]:  # noqa: ARG002
        yield

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:  # noqa: ARG002
        yield

    def count(self, name: str, amount: float = 1) -> None: ...

    def note(self, **facts: str | int | float | bool) -> None: ...


class LogNotices:
    """A :class:`shared.ports.Notices`."""

    def tell(self, kind: str, detail: Mapping[str, Any], figures: Mapping[str, float]) -> None:
        _log.info("%s %s %s", kind, dict(detail), dict(figures))
