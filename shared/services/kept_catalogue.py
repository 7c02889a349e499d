"""The catalogue that is kept beside each index version: its products with their hashes, one blob.

The indexer writes it (:mod:`indexer.catalogue`); operators' reports read it too, for no other store can list a
catalogue of any size.
"""

import gzip
import io
import json
import zlib
from collections.abc import Iterator
from typing import Any

from shared.domain.errors import NotFound, Unavailable
from shared.domain.products import Product
from shared.domain.records import product_from_record
from shared.ports import BlobStore

_FOLDER = "catalogues"


def catalogue_name(version: str) -> str:
    return f"{_FOLDER}/{version}.jsonl.gz"


def catalogue_names(blobs: BlobStore) -> list[str]:
    """Of all that are kept."""
    return blobs.names(_FOLDER)


def catalogue_lines(blobs: BlobStore, version: str) -> Iterator[dict[str, Any]]:
    """In order of the products' ids. Raises NotFound where it is not there, and Unavailable where it is damaged."""
    content = blobs.get(catalogue_name(version))
    if content is None:
        raise catalogue_gone(version)
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(content)) as lines:
            yield from map(json.loads, lines)
    except (OSError, EOFError, zlib.error, ValueError) as error:
        raise Unavailable(f"The catalogue of index version {version} is damaged: index the feed again.") from error


def catalogue_products(blobs: BlobStore, version: str) -> Iterator[Product]:
    return (product_from_record(line["product"]) for line in catalogue_lines(blobs, version))


def catalogue_hashes(blobs: BlobStore, version: str) -> Iterator[tuple[str, str]]:
    """Product ids, each with the digest of all that the index has of it."""
    return ((line["product"]["id"], line["hash"]) for line in catalogue_lines(blobs, version))


def catalogue_gone(version: str) -> NotFound:
    return NotFound(f"The catalogue of index version {version} is gone: index the feed again.")
