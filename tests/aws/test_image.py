"""The image of the search function, without Docker: its recipe, and what the recipe brings, run by itself."""

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tomllib
from collections.abc import Sequence
from importlib.metadata import packages_distributions, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from local.indexing import load_encoders
from shared import wiring
from shared.settings import PROJECT, Settings
from tests.aws.runtime_api import running
from tests.aws.test_runtime import samples
from tests.support import StillClock, apply_sample_themes, copied, reindex, write_small_feed

DOCKERFILE = PROJECT / "functions" / "search" / "Dockerfile"
LIBRARIES = sysconfig.get_path("purelib")
BASE_HAS = {"awslambdaric", "simplejson", "snapshot-restore-py"}
"""In AWS's base image: what runs a handler."""
MADE_DO_WITHOUT = {"regex"}
"""What a library takes where it is, and does without where it is not."""
NOT_IN_THERE = {
    "torch",
    "transformers",
    "huggingface-hub",
    "open-clip-torch",
    "sentence-transformers",
    "polars",
    "typer",
}

WAKE = """
import json, os, sys
sys.modules["huggingface_hub"] = None  # the image is without it, though the tokenizers say that they need it
wrote = set()
def note(event, given):
    if event == "open" and isinstance(given[0], str) and given[2] and given[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
        wrote.add(os.path.abspath(given[0]))
sys.addaudithook(note)
from functions.search.handler import handler
answers = [handler(event, None) for event in json.loads(sys.stdin.read())]
files = [getattr(module, "__file__", None) or "" for module in list(sys.modules.values())]
print(json.dumps({
    "answers": [[each["statusCode"], json.loads(each["body"]).get("degraded", [])] for each in answers],
    "modules": sorted({name.partition(".")[0] for name, module in list(sys.modules.items()) if module}),
    "files": files,
    "wrote": sorted(wrote),
}))
"""


def instructions() -> list[tuple[str, str]]:
    text = DOCKERFILE.read_text().replace("\\\n", " ")
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [(line.split(maxsplit=1)[0], line.split(maxsplit=1)[1]) for line in lines]


def extras() -> list[str]:
    (wanted,) = re.findall(r"'\.\[([a-z,]+)\]'", DOCKERFILE.read_text())
    return wanted.split(",")


def installed() -> set[str]:
    """The distributions that the recipe's extras bring, by the metadata here, less what it removes."""
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    found: set[str] = set()
    _add(project["dependencies"], "", found)
    for extra in extras():
        _add(project["optional-dependencies"][extra], "", found)
    (removed,) = re.findall(
        r"pip uninstall --yes --quiet ([\w -]+?) *(?:&&|$)", DOCKERFILE.read_text().replace("\\\n", " ")
    )
    return found - set(removed.split())


def _add(requirements: Sequence[str], extra: str, found: set[str]) -> None:
    for requirement in map(Requirement, requirements):
        name = canonicalize_name(requirement.name)
        if requirement.marker and not requirement.marker.evaluate({"extra": extra}):
            continue
        if name not in found:
            found.add(name)
            _add(requires(name) or (), "", found)
        for more in requirement.extras:
            _add(requires(name) or (), more, found)


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the recipe's steps leave in /var/task, but for the libraries."""
    folder = tmp_path_factory.mktemp("image") / "task"
    folder.mkdir()
    for instruction, rest in instructions():
        if instruction == "COPY":
            *sources, target = rest.split()
            for source in sources:
                _copy(PROJECT / source, folder / target if target != "./" else folder / source)
        for removed in re.findall(r"rm -rf ([\w ]+)", rest) if instruction == "RUN" else ():
            for name in removed.split():
                shutil.rmtree(folder / name)
    return folder


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))
    else:
        shutil.copy(source, target)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small shop, by the encoders that ship."""
    folder = tmp_path_factory.mktemp("shop")
    settings = Settings(data=folder / "data")
    parts = wiring.parts(settings, StillClock())
    feed, images = write_small_feed(folder / "feed")
    reindex(parts, feed, folder / "work", encoders=load_encoders(settings), images=images)
    apply_sample_themes(parts)
    return settings.data


def test_its_base_is_pinned_and_its_user_is_none_that_may_do_anything() -> None:
    steps = instructions()
    (base,) = [rest for instruction, rest in steps if instruction == "FROM"]
    assert re.fullmatch(r"public\.ecr\.aws/lambda/python:3\.12(\.[\d.]+)?(@sha256:[0-9a-f]{64})?", base)
    (user,) = [rest for instruction, rest in steps if instruction == "USER"]
    assert re.fullmatch(r"[1-9]\d+:[1-9]\d+", user)  # by number: the base has no names to give
    assert [instruction for instruction, _ in steps][-2:] == ["USER", "CMD"]


def test_it_holds_the_code_that_it_runs_and_no_other(image: Path) -> None:
    assert {path.name for path in image.iterdir()} == {
        "LICENSE", "README.md", "encoders", "functions", "pyproject.toml", "shared",
    }  # fmt: skip
    assert [path.name for path in (image / "functions").iterdir() if path.is_dir()] == ["search"]


def test_no_library_in_it_trains_or_downloads_a_model() -> None:
    found = installed()
    assert {"onnxruntime", "tokenizers", "pillow", "fastapi", "qdrant-edge-py", "boto3"} <= found
    assert not found & NOT_IN_THERE


def test_what_it_holds_is_enough_to_answer_and_nothing_else_is_used(image: Path, shop: Path, tmp_path: Path) -> None:
    """In a process without a home that sees the image's files and, of the libraries here, uses only those it has."""
    data = copied(shop, tmp_path / "data")
    before = _listing(image)
    ran = subprocess.run(
        [sys.executable, "-S", "-c", WAKE], cwd=image, input=json.dumps(samples("search")), capture_output=True,
        text=True, timeout=120,
        env={"PYTHONPATH": f".:{LIBRARIES}", "PYTHONDONTWRITEBYTECODE": "1", "VITRINE_DATA": str(data), "PATH": ""},
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    told = json.loads(ran.stdout.splitlines()[-1])
    assert told["answers"] == [[200, []]] * len(samples("search"))

    own = [path for path in told["files"] if path.startswith(str(PROJECT)) and not path.startswith(LIBRARIES)]
    assert own == []
    names = packages_distributions()
    used = {canonicalize_name(each) for module in told["modules"] for each in names.get(module, ())}
    assert used <= installed() | BASE_HAS | MADE_DO_WITHOUT
    assert [path for path in told["wrote"] if not path.startswith((str(data), os.devnull))] == []
    assert _listing(image) == before


def test_the_runtime_runs_its_handler(image: Path, shop: Path, tmp_path: Path) -> None:
    data = copied(shop, tmp_path / "data")
    (command,) = [json.loads(rest) for instruction, rest in instructions() if instruction == "CMD"]
    (handler,) = command
    own = {"PYTHONPATH": LIBRARIES, "PYTHONDONTWRITEBYTECODE": "1", "VITRINE_DATA": str(data)}
    with running(handler, tmp_path / "log", cwd=image, options=("-S",), **own) as lambda_:
        said = [lambda_.invoke(sample) for sample in samples("search")]
    assert [each.body["statusCode"] for each in said] == [200] * len(said), lambda_.printed()


def _listing(folder: Path) -> dict[str, tuple[int, int]]:
    return {str(path): (path.stat().st_size, path.stat().st_mtime_ns) for path in folder.rglob("*")}
