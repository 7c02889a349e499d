"""What shoppers type, and what is made of it: tables of queries, written before the parser that they are held to."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from indexer.vocabulary import vocabulary_of
from shared.domain.filters import AllOf, Comparison, Filter, InRange, Not, OneOf
from shared.domain.products import Product
from shared.domain.understanding.parsing import understand
from shared.domain.understanding.understood import Constraint
from shared.domain.understanding.vocabulary import Vocabulary
from tests import shoppers_queries
from tests.shop_of_words import words_shop

SHOES = Product(
    "shoes",
    "Nike Red Running Shoes",
    brand="Nike",
    categories=("Footwear", "Running Shoes"),
    colour="Red",
    material="Nylon",
    gender="Men",
    size="42",
    price=120.0,
    sale_price=100.0,
    currency="USD",
)


@dataclass(frozen=True)
class Row:
    currency: str
    query: str
    wanted: frozenset[str]


@pytest.fixture(scope="module")
def shop() -> Vocabulary:
    return vocabulary_of(words_shop)


@pytest.fixture(scope="module")
def fashion(data_dir: Path) -> Vocabulary:
    with (data_dir / "fashion" / "catalogue.csv").open() as file:
        rows = list(csv.DictReader(file))
    levels = ("masterCategory", "subCategory", "articleType")
    products = [
        Product(
            row["id"],
            row["productDisplayName"],
            categories=tuple(row[level] for level in levels),
            colour=row["baseColour"],
            gender=row["gender"],
            attributes={"usage": row["usage"], "season": row["season"]},
        )
        for row in rows
    ]
    return vocabulary_of(lambda: products)


def test_plain_queries(shop: Vocabulary) -> None:
    rows = rows_of(shoppers_queries.PLAIN, shoppers_queries.FAMILIES)
    assert len(rows) >= 150
    assert_share(rows, shop, 0.95)


def test_queries_that_deceive(shop: Vocabulary) -> None:
    rows = rows_of(shoppers_queries.TRAPS, shoppers_queries.FAMILIES)
    assert len(rows) >= 50
    assert_share(rows, shop, 0.9)


def test_queries_to_a_real_catalogue(fashion: Vocabulary) -> None:
    rows = rows_of(shoppers_queries.FASHION, shoppers_queries.FASHION_FAMILIES)
    assert len(rows) >= 40
    assert_share(rows, fashion, 0.9)


def test_queries_that_were_written_later(shop: Vocabulary) -> None:
    assert_share(rows_of(shoppers_queries.LATER, shoppers_queries.FAMILIES), shop, 0.9)


def test_what_is_said_of_a_product(shop: Vocabulary) -> None:
    rows = rows_of(shoppers_queries.CHANGED, shoppers_queries.FAMILIES)
    assert_share(rows, shop, 0.95, SHOES)


def assert_share(rows: list[Row], vocabulary: Vocabulary, least: float, seed: Product | None = None) -> None:
    wrong = []
    spoken = {currency: replace(vocabulary, currency=currency) for currency in {row.currency for row in rows}}
    for row in rows:
        found = frozenset(told(each) for each in understand(row.query, spoken[row.currency], seed).constraints)
        if found != row.wanted:
            wrong.append(f"{row.query!r}: not {sorted(row.wanted)} but {sorted(found)}")
    share = 1 - len(wrong) / len(rows)
    assert share >= least, f"{share:.1%} of {len(rows)} are right; wrong are:\n" + "\n".join(wrong)


def rows_of(table: str, families: Mapping[str, str]) -> list[Row]:
    rows = []
    for line in table.strip().splitlines():
        query, _, wanted = line.partition(" =>")
        code, is_code, rest = query.partition(": ")
        currency, query = (code, rest) if is_code and len(code) == 3 and code.isupper() else ("USD", query)
        parts = (part.strip() for part in wanted.split(";"))
        rows.append(Row(currency, query, frozenset(expanded(part, families) for part in parts if part)))
    return rows


def expanded(part: str, families: Mapping[str, str]) -> str:
    name, equals, values = part.partition("=")
    if name.lstrip("!") not in ("colour", "material", "gender", "category", "brand", "size"):
        return part
    whole = (
        [value for each in values.split("|") for value in families.get(each.removeprefix("~"), each).split("|")]
        if ("~" in values)
        else values.split("|")
    )
    return name + equals + "|".join(sorted(set(whole)))


def told(constraint: Constraint) -> str:
    """As the tables write it."""
    if constraint.without or constraint.having:
        return f"{'!' if constraint.negated else ''}text={(constraint.without or constraint.having)[0]}"
    if constraint.condition is None:
        return f"{constraint.field.value if constraint.field else ''}?"
    if constraint.guessed:
        return "price<=guess"
    return told_filter(constraint.condition)


def told_filter(condition: Filter) -> str:
    match condition:
        case Not(part):
            return f"!{told_filter(part)}"
        case OneOf(field, values):
            return f"{field.value}={'|'.join(sorted(set(values)))}"
        case InRange(field, comparison, bound):
            return f"{field.value}{comparison.value}{bound:g}"
        case AllOf((InRange(field, Comparison.AT_LEAST, low), InRange(_, Comparison.AT_MOST, high))):
            return f"{field.value}={low:g}..{high:g}"
    raise AssertionError(condition)
