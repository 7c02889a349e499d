"""The catalogue of an index version: its products with their hashes, one blob beside the index.

It is what makes a rollback whole (titles and prices go back with the vectors) and an incremental run possible.
"""

import gzip
import io
import json
from collections.abc import Collection, Iterable, Iterator
from typing import Any

from indexer.staging import Contents, Staged
from shared.domain.errors import NotFound, Unavailable
from shared.domain.records import product_record
from shared.ports import BlobStore
from shared.services.kept_catalogue import catalogue_gone, catalogue_lines, catalogue_name, catalogue_names


def keep_catalogue(blobs: BlobStore, version: str, batches: Iterable[list[Staged]]) -> None:
    content = io.BytesIO()
    # No time and no name in the header: the same catalogue gives the same bytes.
    with gzip.GzipFile(fileobj=content, mode="wb", filename="", mtime=0, compresslevel=4) as lines:
        for batch in batches:
            for each in batch:
                lines.write(json.dumps(_line(each), ensure_ascii=False).encode() + b"\n")
    blobs.put(catalogue_name(version), content.getvalue())


def copy_catalogue(blobs: BlobStore, version: str, to: str) -> None:
    """For a version of the same products."""
    content = blobs.get(catalogue_name(version))
    if content is None:
        raise catalogue_gone(version)
    blobs.put(catalogue_name(to), content)


def has_catalogue(blobs: BlobStore, version: str) -> bool:
    """Whether it is there and can be read to its end."""
    try:
        for _ in catalogue_lines(blobs, version):
            pass
    except (NotFound, Unavailable):
        return False
    return True


def drop_catalogues(blobs: BlobStore, keep: Collection[str]) -> None:
    """Remove all but those of the versions ``keep``, also what killed runs left behind."""
    wanted = {catalogue_name(version) for version in keep}
    for name in catalogue_names(blobs):
        if name not in wanted:
            blobs.remove(name)


def catalogue_contents(blobs: BlobStore, version: str) -> Iterator[Contents]:
    """What the vectors of each product were made of; a catalogue of before these were kept gives none."""
    for line in catalogue_lines(blobs, version):
        if "text" in line:
            yield Contents(line["product"]["id"], line["text"], line["image"])


def _line(each: Staged) -> dict[str, Any]:
    image = each.image_content if each.has_image else ""
    return {"hash": each.hash, "text": each.text_content, "image": image, "product": product_record(each.product)}
