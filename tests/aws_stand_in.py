"""AWS as far as tests can have it: moto's server over real HTTP, and the faults that AWS shows now and then."""

import json
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from http import HTTPStatus
from io import BytesIO
from typing import Any
from uuid import uuid4
from wsgiref.types import StartResponse, WSGIEnvironment

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Response

from shared.adapters.aws import Connections
from shared.settings import Aws
from tests.moto_tables import nimble_tables

REGION = "eu-central-1"
ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_SESSION_TOKEN": "testing",
    "AWS_DEFAULT_REGION": REGION,
    "AWS_REGION": REGION,
    "AWS_EC2_METADATA_DISABLED": "true",
}
"""Besides AWS_ENDPOINT_URL: what a process needs to talk to the stand-in."""


def _table(hash_key: str, range_key: str = "", **more: Any) -> dict[str, Any]:
    keys = [(hash_key, "HASH"), *([(range_key, "RANGE")] if range_key else [])]
    return {
        "KeySchema": [{"AttributeName": name, "KeyType": kind} for name, kind in keys],
        "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name, _ in keys],
        "BillingMode": "PAY_PER_REQUEST",
        **more,
    }


_BY_DAY = {
    "IndexName": "by_day",
    "KeySchema": [{"AttributeName": "day", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
    "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["product_id", "type", "occurred_at"]},
}
TABLES = {
    "events_table": _table("pk", "sk", GlobalSecondaryIndexes=[_BY_DAY])
    | {"AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk", "day")]},
    "products_table": _table("id"),
    "state_table": _table("name"),
}
"""What template.yaml says of the tables' keys, by the names that the settings have for them."""


@dataclass(frozen=True, slots=True)
class Call:
    """A request as it comes in. ``operation`` is such as ``PutItem``, for S3 the method and the path of the object."""

    service: str
    operation: str


@dataclass(frozen=True, slots=True)
class Fault:
    """What to answer instead; ``done`` where the call took effect and only its answer is lost."""

    status: int
    code: str
    done: bool = False
    answer: Mapping[str, Any] = field(default_factory=dict)
    """What else the answer says, such as a cancelled transaction's reasons; not for S3."""


Faults = Callable[[Call], Fault | None]


class AwsStandIn:
    """One server for a test session; whoever asks gets tables, a bucket and a queue of their own."""

    def __init__(self) -> None:
        self._application = DomainDispatcherApplication(create_backend_app)
        # moto would list the folders of all its services for every call.
        self._application.get_backend_for_host = cache(self._application.get_backend_for_host)  # type: ignore[method-assign]
        self._server = make_server("127.0.0.1", 0, self._answer, threaded=True, request_handler=_Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._writes = threading.Lock()
        self._faults: Faults | None = None
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self.connections = Connections(read_seconds=10)

    @property
    def environment(self) -> dict[str, str]:
        """For a child process that is to see the same AWS."""
        return {**ENVIRONMENT, "AWS_ENDPOINT_URL": self.url}

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def make(self) -> Aws:
        """Tables, a bucket and queues with names that nothing else has."""
        mark = uuid4().hex[:12]
        names = {kind: f"{kind.removesuffix('_table')}-{mark}" for kind in TABLES}
        for kind, name in names.items():
            self.connections.client("dynamodb").create_table(TableName=name, **TABLES[kind])
        bucket = f"vitrine-{mark}"
        self.connections.client("s3").create_bucket(
            Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION}
        )
        queue = self.connections.client("sqs").create_queue(QueueName=f"events-{mark}")["QueueUrl"]
        picks = self.connections.client("sqs").create_queue(QueueName=f"picks-{mark}")["QueueUrl"]
        return replace(Aws(bucket=bucket, events_queue=queue, picks_queue=picks), **names)

    def copy(self, source: Aws, target: Aws) -> None:
        """Put all that is in the tables and the bucket of ``source`` into the empty ones of ``target``."""
        dynamodb, s3 = self.connections.client("dynamodb"), self.connections.client("s3")
        for kind in TABLES:
            for page in dynamodb.get_paginator("scan").paginate(TableName=getattr(source, kind)):
                for item in page["Items"]:
                    dynamodb.put_item(TableName=getattr(target, kind), Item=item)
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=source.bucket):
            for each in page.get("Contents", []):
                key = each["Key"]
                s3.copy_object(Bucket=target.bucket, Key=key, CopySource={"Bucket": source.bucket, "Key": key})

    @contextmanager
    def faulty(self, faults: Faults) -> Iterator[None]:
        """Ask ``faults`` about every call meanwhile; it may also count them, or wait before it lets one through."""
        before, self._faults = self._faults, faults
        try:
            yield
        finally:
            self._faults = before

    def _answer(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        call = _call_of(environ)
        fault = self._faults(call) if self._faults else None
        if fault is None:
            return self._do(call, environ, start_response)
        if fault.done:
            b"".join(self._do(call, environ, lambda *_: lambda _: None))
        body = _body(call, fault)
        headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
        start_response(f"{fault.status} Fault", headers)
        return [body]

    def _do(self, call: Call, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if call.service != "dynamodb":
            return self._application(environ, start_response)
        # DynamoDB looks at a condition and writes in one step, moto in two.
        with self._writes:
            return list(self._application(environ, start_response))


class _Handler(WSGIRequestHandler):
    """Says nothing, and keeps connections open as AWS does: werkzeug has each call make one of its own."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True

    def run_wsgi(self) -> None:
        if self.headers.get("Expect", "").lower() == "100-continue":
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            self.wfile.flush()
        environ = self.make_environ()
        # All of it, whoever answers: what is left would be taken for the next request.
        chunked = bool(environ.get("wsgi.input_terminated"))
        body = environ["wsgi.input"].read(-1 if chunked else int(environ.get("CONTENT_LENGTH") or 0))
        self._send(Response.from_app(self.server.app, environ | {"wsgi.input": BytesIO(body)}, buffered=True))

    def _send(self, answer: Response) -> None:
        content = answer.get_data()
        if answer.status_code not in _WITHOUT_BODY and self.command != "HEAD":
            answer.headers["Content-Length"] = str(len(content))
        self.send_response(answer.status_code, answer.status.partition(" ")[2])
        for name, value in answer.headers:
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log(self, type: str, message: str, *args: Any) -> None:
        pass


_WITHOUT_BODY = (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED)


def _call_of(environ: WSGIEnvironment) -> Call:
    credential = environ.get("HTTP_AUTHORIZATION", "").split(",")[0].split("/")
    service = credential[3] if len(credential) > 3 else ""
    target = environ.get("HTTP_X_AMZ_TARGET", "").rpartition(".")[2]
    return Call(service, target or f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}")


def _body(call: Call, fault: Fault) -> bytes:
    if call.service == "s3":
        return f"<Error><Code>{fault.code}</Code><Message>injected</Message></Error>".encode()
    return json.dumps({"__type": f"com.amazonaws#{fault.code}", "message": "injected", **fault.answer}).encode()


@contextmanager
def aws_stand_in() -> Iterator[AwsStandIn]:
    """The server, and an environment that leads boto3 to it; both are gone afterwards."""
    stand_in = AwsStandIn()
    before = {name: os.environ.get(name) for name in stand_in.environment}
    os.environ.update(stand_in.environment)
    stand_in.start()
    try:
        with nimble_tables():
            yield stand_in
    finally:
        stand_in.stop()
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
