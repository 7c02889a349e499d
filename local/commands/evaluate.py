"""vitrine evaluate: how good the lists are, measured through the same services as the API, beside baselines."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from indexer.evaluation.histories import Histories, from_file, from_store
from indexer.evaluation.items import product_ids, write_bare, write_feed
from indexer.evaluation.report import spoken, write_report
from indexer.evaluation.run import Evaluation
from indexer.evaluation.run import evaluate as run
from indexer.evaluation.sequences import read_sequences
from indexer.evaluation.split import Split, leave_last_out, sampled, temporal
from local.commands.evaluate_baskets import BasketOptions, evaluate_baskets
from local.options import Data, columns_from, settings_for
from local.output import bars, console
from local.scratch import scratch_folder, scratch_shop
from shared import wiring
from shared.domain.errors import InvalidInput, NotFound
from shared.services.kept_catalogue import catalogue_products
from shared.settings import Settings

MOST_USERS = 50_000
_SHOWN = ("hr@10", "ndcg@10", "mrr@10", "recall@50", "coverage@10")


class Protocol(StrEnum):
    LEAVE_LAST_OUT = "leave-last-out"
    TEMPORAL = "temporal"
    BASKET = "basket"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be evaluated, as asked for."""

    sequences: Path | None
    events: Path | None
    items: Path | None
    columns: Mapping[str, str]
    test_from: datetime | None
    baskets: Path | None = None


def evaluate(
    protocol: Annotated[
        Protocol,
        typer.Option(help="Each user's last product, what was taken after a date, or one product of each basket."),
    ],
    sequences: Annotated[
        Path | None, typer.Option(metavar="FILE", help="leave-last-out: a user a line, then products in time order.")
    ] = None,
    events: Annotated[
        Path | None, typer.Option(metavar="FILE", help="temporal: an events file. [default: the events of --data]")
    ] = None,
    items: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The products, in any format that vitrine index reads.")
    ] = None,
    mapping: Annotated[
        list[str],
        typer.Option("--map", metavar="FIELD=COLUMN", help="Which column of --items or --baskets holds a field."),
    ] = [],  # noqa: B006
    test_from: Annotated[str, typer.Option(metavar="DATE", help="temporal: when the test begins.")] = "",
    baskets: Annotated[
        Path | None, typer.Option(metavar="FILE", help="basket: a file of order lines: order, product, time and more.")
    ] = None,
    test_weeks: Annotated[int, typer.Option(min=1, help="basket: so many last weeks are the test.")] = 8,
    cold: Annotated[bool, typer.Option("--cold", help="basket: with products without orders, too.")] = False,
    hide: Annotated[
        float, typer.Option("--hide-products", min=0, max=0.5, help="Once more, this share of products being new.")
    ] = 0.0,
    parts: Annotated[bool, typer.Option("--parts", help="Measure what each part adds, too.")] = False,
    users: Annotated[int, typer.Option(min=1, help="Ask for at most that many users, drawn.")] = MOST_USERS,
    seed: Annotated[int, typer.Option(min=0, help="Of everything that is drawn.")] = 1,
    json_to: Annotated[Path | None, typer.Option("--json", metavar="FILE", help="Write all figures there.")] = None,
    report_to: Annotated[
        Path | None, typer.Option("--report", metavar="FILE", help="Write an HTML page there.")
    ] = None,
    keep: Annotated[Path | None, typer.Option(metavar="DIR", help="Keep the shop it was measured on there.")] = None,
    data: Data = None,
) -> None:
    """Measure recommendations beside popularity, item neighbours and matrix factorisation."""
    wanted = Wanted(sequences, events, items, columns_from(mapping), _date(test_from) if test_from else None, baskets)
    _require(protocol, wanted, hide, cold)
    settings = settings_for(data)
    if protocol is Protocol.BASKET and baskets:
        evaluate_baskets(BasketOptions(baskets, wanted.columns, test_weeks, cold, seed), settings, json_to, keep)
        return
    with bars(quiet=False) as progress, scratch_folder(keep) as folder:
        split, feed = prepare(protocol, wanted, settings, folder)
        split = sampled(split, users, seed)
        columns = wanted.columns if wanted.items else {}
        new_shop = partial(scratch_shop, settings, feed, columns, folder, split.validated_at)
        evaluation = run(split, new_shop, seed, progress, hide, parts)
    if json_to:
        json_to.write_text(json.dumps(evaluation.record(), indent=2, ensure_ascii=False, allow_nan=False) + "\n")
    if report_to:
        write_report(evaluation, report_to)
    say(evaluation)


