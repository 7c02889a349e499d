"""A fresh process up to its first answer: functions.recommend on the 8,000 fashion products, beside a hello route.

The hello route is what any function costs that stands on the same two libraries, so the ratio says what Vitrine adds.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np

from local.indexing import IndexOptions, index_feed
from local.output import bars
from shared import wiring
from shared.domain.events import Event, EventType
from shared.services.kept_catalogue import catalogue_products
from shared.services.popularity import refresh_popularity
from shared.settings import PROJECT, Settings
from tests.aws.conftest import names
from tests.aws_stand_in import aws_stand_in
from tests.key_maker import make_key

_ROUNDS = 15
_ROUNDS_AWAY = 7
_SHOPPER = "shopper-001"
_HELLO = """
import json
import sys
from fastapi import FastAPI
from mangum import Mangum
app = FastAPI()
@app.get("/v1/users/{user_id}/recommendations")
def hello(user_id: str, limit: int = 12) -> dict[str, str]:
    return {"hello": "you"}
handler = Mangum(app, lifespan="off")
"""
_RECOMMEND = """
import json
import sys
from functions.recommend.handler import handler
"""
_ASK = """
answer = handler(json.loads(sys.argv[1]), None)
assert answer["statusCode"] == 200, answer
assert not json.loads(answer["body"]).get("degraded"), answer
"""


@dataclass(frozen=True, slots=True)
class _Process:
    """How the functions are started: in a copy of what ships, compiled, so that Python looks at no source."""

    folder: Path
    event: str

    def seconds(self, code: str, environment: Mapping[str, str]) -> float:
        started = time.perf_counter()
        subprocess.run(
            [sys.executable, "-c", code + _ASK, self.event],
            cwd=self.folder, env={**os.environ, **environment}, check=True, capture_output=True,
        )  # fmt: skip
        return time.perf_counter() - started


def measure(data: Path, work: Path) -> dict[str, Any]:
    process = _Process(_shipped(work / "shipped"), (PROJECT / "events" / "for_you.json").read_text())
    here = Settings(data=work / "fashion")
    _add_shopper(wiring.parts(here))
    hello, recommend = _both(process, {"VITRINE_DATA": str(here.data)}, _ROUNDS)
    ratios = recommend / hello
    return {
        "hello route, ms": float(np.median(hello)) * 1_000,
        "recommend, embedded index and stores, ms": float(np.median(recommend)) * 1_000,
        "recommend over hello": float(np.median(ratios)),
        "recommend over hello, least and greatest": f"{ratios.min():.2f} to {ratios.max():.2f}",
        **_away(process, data, here),
    }


def _away(process: _Process, data: Path, here: Settings) -> dict[str, Any]:
    """The same with a stand-in for AWS on this machine: clients are made, the snapshot is fetched and unpacked."""
    copies = here.data / "cold"
    with aws_stand_in() as stand_in:
        made = stand_in.make()
        away = Settings(data=here.data, aws=made)
        options = IndexOptions(images=data / "fashion" / "images")
        with bars(quiet=True) as progress:
            index_feed(away, str(data / "fashion" / "catalogue.csv"), options, progress)
        _add_shopper(wiring.parts(away))
        asked = json.loads(process.event)
        asked["headers"]["x-api-key"] = make_key(wiring.parts(away).state)
        process = replace(process, event=json.dumps(asked))
        environment = stand_in.environment | names(made) | {"VITRINE_DATA": str(copies), "VITRINE_TELEMETRY": "on"}
        hello, recommend = [], []
        for _ in range(_ROUNDS_AWAY):
            shutil.rmtree(copies, ignore_errors=True)
            one, other = _both(process, environment, 1)
            hello.append(one[0])
            recommend.append(other[0])
    ratios = np.array(recommend) / np.array(hello)
    return {
        "recommend, AWS stood in for, snapshot of 8,000 fetched, ms": float(np.median(recommend)) * 1_000,
        "that over hello": float(np.median(ratios)),
    }


def _both(process: _Process, environment: Mapping[str, str], rounds: int) -> tuple[Any, Any]:
    """Seconds of each, in turn, so that the machine's moods meet both."""
    pairs = [(process.seconds(_HELLO, environment), process.seconds(_RECOMMEND, environment)) for _ in range(rounds)]
    return np.array(pairs).T


def _add_shopper(parts: wiring.Parts) -> None:
    ids = sorted(product.id for product in catalogue_products(parts.blobs, parts.versions.live() or ""))
    now = parts.clock.now()
    parts.events.add(
        [
            Event(f"cold-{place}", _SHOPPER, EventType.VIEW, now - timedelta(hours=place + 1), now, ids[place * 97])
            for place in range(20)
        ]
    )
    refresh_popularity(parts.events, parts.blobs, now)


def _shipped(folder: Path) -> Path:
    for room in ("shared", "functions"):
        shutil.copytree(PROJECT / room, folder / room, ignore=shutil.ignore_patterns("__pycache__"))
    compiling = ["compileall", "-q", "--invalidation-mode", "unchecked-hash", "."]
    subprocess.run([sys.executable, "-m", *compiling], cwd=folder, check=True, capture_output=True)
    return folder
