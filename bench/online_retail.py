"""Online Retail (UCI): a gift wholesaler's invoices, then ``vitrine evaluate`` with the last 8 weeks as test."""

import csv
import gzip
import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

TEST_WEEKS = 8
_SYSTEMS = ("ours", "popularity", "recent_popularity", "item_knn", "als")


def measure(data: Path, work: Path) -> dict[str, Any]:
    events, items, last = prepare(data, work / "online-retail")
    test_from = f"{last - timedelta(weeks=TEST_WEEKS):%Y-%m-%d}"
    figures = _evaluate(events, items, test_from, work / "online-retail" / "figures.json")
    measured: dict[str, Any] = {"test from": test_from, "users": figures["protocol"]["users asked about"]}
    for name in filter(figures.__contains__, _SYSTEMS):
        measured |= {f"{name}, {each}": figures[name][each] for each in ("ndcg@10", "hr@10", "recall@50")}
    return measured | {f"seconds, {stage}": taken for stage, taken in figures["seconds"].items()}


def prepare(data: Path, folder: Path) -> tuple[Path, Path, datetime]:
    """An events file, an items file and the last day: purchases and refunds of known customers, by stock code."""
    folder.mkdir(parents=True, exist_ok=True)
    products: dict[str, tuple[str, str]] = {}
    last = datetime.min.replace(tzinfo=UTC)
    with (folder / "events.jsonl").open("w") as events:
        for number, row in enumerate(_rows(data)):
            cancelled = row["InvoiceNo"].startswith("C")
            if not row["CustomerID"]:
                continue  # nobody's, and often a stock correction with a remark where the description should be
            if not cancelled:
                products[row["StockCode"]] = (row["Description"].strip() or row["StockCode"], row["UnitPrice"])
            at = datetime.fromisoformat(row["InvoiceDate"]).replace(tzinfo=UTC)
            last = max(last, at)
            event = {
                "event_id": f"{row['InvoiceNo']}-{number}",
                "user_id": row["CustomerID"].removesuffix(".0"),
                "type": "refund" if cancelled else "purchase",
                "product_id": row["StockCode"],
                "occurred_at": at.isoformat(),
            }
            events.write(json.dumps(event) + "\n")
    with (folder / "items.csv").open("w", newline="") as items:
        writer = csv.writer(items)
        writer.writerow(["id", "title", "price"])
        writer.writerows([code, title, price if float(price) > 0 else ""] for code, (title, price) in products.items())
    return folder / "events.jsonl", folder / "items.csv", last


def _rows(data: Path) -> Iterator[dict[str, str]]:
    with gzip.open(data / "online_retail" / "invoices.csv.gz", "rt", encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines)


def _evaluate(events: Path, items: Path, test_from: str, figures: Path) -> dict[str, Any]:
    """The command itself, in a process of its own."""
    entry = "from local.cli import main; main()"
    options = ["--protocol", "temporal", "--events", events, "--items", items, "--test-from", test_from]
    subprocess.run([sys.executable, "-c", entry, "evaluate", *map(str, options), "--json", str(figures)], check=True)
    return dict(json.loads(figures.read_text()))
