"""A user's taste in the order of a search: by how much it can move what, and when it moves nothing."""

import dataclasses
from datetime import timedelta
from typing import Any

import pytest

from shared import wiring
from shared.domain.events import EventType
from shared.domain.exact import EXACT
from shared.domain.recommendations import Candidate, Part
from shared.domain.rules import Scenario
from shared.services.pages import Question, Start, start
from shared.services.personal_order import USUAL_STRENGTH, to_taste
from shared.services.shop import Shop
from shared.services.theme_ranking import TASTE
from shared.settings import Settings
from tests.breaking import Breaking, unavailable
from tests.support import NOW, StillClock, event, reindex, write_small_feed

BLUE_SHOES = ("p1", "p13", "p25", "p37", "p49")
SHIRTS = ("p2", "p8", "p14", "p20", "p26", "p32")


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> wiring.Parts:
    folder = tmp_path_factory.mktemp("taste")
    feed, images = write_small_feed(folder / "feed")
    parts = wiring.parts(Settings(data=folder / "data"), StillClock())
    reindex(parts, feed, folder / "work", images=images)
    parts.events.add([event("runner", EventType.PURCHASE, each, NOW - timedelta(days=1)) for each in BLUE_SHOES])
    parts.events.add([event("hater", EventType.DISLIKE, "p1")])
    return parts


@pytest.fixture
def shop(parts: wiring.Parts) -> Shop:
    return wiring.shop(parts)


@pytest.fixture
def begin(shop: Shop) -> Start:
    return start(shop, Scenario.SEARCH, Question(), "words")


def candidates(*scores: tuple[str, float]) -> list[Candidate]:
    return [
        Candidate(product_id, score, {"keywords": score * 0.75, "text": score * 0.25}) for product_id, score in scores
    ]


FOUND = candidates(*[(each, 1.0 - place / 400) for place, each in enumerate((*SHIRTS, "p7", "p19", "p31", "p43"))])


def order(found: list[Candidate]) -> list[str]:
    return [each.product_id for each in found]


@pytest.mark.parametrize(("user", "strength"), [("", 1.0), ("runner", 0.0), ("stranger", 1.0), ("hater", 0.0)])
def test_without_a_taste_or_a_strength_nothing_changes(shop: Shop, begin: Start, user: str, strength: float) -> None:
    assert to_taste(shop, begin, user, strength, FOUND) == FOUND
    assert to_taste(shop, begin, user, strength, []) == []


def test_what_is_liked_rises_and_every_score_is_the_sum_of_its_sources(shop: Shop, begin: Start) -> None:
    found = to_taste(shop, begin, "runner", USUAL_STRENGTH, FOUND)

    assert sorted(order(found)) == sorted(order(FOUND))
    assert set(order(found)[:4]) == {"p7", "p19", "p31", "p43"}  # running shoes, before the shirts
    before = {each.product_id: each.score for each in FOUND}
    for each in found:
        assert each.score == pytest.approx(sum(each.sources.values()))
        assert before[each.product_id] / (1 + USUAL_STRENGTH) <= each.score <= before[each.product_id] + 1e-12
    scores = [each.score for each in found]
    assert scores == sorted(scores, reverse=True)
    assert TASTE in found[0].sources


def test_what_matches_half_as_well_again_is_not_passed(shop: Shop, begin: Start) -> None:
    """The bound that the usual strength states, with one side's liking at its most and the other's at its least."""
    for share, passes in ((1.6, False), (1.05, True)):
        found = to_taste(shop, begin, "runner", USUAL_STRENGTH, candidates(("p2", share), ("p7", 1.0), ("p9", 0.1)))
        assert (order(found)[0] == "p7") is passes


def test_what_does_not_match_stays_at_nothing(shop: Shop, begin: Start) -> None:
    found = to_taste(shop, begin, "runner", 1.0, candidates(("p2", 0.5), ("p7", 0.0)))
    assert order(found) == ["p2", "p7"]
    assert found[1].score == 0.0
    assert TASTE not in found[1].sources


def test_what_the_words_name_stays_before_the_rest_and_as_it_was(shop: Shop, begin: Start) -> None:
    named = [Candidate("p2", 3.0, {EXACT: 3.0}), Candidate("p8", 2.0, {EXACT: 2.0})]
    found = to_taste(shop, begin, "runner", 1.0, [*named, *candidates(("p14", 1.0), ("p7", 0.99))])
    assert found[:2] == named
    assert order(found)[2:] == ["p7", "p14"]


def test_without_the_event_store_the_order_stays_and_that_is_noted(parts: wiring.Parts) -> None:
    broken: Any = Breaking(parts.events, unavailable)
    shop = wiring.shop(dataclasses.replace(parts, events=broken))
    begin = start(shop, Scenario.SEARCH, Question(), "words")
    assert to_taste(shop, begin, "runner", 1.0, FOUND) == FOUND
    assert begin.troubles.parts == (Part.EVENTS,)


def test_the_same_question_at_the_same_moment_has_the_same_order(shop: Shop, begin: Start, parts: wiring.Parts) -> None:
    first = to_taste(shop, begin, "runner", 1.0, FOUND)
    assert isinstance(parts.clock, StillClock)
    parts.clock.forward(seconds=10)
    parts.events.add([event("runner", EventType.PURCHASE, each, parts.clock.now()) for each in SHIRTS])
    assert to_taste(shop, begin, "runner", 1.0, FOUND) == first
