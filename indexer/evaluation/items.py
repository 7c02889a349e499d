"""The products of an evaluation: those of an items file, or bare ids where there is none."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from hashlib import blake2b
from pathlib import Path

from indexer.feeds import Row, read_feed
from shared.domain.products import Product
from shared.domain.records import product_record


def product_ids(items: Path, columns: Mapping[str, str]) -> frozenset[str]:
    """The ids that the feed reader makes of the file's good rows; what it raises."""
    return frozenset(row.product.id for row in read_feed(items, columns) if isinstance(row, Row))


def write_bare(path: Path, ids: Iterable[str]) -> Path:
    """A feed of products of which nothing but the id is known; the title is a digest of it.

    The id itself would tell what nobody may know: data sets number their products as they come up, so the next
    number is often the next product.
    """
    return write_feed(path, (Product(each, blake2b(each.encode(), digest_size=8).hexdigest()) for each in sorted(ids)))


def write_feed(path: Path, products: Iterable[Product]) -> Path:
    """A feed of ``products`` without their pictures, which would have to be fetched again."""
    with path.open("w", encoding="utf-8") as lines:
        for product in products:
            record = product_record(replace(product, image=""))
            lines.write(json.dumps({**record.pop("attributes", {}), **record}, ensure_ascii=False) + "\n")
    return path
