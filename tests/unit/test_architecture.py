"""The direction of imports, and what a cold start of the read path may load."""

import ast
import re
import subprocess
import sys
from importlib.metadata import packages_distributions, requires
from pathlib import Path

import pytest

from shared.settings import PROJECT

ROOMS = ("functions", "indexer", "local", "shared")

# Longest prefix first: what a room may import of the project besides itself.
MAY_IMPORT = {
    "shared.domain": set(),
    "shared.intake": {"shared.domain"},
    "shared.ports": {"shared.domain"},
    "shared.services": {"shared.domain", "shared.ports"},
    "shared.emails": {"shared.domain", "shared.ports", "shared.services.pick_rows", "shared.services.slot_images"},
    "shared.adapters": {"shared.domain", "shared.ports", "shared.intake"},
    "shared.settings": {"shared.domain"},
    "shared.wiring": {"shared"},
    "shared.http": {"shared.domain", "shared.ports", "shared.services"},
    "functions": {"shared"},
    "indexer": {"shared.domain", "shared.ports", "shared.services", "shared.intake"},
    "local": {"shared", "functions", "indexer"},
}
ENCODER_TOOLS = ("indexer.adapt", "indexer.export", "indexer.starter")
"""Offline tools that write encoder folders, and so may know the folder's format and read it back."""

DOMAIN_LIBRARIES = {"numpy"}


def modules() -> list[tuple[str, Path]]:
    found = []
    for room in ROOMS:
        for path in sorted((PROJECT / room).rglob("*.py")):
            parts = path.relative_to(PROJECT).with_suffix("").parts
            found.append((".".join(part for part in parts if part != "__init__"), path))
    return found


def imports_of(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative imports hide the room"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def inside(name: str, rooms: set[str]) -> bool:
    return any(name == room or name.startswith(f"{room}.") for room in rooms)


@pytest.mark.parametrize(("module", "path"), modules(), ids=lambda value: value if isinstance(value, str) else "")
def test_imports_point_downwards(module: str, path: Path) -> None:
    room = next((room for room in MAY_IMPORT if inside(module, {room})), None)
    if room is None:
        assert module == "shared"
        return
    allowed = MAY_IMPORT[room] | {room}
    if inside(module, set(ENCODER_TOOLS)):
        allowed = allowed | {"shared.adapters"}
    ours = {name for name in imports_of(path) if name.split(".")[0] in ROOMS}
    assert not {name for name in ours if not inside(name, allowed)}


@pytest.mark.parametrize(
    ("module", "path"),
    [each for each in modules() if each[0].startswith("shared.domain")],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_domain_is_standard_library_and_numpy(module: str, path: Path) -> None:
    roots = {name.split(".")[0] for name in imports_of(path)}
    assert roots <= set(sys.stdlib_module_names) | DOMAIN_LIBRARIES | {"shared"}


def test_only_settings_reads_the_environment() -> None:
    readers = {module for module, path in modules() if {"environ", "getenv"} & (_attributes(path) | _names(path))}
    assert readers == {"shared.settings"}


def _attributes(path: Path) -> set[str]:
    """What is taken of the module ``os`` by its name."""
    return {
        node.attr
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "os"
    }


def _names(path: Path) -> set[str]:
    return {name.removeprefix("os.") for name in imports_of(path) if name.startswith("os.")}


@pytest.mark.parametrize("function", ["recommend", "collect"])
def test_a_function_starts_light(function: str, tmp_path: Path) -> None:
    """A fresh process that imports the handler and answers has loaded nothing that it does not need."""
    code = (
        f"import sys, json, pathlib; from functions.{function}.handler import handler;"
        "event = json.loads(pathlib.Path('events/health.json').read_text()); handler(event, None);"
        "heavy = 'torch boto3 qdrant_client pandas scipy polars onnxruntime tokenizers PIL lark jwt'.split();"
        "print([name for name in heavy if name in sys.modules])"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=True, timeout=60,
        env={"VITRINE_DATA": str(tmp_path), "PATH": ""},
    )  # fmt: skip
    assert ran.stdout.strip() == "[]"


def test_shared_is_ours() -> None:
    """The package index has a stranger called shared; it must never have come in as a requirement."""
    assert set(packages_distributions().get("shared", ["vitrine"])) == {"vitrine"}
    names = {re.split(r"[^\w-]", requirement)[0] for requirement in requires("vitrine") or ()}
    assert "qdrant-client" in names
    assert "shared" not in names
