"""The products of a feed that a model may learn from."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from indexer.feeds import Row, open_source, read_feed
from indexer.progress import Progress
from shared.domain.errors import FeedRejected
from shared.domain.products import Product
from shared.intake.fetch import FetchPolicy

_ADVANCE_EVERY = 500


@dataclass(frozen=True, slots=True)
class Feed:
    """What ``vitrine index`` is told of a feed: where it is, and how to read it."""

    name: str
    columns: Mapping[str, str] = field(default_factory=dict)
    most_bad_rows: float = 0.05
    fetch: FetchPolicy = field(default_factory=FetchPolicy)


def read_products(feed: Feed, progress: Progress) -> list[Product]:
    """The products of ``feed``, without their long texts, in its order; of one id the last.

    Raises FeedRejected for a feed that breaks off or has too many bad rows, and what
    :func:`indexer.feeds.read_feed` raises.
    """
    progress.stage("Reading the feed")
    products: dict[str, Product] = {}
    rows = bad = 0
    with open_source(feed.name, feed.fetch) as source:
        for row in read_feed(source, feed.columns):
            rows += 1
            if rows % _ADVANCE_EVERY == 0:
                progress.advance(_ADVANCE_EVERY)
            if isinstance(row, Row):
                products[row.product.id] = replace(row.product, description="", attributes={})
                continue
            if row.fatal:
                raise FeedRejected(f"The feed {feed.name} breaks off at line {row.line} ({row.reason}): mend it.")
            bad += 1
    if bad > feed.most_bad_rows * rows:
        raise FeedRejected(
            f"{bad} of the {rows} rows of {feed.name} are bad, more than {feed.most_bad_rows:.0%}: "
            "vitrine index lists them."
        )
    return list(products.values())
