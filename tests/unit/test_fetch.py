"""Fetching from a real server on loopback that misbehaves in every way it can."""

import contextlib
import gzip
import io
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from indexer.feeds import Row, open_source, read_feed
from shared.domain.errors import InvalidInput, NotFound, Unavailable, VitrineError
from shared.intake.fetch import Fetcher, FetchPolicy, fetch
from shared.intake.guarded_transport import is_public

POLICY = FetchPolicy(
    connect_timeout=1, read_timeout=1, total_timeout=3, max_bytes=100_000, backoff=0.01, allow_private=True
)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    tries: dict[str, int]

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        name = self.path.partition("?")[0].strip("/").replace("-", "_")
        self.server.tries[self.path] = self.server.tries.get(self.path, 0) + 1  # type: ignore[attr-defined]
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            getattr(self, f"serve_{name}", self.serve_missing)()

    def answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for header, value in headers.items():
            self.send_header(header.replace("_", "-"), value)
        if "Content_Length" not in headers:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def serve_missing(self) -> None:
        self.answer(404)

    def serve_plain(self) -> None:
        self.answer(200, b"hello from " + self.headers["Host"].encode())

    def serve_feed(self) -> None:
        self.answer(200, gzip.compress(b"id,title\n1,Cup\n"))

    def serve_packed(self) -> None:
        self.answer(200, gzip.compress(b"hello"), Content_Encoding="gzip")

    def serve_members(self) -> None:
        self.answer(200, gzip.compress(b"one ") + gzip.compress(b"") + gzip.compress(b"two"), Content_Encoding="gzip")

    def serve_member_by_byte(self) -> None:
        body = gzip.compress(b"one ") + gzip.compress(b"two")
        self.answer(200, b"", Content_Encoding="gzip", Content_Length=str(len(body)))
        for byte in body:
            self.wfile.write(bytes([byte]))
            time.sleep(0.001)

    def serve_cut_member(self) -> None:
        self.answer(200, gzip.compress(b"one") + gzip.compress(b"two")[:-9], Content_Encoding="gzip")

    def serve_trailing(self) -> None:
        self.answer(200, gzip.compress(b"one") + b"two", Content_Encoding="gzip")

    def serve_hollow(self) -> None:
        self.answer(200, gzip.compress(b"") * 10_000, Content_Encoding="gzip")

    def serve_bomb(self) -> None:
        self.answer(200, gzip.compress(bytes(50_000_000)), Content_Encoding="gzip")

    def serve_twice_packed(self) -> None:
        self.answer(200, gzip.compress(gzip.compress(b"x")), Content_Encoding="gzip, gzip")

    def serve_cut(self) -> None:
        self.answer(200, b"half", Content_Length="1000")
        self.close_connection = True

    def serve_endless(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.close_connection = True
        for _ in range(100_000):
            self.wfile.write(bytes(10_000))

    def serve_slow_body(self) -> None:
        self.answer(200, b"", Content_Length="1000")
        self.drip()

    def serve_slow_head(self) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        self.drip()

    def drip(self) -> None:
        for _ in range(60):
            self.wfile.write(b"x")
            self.wfile.flush()
            time.sleep(0.1)
        self.close_connection = True

    def serve_flaky(self) -> None:
        first = self.server.tries[self.path] == 1  # type: ignore[attr-defined]
        self.answer(503, b"later", Retry_After="7") if first else self.answer(200, b"at last")

    def serve_down(self) -> None:
        self.answer(500)

    def serve_forbidden(self) -> None:
        self.answer(403)

    def serve_loop(self) -> None:
        self.answer(302, Location="/loop")

    def serve_moved(self) -> None:
        self.answer(301, Location="/plain")

    def serve_to_file(self) -> None:
        self.answer(302, Location="file:///etc/passwd")

    def serve_to_metadata(self) -> None:
        self.answer(302, Location="http://169.254.169.254/latest/meta-data/")

    def serve_to_nonsense(self) -> None:
        self.answer(302, Location="javascript:alert(1)")

    def serve_to_no_name(self) -> None:
        self.answer(302, Location="http://xn--/")

    def serve_garbage(self) -> None:
        self.wfile.write(b"\x00\x01\x02 this is not http\r\n\r\n")
        self.close_connection = True


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.tries: dict[str, int] = {}
        self.url = f"http://127.0.0.1:{self.server_port}"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        yield server
        server.shutdown()


def test_plain_packed_and_redirected(server: Server) -> None:
    with Fetcher(POLICY) as fetcher:
        host = server.url.removeprefix("http://").encode()
        assert fetcher.fetch(server.url + "/plain") == b"hello from " + host
        assert fetcher.fetch(server.url + "/packed") == b"hello"
        assert fetcher.fetch(server.url + "/moved") == b"hello from " + host


@pytest.mark.parametrize("name", ["members", "member-by-byte"])
def test_all_members_of_a_gzip_answer_are_read(server: Server, name: str) -> None:
    assert fetch(f"{server.url}/{name}", POLICY) == b"one two"


@pytest.mark.parametrize("name", ["trailing", "cut-member"])
def test_an_answer_that_is_not_all_gzip_is_broken(server: Server, name: str) -> None:
    with pytest.raises(Unavailable, match="its compression"):
        fetch(f"{server.url}/{name}", POLICY)


def test_a_silent_host_is_given_up_and_others_are_not(server: Server) -> None:
    policy = replace(POLICY, read_timeout=0.05, attempts=1, host_failures=3)
    with socket.create_server(("127.0.0.1", 0)) as silent, Fetcher(policy) as fetcher:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        for n in range(3):
            with pytest.raises(Unavailable, match="too long"):
                fetcher.fetch(f"{url}/{n}.jpg")
        started = time.monotonic()
        for n in range(1_000):
            with pytest.raises(Unavailable, match=r"The host '127.0.0.1:\d+' did not answer 3 times in a row"):
                fetcher.fetch(f"{url}/{n}.jpg")
        assert time.monotonic() - started < 1
        assert fetcher.fetch(server.url + "/packed") == b"hello"
        with Fetcher(policy) as next_run, pytest.raises(Unavailable, match="too long"):
            next_run.fetch(url)


def test_an_answer_of_any_kind_restores_patience(server: Server) -> None:
    with Fetcher(replace(POLICY, read_timeout=0.05, attempts=1, host_failures=2)) as fetcher:
        for name in ("/slow-body", "/absent", "/slow-body", "/down?again", "/slow-body"):
            with pytest.raises(VitrineError) as caught:
                fetcher.fetch(server.url + name)
            assert "in a row" not in str(caught.value)
        with pytest.raises(Unavailable, match="too long"):
            fetcher.fetch(server.url + "/slow-body")
        with pytest.raises(Unavailable, match="in a row"):
            fetcher.fetch(server.url + "/plain")


def test_the_budget_counts_the_time_of_fetching_only(server: Server) -> None:
    now = [0.0]

    def clock() -> float:
        now[0] += 5.0
        return now[0]

    with Fetcher(replace(POLICY, budget=20), clock=clock) as fetcher:
        for _ in range(4):  # five seconds each
            now[0] += 1_000  # encoding, say
            fetcher.fetch(server.url + "/packed")
        with pytest.raises(Unavailable, match="The 20 seconds for fetching are over: what is left is tried again"):
            fetcher.fetch(server.url + "/packed")


def test_loopback_is_refused_unless_allowed(server: Server) -> None:
    strict = replace(POLICY, allow_private=False)
    for url in (
        server.url,
        server.url.replace("127.0.0.1", "localhost"),
        server.url.replace("127.0.0.1", "2130706433"),
    ):
        with pytest.raises(InvalidInput, match="not a public address"):
            fetch(url + "/only-refused", strict)
    assert "/only-refused" not in server.tries


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://shop.example/x",
        "gopher://shop.example",
        "http://",
        "http://user:secret@shop.example/x.jpg",
        "http://[::1",
        "http://shop.example:99999/",
        "not a url",
        "https://" + "x" * 3000,
        "http://shop.example/\x00",
        "http://xn--/",
    ],
)
def test_addresses_that_are_refused_unseen(url: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        fetch(url, POLICY)
    assert "secret" not in str(caught.value)
    assert len(str(caught.value)) < 250


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
        "255.255.255.255", "240.0.0.1", "192.0.2.1", "198.18.0.1", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1",
        "fec0::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "2001:db8::1",
        "2001:0:7f00:1::", "nonsense", "::ffff:169.254.169.254", "::169.254.169.254", "64:ff9b:1::a9fe:a9fe",
        "fd00:ec2::254", "168.63.129.16", "::ffff:168.63.129.16", "100.100.100.200",
    ],
)  # fmt: skip
def test_private_addresses(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["1.1.1.1", "93.184.216.34", "2606:4700::1111", "::ffff:1.1.1.1"])
def test_public_addresses(address: str) -> None:
    assert is_public(address)


