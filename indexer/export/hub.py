"""Whether a model hub can be reached, found out in seconds."""

import logging
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from urllib.parse import urlsplit

from shared.domain.errors import EncoderUnavailable

PROBE_SECONDS = 4.0


@contextmanager
def hub_access(model: str, folder_hint: str) -> Iterator[None]:
    """Load ``model`` within: from the local cache, or from the hub where one answers within PROBE_SECONDS.

    The libraries retry for minutes when there is no network; told that they are offline, they only look into
    their cache. Whatever they raise becomes EncoderUnavailable, one sentence that ends with ``folder_hint``.
    """
    from huggingface_hub import constants

    before = constants.HF_HUB_OFFLINE
    reachable = not before and _answers(constants.ENDPOINT)
    constants.HF_HUB_OFFLINE = not reachable
    logged = logging.root.manager.disable
    # open_clip reports on the root logger what the raised sentence says better.
    logging.disable(logging.ERROR)
    try:
        yield
    except (OSError, RuntimeError, ValueError) as problem:
        where = (
            f"could not be loaded ({_first_line(problem)})" if reachable else "is not cached and no model hub answers"
        )
        raise EncoderUnavailable(f"The model {model} {where}: {folder_hint}.") from problem
    finally:
        constants.HF_HUB_OFFLINE = before
        logging.disable(logged)


def _answers(endpoint: str) -> bool:
    """Name look-up has no time-out of its own, so the attempt runs in a thread that may be left behind."""
    address = urlsplit(endpoint)
    answered: list[bool] = []

    def connect() -> None:
        try:
            port = address.port or (443 if address.scheme == "https" else 80)
            socket.create_connection((address.hostname or "", port), timeout=PROBE_SECONDS).close()
            answered.append(True)
        except OSError:
            answered.append(False)

    attempt = Thread(target=connect, daemon=True)
    attempt.start()
    attempt.join(PROBE_SECONDS)
    return answered == [True]


def _first_line(problem: Exception) -> str:
    return str(problem).strip().partition("\n")[0][:200]
