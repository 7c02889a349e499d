"""Clients of AWS: made when they are first used, with timeouts, and made again after a restore from a snapshot."""

import threading
from collections.abc import Callable
from http import HTTPStatus
from random import SystemRandom
from time import sleep
from typing import Any, ParamSpec, TypeVar

from shared.domain.deadline import remaining
from shared.domain.errors import Unavailable

_P = ParamSpec("_P")
_T = TypeVar("_T")

_PASSING = frozenset(
    {
        "InternalServerError", "InternalError", "InternalFailure", "InternalServiceError", "LimitExceededException",
        "PriorRequestNotComplete", "ProvisionedThroughputExceededException", "RequestLimitExceeded", "RequestTimeout",
        "RequestTimeoutException", "ServiceUnavailable", "SlowDown", "Throttling", "ThrottlingException",
        "TooManyRequestsException", "TransactionInProgressException",
    }
)  # fmt: skip
_DENIED = ("AccessDeniedException", "AccessDenied", "403", "ResourceNotFoundException")
"""S3 answers a HEAD with the bare status."""

_PAUSES = (0.04, 0.12)
"""Longest waits before the second and the third attempt, in seconds."""


class Connections:
    """One client a service for the whole process; boto3's clients may be shared by threads.

    ``read_seconds`` bounds a call's wait for an answer, ``attempts`` how often botocore makes it in all. Its pauses
    after a refusal are up to a second and more: right for a job, too long for a shopper, so a request has one attempt
    here and the quick ones of :func:`ask`.
    """

    def __init__(self, connect_seconds: float = 1.0, read_seconds: float = 1.5, attempts: int = 1) -> None:
        self._connect_seconds = connect_seconds
        self._read_seconds = read_seconds
        self._attempts = attempts
        self._clients: dict[str, Any] = {}
        self._lock = threading.Lock()

    def client(self, service: str) -> Any:
        client = self._clients.get(service)
        if client is None:
            with self._lock:
                client = self._clients.get(service) or self._clients.setdefault(service, self._make(service))
        return client

    def forget(self) -> None:
        """A connection must not outlive a snapshot of the process: the next call makes a new one."""
        with self._lock:
            self._clients = {}

    def _make(self, service: str) -> Any:
        import boto3
        from botocore.config import Config

        return boto3.session.Session().client(
            service,
            config=Config(
                connect_timeout=self._connect_seconds,
                read_timeout=self._read_seconds,
                retries={"mode": "standard", "total_max_attempts": self._attempts},
                max_pool_connections=32,
            ),
        )


def ask(call: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
    """Make one call, and make it again at once where it was refused for now and the request has time left.

    So it is where a connection turns out to be closed: one that slept with the process looks open until it is used.
    What may pass, a refusal of rights and a missing table or bucket are :class:`Unavailable`; what the caller must tell
    apart, such as a failed condition, comes through as botocore's ClientError.
    """
    from botocore.exceptions import BotoCoreError, ClientError, ConnectionClosedError

    for pause in (*_PAUSES, None):
        try:
            return call(*args, **kwargs)
        except ClientError as error:
            code = code_of(error)
            may_pass = code in _PASSING or _status_of(error) >= HTTPStatus.INTERNAL_SERVER_ERROR
            if may_pass and _slept(pause):
                continue
            if may_pass or code in _DENIED:
                raise Unavailable(
                    f"AWS refused a call ({code}): if it goes on, look at the alarms and the rights."
                ) from error
            raise
        except BotoCoreError as error:
            if isinstance(error, ConnectionClosedError) and _slept(pause):
                continue
            raise Unavailable(f"AWS did not answer ({type(error).__name__}): try again in a moment.") from error
    raise AssertionError("the last attempt returns or raises")


def _slept(pause: float | None) -> bool:
    """Whether there was time to wait up to ``pause`` seconds; a half of it at least, so that retries spread."""
    left = remaining()
    if pause is None or (left is not None and left <= pause):
        return False
    sleep(SystemRandom().uniform(pause / 2, pause))
    return True


def code_of(error: Exception) -> str:
    """The error code of a botocore ClientError."""
    response: dict[str, Any] = getattr(error, "response", {})
    return str(response.get("Error", {}).get("Code", ""))


def _status_of(error: Exception) -> int:
    response: dict[str, Any] = getattr(error, "response", {})
    return int(response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
