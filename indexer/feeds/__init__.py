"""Product feeds of any shape as a stream of products and rejects."""

from indexer.feeds.reading import read_feed
from indexer.feeds.source import open_source
from shared.services.feed_files.records import Reject, Row

__all__ = ["Reject", "Row", "open_source", "read_feed"]
