"""Baskets out of histories, and the rows that are learnt from them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from indexer.baskets import MOST_IN_A_BASKET, SETTINGS, aged_baskets, baskets_of, carts_of, sessions_of
from indexer.behaviour import BasketSettings, fit_baskets
from shared.domain.behaviour import dimension
from shared.domain.errors import InvalidInput
from shared.domain.events import Event, EventType
from tests.support import NOW

MINUTE = timedelta(minutes=1)


def did(minute: float, product: str, type: EventType = EventType.PURCHASE) -> Event:
    return Event(f"{minute} {product} {type}", "u", type, NOW + minute * MINUTE, NOW, product)


def test_a_basket_is_what_was_bought_without_a_long_pause() -> None:
    bought = [did(0, "b"), did(0, "a"), did(29, "c"), did(58, "a"), did(120, "d"), did(200, "e"), did(230, "f")]
    assert list(baskets_of([bought])) == [("a", "b", "c"), ("e", "f")]
    assert list(baskets_of([[did(0, "a")], [did(0, "b")]])) == [], "of two users"


def test_a_cart_counts_beside_purchases_only_where_it_is_asked_for() -> None:
    history = [did(0, "a", EventType.ADD_TO_CART), did(1, "b", EventType.VIEW), did(2, "c")]
    assert list(baskets_of([history])) == []
    assert list(carts_of([history])) == [("a", "c")]


def test_a_session_ends_with_a_pause_and_has_telling_events_alone() -> None:
    seen = [did(0, "a", EventType.VIEW), did(1, "b", EventType.IMPRESSION), did(30, "c", EventType.VIEW), did(61, "d")]
    assert [[event.product_id for event in own] for own in sessions_of([seen])] == [["a", "c"], ["d"]]


def test_a_huge_order_is_cut() -> None:
    (basket,) = baskets_of([[did(0, f"p{number:04}") for number in range(3 * MOST_IN_A_BASKET)]])
    assert len(basket) == MOST_IN_A_BASKET


def random_baskets(seed: int, count: int = 400, products: int = 40) -> list[tuple[tuple[str, ...], int]]:
    """Pairs that go together, and something at random beside them; of 30 months."""
    rng = np.random.default_rng(seed)
    drawn = rng.integers(products // 2, size=count).tolist()
    other = rng.integers(products, size=(count, 2)).tolist()
    return [
        (tuple(sorted({f"p{2 * pair}", f"p{2 * pair + 1}", f"p{a}", f"p{b}"})), age % 30)
        for age, (pair, (a, b)) in enumerate(zip(drawn, other, strict=True))
    ]


def test_what_goes_together_is_learnt_as_the_ridge_says(tmp_path: Path) -> None:
    baskets = random_baskets(1)
    settings = BasketSettings(ridge=2.0, half_life=10.0, dropout=0.2)
    model = fit_baskets(baskets, settings, tmp_path).model
    held = np.array([[each in basket for each in model.products] for basket, _ in baskets], dtype=float)
    ages = np.array([age for _, age in baskets])
    gram = held.T @ (held * (held.sum(axis=1) ** -settings.crowding * 0.5 ** (ages / 10.0))[:, None])
    target = model.products.index("p3")
    near = np.flatnonzero((gram[:, target] > 0) & (np.arange(len(gram)) != target))
    inner = gram[np.ix_(near, near)]
    weights = np.linalg.solve(inner + 2.0 * np.eye(len(near)) + 0.25 * np.diag(np.diag(inner)), gram[near, target])
    expected = {
        dimension(model.products[place]): weight for place, weight in zip(near, weights, strict=True) if weight > 0
    }
    row = model.row("p3")
    assert row is not None
    assert dict(zip(row.indices.tolist(), row.values.tolist(), strict=True)) == pytest.approx(
        expected, rel=1e-3, abs=1e-4
    )
    assert row.indices[np.argmax(row.values)] == dimension("p2")


def test_the_age_of_a_basket_is_counted_in_calendar_months_from_the_newest() -> None:
    def ages(newest: datetime) -> list[int]:
        moments = (datetime(2025, 12, 31, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC), newest)
        histories = [[replace(did(0, each), occurred_at=at) for each in "ab"] for at in moments]
        return [age for _, age in aged_baskets(histories)]

    assert ages(datetime(2026, 3, 1, tzinfo=UTC)) == ages(datetime(2026, 3, 31, tzinfo=UTC)) == [3, 2, 0]
    assert ages(datetime(2026, 4, 1, tzinfo=UTC)) == [4, 3, 0]


def test_a_second_fit_takes_over_what_did_not_change_and_equals_one_from_scratch(tmp_path: Path) -> None:
    baskets = random_baskets(2, count=120)
    apart = [((f"x{number % 5}", f"x{(number + 1) % 5}"), 0) for number in range(30)]
    first = fit_baskets([*baskets, *apart], SETTINGS, tmp_path)
    again = fit_baskets([*apart, *reversed(baskets)], SETTINGS, tmp_path, first.model)
    assert again.solved == 0, "whatever order they come in"
    grown = [*baskets, *apart, (("x0", "x2"), 0)]
    second = fit_baskets(grown, SETTINGS, tmp_path, first.model)
    assert 0 < second.solved <= 5
    assert second.model.to_bytes() == fit_baskets(grown, SETTINGS, tmp_path).model.to_bytes()


def test_nothing_is_learnt_of_nothing(tmp_path: Path) -> None:
    assert fit_baskets([], SETTINGS, tmp_path).model.products == ()


@pytest.mark.parametrize(
    "settings",
    [
        {"ridge": 0.0},
        {"dropout": 1.0},
        {"half_life": 0.0},
        {"crowding": -1.0},
        {"neighbours": 0},
        {"ridge": float("nan")},
    ],
)
def test_settings_out_of_range_are_refused(settings: dict[str, float]) -> None:
    with pytest.raises(InvalidInput, match=f"basket setting {next(iter(settings))}"):
        BasketSettings(**settings)
