"""How one call to AWS is made again, and what becomes of it where that does not help."""

import socket
import threading

import pytest

from shared.adapters import aws as adapter
from shared.adapters.aws import Connections, ask
from shared.adapters.s3 import S3Blobs
from shared.domain.errors import Unavailable
from tests.aws_stand_in import Fault

ANSWER = b'{"TableNames":[]}'


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch):
    monkeypatch.setattr(adapter, "_PAUSES", (0.0, 0.0))


@pytest.fixture
def closing(monkeypatch):
    """A DynamoDB that closes as many connections, unanswered, as is put into the list."""
    to_close: list[None] = []

    def serve():
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            with connection:
                connection.recv(65_536)
                if to_close:
                    to_close.pop()
                    continue
                head = f"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {len(ANSWER)}\r\n\r\n"
                connection.sendall(head.encode() + ANSWER)

    with socket.create_server(("127.0.0.1", 0)) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.getsockname()[1]}")
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield to_close
        server.shutdown(socket.SHUT_RDWR)
        thread.join()


def test_a_connection_that_was_closed_meanwhile_is_made_anew(aws, closing):
    closing += [None] * 2
    assert ask(Connections().client("dynamodb").list_tables)["TableNames"] == []
    assert not closing


def test_connections_that_are_closed_again_and_again_are_told(aws, closing):
    closing += [None] * 3
    with pytest.raises(Unavailable, match="ConnectionClosedError"):
        ask(Connections().client("dynamodb").list_tables)
    assert not closing


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_any_server_error_may_pass_whatever_it_is_called(aws, aws_names, status):
    faults = [Fault(status, "Unheard")]
    blobs = S3Blobs(Connections(), aws_names.bucket)
    with aws.faulty(lambda _: faults.pop() if faults else None):
        blobs.put("name", b"content")
        assert blobs.get("name") == b"content"
    with aws.faulty(lambda _: Fault(status, "Unheard")), pytest.raises(Unavailable):
        blobs.get("name")
