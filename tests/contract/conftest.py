"""The back-ends that the contracts of index and event store are held over."""

import os
import secrets
from contextlib import contextmanager

import pytest

from shared.adapters.dynamodb_events import DynamoEvents
from shared.adapters.edge import EdgeVersions
from shared.adapters.edge_snapshots import EdgeSnapshots
from shared.adapters.qdrant import QdrantVersions, connect
from shared.adapters.s3 import S3Blobs
from shared.adapters.sqlite import SqliteEvents
from shared.adapters.sqlite_state import SqliteState
from tests.contract.index_shop import build
from tests.contract.qdrant_stand_in import qdrant_stand_in
from tests.contract.snapshot_cloud import ARCHIVE, LISTING, SHOP, Cloud

SERVER = os.environ.get("VITRINE_QDRANT_URL")
BACKENDS = ["edge", "snapshots", "memory", "wire", *(["server"] if SERVER else [])]


@contextmanager
def index_versions(backend, folder, aws):
    if backend == "edge":
        yield EdgeVersions(folder / "index")
        return
    if backend == "snapshots":
        state = SqliteState(folder / "state.sqlite")
        yield EdgeSnapshots(EdgeVersions(folder / "copies"), S3Blobs(aws.connections, aws.make().bucket), state)
        return
    if backend == "wire":
        with qdrant_stand_in() as stand_in, cleaned_versions(stand_in.url) as versions:
            yield versions
        return
    with cleaned_versions(SERVER if backend == "server" else ":memory:") as versions:
        yield versions


@contextmanager
def cleaned_versions(url):
    client = connect(url, os.environ.get("VITRINE_QDRANT_KEY") if url == SERVER else None, timeout=60)
    prefix = f"test-{secrets.token_hex(6)}"
    try:
        yield QdrantVersions(lambda: client, prefix)
    finally:
        for entry in client.get_collections().collections:
            if entry.name.startswith(prefix):
                client.delete_collection(entry.name)
        client.close()


@pytest.fixture(params=BACKENDS)
def versions(request, tmp_path, aws):
    with index_versions(request.param, tmp_path, aws) as made:
        yield made


@pytest.fixture(scope="module", params=BACKENDS)
def shared_versions(request, tmp_path_factory, aws):
    """Versions that a module's reading tests share, so that each index is built once."""
    with index_versions(request.param, tmp_path_factory.mktemp("shared"), aws) as made:
        yield made


@pytest.fixture(scope="session")
def built(tmp_path_factory, aws):
    """The blobs of one version, which takes a while to build."""
    cloud = Cloud(tmp_path_factory.mktemp("built"), aws, None)
    build(cloud.machine("job"), "v1", SHOP)
    return cloud.blobs.get(ARCHIVE), cloud.blobs.get(LISTING)


@pytest.fixture
def cloud(tmp_path, aws, built):
    return Cloud(tmp_path, aws, built)


@pytest.fixture(params=["sqlite", "dynamodb"])
def events(request, tmp_path, clock):
    if request.param == "sqlite":
        return SqliteEvents(tmp_path / "events.sqlite", clock)
    return request.getfixturevalue("table")


@pytest.fixture
def table(aws, aws_names, clock):
    return DynamoEvents(aws.connections, aws_names.events_table, clock, aws_names.retention_days)
