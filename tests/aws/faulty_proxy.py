"""A proxy before the stand-in for AWS that refuses a share of the calls as AWS itself does when it is too busy."""

import http.client
import random
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

_THROTTLED = b'{"__type": "com.amazonaws.dynamodb.v20120810#ThrottlingException", "message": "Rate exceeded"}'
_SLOW_DOWN = b"<?xml version='1.0'?><Error><Code>SlowDown</Code><Message>Reduce your request rate.</Message></Error>"


class FaultyProxy:
    """Passes on all but a ``share`` of the calls, drawn by ``seed``; it can be changed while the proxy runs."""

    def __init__(self, target: str, share: float, seed: int) -> None:
        self.target = urlsplit(target)
        self.share = share
        self.refused: Counter[str] = Counter()
        self._draw = random.Random(seed)
        self._lock = threading.Lock()
        self.url = ""

    def refuses(self, service: str) -> bool:
        with self._lock:
            refused = self._draw.random() < self.share
            self.refused[service] += refused
        return refused


@contextmanager
def faulty_proxy(target: str, share: float, seed: int) -> Iterator[FaultyProxy]:
    proxy = FaultyProxy(target, share, seed)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            service = "dynamodb" if "X-Amz-Target" in self.headers else "s3"
            if proxy.refuses(service):
                status, headers, content = (400, {}, _THROTTLED) if service == "dynamodb" else (503, {}, _SLOW_DOWN)
            else:
                status, headers, content = self.passed_on(body)
            self.send_response(status)
            for name, value in headers.items():
                if name.lower() not in ("content-length", "connection", "transfer-encoding", "date", "server"):
                    self.send_header(name, value)
            self.send_header("Content-Length", headers.get("Content-Length", str(len(content))))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content)

        def passed_on(self, body: bytes) -> tuple[int, dict[str, str], bytes]:
            connection = http.client.HTTPConnection(proxy.target.hostname or "", proxy.target.port, timeout=30)
            try:
                headers = {name: value for name, value in self.headers.items() if name.lower() != "expect"}
                connection.request(self.command, self.path, body, headers)
                answer = connection.getresponse()
                return answer.status, dict(answer.headers), answer.read()
            finally:
                connection.close()

        do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = handle_any  # noqa: N815

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    proxy.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield proxy
    finally:
        server.shutdown()
        server.server_close()
