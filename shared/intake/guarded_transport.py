"""An httpx transport that connects only to addresses it has checked, never past a deadline, nor in vain for ever.

httpx hands names to the system and connects to whatever they resolve to at that moment. Here a name is resolved once,
every address is judged, and the socket goes to a judged one; Host header, SNI and certificate still speak of the name.
"""

import ipaddress
import queue
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache

import httpcore
import httpx

from shared.domain.errors import AddressRefused, Unavailable

_DEADLINE: ContextVar[float] = ContextVar("deadline", default=float("inf"))
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_AZURE_WIRE_SERVER = "168.63.129.16"
"""A cloud's metadata, at an address that is public on paper."""
_MAX_ADDRESSES = 8
_MOST_LOOKUPS = threading.BoundedSemaphore(64)
"""A name that does not resolve holds a thread for as long as the system goes on trying; so many may be held."""


class GuardedTransport(httpx.BaseTransport):
    """``allow_private`` admits addresses that are not public. The environment's proxies are not used: a proxy would
    resolve names by itself, out of reach of the check."""

    def __init__(self, allow_private: bool, max_connections: int) -> None:
        self._pool = httpcore.ConnectionPool(
            ssl_context=_certificates(),
            max_connections=max_connections,
            keepalive_expiry=10.0,
            network_backend=_GuardedBackend(allow_private),
        )

    @contextmanager
    def until(self, deadline: float) -> Iterator[None]:
        """Let no operation of this thread wait past ``deadline`` (of time.monotonic)."""
        token = _DEADLINE.set(deadline)
        try:
            yield
        finally:
            _DEADLINE.reset(token)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        with _as_httpx():
            response = self._pool.handle_request(
                httpcore.Request(
                    method=request.method,
                    url=httpcore.URL(
                        scheme=request.url.raw_scheme,
                        host=request.url.raw_host,
                        port=request.url.port,
                        target=request.url.raw_path,
                    ),
                    headers=request.headers.raw,
                    extensions=request.extensions,
                )
            )
        return httpx.Response(response.status, headers=response.headers, stream=_Body(response))

    def close(self) -> None:
        self._pool.close()


class Patience:
    """What is left of it, for each host and for all of them together. Safe to use from several threads.

    After ``host_failures`` silences in a row a host is given up for good (the circuit breaker of Nygard, Release It!,
    2007, which never closes again: a run is short, and the next one asks anew). ``budget`` is in seconds.
    """

    def __init__(self, host_failures: int, budget: float, clock: Callable[[], float]) -> None:
        self._host_failures = host_failures
        self._budget = budget
        self._clock = clock
        self._lock = threading.Lock()
        self._silences: dict[str, int] = {}
        self._spent = 0.0
        self._since = 0.0
        self._running = 0

    @contextmanager
    def spent(self, host: str) -> Iterator[None]:
        """Around one fetch. Time in which several are under way counts once, and time between them not at all.

        Raises Unavailable when the patience with ``host`` or with all is at its end.
        """
        with self._lock:
            now = self._clock()
            self._require_some(host, now)
            self._since = self._since if self._running else now
            self._running += 1
        try:
            yield
        finally:
            with self._lock:
                self._running -= 1
                if not self._running:
                    self._spent += self._clock() - self._since

    def note(self, host: str, *, silent: bool) -> None:
        """Whether a fetch ended in silence, a time-out or no connection, or in an answer of any kind."""
        with self._lock:
            if not self.lost_with(host):
                self._silences[host] = self._silences.get(host, 0) + 1 if silent else 0

    def lost_with(self, host: str) -> bool:
        """Whether ``host`` was given up, by whichever fetch."""
        return self._silences.get(host, 0) >= self._host_failures

    def _require_some(self, host: str, now: float) -> None:
        if self.lost_with(host):
            raise Unavailable(
                f"The host {host[:80]!r} did not answer {self._host_failures} times in a row: "
                "its other addresses are tried again in the next run."
            )
        if self._spent + (now - self._since if self._running else 0.0) >= self._budget:
            raise Unavailable(
                f"The {self._budget:,.0f} seconds for fetching are over: what is left is tried again in the next run."
            )


