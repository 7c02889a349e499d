"""What is learnt of country, device, campaign and time, and how it weighs what is popular."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import numpy as np
import pytest

from indexer.contexts import learn_contexts
from shared.domain.context import (
    MOST_LIFTED,
    Context,
    ContextModel,
    Dimension,
    Lifts,
    Season,
    band_of,
    context_from_bytes,
    context_to_bytes,
    season_of,
    shifts,
    situation_of,
)
from shared.domain.events import Event, EventType
from tests.support import NOW, event

CATEGORIES = {f"coat{number}": "Coats" for number in range(5)} | {f"hat{number}": "Hats" for number in range(5)}


def histories(users: int, coats_in: str, share: float, seed: int = 0) -> list[list[Event]]:
    """Users of two countries who want one thing each: a coat by half, of those in ``coats_in`` by ``share``."""
    rng = np.random.default_rng(seed)
    made = []
    for number in range(users):
        country = ("AT", "SE")[number % 2]
        coat = rng.random() < (share if country == coats_in else 0.5)
        product = f"{'coat' if coat else 'hat'}{rng.integers(5)}"
        made.append([event(f"u{number}", EventType.VIEW, product, properties={"country": country})])
    return made


def test_what_a_country_wants_more_is_lifted_there_and_less_elsewhere() -> None:
    model = learn_contexts(histories(600, "SE", 0.9), CATEGORIES)
    lifts = model.lifts[Dimension.COUNTRY]
    assert 1.15 < lifts["SE"].categories["Coats"] < 1.4  # 90 % where 70 % are expected
    assert lifts["SE"].categories["Hats"] < 0.6
    assert lifts["AT"].categories["Coats"] < 1
    factors, why = shifts(["hat1", "coat1", "other"], model, {Dimension.COUNTRY: "AT"}, NOW)
    assert factors[0] > 1 > factors[1]
    assert factors[2] == 1
    assert why == [Dimension.COUNTRY, None, None]


def test_chance_lifts_nothing() -> None:
    for seed in range(5):
        assert learn_contexts(histories(600, "SE", 0.5, seed), CATEGORIES).lifts == {}
    assert learn_contexts(histories(60, "SE", 0.9), CATEGORIES).lifts == {}  # too few to tell


def test_one_keen_user_is_no_country() -> None:
    keen = [
        event("keen", EventType.VIEW, "coat1", NOW - timedelta(minutes=n), properties={"country": "SE"})
        for n in range(500)
    ]
    assert learn_contexts([keen, *histories(600, "SE", 0.5)], CATEGORIES).lifts == {}


def test_no_lift_leaves_its_bounds() -> None:
    model = learn_contexts(histories(4_000, "SE", 1.0), CATEGORIES)
    for of in model.lifts[Dimension.COUNTRY].values():
        assert all(1 / MOST_LIFTED <= lift <= MOST_LIFTED for lift in (*of.categories.values(), *of.products.values()))


def test_a_product_that_differs_from_its_category_has_a_lift_of_its_own() -> None:
    plain = histories(600, "SE", 0.5)
    loved = [[event(f"v{n}", EventType.VIEW, "hat1", properties={"country": "SE"})] for n in range(200)]
    lifts = learn_contexts([*plain, *loved], CATEGORIES).lifts[Dimension.COUNTRY]["SE"]
    assert lifts.products["hat1"] > lifts.categories.get("Hats", 1.0)
    assert lifts.products.keys() == {"hat1"}


def test_the_fact_comes_back_as_it_was_and_refuses_what_is_out_of_bounds() -> None:
    model = learn_contexts(histories(600, "SE", 0.9), CATEGORIES)
    assert context_from_bytes(context_to_bytes(model)) == model
    with pytest.raises(ValueError, match="out of its bounds"):
        context_from_bytes(context_to_bytes(ContextModel({Dimension.HOUR: {"night": Lifts({"Hats": 99.0})}})))


def test_hour_and_season_are_the_clocks_unless_they_are_said() -> None:
    situation = situation_of(Context(country="at"), NOW)
    assert situation == {Dimension.COUNTRY: "AT", Dimension.SEASON: "spring", Dimension.HOUR: "midday"}
    said = situation_of(Context(hour=3, season=Season.WINTER), NOW)
    assert (said[Dimension.HOUR], said[Dimension.SEASON]) == ("night", "winter")


def months() -> Iterator[tuple[int, Season]]:
    yield from zip(range(1, 13), [Season.WINTER] * 2 + [Season.SPRING] * 3 + [Season.SUMMER] * 3, strict=False)
    yield from [(9, Season.AUTUMN), (11, Season.AUTUMN), (12, Season.WINTER)]


@pytest.mark.parametrize(("month", "season"), list(months()))
def test_seasons_begin_in_december(month: int, season: Season) -> None:
    assert season_of(datetime(2026, month, 15, tzinfo=NOW.tzinfo)) is season


def test_every_hour_is_in_a_part_of_the_day() -> None:
    assert [band_of(hour) for hour in (0, 4, 5, 10, 11, 14, 18, 22, 23)] == [
        *("night", "night", "morning", "morning", "midday", "afternoon", "evening", "evening", "night")
    ]


def test_a_season_counts_only_by_what_it_differs_in_from_a_month_ago() -> None:
    model = ContextModel(
        {Dimension.SEASON: {"spring": Lifts({"Coats": 0.5}), "summer": Lifts({"Coats": 0.25})}}, {"coat1": "Coats"}
    )
    middle, _ = shifts(["coat1"], model, situation_of(Context(), NOW), NOW)
    assert middle.tolist() == [1.0]
    june = datetime(2026, 6, 3, tzinfo=NOW.tzinfo)
    begun, _ = shifts(["coat1"], model, situation_of(Context(), june), june)
    assert begun.tolist() == [0.5]
