"""A whole feed as products and rejects."""

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

from indexer.feeds.columns import Columns
from indexer.feeds.json_document import read_json_document
from indexer.feeds.mapping import product_of
from indexer.feeds.parquet import read_parquet
from indexer.feeds.shopify import is_shopify, variants
from indexer.feeds.xml_items import read_xml
from shared.domain.errors import FeedRejected
from shared.services.feed_files.delimited import read_delimited
from shared.services.feed_files.json_lines import read_json_lines
from shared.services.feed_files.limits import HEAD, LOOKAHEAD, MAX_RECORD
from shared.services.feed_files.records import BrokenFeed, Record, Reject, Row, RowProblem, Value
from shared.services.feed_files.sniff import Format, delimiter_of, sniff
from shared.services.feed_files.unpack import require_file, unpacked

NOTHING_TOLD: Mapping[str, str] = MappingProxyType({})


def read_feed(source: Path, columns: Mapping[str, str] = NOTHING_TOLD) -> Iterator[Row | Reject]:
    """Every row of the local file ``source`` in order: a product, or the line and the reason why it is none.

    The format (Google Merchant XML or TSV, CSV, JSON, JSON Lines, Parquet, each also gzipped) is told from the content.
    ``columns`` maps fields of a product to columns of the feed; the others are guessed. Nothing is held whole.

    Raises InvalidInput for a field or a column that does not exist, FeedRejected when no row can be read or no column
    is an id or a title, NotFound without a file, MissingExtra for Parquet without polars. A feed that breaks off
    ends with a reject that is marked ``fatal``.
    """
    plan = Columns(columns)
    require_file(source)
    records = _until_broken(_records(source))
    ahead = _look_ahead(records)
    known = [record for record in ahead if isinstance(record, Record)]
    if not known:
        raise FeedRejected(_nothing_read(source, ahead))
    if is_shopify(known[0].fields):
        yield from _outcomes(variants(_joined(ahead, records)), plan, list(variants(ahead)))
    else:
        yield from _outcomes(_joined(ahead, records), plan, ahead)


def _outcomes(
    records: Iterator[Record | Reject], plan: Columns, sample: list[Record | Reject]
) -> Iterator[Row | Reject]:
    for record in sample:
        if isinstance(record, Record):
            plan.learn(record.fields, settled=False)
    plan.require()
    for record in records:
        yield record if isinstance(record, Reject) else _outcome(record, plan)


def _outcome(record: Record, plan: Columns) -> Row | Reject:
    plan.learn(record.fields, settled=True)
    try:
        return Row(record.line, product_of(record, plan))
    except RowProblem as problem:
        return Reject(record.line, str(problem), _printable(record.fields.get(plan.of["id"], "")))


def _printable(value: Value) -> str:
    """The id of a rejected row, as far as it can be shown."""
    text = value if isinstance(value, str) else next(iter(value), "")
    return "".join(char for char in text[:128] if char.isprintable()).strip()


def _joined(ahead: list[Record | Reject], rest: Iterator[Record | Reject]) -> Iterator[Record | Reject]:
    yield from ahead
    yield from rest


def _look_ahead(records: Iterator[Record | Reject]) -> list[Record | Reject]:
    """The first records, as many as it takes to know the columns and no more than a few large ones."""
    ahead: list[Record | Reject] = []
    size = 0
    for record in records:
        ahead.append(record)
        if isinstance(record, Record):
            size += sum(map(len, record.fields.values()))
        if len(ahead) == LOOKAHEAD or size > 8 * MAX_RECORD:
            break
    return ahead


def _nothing_read(source: Path, ahead: list[Record | Reject]) -> str:
    for outcome in ahead:
        if isinstance(outcome, Reject):
            return f"No product could be read from {source.name!r}: line {outcome.line}: {outcome.reason}."
    return f"The feed {source.name!r} has no products in it: check that it is the right file."


def _until_broken(records: Iterator[Record | Reject]) -> Iterator[Record | Reject]:
    """The records, and one last fatal reject where the file breaks off."""
    line = 0
    try:
        for record in records:
            line = record.line
            yield record
    except BrokenFeed as broken:
        reason = f"{broken.reason}; nothing behind it could be read"
        yield Reject(max(broken.line, line, 1), reason, fatal=True)


def _records(source: Path) -> Iterator[Record | Reject]:
    with unpacked(source) as stream:
        head = stream.peek(HEAD)[:HEAD]
        match sniff(head, source.name):
            case Format.XML:
                yield from read_xml(stream, head)
            case Format.JSON:
                yield from read_json_document(stream)
            case Format.JSON_LINES:
                yield from read_json_lines(stream)
            case Format.DELIMITED:
                yield from read_delimited(stream, delimiter_of(head))
            case Format.PARQUET:
                # Parquet is read from its end: it has to be a file, and an unpacked one.
                with tempfile.NamedTemporaryFile(prefix="vitrine-feed-", suffix=".parquet") as file:
                    shutil.copyfileobj(stream, file, HEAD)
                    file.flush()
                    yield from read_parquet(Path(file.name))
