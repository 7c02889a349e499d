"""Fetching from addresses that a feed or a shopper names, which means: from addresses that a stranger chose.

Only http and https, no credentials, bounded in time, size, redirects and tries. The address is checked after it was
resolved, and the connection goes to that very address, so a name cannot point elsewhere in between (DNS rebinding).
"""

import io
import random
import time
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import TYPE_CHECKING, BinaryIO

from shared.domain.errors import InvalidInput, NotFound, TooLarge, Unavailable
from shared.intake.addresses import checked, joined, shown

if TYPE_CHECKING:
    import httpx
    from tenacity import RetryCallState

CHUNK = 1 << 16
GZIP = b"\x1f\x8b"
RETRIED = frozenset({408, 425, 429, 500, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class FetchPolicy:
    """Times in seconds, sizes in bytes. ``total_timeout`` covers all tries and redirects of one address.

    ``read_timeout`` bounds each wait for more of the answer; ``max_bytes`` counts before and after decompression.
    After ``host_failures`` addresses of a host in a row that timed out or did not connect, a :class:`Fetcher` refuses
    its others at once; after ``budget`` seconds in which it had something to fetch, it refuses all of them.
    ``allow_private`` admits private, loopback and reserved addresses: for a shop whose pictures are in its own network.
    ``ports`` are those that may be connected to, any where there are none.
    """

    connect_timeout: float = 5.0
    read_timeout: float = 10.0
    total_timeout: float = 60.0
    max_bytes: int = 20 << 20
    max_redirects: int = 3
    attempts: int = 3
    backoff: float = 0.5
    max_wait: float = 20.0
    host_failures: int = 5
    budget: float = 3_600.0
    concurrency: int = 16
    allow_private: bool = False
    ports: tuple[int, ...] = ()
    user_agent: str = "vitrine-indexer"


class _Retry(Exception):
    """A failure that may pass; ``after`` is how long the server asked to wait, in seconds; ``silent`` that it did not
    answer at all, or not in time."""

    def __init__(self, reason: str, after: float | None = None, silent: bool = False) -> None:
        super().__init__(reason)
        self.after = after
        self.silent = silent


class Fetcher:
    """Keeps connections open between fetches; safe to use from several threads. Close it, or use it as a context.

    One serves for one run: what it learnt about silent hosts and its budget are forgotten with it.
    """

    def __init__(
        self,
        policy: FetchPolicy,
        *,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        import httpx

        from shared.intake.guarded_transport import GuardedTransport, Patience

        self._policy = policy
        self._sleep = sleep
        self._patience = Patience(policy.host_failures, policy.budget, clock)
        self._transport = GuardedTransport(policy.allow_private, max_connections=max(policy.concurrency, 1))
        self._client = httpx.Client(
            transport=self._transport,
            timeout=httpx.Timeout(policy.read_timeout, connect=policy.connect_timeout),
            follow_redirects=False,
            trust_env=False,
            headers={"User-Agent": policy.user_agent, "Accept-Encoding": "gzip", "Accept": "*/*"},
        )

    def __enter__(self) -> "Fetcher":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._client.close()

    def fetch(self, url: str) -> bytes:
        """The content behind ``url``. Raises as :meth:`download` does."""
        target = io.BytesIO()
        self.download(url, target)
        return target.getvalue()

    def download(self, url: str, target: BinaryIO) -> datetime | None:
        """Write the content behind ``url`` to ``target``, which is rewound and emptied before every new try.

        Returns when it was last changed, where the server tells.

        Raises InvalidInput for an address that is refused or a content that is too large, NotFound for what is not
        there, Unavailable for everything that another try later may mend. What was under way when a budget ended is
        finished, so the budget may be passed by ``total_timeout``.
        """
        from tenacity import Retrying, retry_if_exception_type, stop_after_attempt

        policy = self._policy
        deadline = time.monotonic() + policy.total_timeout
        host = checked(url, policy.ports).netloc.decode("ascii")

        def in_vain(state: "RetryCallState") -> bool:
            return time.monotonic() + state.upcoming_sleep >= deadline or self._patience.lost_with(host)

        retrying = Retrying(
            stop=lambda state: stop_after_attempt(policy.attempts)(state) or in_vain(state),
            wait=self._wait,
            retry=retry_if_exception_type(_Retry),
            sleep=self._sleep,
            reraise=True,
        )
        silent = False
        try:
            with self._patience.spent(host):
                return retrying(self._attempt, url, target, deadline)
        except _Retry as error:
            silent = error.silent
            raise Unavailable(f"{shown(url)} could not be fetched: {error}.") from error
        finally:
            self._patience.note(host, silent=silent)

    def _wait(self, state: "RetryCallState") -> float:
        """Exponential backoff with full jitter (Brooker, AWS Architecture Blog, 2015), or what the server asked for."""
        error = state.outcome.exception() if state.outcome else None
        if isinstance(error, _Retry) and error.after is not None:
            return min(error.after, self._policy.max_wait)
        longest = min(self._policy.backoff * 2**state.attempt_number, self._policy.max_wait)
        return random.uniform(0, longest)

    def _attempt(self, url: str, target: BinaryIO, deadline: float) -> datetime | None:
        import httpx

        target.seek(0)
        target.truncate()
        try:
            with self._transport.until(deadline):
                return self._follow(url, target, deadline)
        except (httpx.TimeoutException, httpx.NetworkError, httpx.RemoteProtocolError) as error:
            slow = isinstance(error, httpx.TimeoutException)
            silent = slow or isinstance(error, httpx.ConnectError)
            raise _Retry("it took too long" if slow else "the connection failed", silent=silent) from error
        except (httpx.InvalidURL, UnicodeError) as error:  # httpx reads a redirect's target before it is asked to
            raise InvalidInput(f"{shown(url)} redirects to something that is not an address.") from error
        except httpx.HTTPError as error:
            raise Unavailable(f"{shown(url)} could not be fetched: its answer is not valid HTTP.") from error

    def _follow(self, url: str, target: BinaryIO, deadline: float) -> datetime | None:
        for _ in range(self._policy.max_redirects + 1):
            with self._client.stream("GET", checked(url, self._policy.ports)) as response:
                if response.is_redirect and "location" in response.headers:
                    url = joined(url, response.headers["location"])
                    continue
                self._require_success(response, url)
                for chunk in _limited(_decoded(response, self._policy.max_bytes), url, self._policy.max_bytes):
                    if time.monotonic() > deadline:
                        raise _Retry("it took too long", silent=True)
                    target.write(chunk)
                return _moment(response.headers.get("last-modified", ""))
        raise InvalidInput(f"{shown(url)} is the end of more than {self._policy.max_redirects} redirects.")

    def _require_success(self, response: "httpx.Response", url: str) -> None:
        status = response.status_code
        if status in RETRIED:
            raise _Retry(f"the server answered {status}", _retry_after(response.headers.get("retry-after", "")))
        if status in (404, 410):
            raise NotFound(f"{shown(url)} is not there: the server answered {status}.")
        if status != 200:
            raise Unavailable(f"{shown(url)} could not be fetched: the server answered {status}.")


def fetch(url: str, policy: FetchPolicy) -> bytes:
    """The content behind ``url``, over a connection of its own. Raises as :meth:`Fetcher.download` does."""
    with Fetcher(policy) as fetcher:
        return fetcher.fetch(url)


def download(url: str, policy: FetchPolicy, target: BinaryIO) -> datetime | None:
    """As :func:`fetch`, into a file; returns when the content was last changed, where the server tells."""
    with Fetcher(policy) as fetcher:
        return fetcher.download(url, target)


def _moment(header: str) -> datetime | None:
    try:
        return parsedate_to_datetime(header)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _decoded(response: "httpx.Response", limit: int) -> Iterator[bytes]:
    """The body in pieces of bounded size. Decompressed here, because a library would blow up a whole chunk at once."""
    encoding = response.headers.get("content-encoding", "identity").strip().lower()
    if encoding in ("identity", ""):
        yield from response.iter_raw(CHUNK)
        return
    if encoding not in ("gzip", "x-gzip", "deflate"):
        raise Unavailable(
            f"{shown(str(response.url))} came in the encoding {shown(encoding)}, which was not asked for."
        )
    packed = _limited(response.iter_raw(CHUNK), str(response.url), limit)
    try:
        yield from _unpacked(packed, several=encoding != "deflate")
    except zlib.error as error:
        raise _Retry("its compression is damaged") from error


def _unpacked(packed: Iterable[bytes], several: bool) -> Iterator[bytes]:
    """What was compressed; gzip may come as ``several`` members, one behind the other (RFC 1952, 2.2)."""
    unpacker = zlib.decompressobj(zlib.MAX_WBITS | 32)
    rest = b""
    for chunk in packed:
        rest += chunk
        while rest:
            if unpacker.eof:
                if several and rest == GZIP[:1]:
                    break  # the other half of the mark is in the next chunk
                if not several or not rest.startswith(GZIP):
                    raise _Retry("its compression is followed by something else")
                unpacker = zlib.decompressobj(zlib.MAX_WBITS | 16)
            yield unpacker.decompress(rest, CHUNK)
            rest = unpacker.unused_data if unpacker.eof else unpacker.unconsumed_tail
    if rest or not unpacker.eof:
        raise _Retry("its compression ends early")


def _limited(chunks: Iterable[bytes], url: str, limit: int) -> Iterator[bytes]:
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if size > limit:
            raise TooLarge(f"{shown(url)} is larger than the {limit:,} bytes allowed.")
        yield chunk


def _retry_after(value: str) -> float | None:
    """Seconds from a Retry-After header, which holds seconds or a date; None when it makes no sense."""
    try:
        seconds = float(value) if value.strip().isdigit() else parsedate_to_datetime(value).timestamp() - time.time()
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    return max(seconds, 0.0)
