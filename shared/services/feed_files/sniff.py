"""What a feed is, told by its first bytes; its name decides only where those leave a doubt."""

import codecs
import json
from enum import StrEnum

from shared.domain.errors import FeedRejected
from shared.services.feed_files.json_lines import DECODER

DELIMITERS = ("\t", ",", ";", "|")


class Format(StrEnum):
    XML = "xml"
    JSON = "json"
    JSON_LINES = "jsonl"
    PARQUET = "parquet"
    DELIMITED = "csv"


def sniff(head: bytes, name: str) -> Format:
    """Raises FeedRejected for what is certainly no feed."""
    if head.startswith(b"PAR1"):
        return Format.PARQUET
    if head.startswith(b"PK\x03\x04"):
        raise FeedRejected("The feed is a ZIP archive (an Excel workbook is one, too): unpack it or save it as CSV.")
    utf16 = head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    text = head.decode("utf-16" if utf16 else "utf-8-sig", "replace").lstrip("\ufeff \t\r\n")
    if not text:
        raise FeedRejected("The feed is empty.")
    if text.startswith("<"):
        if text[:15].lower().startswith(("<!doctype html", "<html")):
            raise FeedRejected("The feed is a web page: name the address or file of the feed itself.")
        return Format.XML
    if utf16:
        raise FeedRejected("The feed is UTF-16 text: save it as UTF-8.")
    if text.startswith("["):
        return Format.JSON
    if text.startswith("{"):
        return Format.JSON_LINES if _is_lines(text, name) else Format.JSON
    return Format.DELIMITED


def delimiter_of(head: bytes) -> str:
    """The delimiter that the header row has most of, outside of quotes."""
    text = head.decode("utf-8-sig", "replace").lstrip()
    first = text.splitlines()[0] if text.splitlines() else ""
    if first.lower().startswith("sep=") and first[4:5] in DELIMITERS:
        return first[4]
    bare = "".join(first.split('"')[::2])
    return max(DELIMITERS, key=bare.count) if any(map(bare.count, DELIMITERS)) else ","


def _is_lines(text: str, name: str) -> bool:
    """Whether an opening brace starts a line of JSON Lines, rather than one document over many lines."""
    if name.lower().removesuffix(".gz").endswith((".jsonl", ".ndjson", ".jsonlines")):
        return True
    full = [line.strip() for line in text.split("\n")[:-1] if line.strip()]
    if sum(line.startswith("{") and line.endswith("}") for line in full) >= 2:
        return all(line[0] in "{" for line in full[:2])
    try:
        DECODER.decode(full[0] if full else text)
    except (json.JSONDecodeError, RecursionError, ValueError):
        return False
    return len(full) > 1
