"""YAML files that people write: read with care, because they may be anything."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from shared.domain.errors import InvalidInput, NotFound

LARGEST_FILE = 1_000_000
"""Bytes; five hundred rules with the longest filters are about 700,000."""
_DEEPEST = 10
_MOST_NODES = 50_000

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_yaml(file: Path, what: str) -> Any:
    """``what`` is to be in the file, such as "rule book".

    Raises NotFound, and InvalidInput for what is no YAML or larger, deeper or more entangled than such a thing is.
    """
    try:
        with file.open("rb") as stream:
            content = stream.read(LARGEST_FILE + 1)
    except (FileNotFoundError, IsADirectoryError):
        raise NotFound(f"{file} is not a file: give the path of a {what}.") from None
    if len(content) > LARGEST_FILE:
        raise InvalidInput(f"{file} has more than {LARGEST_FILE:,} bytes: a {what} has fewer.")
    try:
        for _ in _bounded(yaml.parse(content, Loader=_LOADER), what):
            pass
        return yaml.load(content, Loader=_LOADER)  # a safe loader, whichever it is
    except yaml.MarkedYAMLError as error:
        where = f" at line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise InvalidInput(f"{file} is not YAML{where} ({error.problem}): mend that.") from None
    except (yaml.YAMLError, ValueError) as error:
        raise InvalidInput(f"{file} is not YAML ({str(error).splitlines()[0][:100]}): mend that.") from None


def _bounded(events: Iterator[Any], what: str) -> Iterator[Any]:
    """Refuses aliases (a few lines of them stand for billions), deep and long files, before anything is built."""
    depth = 0
    for count, event in enumerate(events):
        if isinstance(event, yaml.AliasEvent):
            raise InvalidInput(f"The file uses the alias *{event.anchor[:40]}: write the value out instead.")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST or count > _MOST_NODES:
            raise InvalidInput(f"The file is nested too deeply or has too many values: a {what} is simpler.")
        yield event
