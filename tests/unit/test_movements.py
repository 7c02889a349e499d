"""What moves a product, and how much news one feed may bring."""

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.domain import movements as domain
from shared.domain.events import country_of
from shared.domain.movements import Movement, MovementKind, News, latest, movements
from shared.domain.products import Availability, Product
from tests.support import NOW

DAY = timedelta(days=1)
ARRIVED, BACK, CHEAPER = MovementKind
MUG = Product("a", "A", price=20.0, currency="EUR")
SOLD_OUT = replace(MUG, stock=0)


@pytest.mark.parametrize(
    ("before", "after", "kinds"),
    [
        (None, MUG, {ARRIVED}),
        (None, replace(MUG, added_at=NOW - 2 * DAY), {ARRIVED}),
        (None, replace(MUG, added_at=NOW - 31 * DAY), set()),
        (MUG, MUG, set()),
        (SOLD_OUT, MUG, {BACK}),
        (
            replace(MUG, availability=Availability.OUT_OF_STOCK),
            replace(MUG, availability=Availability.PREORDER),
            {BACK},
        ),
        (SOLD_OUT, replace(SOLD_OUT, stock=None, availability=Availability.OUT_OF_STOCK), set()),
        (MUG, replace(MUG, price=19.0), {CHEAPER}),
        (MUG, replace(MUG, price=19.01), set()),
        (MUG, replace(MUG, price=40.0, sale_price=15.0), {CHEAPER}),
        (replace(MUG, sale_price=15.0), MUG, set()),
        (MUG, replace(MUG, price=10.0, currency="USD"), set()),
        (replace(MUG, price=None), MUG, set()),
        (MUG, replace(MUG, price=None), set()),
        (replace(MUG, price=0.0), replace(MUG, price=0.0), set()),
        (SOLD_OUT, replace(MUG, price=10.0), {BACK, CHEAPER}),
    ],
)
def test_what_moves_a_product(before: Product | None, after: Product, kinds: set[MovementKind]) -> None:
    found = movements(before, after, NOW)
    assert {each.kind for each in found} == kinds
    assert len(found) == len(kinds)
    assert all((each.before is None) is (each.kind is not CHEAPER) for each in found)


def test_one_feed_brings_so_much_and_nobody_arrives_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(domain, "MOST_AT_ONCE", 3)
    asked: list[int] = []

    def arrived() -> set[str]:
        asked.append(1)
        return {"p1"}

    news = News(NOW, arrived)
    for number in range(9):
        news.compare(SOLD_OUT, MUG)
        news.compare(None, Product(f"p{number}", "P"))
    told = news.told(NOW + DAY)
    assert [each.product_id for each in told[ARRIVED]] == ["p0", "p2", "p3"]
    assert {each.at for each in told[ARRIVED]} == {NOW + DAY}
    assert (len(told[BACK]), CHEAPER in told, len(asked)) == (3, False, 1)


def test_latest_is_newest_first_each_product_once() -> None:
    found = [Movement(id_, BACK, NOW - days * DAY) for id_, days in (("a", 3), ("b", 1), ("a", 2), ("c", 1), ("d", 31))]
    assert [each.product_id for each in latest(found, NOW, 9)] == ["b", "c", "a"]
    assert latest(found, NOW, 9)[2].at == NOW - 2 * DAY
    assert [each.product_id for each in latest(found, NOW - 2 * DAY, 9)] == ["a", "d"]
    assert [each.product_id for each in latest(found, NOW, 1)] == ["b"]


@pytest.mark.parametrize(
    ("country", "known"), [("DE", "DE"), ("de", ""), ("DEU", ""), ("D1", ""), ("ÄÖ", ""), ("", "")]
)
def test_a_country_is_two_capital_letters(country: str, known: str) -> None:
    assert country_of({"country": country}) == known
    assert country_of({}) == ""
