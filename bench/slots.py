"""Pictures in emails at open time, through the whole service, in process: drawn for the first time, drawn already, and
known to the mail program; on the photos of a shop, from files."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from fastapi.testclient import TestClient
from httpx import Response

from bench.indexing import index
from functions.picks.app import create_app
from functions.picks.post import Post
from shared import wiring
from shared.domain.sends import Send, SendState, SentPick
from shared.http.steady import keep_for_good
from shared.settings import Settings
from tests.support import opened

_PICKS = 12
_USERS = 60


def measure(data: Path, work: Path) -> dict[str, Any]:
    folder = data / "fashion_photos"
    index([str(folder / "catalogue.csv"), "--images", str(folder / "images")], work / "slots")
    parts = wiring.parts(Settings(data=work / "slots"))
    post = Post(wiring.slots(parts, wiring.shop(parts)), parts.blobs)
    client = TestClient(
        opened(
            create_app(
                lambda: post, lambda: wiring.slot_images(parts.clock, folder / "images"), lambda: wiring.people(parts)
            )
        ),
        follow_redirects=False,
    )
    tokens = [post.slots.secrets.token(send.ref) for send in parts.sends.add(list(_sends(parts)))]
    keep_for_good()
    client.get(f"/v1/slots/{tokens[0]}/0.jpg?w=200")
    figures: dict[str, Any] = {"emails": _USERS, "places": _PICKS, "photos": _PICKS * _USERS // 4}
    asked = [f"/v1/slots/{token}/{place}.jpg" for token in tokens for place in range(_PICKS)]
    seen: dict[str, Response] = {}
    cold: list[float] = []
    for address in asked[: 15 * _PICKS]:  # each of the 180 photos once
        cold.append(_timed(client, address, seen))
    warm = [_timed(client, address, seen) for address in asked[15 * _PICKS :]]
    known = [_timed(client, each, {}, {"If-None-Match": seen[each].headers["etag"]}) for each in asked[:200]]
    for name, taken in (("first time", cold), ("drawn already", warm), ("not modified", known)):
        figures |= {
            f"{name}: p50, ms": float(np.percentile(taken, 50)),
            f"{name}: p99, ms": float(np.percentile(taken, 99)),
        }
    figures["picture: kB, mean"] = float(np.mean([len(each.content) for each in seen.values()])) / 1e3
    return figures


def _sends(parts: wiring.Parts) -> Iterator[Send]:
    """Twelve of 180 products each, every one of them in four emails."""
    ids = parts.products.newest(_PICKS * _USERS // 4)
    for user in range(_USERS):
        start = _PICKS * user % len(ids)
        picks = tuple(SentPick("top", each, each, "bench", "popular", "") for each in ids[start : start + _PICKS])
        yield Send(f"user-{user}", "bench", "email", SendState.SENT, parts.clock.now(), f"{user:032x}", picks)


def _timed(client: TestClient, address: str, seen: dict[str, Response], headers: dict[str, str] | None = None) -> float:
    started = time.perf_counter()
    answer = client.get(address, headers=headers)
    taken = (time.perf_counter() - started) * 1_000
    if answer.status_code not in (200, 302, 304):
        raise RuntimeError(f"{address} was answered with {answer.status_code}: {answer.text[:200]}")
    seen[address] = answer
    return taken
