"""A stand-in for a Qdrant server: its REST routes over real HTTP, answered by qdrant-client's in-memory index.

It exists to test the wire (keys, time-outs, refusals, retries, JSON), where no server can be had; faults are injected.
"""

import json
import re
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from qdrant_client import QdrantClient, models


class QdrantStandIn:
    """``faults`` holds what happens to the next requests: a status to refuse with, or seconds to wait first."""

    def __init__(self, api_key=None):
        self.api_key = api_key
        self.faults = []
        self.requests = []
        self.bodies = []
        self.peers = []
        self.retry_after = "0"
        self.lock = threading.Lock()
        self.index = QdrantClient(":memory:")

    def answer(self, method, path, body):
        for verb, pattern, route in ROUTES:
            if verb == method and (match := re.fullmatch(pattern, path)):
                return route(self.index, body, *match.groups())
        raise LookupError(f"{method} {path}")


@contextmanager
def qdrant_stand_in(api_key=None):
    """Serve on a free port of this machine; yields the stand-in, whose ``url`` is set."""
    stand_in = QdrantStandIn(api_key)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def handle_any(self):
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            path = self.path.partition("?")[0]
            with stand_in.lock:
                stand_in.requests.append((self.command, path))
                stand_in.bodies.append(body)
                stand_in.peers.append(self.client_address)
                fault = stand_in.faults.pop(0) if stand_in.faults else None
            if isinstance(fault, float):
                time.sleep(fault)
            if isinstance(fault, int):
                return self.reply(fault, {"status": {"error": "injected"}}, {"Retry-After": stand_in.retry_after})
            if self.headers.get("api-key") != stand_in.api_key:
                return self.reply(403, {"status": {"error": "forbidden"}})
            try:
                with stand_in.lock:
                    result = stand_in.answer(self.command, path, json.loads(body or b"{}", parse_constant=refuse))
            except (LookupError, ValueError) as error:
                return self.reply(404, {"status": {"error": str(error)}})
            return self.reply(200, {"result": result, "status": "ok", "time": 0.0})

        def reply(self, status, content, headers=()):
            data = json.dumps(content, default=lambda part: part.model_dump(mode="json")).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            for name, value in dict(headers).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_PUT = do_POST = do_PATCH = do_DELETE = handle_any  # noqa: N815

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.handle_error = lambda *_: None
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    stand_in.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield stand_in
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def refuse(constant):
    raise ValueError(f"{constant} is not JSON")


def create(index, body, name):
    body.pop("hnsw_config"), body.pop("optimizers_config")
    request = models.CreateCollection.model_validate(body)
    return index.create_collection(
        name,
        vectors_config=request.vectors,
        sparse_vectors_config=request.sparse_vectors,
        metadata=request.metadata,
    )


def upsert(index, body, name):
    return index.upsert(name, models.PointsList.model_validate(body).points)


def scroll(index, body, name):
    records, offset = index.scroll(
        name, limit=body["limit"], offset=body.get("offset"), with_payload=True, with_vectors=True
    )
    return {"points": records, "next_page_offset": offset}


def query_batch(index, body, name):
    return index.query_batch_points(name, models.QueryRequestBatch.model_validate(body).searches)


def retrieve(index, body, name):
    return index.retrieve(name, body["ids"], with_payload=body["with_payload"], with_vectors=body["with_vector"])


def change_aliases(index, body):
    return index.update_collection_aliases(models.ChangeAliasesOperation.model_validate(body).actions)


COLLECTION = r"/collections/([^/]+)"
ROUTES = [
    ("GET", "/collections", lambda index, _: index.get_collections()),
    ("GET", "/aliases", lambda index, _: index.get_aliases()),
    ("POST", "/collections/aliases", change_aliases),
    ("GET", COLLECTION, lambda index, _, name: index.get_collection(name)),
    ("PUT", COLLECTION, create),
    ("PATCH", COLLECTION, lambda index, body, name: index.update_collection(name, metadata=body["metadata"])),
    ("DELETE", COLLECTION, lambda index, _, name: index.delete_collection(name)),
    ("GET", COLLECTION + "/exists", lambda index, _, name: {"exists": index.collection_exists(name)}),
    ("PUT", COLLECTION + "/index", lambda *_: {"operation_id": 0, "status": "completed"}),
    ("PUT", COLLECTION + "/points", upsert),
    ("POST", COLLECTION + "/points", retrieve),
    (
        "POST",
        COLLECTION + "/points/delete",
        lambda index, body, name: index.delete(name, models.PointIdsList.model_validate(body)),
    ),
    ("POST", COLLECTION + "/points/scroll", scroll),
    ("POST", COLLECTION + "/points/query/batch", query_batch),
    ("POST", COLLECTION + "/points/count", lambda index, _, name: index.count(name)),
]