def test_a_name_is_resolved_once_and_the_judged_address_is_used(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A resolver that first tells a public address and then loopback gains nothing: it is asked once a connection."""
    asked: list[str] = []
    genuine = socket.getaddrinfo

    def rebinding(host: str, port: int, *args: object, **kwargs: object) -> object:
        if host != "rebind.example":
            return genuine(host, port, *args, **kwargs)  # type: ignore[arg-type]
        asked.append(host)
        address = "192.0.2.1" if len(asked) == 1 else "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    with pytest.raises(InvalidInput, match=r"192\.0\.2\.1"):
        fetch(f"http://rebind.example:{server.server_port}/plain", replace(POLICY, allow_private=False))
    assert len(asked) == 1
    # The Host header still speaks of the name.
    assert fetch(f"http://rebind.example:{server.server_port}/plain", POLICY).startswith(b"hello from rebind.example")


def test_a_name_that_takes_for_ever_to_resolve_is_left_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    answered = threading.Event()

    def slow(*_: object, **__: object) -> list[object]:
        answered.wait(30)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    began = time.monotonic()
    with pytest.raises(Unavailable, match="too long"):
        fetch("http://slow.example/x.jpg", replace(POLICY, total_timeout=0.2, attempts=1))
    assert time.monotonic() - began < 10  # and not the 30 that the resolver takes
    answered.set()


def test_other_ports_are_not_connected_to(server: Server) -> None:
    for url in (server.url + "/plain", server.url.replace("http", "https")):
        with pytest.raises(InvalidInput, match="names another port than 80 and 443"):
            fetch(url, replace(POLICY, ports=(80, 443)))
    assert fetch(server.url + "/packed", replace(POLICY, ports=(server.server_port,))) == b"hello"


@pytest.mark.parametrize("name", ["to-metadata", "to-file", "loop", "to-nonsense", "to-no-name"])
def test_redirects_are_checked_and_counted(server: Server, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # The server itself counts as public here; where it points to does not.
    monkeypatch.setattr("shared.intake.guarded_transport.is_public", lambda address: address == "127.0.0.1")
    with pytest.raises(InvalidInput):
        fetch(f"{server.url}/{name}", replace(POLICY, allow_private=False))


@pytest.mark.parametrize("name", ["endless", "bomb", "hollow"])
def test_the_size_cap_holds_while_reading(server: Server, name: str) -> None:
    with pytest.raises(InvalidInput, match=r"larger than the 100,000 bytes"):
        fetch(f"{server.url}/{name}", POLICY)


@pytest.mark.parametrize("name", ["slow-body", "slow-head"])
def test_a_dripping_server_is_left_in_time(server: Server, name: str) -> None:
    started = time.monotonic()
    with pytest.raises(Unavailable, match="too long"):
        fetch(f"{server.url}/{name}", replace(POLICY, total_timeout=0.7))
    assert time.monotonic() - started < 2


def test_what_may_pass_is_tried_again_after_the_asked_wait(server: Server) -> None:
    waits: list[float] = []
    with Fetcher(replace(POLICY, total_timeout=60, max_wait=5), sleep=waits.append) as fetcher:
        assert fetcher.fetch(server.url + "/flaky") == b"at last"
        assert waits == [5.0]
        with pytest.raises(Unavailable, match="500"):
            fetcher.fetch(server.url + "/down")
        assert server.tries["/down"] == POLICY.attempts
        with pytest.raises(Unavailable):
            fetcher.fetch(server.url + "/cut")
        assert server.tries["/cut"] == POLICY.attempts
    assert all(0 <= wait <= 5 for wait in waits)


def test_a_wait_beyond_the_total_time_is_not_begun(server: Server) -> None:
    server.tries.pop("/flaky?again", None)
    started = time.monotonic()
    with pytest.raises(Unavailable, match="503"):
        fetch(server.url + "/flaky?again", replace(POLICY, total_timeout=2))
    assert time.monotonic() - started < 1


@pytest.mark.parametrize(
    ("name", "error"),
    [("absent", NotFound), ("forbidden", Unavailable), ("twice-packed", Unavailable), ("garbage", Unavailable)],
)
def test_what_does_not_pass_is_not_tried_for_long(server: Server, name: str, error: type[VitrineError]) -> None:
    with pytest.raises(error):
        fetch(f"{server.url}/{name}?token=secret", POLICY)


def test_nobody_listens() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(Unavailable, match="connection failed"):
            fetch(f"http://127.0.0.1:{taken.getsockname()[1]}/", POLICY)


def test_a_feed_from_a_url(server: Server, tmp_path: Path) -> None:
    with open_source(server.url + "/feed?x=../../a.csv.gz", POLICY) as path:
        assert [outcome.product.title for outcome in read_feed(path) if isinstance(outcome, Row)] == ["Cup"]
    assert not path.exists()
    (tmp_path / "a.csv").write_text("id,title\n")
    with open_source(str(tmp_path / "a.csv"), POLICY) as path:
        assert path == tmp_path / "a.csv"
    with pytest.raises(InvalidInput, match="s3://"), open_source("s3://bucket/feed.csv", POLICY):
        pass


def test_download_starts_over_after_a_failed_try(server: Server) -> None:
    target = io.BytesIO(b"rest of something longer than the answer")
    with Fetcher(POLICY) as fetcher:
        fetcher.download(server.url + "/packed", target)
    assert target.getvalue() == b"hello"
