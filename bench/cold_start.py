"""A fresh process up to its first answer: functions.recommend on the 8,000 fashion products, beside a hello route.

The hello route is what any function costs that stands on the same two libraries, so the ratio says what Vitrine adds.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from shared.settings import PROJECT

_ROUNDS = 15
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
"""


def measure(_: Path, work: Path) -> dict[str, Any]:
    shipped = _shipped(work / "shipped")
    event = json.loads((PROJECT / "events" / "for_you.json").read_text())
    event["rawPath"] = "/v1/users/user-1/recommendations"
    environment = {**os.environ, "VITRINE_DATA": str(work / "fashion")}
    hello, recommend = [], []
    for _ in range(_ROUNDS):  # in turn, so that the machine's moods meet both
        hello.append(_seconds(_HELLO + _ASK, event, shipped, environment))
        recommend.append(_seconds(_RECOMMEND + _ASK, event, shipped, environment))
    ratios = np.array(recommend) / np.array(hello)
    return {
        "fresh process to first answer, hello route, ms": float(np.median(hello)) * 1_000,
        "fresh process to first answer, recommend, ms": float(np.median(recommend)) * 1_000,
        "recommend over hello": float(np.median(ratios)),
        "least and greatest ratio": f"{ratios.min():.2f} to {ratios.max():.2f}",
    }


def _shipped(folder: Path) -> Path:
    """A copy of what the function is made of, compiled as it ships: Python does not look at the sources again."""
    for room in ("shared", "functions"):
        shutil.copytree(PROJECT / room, folder / room, ignore=shutil.ignore_patterns("__pycache__"))
    compiling = ["compileall", "-q", "--invalidation-mode", "unchecked-hash", "."]
    subprocess.run([sys.executable, "-m", *compiling], cwd=folder, check=True, capture_output=True)
    return folder


def _seconds(code: str, event: dict[str, Any], folder: Path, environment: dict[str, str]) -> float:
    started = time.perf_counter()
    command = [sys.executable, "-c", code, json.dumps(event)]
    subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True)
    return time.perf_counter() - started
