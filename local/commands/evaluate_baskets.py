"""vitrine evaluate --protocol basket: what is missing from a basket, found again or not."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from rich.table import Table

from indexer.evaluation.basket_lines import read_orders
from indexer.evaluation.baskets import COMPARED, BasketEvaluation
from indexer.evaluation.baskets import evaluate_baskets as run
from indexer.evaluation.items import write_feed
from local.output import bars, console
from local.scratch import scratch_folder, scratch_shop
from shared.domain.products import Product
from shared.settings import Settings


@dataclass(frozen=True, slots=True)
class BasketOptions:
    baskets: Path
    columns: Mapping[str, str]
    test_weeks: int
    cold: bool
    seed: int


def evaluate_baskets(options: BasketOptions, settings: Settings, json_to: Path | None, keep: Path | None) -> None:
    """Measure, write the figures to ``json_to``, and say the first of them."""
    with bars(quiet=False) as progress, scratch_folder(keep) as folder:
        progress.stage("Reading the orders")
        read = read_orders(options.baskets, options.columns)
        feed = write_feed(folder / "items.jsonl", (Product(each, read.titles[each]) for each in sorted(read.titles)))
        new_shop = partial(scratch_shop, settings, feed, {}, folder, read.orders[-1].at)
        evaluation = run(read, new_shop, options.test_weeks, options.seed, progress, options.cold)
    if json_to:
        json_to.write_text(json.dumps(evaluation.record(), indent=2, ensure_ascii=False, allow_nan=False) + "\n")
    say(evaluation)


def say(evaluation: BasketEvaluation) -> None:
    """The table for people, with the cold products' below where they were asked for."""
    _table({name: evaluation.systems[name] for name in evaluation.systems})
    asked, products = (evaluation.protocol[each] for each in ("baskets asked about", "products"))
    ahead = " and ".join(f"{ratio:.2f} × the best other in {measure}" for measure, ratio in evaluation.ratios.items())
    console.print(f"{asked:,} baskets, {products:,} products; ours is {ahead}.")
    if evaluation.cold:
        for wanted in ("one other wanted", "the rest wanted"):
            console.print(f"Baskets of one product without an order, {wanted}:")
            figures = evaluation.cold[wanted]
            _table({name: each for name, each in figures.items() if "hit@10" in each})
    for note in evaluation.notes:
        console.print(note)


def _table(figures: Mapping[str, Mapping[str, float]]) -> None:
    table = Table(box=None, header_style="bold")
    table.add_column("")
    for measure in COMPARED:
        table.add_column(measure, justify="right")
    for name, each in figures.items():
        table.add_row(name.replace("_", " "), *(f"{each[measure]:.4f}" for measure in COMPARED))
    console.print(table)
