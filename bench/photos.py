"""Search by photo through the whole service, in process: one of 12 megapixels beside its own thumbnail."""

import io
import json
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from fastapi.testclient import TestClient
from PIL import Image, features

from bench.indexing import index
from functions.search.app import create_app
from functions.search.pictures import LARGEST_PICTURE
from shared import wiring
from shared.adapters.pictures import GuardedPictures
from shared.http.steady import keep_for_good
from shared.settings import Settings
from tests.support import opened

_PHOTOS = 10
_ROUNDS = 5
_PHONE = (3024, 4032)
_THUMBNAIL = (300, 400)
_NOISE = 4.0
"""Of a phone's sensor, in levels: without it an enlarged picture would be smaller and quicker to read than a photo."""


def measure(data: Path, work: Path) -> dict[str, Any]:
    folder = data / "fashion_photos"
    index([str(folder / "catalogue.csv"), "--images", str(folder / "images")], work / "photos")
    settings = Settings(data=work / "photos")
    shop, encoders = wiring.shop(wiring.parts(settings)), wiring.query_encoders(settings)
    client = TestClient(opened(create_app(lambda: (shop, encoders), lambda: GuardedPictures(fetching=False))))
    reader = GuardedPictures(fetching=False)
    keep_for_good()
    times: dict[str, list[float]] = {}
    read: dict[str, list[float]] = {}
    sizes: dict[str, list[int]] = {}
    paths = sorted((folder / "images").glob("*.jpg"))
    for path in paths[:: len(paths) // _PHOTOS][:_PHOTOS]:
        for name, content in _files(path).items():
            sizes.setdefault(name, []).append(len(content))
            read.setdefault(name, []).append(_timed(partial(reader.read, content)))
            if len(content) <= LARGEST_PICTURE:
                times.setdefault(name, []).append(_timed(partial(_ask, client, content)))
    base = np.percentile(times["thumbnail"], 50)
    return {
        "photos": _PHOTOS,
        **{f"{name}: MB, mean": float(np.mean(each)) / 1e6 for name, each in sizes.items()},
        **{f"{name}: read, p50, ms": float(np.percentile(each, 50)) for name, each in read.items()},
        **{f"{name}: whole answer, p50, ms": float(np.percentile(each, 50)) for name, each in times.items()},
        **{f"{name}: over the thumbnail's p50": float(np.percentile(each, 50) / base) for name, each in times.items()},
    }


def _files(path: Path) -> dict[str, bytes]:
    original = Image.open(path).convert("RGB")
    noise = np.random.default_rng(1).normal(0, _NOISE, (_PHONE[1], _PHONE[0], 1))
    pixels = np.asarray(original.resize(_PHONE), dtype=np.float32) + noise
    phone = Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))
    files = {
        "thumbnail": _saved(original.resize(_THUMBNAIL), "JPEG", quality=85),
        "12 MP JPEG": _saved(phone, "JPEG", quality=90),
        "12 MP JPEG, progressive": _saved(phone, "JPEG", quality=90, progressive=True),
        "12 MP WebP": _saved(phone, "WEBP", quality=85, method=1),
        "12 MP PNG": _saved(phone, "PNG", compress_level=1),
    }
    return files | ({"12 MP AVIF": _saved(phone, "AVIF", quality=70, speed=10)} if features.check("avif") else {})


def _saved(image: Image.Image, kind: str, **more: object) -> bytes:
    target = io.BytesIO()
    image.save(target, kind, **more)
    return target.getvalue()


def _ask(client: TestClient, content: bytes) -> None:
    answer = client.post("/v1/search", files={"image": content}, data={"limit": "12"})
    found = json.loads(answer.content)
    if answer.status_code != 200 or len(found["items"]) != 12 or found["degraded"]:
        raise RuntimeError(f"The search was answered with {answer.status_code}: {answer.text[:200]}")


def _timed(call: Callable[[], object]) -> float:
    """Milliseconds of the best round: what else the machine does makes rounds longer, never shorter."""
    call()
    taken = []
    for _ in range(_ROUNDS):
        started = time.perf_counter()
        call()
        taken.append((time.perf_counter() - started) * 1_000)
    return min(taken)
