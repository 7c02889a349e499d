"""Products in XML: Google Merchant's RSS and Atom, and any list of item, entry, product or offer elements."""

from collections import deque
from collections.abc import Iterator
from typing import Any, BinaryIO
from xml.sax import SAXException, SAXParseException
from xml.sax.handler import ContentHandler

from indexer.feeds.xml_repair import XmlRepair
from shared.domain.errors import FeedRejected
from shared.services.feed_files.limits import HEAD, MAX_COLUMNS, MAX_DEPTH, MAX_RECORD, MAX_XML_DEPTH, MAX_XML_NAMES
from shared.services.feed_files.records import BrokenFeed, Record, Reject, Value

ITEM_NAMES = frozenset({"item", "entry", "product", "offer"})


def read_xml(stream: BinaryIO, head: bytes) -> Iterator[Record | Reject]:
    """Each item as it closes; no tree is built. Raises FeedRejected for a DTD, BrokenFeed where it stops to be XML."""
    from defusedxml.common import DefusedXmlException
    from defusedxml.expatreader import create_parser

    parser = create_parser(forbid_dtd=True)
    repair, items = XmlRepair(head), _Items(parser)
    parser.setContentHandler(items)
    silent = 0
    try:
        while True:
            chunk = stream.read(HEAD)
            items.events = 0
            parser.feed(repair.feed(chunk, final=not chunk))
            silent = 0 if items.events else silent + len(chunk)
            if silent > MAX_RECORD:
                # The parser keeps an unfinished tag or comment in memory, however long.
                raise BrokenFeed(items.line(), f"one tag or comment is longer than {MAX_RECORD:,} bytes")
            yield from items.finished()
            if not chunk:
                parser.close()
                yield from items.finished()
                return
    except DefusedXmlException as error:
        raise FeedRejected(
            "The feed declares a document type (DTD) or entities, which are refused because they can be a bomb: "
            "remove the <!DOCTYPE …> part."
        ) from error
    except (SAXException, ValueError) as error:
        yield from items.finished()
        line = error.getLineNumber() if isinstance(error, SAXParseException) else items.line()
        said = error.getMessage() if isinstance(error, SAXException) else str(error)
        raise BrokenFeed(line or 1, f"the XML is broken ({said})") from error


class _Items(ContentHandler):
    """Gathers the outermost item elements as records: an element's name without prefix, dotted where nested."""

    def __init__(self, locator: Any) -> None:
        super().__init__()
        self.events = 0
        self._locator = locator
        self._finished: deque[Record | Reject] = deque()
        self._names: set[str] = set()
        self._path: list[str] = []
        self._depth = 0
        self._start = 0
        self._item_depth = 0
        self._size = 0
        self._texts: list[list[str]] = []
        self._cells: dict[str, list[str]] = {}
        self._prefixed: set[str] = set()

    def line(self) -> int:
        return self._locator.getLineNumber() or 1

    def finished(self) -> Iterator[Record | Reject]:
        while self._finished:
            yield self._finished.popleft()

    def startElement(self, name: str, attrs: Any) -> None:  # noqa: N802
        self.events += 1
        self._depth += 1
        self._names.add(name)
        if self._depth > MAX_XML_DEPTH:
            raise BrokenFeed(self.line(), f"the XML is nested deeper than {MAX_XML_DEPTH} elements")
        if len(self._names) > MAX_XML_NAMES:
            raise BrokenFeed(self.line(), f"the XML has more than {MAX_XML_NAMES:,} different element names")
        local = name.rpartition(":")[2]
        if not self._item_depth:
            # The root is the list, never an item of it.
            if self._depth > 1 and local.lower() in ITEM_NAMES:
                self._open_item(attrs)
            return
        if local == "param" and "name" in attrs:
            local = attrs["name"]
        self._path.append(local)
        self._texts.append([])
        if local == "link" and "href" in attrs and attrs.get("rel", "alternate") == "alternate":
            self._texts[-1].append(attrs["href"])

    def characters(self, content: str) -> None:
        self.events += 1
        if self._texts:
            self._size += len(content)
            if self._size <= MAX_RECORD:
                self._texts[-1].append(content)

    def endElement(self, name: str) -> None:  # noqa: N802
        self.events += 1
        if self._item_depth and self._depth == self._item_depth:
            self._close_item()
        elif self._item_depth:
            text = "".join(self._texts.pop()).strip()
            if text and len(self._path) <= MAX_DEPTH:
                self._add(".".join(self._path), text, prefixed=name.lower().startswith("g:"))
            self._path.pop()
        self._depth -= 1

    def _open_item(self, attrs: Any) -> None:
        self._item_depth, self._start, self._size = self._depth, self.line(), 0
        self._cells, self._prefixed = {}, set()
        for key, value in attrs.items():
            self._add(key.rpartition(":")[2], value.strip(), prefixed=False)

    def _add(self, key: str, text: str, *, prefixed: bool) -> None:
        """Google's own ``g:id`` says more than Atom's ``id``, whichever comes first."""
        self._size += len(key) + len(text)
        if self._size > MAX_RECORD:
            return
        if prefixed and key not in self._prefixed:
            self._cells[key] = []
            self._prefixed.add(key)
        elif key in self._prefixed and not prefixed:
            return
        self._cells.setdefault(key, []).append(text)

    def _close_item(self) -> None:
        self._item_depth = 0
        if self._size > MAX_RECORD:
            self._finished.append(Reject(self._start, f"is longer than {MAX_RECORD:,} characters"))
        elif len(self._cells) > MAX_COLUMNS:
            self._finished.append(Reject(self._start, f"has more than {MAX_COLUMNS:,} values"))
        else:
            cells: dict[str, Value] = {k: v[0] if len(v) == 1 else tuple(v) for k, v in self._cells.items()}
            self._finished.append(Record(self._start, cells))
