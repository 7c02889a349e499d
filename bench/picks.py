"""A whole shop's picks: 20,000 users × 12 on the fashion index, with simulated events; killed five times on the way.

Beside a bare loop over "for you" in the same process and on the same users: the ratio says what a run adds, or saves.
"""

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

from shared import wiring
from shared.domain.events import Event, EventType
from shared.domain.products import Product
from shared.services.kept_catalogue import catalogue_products
from shared.services.pages import Question
from shared.services.popularity import refresh_popularity
from shared.services.recommend import for_you
from shared.settings import Settings

USERS = 20_000
_FEW = 1_000
_PICKS = 12
_ALONE = 400
"""Users of the bare loop."""
_KILLS = 5
_SEED = 20
_DEEDS = (EventType.VIEW,) * 6 + (EventType.CLICK, EventType.ADD_TO_CART, EventType.WISHLIST, EventType.PURCHASE)
_CAMPAIGN = """
campaigns:
  bench:
    run: {run}
    blocks: [{{name: main, count: {count}}}]
    last_sends: 0
    formats: [jsonl, csv, parquet]
"""


def measure(data: Path, work: Path, users: int = USERS) -> dict[str, Any]:  # noqa: ARG001
    """On the index that indexing has made."""
    settings, folder = Settings(data=work / "fashion"), work / "picks"
    folder.mkdir(exist_ok=True)
    ids = _lived_in(wiring.parts(settings), users)
    alone = _alone(settings, ids)
    one, few = _run(settings, folder, "one", ids, 1), _run(settings, folder, "few", ids[:_FEW], 1)
    two = _run(settings, folder, "two", ids, 2)
    killed = _killed(settings, folder, ids, two["seconds"])
    return {
        "users": users,
        "for you alone, users a second": alone,
        "one worker, users a second": users / one["seconds"],
        "that over for you alone": users / one["seconds"] / alone,
        "two workers, users a second": users / two["seconds"],
        "that over for you alone, two workers": users / two["seconds"] / alone,
        f"peak memory of a worker, {_FEW:,} users, MB": few["peak_memory_mb"],
        f"peak memory of a worker, {users:,} users, MB": one["peak_memory_mb"],
        "share that fell back": two["summary"]["share_fell_back"],
        "overlap@k": two["summary"]["overlap_at_k"],
        "megabytes": sum(each["bytes"] for each in two["files"]) / 1e6,
        **killed,
    }


def _lived_in(parts: wiring.Parts, users: int) -> list[str]:
    """Each user has one to three kinds of product in mind, and has done 4 to 12 things about them."""
    by_kind: dict[str, list[Product]] = {}
    for product in catalogue_products(parts.blobs, parts.versions.live() or ""):
        by_kind.setdefault(product.categories[-1] if product.categories else "", []).append(product)
    ids = [f"user-{number:05d}" for number in range(users)]
    batch: list[Event] = []
    for event in _events(by_kind, ids, parts.clock):
        batch.append(event)
        if len(batch) == 1_000:
            parts.events.add(batch)
            batch = []
    parts.events.add(batch)
    refresh_popularity(parts.events, parts.blobs, parts.clock.now())
    return ids


def _events(by_kind: Mapping[str, list[Product]], users: list[str], clock: Any) -> Iterator[Event]:
    now, kinds = clock.now(), sorted(by_kind)
    weights = [len(by_kind[kind]) ** 0.5 for kind in kinds]
    for user in users:
        draw = Random(f"{_SEED} {user}")
        minds = draw.choices(kinds, weights, k=draw.randint(1, 3))
        for number in range(draw.randint(4, 12)):
            of_kind = by_kind[draw.choice(minds)]
            product = of_kind[int(len(of_kind) * draw.random() ** 2)]  # some are looked at more than others
            at = now - timedelta(seconds=draw.randint(3_600, 60 * 86_400))
            yield Event(f"{user}-{number}", user, draw.choice(_DEEDS), at, now, product.id)


def _alone(settings: Settings, ids: list[str]) -> float:
    shop = wiring.shop(wiring.parts(settings))
    some = Random(_SEED).sample(ids, min(_ALONE, len(ids)))
    for_you(shop, some[0], Question(_PICKS))
    began = time.perf_counter()
    for user in some:
        for_you(shop, user, Question(_PICKS))
    return len(some) / (time.perf_counter() - began)


def _command(settings: Settings, folder: Path, name: str, ids: list[str], workers: int) -> list[str]:
    (folder / f"{name}.yaml").write_text(_CAMPAIGN.format(run=f"bench-{name}", count=_PICKS))
    (folder / f"{name}.txt").write_text("".join(f"{user}\n" for user in ids))
    entry = [sys.executable, "-c", "from local.cli import main; main()", "picks", "run"]
    given = ["--file", folder / f"{name}.yaml", "--users", folder / f"{name}.txt", "--data", settings.data]
    return [*entry, *map(str, given), "--workers", str(workers), "--to", str(folder / name), "--json"]


def _run(settings: Settings, folder: Path, name: str, ids: list[str], workers: int) -> dict[str, Any]:
    command = _command(settings, folder, name, ids, workers)
    told: dict[str, Any] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return told


def _killed(settings: Settings, folder: Path, ids: list[str], seconds: float) -> dict[str, Any]:
    """All processes at random moments of the time that a run takes undisturbed, then to the end."""
    draw, command, kills = Random(_SEED), _command(settings, folder, "killed", ids, 2), 0
    for _ in range(_KILLS):
        process = subprocess.Popen(
            command, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            process.wait(3 + draw.uniform(0.02, 0.12) * seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            kills += 1
        process.wait()
    told = _run(settings, folder, "killed", ids, 2)
    target = folder / "killed"
    wrong = [
        each["name"]
        for each in told["files"]
        if hashlib.sha256((target / each["name"]).read_bytes()).hexdigest() != each["sha256"]
    ]
    counted = Counter(
        json.loads(line)["user_id"] for path in target.glob("*.jsonl") for line in path.read_text().splitlines()
    )
    skipped = sum(told["summary"]["skipped"].values())
    return {
        "killed, times": kills,
        "users twice": sum(count > 1 for count in counted.values()),
        "users missing": len(ids) - skipped - len(counted),
        "files that differ from their digests": len(wrong),
    }
