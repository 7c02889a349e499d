"""Orders out of a file of their lines, as tills and shop systems export them: one row a product of an order."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain, islice
from pathlib import Path
from typing import BinaryIO

from shared.domain.errors import FeedRejected, InvalidInput
from shared.services.feed_files.delimited import read_delimited
from shared.services.feed_files.json_lines import read_json_lines
from shared.services.feed_files.limits import HEAD
from shared.services.feed_files.names import ALIASES, canonical
from shared.services.feed_files.records import BrokenFeed, Record, Reject, RowProblem
from shared.services.feed_files.sniff import Format, delimiter_of, sniff
from shared.services.feed_files.text import words
from shared.services.feed_files.unpack import require_file, unpacked
from shared.services.feed_files.values import parse_id, parse_moment

MOST_LINES = 10_000_000
_NEARLY_ALL = 0.95

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "order": words("order orderid ordernumber orderno invoice invoiceno invoicenumber invoiceid basket basketid "
                   "transaction transactionid receipt"),
    "product": (*words("product stockcode"), *ALIASES["id"]),
    "quantity": words("quantity qty count units"),
    "time": words("time timestamp date datetime invoicedate orderdate createdat purchasedat occurredat"),
    "title": (*ALIASES["title"], "description"),
    "user": words("user userid customer customerid customerno client clientid member memberid"),
}  # fmt: skip
"""What the columns are called, best first; quantity, title and user may be missing."""

_NEEDED = ("order", "product", "time")


@dataclass(frozen=True, slots=True)
class Order:
    """What was bought at one moment: distinct products in order of id. ``user`` is empty for who is not known."""

    order_id: str
    user: str
    at: datetime
    products: tuple[str, ...]


@dataclass(slots=True)
class Orders:
    """Oldest first. ``titles`` has what stands with each product most often; ``dropped`` counts lines by reason."""

    orders: list[Order]
    titles: Mapping[str, str]
    dropped: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class _Line:
    order: str
    product: str
    at: datetime
    title: str
    user: str


def read_orders(path: Path, told: Mapping[str, str]) -> Orders:
    """The orders of the file (CSV or the like, or JSON Lines, each also gzipped).

    ``told`` maps fields of :data:`COLUMNS` to columns; the others are guessed. Left out are lines without an order,
    product or time, of a quantity of zero or less, of cancellations (a number behind a C), and of codes that are no
    products: charges, postage and vouchers have words for codes, so a code needs a digit, and where nearly all codes
    begin with one, it has to begin with one. Raises InvalidInput, NotFound and FeedRejected.
    """
    dropped: Counter[str] = Counter()
    lines = list(_lines(path, told, dropped))
    begins = sum(line.product[0].isdigit() for line in lines) >= _NEARLY_ALL * len(lines)
    titles: dict[str, Counter[str]] = {}
    heads: dict[str, _Line] = {}
    held: dict[str, set[str]] = {}
    for line in lines:
        if not _is_product(line.product, begins):
            dropped["codes that are no products"] += 1
            continue
        heads.setdefault(line.order, line)
        held.setdefault(line.order, set()).add(line.product)
        titles.setdefault(line.product, Counter())[line.title or line.product] += 1
    if not held:
        raise InvalidInput(f"{path} has no line of a sold product: check the file and the columns, or say --map.")
    orders = [Order(each, head.user, head.at, tuple(sorted(held[each]))) for each, head in heads.items()]
    named = {product: min(said, key=lambda each: (-said[each], each)) for product, said in titles.items()}
    return Orders(sorted(orders, key=lambda order: (order.at, order.order_id)), named, dropped)


def _is_product(code: str, begins: bool) -> bool:
    return code[0].isdigit() if begins else any(char.isdigit() for char in code)


def _lines(path: Path, told: Mapping[str, str], dropped: Counter[str]) -> Iterator[_Line]:
    """Those that sell something, whatever their code."""
    with unpacked(require_file(path)) as stream:
        records = _records(stream, path)
        first = next(records, None)
        if first is None:
            raise InvalidInput(f"{path} has no lines: check that it is the right file.")
        columns = _columns(first.fields, told)
        for number, record in enumerate(chain([first], records), 1):
            if number > MOST_LINES:
                raise InvalidInput(f"{path} has more than {MOST_LINES:,} lines: evaluate on a part of it.")
            line, problem = _line({name: str(record.fields.get(column, "")) for name, column in columns.items()})
            if line is None:
                dropped[problem] += 1
            else:
                yield line


def _records(stream: BinaryIO, path: Path) -> Iterator[Record]:
    head = stream.peek(HEAD)[:HEAD]  # type: ignore[attr-defined]  # it is buffered
    kind = sniff(head, path.name)
    if kind not in (Format.DELIMITED, Format.JSON_LINES):
        raise FeedRejected(f"{path} is {kind.value}: save the orders as CSV or JSON Lines.")
    read = read_json_lines(stream) if kind is Format.JSON_LINES else read_delimited(stream, delimiter_of(head))
    try:
        for record in read:
            if not isinstance(record, Reject):
                yield record
    except BrokenFeed as error:
        raise FeedRejected(f"{path} breaks off at line {error.line} ({error.reason}): mend it.") from error


def _line(cells: Mapping[str, str]) -> tuple[_Line | None, str]:
    """The line, or why it is none."""
    order, at = cells["order"].strip(), parse_moment(cells["time"].strip())
    if not order or at is None:
        return None, "without an order or a time"
    if order[0] in "Cc" and order[1:].isdigit():
        return None, "cancellations"
    try:
        product = parse_id(cells["product"])
        if float(cells.get("quantity", "1")) <= 0:
            return None, "of a quantity of zero or less"
    except (RowProblem, ValueError):
        return None, "without a product or with a quantity that is no number"
    user = cells.get("user", "").strip().removesuffix(".0")  # a number that a spreadsheet took for a fraction
    return _Line(order, product, at, " ".join(cells.get("title", "").split()), user), ""


def _columns(names: Collection[str], told: Mapping[str, str]) -> dict[str, str]:
    """The column of each field that has one."""
    if unknown := told.keys() - COLUMNS.keys():
        raise InvalidInput(f"--map {min(unknown)}: a line of an order has {', '.join(COLUMNS)}.")
    if missing := [column for column in told.values() if column not in names]:
        raise InvalidInput(f"There is no column {missing[0]!r}: the file has {', '.join(islice(names, 20))}.")
    plain = {canonical(name): name for name in reversed(list(names))}
    guessed = {
        field: next((plain[alias] for alias in aliases if alias in plain), "") for field, aliases in COLUMNS.items()
    }
    columns = {field: column for field, column in {**guessed, **told}.items() if column}
    for needed in _NEEDED:
        if needed not in columns:
            raise InvalidInput(f"No column looks like the {needed}: say which it is with --map {needed}=COLUMN.")
    return columns
