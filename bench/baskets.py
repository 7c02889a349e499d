"""Baskets of Online Retail (UCI): ``vitrine evaluate --protocol basket --cold``, and how long an answer takes."""

import json
import subprocess
import sys
import time
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from indexer.evaluation.basket_lines import read_orders
from shared import wiring
from shared.services.baskets import for_basket
from shared.services.pages import Question
from shared.settings import Settings

_SYSTEMS = ("ours", "popularity", "counts", "lift", "item_knn", "als")
_COLD = ("ours", "complements", "text", "text_no_substitutes", "similar", "category_popularity", "popularity")
_WANTED = ("one other wanted", "the rest wanted")
_ASKED = 200


def measure(data: Path, work: Path) -> dict[str, Any]:
    file, kept = data / "online_retail" / "invoices.csv.gz", work / "baskets"
    figures = _evaluate(file, kept, work / "baskets.json")
    measured: dict[str, Any] = {"baskets": figures["protocol"]["baskets asked about"]}
    for name in filter(figures.__contains__, _SYSTEMS):
        measured |= {f"{name}, {each}": figures[name][each] for each in ("hit@10", "ndcg@10")}
    for wanted, name in product(_WANTED, _COLD):
        cold = figures["cold_products"][wanted][name]
        measured |= {f"cold, {wanted}, {name}, {each}": cold[each] for each in ("hit@10", "ndcg@10")}
    measured |= {f"seconds, {stage}": taken for stage, taken in figures["seconds"].items()}
    return measured | _answers(file, kept / "shop")


def _evaluate(file: Path, kept: Path, figures: Path) -> dict[str, Any]:
    """The command itself, in a process of its own."""
    entry = "from local.cli import main; main()"
    options = ["--protocol", "basket", "--cold", "--baskets", file, "--json", figures, "--keep", kept]
    subprocess.run([sys.executable, "-c", entry, "evaluate", *map(str, options)], check=True)
    return dict(json.loads(figures.read_text()))


def _answers(file: Path, shop_folder: Path) -> dict[str, float]:
    """Milliseconds of an answer in the process, after a first one."""
    shop = wiring.shop(wiring.parts(Settings(data=shop_folder)))
    baskets = [order.products for order in read_orders(file, {}).orders if 2 <= len(order.products) <= 20][-_ASKED:]
    for_basket(shop, baskets[0], Question())
    taken = []
    for basket in baskets:
        started = time.perf_counter()
        for_basket(shop, basket, Question())
        taken.append((time.perf_counter() - started) * 1_000)
    return {f"answer, p{share}, ms": float(np.percentile(taken, share)) for share in (50, 99)}
