"""Sends as the stores keep them: what nothing is looked up by is packed into one value, for there are millions."""

import json
import zlib
from dataclasses import asdict, fields
from datetime import timedelta
from typing import Any

from shared.domain.sends import Send, SentPick

KEPT = timedelta(days=180)
"""How long a send is remembered. A campaign's name that is used again after that is a new campaign."""

_DEFAULTS = {field.name: field.default for field in fields(SentPick)}


def packed(send: Send) -> bytes:
    """Its picks and spares, and what its links say; who got them is not among it."""
    record = {
        "picks": [_plain(pick) for pick in send.picks],
        "spares": [_plain(pick) for pick in send.spares],
        "utm_source": send.utm_source,
        "utm_medium": send.utm_medium,
    }
    return zlib.compress(json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode())


def unpacked(record: bytes) -> dict[str, Any]:
    """What :func:`packed` was given, by the names of its fields."""
    read: dict[str, Any] = json.loads(zlib.decompress(record))
    return read | {each: tuple(SentPick(**pick) for pick in read[each]) for each in ("picks", "spares")}


def _plain(pick: SentPick) -> dict[str, str]:
    return {name: value for name, value in asdict(pick).items() if value != _DEFAULTS[name]}
