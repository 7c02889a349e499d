"""What only the embedded index promises: its files, its processes, its graphs."""

import hashlib
import json
import os
import subprocess
import sys

import numpy as np
import pytest

from shared.adapters.edge import EdgeVersions
from shared.domain.errors import Unavailable
from shared.domain.recommendations import IndexPoint, SpaceQuery
from shared.domain.spaces import DENSE_SPACES, Space
from tests.contract.index_shop import ENCODERS, build, manifest, shop, unit

SHOP = shop(60)
QUERY = [SpaceQuery(Space.TEXT, SHOP[0].vectors[Space.TEXT], 5)]

PROGRAM = """
import sys
from pathlib import Path
from shared.adapters.edge import EdgeVersions
from tests.contract.index_shop import *
from shared.domain.recommendations import SpaceQuery
versions = EdgeVersions(Path(sys.argv[1]))
"""
READ = """
index = versions.open("v1")
print([hit.product_id for hit in index.search([SpaceQuery(Space.TEXT, shop(60)[0].vectors[Space.TEXT], 5)])[0]])
sys.stdout.flush()
sys.stdin.read()
index.close()
"""
BUILD_FOR_EVER = """
with versions.build("v2", ENCODERS, "v1") as builder:
    builder.upsert(shop(60, seed=9))
    print("half way", flush=True)
    while True:
        builder.upsert(shop(60, seed=9))
"""


def run(body, root):
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM + body, root],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def contents(folder):
    """Digests of the files of an index; the engine rewrites its JSON with the keys in another order."""

    def meaning(path):
        content = path.read_bytes()
        return json.loads(content) if path.suffix == ".json" else hashlib.sha256(content).hexdigest()

    return {path.relative_to(folder): meaning(path) for path in folder.rglob("*") if path.is_file()}


def test_processes_read_one_version_at_once_and_leave_it_as_it_is(tmp_path):
    versions = EdgeVersions(tmp_path)
    index = build(versions, "v1", SHOP)
    expected = [hit.product_id for hit in index.search(QUERY)[0]]
    before = contents(tmp_path)

    readers = [run(READ, tmp_path) for _ in range(2)]
    answers = [reader.stdout.readline().strip() for reader in readers]
    ends = [reader.communicate("") and reader.returncode for reader in readers]

    assert answers == [str(expected)] * 2
    assert ends == [0, 0]
    assert [hit.product_id for hit in index.search(QUERY)[0]] == expected
    index.close()
    assert contents(tmp_path) == before


def test_a_killed_build_leaves_the_live_version_and_the_next_build_alone(tmp_path):
    versions = EdgeVersions(tmp_path)
    index = build(versions, "v1", SHOP)
    versions.activate("v1")

    doomed = run(BUILD_FOR_EVER, tmp_path)
    assert doomed.stdout.readline().strip() == "half way"
    with pytest.raises(Unavailable, match="Another process"), versions.build("v3", ENCODERS, None):
        pass
    doomed.kill()
    doomed.communicate()

    assert (versions.live(), [found.version for found in versions.all()]) == ("v1", ["v1"])
    assert index.search(QUERY) == versions.open("v1").search(QUERY)
    assert list(tmp_path.glob(".building-*"))
    assert build(versions, "v2", SHOP[:9], base="v1").count() == len(SHOP)
    assert not list(tmp_path.glob(".building-*"))


def test_a_removed_version_stays_readable_where_it_is_open(tmp_path):
    versions = EdgeVersions(tmp_path)
    index = build(versions, "v1", SHOP)
    expected = index.search(QUERY)

    versions.remove("v1")

    assert index.search(QUERY) == expected
    index.close()
    with pytest.raises(Unavailable):
        index.search(QUERY)
    assert [path.name for path in tmp_path.iterdir()] == [".lock"]


def test_a_small_shop_gets_a_graph_over_every_dense_space(tmp_path):
    import qdrant_edge

    rng = np.random.default_rng(1)
    encoders = {space: type(ENCODERS[space])("encoder", "r1", 64) for space in DENSE_SPACES}
    points = [IndexPoint(p.product, {space: unit(rng, 64) for space in DENSE_SPACES}) for p in shop(2000)]
    versions = EdgeVersions(tmp_path)
    with versions.build("v1", encoders, None) as builder:
        builder.upsert(points)
        record = manifest("v1")
        builder.finish(type(record)(record.version, record.digest, record.as_of, 2000, encoders))

    shard = qdrant_edge.EdgeShard.load(str(tmp_path / "v1" / "shard"))
    assert shard.info().indexed_vectors_count == 4000
    shard.close()
    (hits,) = versions.open("v1").search([SpaceQuery(Space.IMAGE, points[77].vectors[Space.IMAGE], 1)])
    assert hits[0].product_id == points[77].product.id


def test_a_copy_of_a_base_keeps_the_holes_of_its_files(tmp_path):
    versions = EdgeVersions(tmp_path)
    for version, base in (("v1", None), ("v2", "v1")):
        build(versions, version, SHOP, base=base)

    on_disk = {
        version: sum(path.stat().st_blocks * 512 for path in (tmp_path / version).rglob("*"))
        for version in ("v1", "v2")
    }
    assert on_disk["v2"] < 2 * on_disk["v1"] < 20_000_000


def test_a_damaged_manifest_is_named(tmp_path):
    versions = EdgeVersions(tmp_path)
    build(versions, "v1", SHOP[:2]).close()
    (tmp_path / "v1" / "manifest.json").write_text('{"version": "v1"}')
    with pytest.raises(Unavailable, match="v1"):
        versions.all()


def test_a_damaged_shard_is_an_error_and_no_panic(tmp_path):
    versions = EdgeVersions(tmp_path)
    build(versions, "v1", SHOP[:9]).close()
    for state in (tmp_path / "v1" / "shard").rglob("status.dat"):
        os.truncate(state, 3)
    with pytest.raises(Unavailable, match="embedded index"):
        versions.open("v1")


@pytest.mark.parametrize(
    ("adapter", "strangers"),
    [("edge", ("qdrant_client", "qdrant_edge")), ("qdrant", ("qdrant_client", "qdrant_edge", "tenacity"))],
)
def test_importing_an_adapter_imports_no_engine(adapter, strangers):
    code = f"import sys, shared.adapters.{adapter}; print([name for name in {strangers} if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "[]"


def test_reading_the_embedded_index_never_imports_the_client(tmp_path):
    build(EdgeVersions(tmp_path), "v1", SHOP).close()
    process = run(READ + 'assert "qdrant_client" not in sys.modules', tmp_path)
    process.communicate("")
    assert process.returncode == 0
