"""The Qdrant adapter against a server's faults, over real HTTP."""

import json
import time
from functools import partial
from types import SimpleNamespace

import pytest

from shared.adapters.qdrant import QdrantVersions, connect
from shared.adapters.renewed_transport import forget_connections
from shared.domain.errors import NotFound, Unavailable
from shared.domain.recommendations import SpaceQuery
from shared.domain.spaces import Space
from tests.contract.index_shop import ENCODERS, build, manifest, shop
from tests.contract.qdrant_stand_in import qdrant_stand_in

pytestmark = pytest.mark.filterwarnings("ignore:Api key is used with an insecure connection")

SHOP = shop(20)
QUERY = [SpaceQuery(Space.TEXT, SHOP[0].vectors[Space.TEXT], 5)]


@pytest.fixture
def server():
    with qdrant_stand_in(api_key="secret") as stand_in:
        yield stand_in


@pytest.fixture
def versions(server):
    client = connect(server.url, "secret", timeout=1)
    yield QdrantVersions(lambda: client, "shop")
    client.close()


def test_a_build_survives_refusals_and_a_lost_answer(server, versions):
    with versions.build("v1", ENCODERS, None) as builder:
        server.faults += [429, 503, 500, 1.5]
        builder.upsert(SHOP)
        server.faults += [502]
        builder.finish(manifest("v1", len(SHOP)))

    assert versions.open("v1").count() == len(SHOP)
    assert sum(request == ("PUT", "/collections/shop-v1/points") for request in server.requests) == 5


@pytest.mark.parametrize(("asked", "waited"), [("7", 7), ("3600", 60)])
def test_a_server_that_says_how_long_to_wait_is_taken_at_its_word(server, versions, monkeypatch, asked, waited):
    naps = []
    monkeypatch.setattr("tenacity.nap.time", SimpleNamespace(sleep=naps.append))
    server.retry_after = asked
    with versions.build("v1", ENCODERS, None) as builder:
        server.faults += [429, 429]
        builder.upsert(SHOP)
        builder.finish(manifest("v1", len(SHOP)))

    assert naps == [waited, waited]
    assert versions.open("v1").count() == len(SHOP)


def test_a_cluster_is_told_how_to_spread_a_version(server):
    client = connect(server.url, "secret", timeout=1)
    build(QdrantVersions(lambda: client, "shop", shards=6, replicas=2), "v1", SHOP[:3])
    client.close()

    created = json.loads(server.bodies[server.requests.index(("PUT", "/collections/shop-v1"))])
    assert (created["shard_number"], created["replication_factor"]) == (6, 2)


def test_a_build_gives_up_on_what_no_retry_can_mend(server, versions):
    def refused():
        with versions.build("v1", ENCODERS, None) as builder:
            server.faults += [400]
            builder.upsert(SHOP)

    with pytest.raises(Unavailable, match="400"):
        refused()
    assert sum(request == ("PUT", "/collections/shop-v1/points") for request in server.requests) == 1
    assert versions.all() == []
    assert [entry.name for entry in server.index.get_collections().collections] == []


def test_a_search_is_one_request_and_is_never_repeated(server, versions):
    index = build(versions, "v1", SHOP)
    server.requests.clear()

    assert len(index.search(QUERY * 4)) == 4
    assert server.requests == [("POST", "/collections/shop-v1/points/query/batch")]

    server.faults += [503]
    with pytest.raises(Unavailable, match="503"):
        index.search(QUERY)
    assert len(server.requests) == 2
    assert index.search(QUERY)


def test_a_search_ends_when_its_time_is_up(server, versions):
    index = build(versions, "v1", SHOP)
    server.faults += [3.0]
    start = time.monotonic()
    with pytest.raises(Unavailable, match="timed out"):
        index.search(QUERY)
    assert time.monotonic() - start < 2


def test_a_process_that_wakes_connects_anew(server, versions):
    index = build(versions, "v1", SHOP)
    server.peers.clear()
    for _ in range(2):
        index.search(QUERY)
    forget_connections()
    for _ in range(2):
        index.search(QUERY)

    before, after = server.peers[:2], server.peers[2:]
    assert before[0] == before[1]
    assert after[0] == after[1] != before[0]


def test_a_wrong_key_or_no_server_is_said(server):
    for connecting in (partial(connect, server.url, "wrong"), partial(connect, "http://127.0.0.1:9", timeout=1)):
        with pytest.raises(Unavailable, match="key"):
            QdrantVersions(connecting, "shop").all()


def test_the_live_version_switches_in_one_request(server, versions):
    build(versions, "v1", SHOP)
    server.requests.clear()
    versions.activate("v1")
    assert server.requests.count(("POST", "/collections/aliases")) == 1
    assert versions.live() == "v1"


def test_shops_whose_names_begin_alike_keep_apart(server, versions):
    client = connect(server.url, "secret")
    other = QdrantVersions(lambda: client, "shop-eu")
    build(versions, "v1", SHOP[:3])
    build(other, "v1", SHOP[:4])
    with other.build("v2", ENCODERS, None) as unfinished:
        build(versions, "v2", SHOP[:5])
        unfinished.finish(manifest("v2"))

    assert [found.version for found in versions.all()] == ["v2", "v1"]
    assert [found.version for found in other.all()] == ["v2", "v1"]
    with pytest.raises(NotFound):
        versions.open("eu-v1")


def test_a_killed_build_is_dropped_by_the_next(server, versions):
    killed = versions.build("v1", ENCODERS, None)
    killed.__enter__().upsert(SHOP)
    assert versions.all() == []

    assert build(versions, "v2", SHOP[:3]).count() == 3
    assert [entry.name for entry in server.index.get_collections().collections] == ["shop-v2"]


def test_a_key_that_cannot_be_had_yet_is_asked_for_again(server):
    answers = iter([Unavailable("no key yet"), connect(server.url, "secret")])

    def connecting():
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    versions = QdrantVersions(connecting, "shop")
    with pytest.raises(Unavailable):
        versions.live()
    assert versions.live() is None
    assert versions.all() == []
