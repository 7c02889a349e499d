"""The catalogue of an index version: its products with their hashes, one blob beside the index.

It is what makes a rollback whole (titles and prices go back with the vectors) and an incremental run possible.
"""

import gzip
import io
import json
import zlib
from collections.abc import Collection, Iterable, Iterator
from typing import Any

from indexer.staging import Contents, Staged
from shared.domain.errors import NotFound, Unavailable
from shared.domain.products import Product
from shared.domain.records import product_from_record, product_record
from shared.ports import BlobStore

_FOLDER = "catalogues"


def _name(version: str) -> str:
    return f"{_FOLDER}/{version}.jsonl.gz"


def keep_catalogue(blobs: BlobStore, version: str, batches: Iterable[list[Staged]]) -> None:
    content = io.BytesIO()
    # No time and no name in the header: the same catalogue gives the same bytes.
    with gzip.GzipFile(fileobj=content, mode="wb", filename="", mtime=0, compresslevel=4) as lines:
        for batch in batches:
            for each in batch:
                lines.write(json.dumps(_line(each), ensure_ascii=False).encode() + b"\n")
    blobs.put(_name(version), content.getvalue())


def copy_catalogue(blobs: BlobStore, version: str, to: str) -> None:
    """For a version of the same products."""
    content = blobs.get(_name(version))
    if content is None:
        raise _gone(version)
    blobs.put(_name(to), content)


def has_catalogue(blobs: BlobStore, version: str) -> bool:
    """Whether it is there and can be read to its end."""
    try:
        for _ in _lines(blobs, version):
            pass
    except (NotFound, Unavailable):
        return False
    return True


def drop_catalogues(blobs: BlobStore, keep: Collection[str]) -> None:
    """Remove all but those of the versions ``keep``, also what killed runs left behind."""
    wanted = {_name(version) for version in keep}
    for name in blobs.names(_FOLDER):
        if name not in wanted:
            blobs.remove(name)


def catalogue_products(blobs: BlobStore, version: str) -> Iterator[Product]:
    return (product_from_record(line["product"]) for line in _lines(blobs, version))


def catalogue_hashes(blobs: BlobStore, version: str) -> Iterator[tuple[str, str]]:
    return ((line["product"]["id"], line["hash"]) for line in _lines(blobs, version))


def catalogue_contents(blobs: BlobStore, version: str) -> Iterator[Contents]:
    """What the vectors of each product were made of; a catalogue of before these were kept gives none."""
    for line in _lines(blobs, version):
        if "text" in line:
            yield Contents(line["product"]["id"], line["text"], line["image"])


def _line(each: Staged) -> dict[str, Any]:
    image = each.image_content if each.has_image else ""
    return {"hash": each.hash, "text": each.text_content, "image": image, "product": product_record(each.product)}


def _lines(blobs: BlobStore, version: str) -> Iterator[dict[str, Any]]:
    content = blobs.get(_name(version))
    if content is None:
        raise _gone(version)
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(content)) as lines:
            yield from map(json.loads, lines)
    except (OSError, EOFError, zlib.error, ValueError) as error:
        raise Unavailable(f"The catalogue of index version {version} is damaged: index the feed again.") from error


def _gone(version: str) -> NotFound:
    return NotFound(f"The catalogue of index version {version} is gone: index the feed again.")
