"""``vitrine evaluate --protocol basket``: orders out of a file, and a shop that has something to learn from them."""

import csv
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from indexer.evaluation.baselines import Deeds
from indexer.evaluation.basket_baselines import counts, lift
from indexer.evaluation.basket_lines import read_orders
from indexer.evaluation.basket_split import split_baskets, without, without_lines
from indexer.evaluation.encoded import Ask
from local.commands.evaluate import Protocol, evaluate
from shared.domain.errors import InvalidInput, NotFound

START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
HEADER = ("InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "CustomerID")


def written(path: Path, rows: list[tuple[object, ...]], header: tuple[str, ...] = HEADER) -> Path:
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return path


@pytest.fixture(scope="module")
def invoices(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """300 orders in 30 weeks, each of two things that go together and one of anything; charges and returns between."""
    rng = np.random.default_rng(1)
    rows: list[tuple[object, ...]] = []
    for order in range(300):
        pair = int(rng.integers(10))
        day = f"{START + timedelta(days=order * 0.7):%Y-%m-%d %H:%M:%S}"
        for product in {100 + pair, 200 + pair, 100 + int(rng.integers(10)), 200 + int(rng.integers(10))}:
            rows.append((f"5{order:04}", product, f"{'CUP' if product < 200 else 'PLATE'} {product}", 2, day, 1 + pair))
        rows.append((f"5{order:04}", "POST", "POSTAGE", 1, day, 1 + pair))
        if order % 50 == 0:
            rows.append((f"C5{order:04}", 100 + pair, "CUP", -2, day, 1 + pair))
            rows.append((f"5{order:04}", 300, "broken", -1, day, ""))
    return written(tmp_path_factory.mktemp("orders") / "invoices.csv", rows)


def test_orders_are_read_and_what_is_no_product_is_dropped(invoices: Path) -> None:
    read = read_orders(invoices, {})
    assert len(read.orders) == 300
    assert len(read.titles) == 20
    assert read.titles["103"] == "CUP 103"
    assert read.dropped == {
        "codes that are no products": 300,
        "cancellations": 6,
        "of a quantity of zero or less": 6,
    }


def test_columns_can_be_told_and_missing_ones_are_asked_for(tmp_path: Path) -> None:
    rows = [("o1", "P1", "2026-01-01"), ("o1", "P2", "2026-01-01"), ("o2", "SHIPPING", "2026-01-02")]
    file = written(tmp_path / "lines.csv", rows, ("bon", "sku", "day"))
    with pytest.raises(InvalidInput, match=r"No column looks like the order: .*--map order=COLUMN"):
        read_orders(file, {"time": "day"})
    read = read_orders(file, {"order": "bon", "time": "day"})
    assert [order.products for order in read.orders] == [("P1", "P2")]
    with pytest.raises(InvalidInput, match="no column 'Tag'"):
        read_orders(file, {"time": "Tag"})
    with pytest.raises(InvalidInput, match="--map price"):
        read_orders(file, {"price": "sku"})
    with pytest.raises(NotFound):
        read_orders(tmp_path / "nothing.csv", {})


def test_the_split_is_by_time_and_hides_one_product_of_each_basket(invoices: Path) -> None:
    orders = read_orders(invoices, {}).orders
    split = split_baskets(orders, 4, seed=1)
    assert max(order.at for order in split.fitted) < split.validated_at <= min(order.at for order in split.revealed)
    assert max(order.at for order in split.revealed) < split.tested_at <= min(order.at for order in split.tested)
    assert len(split.test) == len(split.tested)
    for case, order in zip(split.test, split.tested, strict=True):
        assert {*case.given, *case.wanted} == set(order.products)
        assert len(case.wanted) == 1
    assert split.test == split_baskets(orders, 4, seed=1).test
    assert split.test != split_baskets(orders, 4, seed=2).test
    assert all("103" not in order.products for order in without(orders, ["103"]))
    with pytest.raises(InvalidInput, match="too short a time"):
        split_baskets(orders, 20, seed=1)


def test_counts_and_lift_rank_as_their_names_say() -> None:
    baskets = [[0, 1], [0, 1], [0, 2], [1, 3], [1, 3], [1, 0]]
    users, items = np.array([(row, item) for row, held in enumerate(baskets) for item in held], np.int32).T
    deeds = Deeds(users, items, 4)
    ask = Ask(np.array([0], np.int32), np.array([0], np.int32))
    assert counts(deeds, {}, 1)([ask])[0, :2].tolist() == [1, 2]
    assert lift(deeds, {"least": 1}, 1)([ask])[0, :2].tolist() == [2, 1]
    assert lift(deeds, {"least": 2}, 1)([ask])[0, :2].tolist() == [1, -1]


def test_the_command_measures_ours_beside_the_baselines(tmp_path: Path, invoices: Path) -> None:
    to = tmp_path / "figures.json"
    evaluate(Protocol.BASKET, baskets=invoices, test_weeks=4, json_to=to, data=tmp_path / "data")
    got: dict[str, Any] = json.loads(to.read_text())
    assert got["ours"]["hit@10"] > got["popularity"]["hit@10"]
    assert got["protocol"]["baskets asked about"] == 41
    assert got["protocol"]["products"] == 20
    low, high = got["intervals"]["ours"]["ndcg@10"]
    assert low <= got["ours"]["ndcg@10"] <= high
    assert {"counts", "lift", "item_knn", "als"} <= got.keys() or got["notes"]


def test_products_that_nobody_bought_are_asked_about_too(tmp_path: Path, invoices: Path) -> None:
    to = tmp_path / "figures.json"
    evaluate(Protocol.BASKET, baskets=invoices, test_weeks=4, cold=True, json_to=to, data=tmp_path / "data")
    cold: dict[str, Any] = json.loads(to.read_text())["cold_products"]
    assert cold["products asked about"] == 2
    for figures in (cold, cold["whole baskets taken out"]):
        for wanted in ("one other wanted", "the rest wanted"):
            assert {"ours", "complements", "text", "category_popularity"} <= figures[wanted].keys()
        assert figures["one other wanted"]["ours"]["hit@10"] <= figures["the rest wanted"]["ours"]["hit@10"]


def test_lines_are_taken_out_and_the_rest_of_an_order_stays(invoices: Path) -> None:
    orders = read_orders(invoices, {}).orders
    left = without_lines(orders, ["103"])
    assert {each for order in left for each in order.products} == {
        each for order in orders for each in order.products
    } - {"103"}
    assert len(left) == len(orders)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"protocol": Protocol.BASKET}, "--baskets FILE"),
        ({"protocol": Protocol.BASKET, "baskets": Path("x"), "hide": 0.1}, "no other data"),
        ({"protocol": Protocol.TEMPORAL, "cold": True}, "belong to basket"),
    ],
)
def test_what_does_not_belong_together_is_said(options: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        evaluate(**options)