class _Body(httpx.SyncByteStream):
    def __init__(self, response: httpcore.Response) -> None:
        self._response = response

    def __iter__(self) -> Iterator[bytes]:
        with _as_httpx():
            yield from self._response.iter_stream()

    def close(self) -> None:
        self._response.close()


@contextmanager
def _as_httpx() -> Iterator[None]:
    """httpcore's errors under httpx's names, which are the same names."""
    try:
        yield
    except (
        httpcore.TimeoutException,
        httpcore.NetworkError,
        httpcore.ProtocolError,
        httpcore.UnsupportedProtocol,
    ) as error:
        kind: type[httpx.TransportError] = getattr(httpx, type(error).__name__, httpx.TransportError)
        raise kind(str(error)) from error


class _GuardedBackend(httpcore.NetworkBackend):
    def __init__(self, allow_private: bool) -> None:
        self._allow_private = allow_private
        self._inner = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        failure: Exception = httpcore.ConnectError(f"no address for {host}")
        for address in self._judged(host, port, _left(timeout)):
            try:
                stream = self._inner.connect_tcp(address, port, _left(timeout), local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
            else:
                return _TimedStream(stream)
        raise failure

    def _judged(self, host: str, port: int, timeout: float) -> list[str]:
        addresses = _resolved(host, port, timeout)[:_MAX_ADDRESSES]
        admitted = [address for address in addresses if self._allow_private or is_public(address)]
        if addresses and not admitted:
            raise AddressRefused(
                f"The host {host!r} leads to {addresses[0]}, which is not a public address: "
                "the operator has to allow private ones."
            )
        return admitted


def _resolved(host: str, port: int, timeout: float) -> list[str]:
    """The system's resolver cannot be told how long to try, so it is asked from a thread that may be left behind."""
    answers: queue.SimpleQueue[list[str] | Exception] = queue.SimpleQueue()

    def ask() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            answers.put(list(dict.fromkeys(str(address[0]) for *_, address in found)))
        except Exception as error:
            answers.put(error)
        finally:
            _MOST_LOOKUPS.release()

    if not _MOST_LOOKUPS.acquire(timeout=timeout):
        raise httpcore.ConnectTimeout(f"too many names are being resolved to begin with {host}")
    threading.Thread(target=ask, name="resolve", daemon=True).start()
    try:
        answer = answers.get(timeout=timeout)
    except queue.Empty:
        raise httpcore.ConnectTimeout(f"{host} does not resolve in time") from None
    if isinstance(answer, Exception):
        raise httpcore.ConnectError(f"{host} does not resolve") from answer
    return answer


@cache
def _certificates() -> ssl.SSLContext:
    """Reading them takes longer than a small fetch."""
    return httpx.create_ssl_context()


class _TimedStream(httpcore.NetworkStream):
    """A connection whose every wait ends by the deadline, so that an answer of one byte a second ends as well."""

    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, _left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, _left(timeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _TimedStream(self._inner.start_tls(ssl_context, server_hostname, _left(timeout)))

    def get_extra_info(self, info: str) -> object:
        return self._inner.get_extra_info(info)


def _left(timeout: float | None) -> float:
    left = _DEADLINE.get() - time.monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout("the time for this address is over")
    return left if timeout is None else min(timeout, left)


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the public internet, also the IPv4 address that an IPv6 one carries inside."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        carried = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if carried is None and ip in _NAT64:
            carried = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if carried is not None:
            return is_public(str(carried))
        if ip.is_site_local:
            return False
    if str(ip) == _AZURE_WIRE_SERVER:
        return False
    return ip.is_global and not ip.is_multicast and not ip.is_reserved and not ip.is_unspecified
