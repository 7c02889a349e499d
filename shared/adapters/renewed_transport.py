"""Connections over HTTP that can be forgotten, for a process that wakes from a snapshot: what they led to is gone, and
nobody has told them so."""

from typing import TYPE_CHECKING
from weakref import WeakSet

if TYPE_CHECKING:
    import httpx


class RenewedTransport:
    """What httpx sends its requests through, with a pool of connections that :meth:`forget` replaces."""

    def __init__(self) -> None:
        self._pool = _new_pool()
        _transports.add(self)

    def handle_request(self, request: "httpx.Request") -> "httpx.Response":
        return self._pool.handle_request(request)

    def forget(self) -> None:
        """Requests under way keep the pool they have; it goes with the last one."""
        self._pool = _new_pool()

    def close(self) -> None:
        self._pool.close()


_transports: WeakSet[RenewedTransport] = WeakSet()


def forget_connections() -> None:
    for transport in list(_transports):
        transport.forget()


def _new_pool() -> "httpx.HTTPTransport":
    import httpx

    return httpx.HTTPTransport(limits=httpx.Limits(max_connections=100, max_keepalive_connections=20))
