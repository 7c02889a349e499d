"""From feed to live version: 8,000 fashion products with the starter encoders, then again with nothing changed."""

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any


def measure(data: Path, work: Path) -> dict[str, Any]:
    feed = [str(data / "fashion" / "catalogue.csv"), "--images", str(data / "fashion" / "images")]
    first_seconds, first = index(feed, work / "fashion")
    again_seconds, again = index(feed, work / "fashion")
    return {
        "products": first["products"],
        "seconds, whole command": first_seconds,
        **{f"seconds, {stage}": seconds for stage, seconds in first["seconds"].items()},
        "peak memory, MB": first["peak_memory_mb"],
        "nothing changed: seconds, whole command": again_seconds,
        "nothing changed: share of the first run": again_seconds / first_seconds,
        "nothing changed: texts and images encoded": again["encoded_texts"] + again["encoded_images"],
    }


def index(feed: list[str], data: Path) -> tuple[float, dict[str, Any]]:
    """In a process of its own, so that its peak memory is its own too."""
    entry = "from local.cli import main; main()"
    command = [sys.executable, "-c", entry, "index", *feed, "--data", str(data), "--json"]
    started = time.perf_counter()
    ran = subprocess.run(command, check=True, capture_output=True, text=True)
    return time.perf_counter() - started, json.loads(ran.stdout)