def prepare(protocol: Protocol, wanted: Wanted, settings: Settings, folder: Path) -> tuple[Split, Path]:
    """The split that ``wanted`` asks for, and the feed of its products."""
    if protocol is Protocol.TEMPORAL and wanted.test_from:
        return _temporal(wanted, wanted.test_from, settings, folder)
    if wanted.sequences is None:
        raise InvalidInput("leave-last-out needs a file of sequences: say --sequences FILE.")
    known = product_ids(wanted.items, wanted.columns) if wanted.items else None
    sequences = read_sequences(wanted.sequences, known)
    everything = (item for own in sequences.users.values() for item in own)
    return leave_last_out(sequences), wanted.items or write_bare(folder / "items.jsonl", set(everything))


def _temporal(wanted: Wanted, test_from: datetime, settings: Settings, folder: Path) -> tuple[Split, Path]:
    if wanted.events:
        known = product_ids(wanted.items, wanted.columns) if wanted.items else None
        histories = from_file(wanted.events, test_from, known)
        feed = wanted.items or write_bare(folder / "items.jsonl", _products_of(histories))
    else:
        parts = wiring.parts(settings)
        version = parts.versions.live()
        if wanted.items is None and version is None:
            raise NotFound(f"There is no shop in {settings.data}: say --data, or --events with --items.")
        feed = wanted.items or write_feed(folder / "items.jsonl", catalogue_products(parts.blobs, version or ""))
        histories = from_store(wiring.learnable(parts).histories(parts.clock.now()), product_ids(feed, wanted.columns))
    return temporal(histories.users, test_from, histories.about()), feed


def _products_of(histories: Histories) -> set[str]:
    return {event.product_id for own in histories.users for event in own}


def _require(protocol: Protocol, wanted: Wanted, hide: float, cold: bool) -> None:
    if protocol is Protocol.BASKET:
        if wanted.baskets is None:
            raise InvalidInput("basket needs a file of order lines: say --baskets FILE.")
        if wanted.sequences or wanted.events or wanted.items or wanted.test_from or hide:
            raise InvalidInput("basket takes --baskets FILE and no other data: leave the other options out.")
    elif wanted.baskets or cold:
        raise InvalidInput(f"--baskets and --cold belong to basket: leave them out for {protocol.value}.")
    elif protocol is Protocol.TEMPORAL:
        if wanted.test_from is None:
            raise InvalidInput("temporal needs the day that its test begins: say --test-from 2026-03-01.")
        if hide or wanted.sequences:
            raise InvalidInput("--hide-products and --sequences belong to leave-last-out: leave them out for temporal.")
    elif wanted.sequences is None or wanted.events or wanted.test_from:
        raise InvalidInput("leave-last-out takes --sequences FILE, and neither --events nor --test-from.")


def _date(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise InvalidInput(f"--test-from {text[:40]} is no date: write it as 2026-03-01.") from None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def say(evaluation: Evaluation) -> None:
    """The table for people: the figures that are asked for first."""
    table = Table(box=None, header_style="bold")
    table.add_column("")
    for measure in _SHOWN:
        table.add_column(spoken(measure), justify="right")
    for name, figures in evaluation.systems.items():
        table.add_row(spoken(name), *(f"{figures[measure]:.4f}" for measure in _SHOWN))
    console.print(table)
    low_high = evaluation.intervals["ours"]["ndcg@10"]
    console.print(
        f"{evaluation.protocol['users asked about']} users, {evaluation.protocol['products']:,} products; NDCG@10 of "
        f"ours is between {low_high[0]:.4f} and {low_high[1]:.4f} with 95% confidence."
    )
    for note in evaluation.notes:
        console.print(note)
