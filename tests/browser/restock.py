"""The next morning's feed of the demo shop, and its index: a dashboard compares a version with the one before."""

import json
from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path
from typing import Any

from local.demo_shop.build import DemoShop
from local.indexing import IndexOptions, index_feed
from shared.settings import Settings
from tests.support import Silent

_REDUCED = 0.8


def restock(settings: Settings, demo: DemoShop, feed: Path) -> None:
    """Write ``feed`` and make it live, as ``vitrine index`` does: some products go, some change, some rows are bad."""
    rows = [json.loads(line) for line in demo.feed.read_text("utf-8").splitlines()]
    feed.write_text("".join(json.dumps(row) + "\n" for row in _next_day(rows)), "utf-8")
    options = IndexOptions(images=demo.images.resolve())
    with chdir(feed.parent):  # a picture of the dashboard shows the feed as it was named
        index_feed(settings, feed.name, options, Silent())


def _next_day(rows: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for place, row in enumerate(rows):
        match place:
            case _ if place % 29 == 7:
                continue
            case _ if place % 97 == 11:
                yield row | {"title": ""}
            case _ if place % 131 == 12:
                yield row | {"price": "ask us"}
            case _ if place % 240 == 13:
                yield from (row, row)
            case _ if place % 17 == 3:
                yield row | {"sale_price": f"{float(row['price'].split()[0]) * _REDUCED:.2f} EUR"}
            case _:
                yield row
