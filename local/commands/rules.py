"""vitrine rules: the shop's rule book, from a YAML file."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml
from rich.markup import escape

from local.options import AsJson, Data, settings_for
from local.output import console, say_json
from shared import wiring
from shared.domain.errors import InvalidInput, NotFound
from shared.domain.rules import Rule, in_force
from shared.services.rulebook import RuleBook, apply_rules, book_record, check_rules, current_rules

LARGEST_FILE = 1_000_000
"""Bytes; five hundred rules with the longest filters are about 700,000."""
_DEEPEST = 10
_MOST_NODES = 50_000

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

rules = typer.Typer(help="Merchandising rules and re-ranking.", no_args_is_help=True)
File = Annotated[Path, typer.Argument(help="YAML, as docs/rules.md describes it.")]


@rules.command("apply")
def apply_file(file: File, data: Data = None, as_json: AsJson = False) -> None:
    """Put a file's rules in force, in place of all that were."""
    parts = wiring.parts(settings_for(data))
    book = apply_rules(parts.blobs, read_yaml(file), parts.clock.now())
    if as_json:
        say_json(book_record(book))
    else:
        console.print(f"[bold]In force:[/] rule book {book.snapshot} with {_counted(book)}.")


@rules.command("check")
def check_file(file: File, as_json: AsJson = False) -> None:
    """Say whether a file could be applied, and change nothing."""
    book = check_rules(read_yaml(file), wiring.SystemClock().now())
    if as_json:
        say_json(book_record(book))
    else:
        console.print(f"Nothing is wrong with it: {_counted(book)}.")


@rules.command("show")
def show(data: Data = None, as_json: AsJson = False) -> None:
    """What is in force."""
    parts = wiring.parts(settings_for(data))
    book = current_rules(parts.blobs)
    if as_json:
        say_json(book_record(book))
        return
    if not book.snapshot:
        console.print("No rule book yet: write one as docs/rules.md describes and apply it.")
        return
    console.print(f"[bold]Rule book {book.snapshot}:[/] {_counted(book)}.")
    for rule in book.rules:
        console.print("  " + escape(_spoken(rule, parts.clock.now())))
    for scenario, changes in book.overrides.items():
        console.print(
            f"  re-ranking of {scenario.value}: " + ", ".join(f"{key} {value}" for key, value in changes.items())
        )


def read_yaml(file: Path) -> Any:
    """Raises NotFound, or InvalidInput for what is no YAML or larger, deeper or more entangled than a rule book is."""
    try:
        with file.open("rb") as stream:
            content = stream.read(LARGEST_FILE + 1)
    except (FileNotFoundError, IsADirectoryError):
        raise NotFound(f"{file} is not a file: give the path of a rule book.") from None
    if len(content) > LARGEST_FILE:
        raise InvalidInput(f"{file} has more than {LARGEST_FILE:,} bytes: a rule book has fewer.")
    try:
        for _ in _bounded(yaml.parse(content, Loader=_LOADER)):
            pass
        return yaml.load(content, Loader=_LOADER)  # a safe loader, whichever it is
    except yaml.MarkedYAMLError as error:
        where = f" at line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise InvalidInput(f"{file} is not YAML{where} ({error.problem}): mend that.") from None
    except (yaml.YAMLError, ValueError) as error:
        raise InvalidInput(f"{file} is not YAML ({str(error).splitlines()[0][:100]}): mend that.") from None


def _bounded(events: Iterator[Any]) -> Iterator[Any]:
    """Refuses aliases (a few lines of them stand for billions), deep and long files, before anything is built."""
    depth = 0
    for count, event in enumerate(events):
        if isinstance(event, yaml.AliasEvent):
            raise InvalidInput(f"The file uses the alias *{event.anchor[:40]}: write the value out instead.")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST or count > _MOST_NODES:
            raise InvalidInput("The file is nested too deeply or has too many values: a rule book is simpler.")
        yield event


def _counted(book: RuleBook) -> str:
    return f"{len(book.rules):,} rules and re-ranking set for {len(book.overrides)} scenarios"


def _spoken(rule: Rule, now: datetime) -> str:
    about = [rule.filter] * bool(rule.filter) + [f"{len(rule.products)} products"] * bool(rule.products)
    facts = [f"{rule.id}: {rule.kind.value} " + " and ".join(about), f"priority {rule.priority}"]
    if rule.factor != 1:
        facts.append(f"factor {rule.factor:g}")
    if rule.position:
        facts.append(f"from place {rule.position}")
    facts += [f"{word} {at.isoformat()}" for word, at in (("from", rule.starts_at), ("until", rule.ends_at)) if at]
    if not any(in_force([rule], scenario, now) for scenario in rule.scenarios):
        facts.append("not in force now")
    return "; ".join(facts)
