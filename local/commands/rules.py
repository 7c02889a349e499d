"""vitrine rules: the shop's rule book, from a YAML file."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from local.options import AsJson, Data, settings_for
from local.output import console, say_json
from local.yaml_files import read_yaml
from shared import wiring
from shared.domain.rules import Rule, in_force
from shared.services.rulebook import RuleBook, apply_rules, book_record, check_rules, current_rules

rules = typer.Typer(help="Merchandising rules and re-ranking.", no_args_is_help=True)
File = Annotated[Path, typer.Argument(help="YAML, as docs/rules.md describes it.")]


@rules.command("apply")
def apply_file(file: File, data: Data = None, as_json: AsJson = False) -> None:
    """Put a file's rules in force, in place of all that were."""
    parts = wiring.parts(settings_for(data))
    book = apply_rules(parts.blobs, read_yaml(file, "rule book"), parts.clock.now())
    if as_json:
        say_json(book_record(book))
    else:
        console.print(f"[bold]In force:[/] rule book {book.snapshot} with {_counted(book)}.")


@rules.command("check")
def check_file(file: File, as_json: AsJson = False) -> None:
    """Say whether a file could be applied, and change nothing."""
    book = check_rules(read_yaml(file, "rule book"), wiring.SystemClock().now())
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
