"""The zip functions, built by SAM as they are deployed, and woken by the Python that runs them on Lambda."""

import json
import os
import platform
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from shared.settings import PROJECT

SAM = Path(sys.prefix) / "sam" / "bin" / "sam"
ZIPPED = sorted(path.parent.name for path in (PROJECT / "functions").glob("*/requirements.txt"))
MOST_BYTES = {"picks": 245_000_000}
"""Of a function, unzipped, where that is not :data:`USUAL_BYTES`; Lambda takes 250 MiB. Picks writes Parquet."""
USUAL_BYTES = 200_000_000

WAKE = """
import importlib, json, os, sys, time
name, services = sys.argv[1], sys.argv[2:]
handler = importlib.import_module(f"functions.{name}.handler").handler
answer = handler(json.loads(sys.stdin.read()), None)
import boto3, snapshot_restore_py, zstandard, aws_lambda_powertools
for service in services:
    boto3.client(service, region_name="eu-central-1")
loaded = [module for module in list(sys.modules.values()) if getattr(module, "__cached__", None)]
stale = [module.__name__ for module in loaded if not os.path.exists(module.__cached__)]
here = os.getcwd()
strangers = [m.__name__ for m in loaded if not m.__file__.startswith((here, sys.base_prefix))]
print(json.dumps({"status": answer["statusCode"], "uncompiled": [n for n in stale if n.startswith("shared")],
                  "strangers": strangers}))
"""


def python312() -> str:
    ran = subprocess.run(["make", "-s", "python3.12"], cwd=PROJECT, capture_output=True, text=True, check=True)
    return ran.stdout.strip()


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that make aws-build leaves, without the images, which want Docker."""
    if not SAM.exists() or shutil.which("make") is None:
        pytest.skip("there is no sam beside the tests: make .venv/.sam")
    if not python312():
        pytest.skip("no Python 3.12 runs here: the functions cannot be built")
    build = tmp_path_factory.mktemp("build")
    if not _index_answers(tmp_path_factory.mktemp("download")):
        pytest.skip("the package index cannot be reached: the functions cannot be built")
    machine = "arm64" if platform.machine() in ("arm64", "aarch64") else "x86_64"
    flags = f"--exclude SearchFunction --parameter-overrides Architecture={machine}"
    with _only_index(_downloaded(tmp_path_factory.mktemp("packages"))) as index:
        ran = subprocess.run(
            ["make", "-o", ".venv/.sam", "aws-build", f"SAM={SAM}", f"BUILD={build}", f"SAMFLAGS={flags}"],
            cwd=PROJECT, env=os.environ | index, capture_output=True, text=True, timeout=600,
        )  # fmt: skip
    assert ran.returncode == 0, ran.stdout[-2000:] + ran.stderr[-4000:]
    return build


def _index_answers(folder: Path) -> bool:
    """Whether what every build begins with can be had."""
    return _download(folder, "--no-deps", "--retries", "0", "hatchling").returncode == 0


def _downloaded(folder: Path) -> Path:
    """All that the functions want, and what builds it: to look through the index takes half a minute a function."""
    wanted = [f"--requirement=functions/{name}/requirements.txt" for name in ZIPPED]
    ran = _download(folder, *wanted, "hatchling", "setuptools", "wheel")
    assert ran.returncode == 0, ran.stdout[-2000:] + ran.stderr[-4000:]
    return folder


def _download(folder: Path, *wanted: str) -> subprocess.CompletedProcess[str]:
    command = [python312(), "-m", "pip", "download", "--quiet", "--dest", str(folder), *wanted]
    return subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=600)


@contextmanager
def _only_index(folder: Path) -> Iterator[dict[str, str]]:
    """The environment in which pip knows of the files in ``folder`` alone: over HTTP, for SAM builds local ones."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": f"http://127.0.0.1:{server.server_port}/"}
        server.shutdown()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.mark.parametrize("name", ZIPPED)
def test_a_function_is_small_enough(built: Path, name: str) -> None:
    folder = built / f"{name.capitalize()}Function"
    assert sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) < MOST_BYTES.get(name, USUAL_BYTES)


@pytest.mark.parametrize("name", ZIPPED)
def test_a_function_holds_the_code_that_it_runs_and_no_other(built: Path, name: str) -> None:
    folder = built / f"{name.capitalize()}Function"
    assert [path.name for path in (folder / "functions").iterdir() if path.is_dir() and path.name[0] != "_"] == [name]
    assert not [room for room in ("indexer", "local", "encoders", "tests", "torch") if (folder / room).exists()]
    ours = {path.relative_to(PROJECT) for path in (PROJECT / "shared").rglob("*.py")}
    assert {path.relative_to(folder) for path in (folder / "shared").rglob("*.py")} == ours


@pytest.mark.parametrize("name", ZIPPED)
def test_a_function_wakes_and_answers(built: Path, name: str, tmp_path: Path) -> None:
    """In a fresh process of the runtime's Python that sees nothing but the zip's content."""
    event = (PROJECT / "events" / "health.json").read_text()
    ran = subprocess.run(
        [python312(), "-S", "-c", WAKE, name, *_services()],
        cwd=built / f"{name.capitalize()}Function", input=event, capture_output=True, text=True, timeout=120,
        env={"PYTHONPATH": ".", "PYTHONDONTWRITEBYTECODE": "1", "VITRINE_DATA": str(tmp_path), "PATH": os.defpath},
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    told = json.loads(ran.stdout.splitlines()[-1])
    assert told["status"] == (200 if name == "recommend" else 404)
    assert told["strangers"] == []
    assert told["uncompiled"] == []


def _services() -> list[str]:
    makefile = (PROJECT / "Makefile").read_text().splitlines()
    (line,) = [each for each in makefile if each.startswith("SERVICES := ")]
    return line.removeprefix("SERVICES := ").split()
