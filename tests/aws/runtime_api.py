"""A small Lambda: the Runtime API over HTTP, and AWS's own bootstrap in a process of its own that works for it."""

import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from uuid import uuid4

from shared.settings import PROJECT

_PATIENCE = 30.0
"""Seconds after which a test gives up on a process that says nothing."""
_FUNCTION = "arn:aws:lambda:eu-central-1:123456789012:function:vitrine"
_POLLED = 0.02


@dataclass
class Said:
    """What the runtime told the API: ``kind`` is the path's end, such as response, error or init/error."""

    kind: str
    body: Any
    seconds: float = 0.0


@dataclass
class _Invocation:
    event: bytes
    seconds: float
    trace: str
    id: str = field(default_factory=lambda: str(uuid4()))
    taken: threading.Event = field(default_factory=threading.Event)


class RuntimeApi:
    """What a runtime asks for its work and answers to. Invocations are handed out one at a time, in order."""

    def __init__(self) -> None:
        self.waiting: queue.Queue[_Invocation | None] = queue.Queue()
        self.said: queue.Queue[Said] = queue.Queue()
        self.frozen = threading.Event()
        self.woken = threading.Event()
        self._server = _Server(("127.0.0.1", 0), _handler(self))

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._server.server_address[1]}"

    def start(self) -> None:
        threading.Thread(target=self._server.serve_forever, args=(_POLLED,), daemon=True).start()

    def stop(self) -> None:
        self.waiting.put(None)
        self.woken.set()
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """A runtime that is killed leaves its connection as it is: that is no news."""


def _handler(api: RuntimeApi) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            if self.path.endswith("/restore/next"):
                api.frozen.set()
                api.woken.wait()
                self._answer(200, b"")
                return
            invocation = api.waiting.get()
            if invocation is None:
                self.close_connection = True
                return
            ends_at = round((time.time() + invocation.seconds) * 1000)
            headers = {
                "Lambda-Runtime-Aws-Request-Id": invocation.id,
                "Lambda-Runtime-Deadline-Ms": str(ends_at),
                "Lambda-Runtime-Invoked-Function-Arn": _FUNCTION,
                "Lambda-Runtime-Trace-Id": invocation.trace,
                "Content-Type": "application/json",
            }
            invocation.taken.set()
            self._answer(200, invocation.event, headers)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            _, _, rest = self.path.partition("/runtime/")
            kind = rest if rest.endswith("/error") and "invocation" not in rest else rest.rpartition("/")[2]
            api.said.put(Said(kind, json.loads(body)))
            self._answer(202, b"{}")

        def _answer(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
            self.send_response(status)
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    return Handler


@dataclass
class Function:
    """A function at work."""

    api: RuntimeApi
    process: subprocess.Popen[bytes]
    log: Path
    key: str = ""
    """Sent with every request over HTTP, in the place of any that the request may have."""

    def invoke(self, event: Any, seconds: float = 10.0, trace: str = "") -> Said:
        """``seconds`` is what Lambda gives the invocation; a process that misses it is killed there, and fails here.

        They count from when the process takes it: its start is not among them.
        """
        if self.key and isinstance(event, dict) and "headers" in event:
            event = event | {"headers": event["headers"] | {"x-api-key": self.key}}
        content = event if isinstance(event, bytes) else json.dumps(event).encode()
        invocation = _Invocation(content, seconds, trace)
        self.api.waiting.put(invocation)
        self.wait_for(invocation.taken)
        begun = time.monotonic()
        said = self.hear(seconds)
        assert said.kind in ("response", "error"), f"{said}\n{self.printed()}"
        said.seconds = time.monotonic() - begun
        return said

    def wait_for(self, event: threading.Event) -> None:
        while not event.wait(_POLLED):
            assert self.process.poll() is None, self.printed()

    def hear(self, seconds: float = _PATIENCE) -> Said:
        try:
            return self.api.said.get(timeout=seconds)
        except queue.Empty:
            raise AssertionError(f"nothing was said for {seconds} s; the log:\n{self.printed()}") from None

    def printed(self) -> str:
        """All that the process wrote, as CloudWatch would keep it."""
        return self.log.read_text(errors="replace")

    def lines(self) -> list[dict[str, Any]]:
        """Those of them that are JSON objects."""
        rows = (line for line in self.printed().splitlines() if line.startswith("{"))
        return [json.loads(row) for row in rows]


@contextmanager
def running(
    handler: str, log: Path, cwd: Path = PROJECT, options: Sequence[str] = (), key: str = "", **environment: str
) -> Iterator[Function]:
    """``handler`` as in the template, run by awslambdaric with the variables that Lambda sets and these.

    ``options`` are Python's own; ``key`` is sent with every request.
    """
    api = RuntimeApi()
    api.start()
    inherited = {name: os.environ[name] for name in ("PATH",) if name in os.environ}
    given = {
        "AWS_LAMBDA_RUNTIME_API": api.address,
        "AWS_EXECUTION_ENV": "AWS_Lambda_python3.12",
        "AWS_LAMBDA_FUNCTION_NAME": "vitrine",
        "AWS_REGION": "eu-central-1",
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "VITRINE_TELEMETRY": "on",
    }
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, *options, "-m", "awslambdaric", handler],
            cwd=cwd, env=inherited | given | environment, stdout=out, stderr=subprocess.STDOUT,
        )  # fmt: skip
        try:
            yield Function(api, process, log, key)
        finally:
            process.kill()
            process.wait()
            api.stop()
