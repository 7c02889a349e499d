"""A bucket with snapshots of index versions, and machines that build and read them."""

import json
import time

from shared.adapters.dynamodb_state import DynamoState
from shared.adapters.edge import EdgeVersions
from shared.adapters.edge_snapshots import EdgeSnapshots
from shared.adapters.s3 import S3Blobs
from shared.domain.recommendations import SpaceQuery
from shared.domain.spaces import Space
from tests.contract.index_shop import shop

SHOP = shop(60)
QUERY = [SpaceQuery(Space.TEXT, SHOP[0].vectors[Space.TEXT], 5)]
ARCHIVE = "versions/v1/snapshot.tar.zst"
LISTING = "versions/v1/manifest.json"


class Seconds:
    """A clock for waiting, moved by hand."""

    now = 0.0

    def __call__(self):
        return self.now


class Cloud:
    """One bucket and one record of what is live; each machine has a folder of its own."""

    def __init__(self, folder, aws, built):
        self.folder = folder
        self.aws = aws
        self.built = built
        names = aws.make()
        self.bucket = names.bucket
        self.blobs = S3Blobs(aws.connections, self.bucket)
        self.state = DynamoState(aws.connections, names.state_table)
        self.seconds = Seconds()

    def machine(self, name, **other):
        parts = {"blobs": self.blobs, "state": self.state, "seconds": self.seconds} | other
        return EdgeSnapshots(EdgeVersions(self.folder / name), **parts)

    def list_versions(self, *versions):
        """As if some machine had built them: all of the same 60 products."""
        archive, listing = self.built
        for version in versions:
            record = json.loads(listing) | {"version": version, "digest": f"digest of {version}"}
            self.blobs.put(f"versions/{version}/snapshot.tar.zst", archive)
            self.blobs.put(f"versions/{version}/manifest.json", json.dumps(record).encode())

    def files_of(self, name):
        return sorted(path.name for path in (self.folder / name).iterdir() if path.name != ".lock")


def wait_for(condition):
    """Threads have no clock to move: they are given ten seconds."""
    end = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.01)
