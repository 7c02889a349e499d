"""Product feeds of any shape as a stream of products and rejects."""

from indexer.feeds.reading import read_feed
from indexer.feeds.records import Reject, Row
from indexer.feeds.source import open_source

__all__ = ["Reject", "Row", "open_source", "read_feed"]
