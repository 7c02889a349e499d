"""Ids of answers name their scenario, through every list and over its pages."""

import pytest

from shared import wiring
from shared.domain.events import LONGEST_ID
from shared.domain.recommendation_ids import named, scenario_of
from shared.domain.rules import Scenario
from shared.services.pages import Question, start
from shared.services.trending import trending

HEX = "0f3c5598e519468f895e4f2a2757df0f"


@pytest.mark.parametrize("scenario", Scenario)
def test_an_id_says_what_it_was_given_for_and_fits(scenario: Scenario) -> None:
    made = named(HEX, scenario)
    assert scenario_of(made) is scenario
    assert len(made) <= LONGEST_ID / 2


@pytest.mark.parametrize("text", ["", HEX, f"{HEX[:8]}-{HEX[8:]}", "for_you", "x-", "-", "x-for-you", "x-for_you "])
def test_an_id_of_somebody_else_says_nothing(text: str) -> None:
    assert scenario_of(text) is None


@pytest.mark.parametrize("scenario", Scenario)
def test_every_ranking_has_an_id_of_its_scenario(small_shop: wiring.Parts, scenario: Scenario) -> None:
    shop = wiring.shop(small_shop)
    first, second = (start(shop, scenario, Question()).at.recommendation_id for _ in range(2))
    assert (scenario_of(first), scenario_of(second)) == (scenario, scenario)
    assert first != second


def test_pages_of_one_answer_have_one_id(small_shop: wiring.Parts) -> None:
    shop = wiring.shop(small_shop)
    first = trending(shop, Question(limit=3))
    second = trending(shop, Question(limit=3, cursor=first.cursor or ""))
    assert scenario_of(first.recommendation_id) is Scenario.TRENDING
    assert second.recommendation_id == first.recommendation_id
