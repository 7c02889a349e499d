"""Why a product is, or is not, in a user's list: what is said agrees with the list itself, and is true."""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from shared import wiring
from shared.domain import cursor
from shared.domain.choices import Consent
from shared.domain.errors import InvalidInput
from shared.domain.events import Event, EventType
from shared.domain.rules import Scenario
from shared.domain.why import Cause, CauseKind, Stage
from shared.services import pages
from shared.services.consent import set_consent
from shared.services.listing import paged
from shared.services.pages import Question
from shared.services.popularity import refresh_popularity
from shared.services.recommend import for_you, personal_listing
from shared.services.rulebook import apply_rules
from shared.services.shop import Shop
from shared.services.trace import Trace
from shared.services.why import Why, why
from shared.settings import Settings
from shared.wiring import keeping
from tests.support import NOW, StillClock, copied, event, reindex, write_small_feed

IDS = [*(f"p{number}" for number in range(1, 61)), "p99"]
TYPES = (
    EventType.VIEW, EventType.CLICK, EventType.ADD_TO_CART, EventType.REMOVE_FROM_CART, EventType.WISHLIST,
    EventType.PURCHASE, EventType.REFUND, EventType.DISLIKE,
)  # fmt: skip
FILTERS = ("", "", "price < 40", "not brand = Bolt")
RULES = {
    "rules": [
        {"id": "no-p9", "kind": "hide", "products": ["p9"]},
        {"id": "no-toys", "kind": "hide", "filter": "colour = green and price > 50"},
        {"id": "first", "kind": "pin", "products": ["p20"], "position": 2},
        {"id": "more-linen", "kind": "boost", "filter": "colour = blue", "factor": 1.5},
    ]
}


@dataclass(frozen=True)
class Case:
    """A user's history, and the list that is asked for."""

    events: list[Event]
    limit: int
    filter: str


def case(seed: int) -> Case:
    draw = random.Random(seed)
    deeds = [
        event(
            "u",
            draw.choice(TYPES),
            draw.choice(IDS[:-1]),
            NOW - timedelta(days=draw.choice((0, 1, 5, 20, 60)), seconds=number),
            f"{seed}-{number}",
        )
        for number in range(draw.choice((0, 1, 4, 12)))
    ]
    return Case(deeds, draw.choice((3, 12, 50)), draw.choice(FILTERS))


def looked_at(seed: int, asked: Case) -> list[str]:
    """What the history speaks of, its variants among it, what the rules speak of, and a part of the rest."""
    numbers = {int(each.product_id[1:]) for each in asked.events}
    variants = [f"p{number + 54}" for number in numbers if number < 7]
    touched = [f"p{number}" for number in numbers]
    return sorted({*touched, *variants, "p9", "p12", "p20", "p55", "p99", *random.Random(seed).sample(IDS, 12)})


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data of the small shop, published once."""
    folder = tmp_path_factory.mktemp("why")
    feed, images = write_small_feed(folder / "feed")
    reindex(wiring.parts(Settings(data=folder / "data"), StillClock()), feed, folder / "work", images=images)
    return folder / "data"


@pytest.fixture
def busy_shop(built: Path, tmp_path: Path, clock: StillClock) -> wiring.Parts:
    """With what is popular, and rules."""
    copied(built, tmp_path / "data")
    small_shop = wiring.parts(Settings(data=tmp_path / "data"), clock)
    crowd = [
        event(f"v{number}", EventType.VIEW, f"p{1 + number * 7 % 23}", NOW - timedelta(days=1)) for number in range(40)
    ]
    small_shop.events.add(crowd)
    refresh_popularity(small_shop.events, small_shop.blobs, NOW)
    apply_rules(small_shop.blobs, RULES, NOW)
    return small_shop


def shown_of(shop: Shop, asked: Case) -> list[str]:
    """Over all pages."""
    ids: list[str] = []
    at: str | None = ""
    while at is not None:
        page = for_you(shop, "u", Question(asked.limit, asked.filter, at))
        ids += [item.product.id for item in page.items]
        at = page.cursor
    return ids


@pytest.mark.parametrize("depths", [cursor.DEPTHS, (6, 12)])
def test_what_is_said_is_what_the_pages_show(
    busy_shop: wiring.Parts, depths: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cursor, "DEPTHS", depths)
    monkeypatch.setattr(pages, "DEPTHS", depths)
    shop = wiring.shop(busy_shop)
    kinds = Counter[CauseKind]()
    for seed in range(7):
        asked = case(seed)
        busy_shop.events.add(asked.events)
        shown = shown_of(shop, asked)
        for product_id in looked_at(seed, asked):
            said = why(shop, "u", product_id, asked.limit, asked.filter)
            assert said.place == (shown.index(product_id) + 1 if product_id in shown else None), (seed, product_id)
            assert bool(said.causes) == (product_id not in shown)
            for told in said.causes:
                kinds[told.kind] += 1
                assert told.sentence.endswith(".")
                assert is_true(asked, shown, said, told), (seed, product_id, told)
        while busy_shop.events.forget("u"):
            pass
    seldom = {CauseKind.NOT_FOUND} if depths == (6, 12) else set()
    assert kinds.keys() >= seldom | {
        CauseKind.UNKNOWN, CauseKind.BOUGHT, CauseKind.IN_CART, CauseKind.DISLIKED, CauseKind.SEEN_LATELY,
        CauseKind.HIDDEN, CauseKind.SOLD_OUT, CauseKind.FILTER, CauseKind.VARIANT_OF_SHOWN,
        CauseKind.VARIANT_OF_EXCLUDED, CauseKind.NOTHING_KNOWN,
    }  # fmt: skip


def is_true(asked: Case, shown: list[str], said: Why, told: Cause) -> bool:
    """By the events and the feed alone."""
    number = int(said.product_id[1:])
    mine = [each for each in asked.events if each.product_id == said.product_id]
    types = {each.type for each in mine}
    group = {f"p{each}" for each in range(1, 61) if (each - 1) % 54 == (number - 1) % 54} - {said.product_id}
    gone = {each.product_id for each in asked.events}
    hidden_by = {"no-p9": number == 9, "no-toys": number % 4 == 2 and number > 45}
    for_whom = {EventType.DISLIKE, EventType.REFUND, EventType.REMOVE_FROM_CART}
    checks: dict[CauseKind, Callable[[], bool]] = {
        CauseKind.UNKNOWN: lambda: said.product_id == "p99",
        CauseKind.BOUGHT: lambda: bool(types & {EventType.PURCHASE, EventType.REFUND}),
        CauseKind.IN_CART: lambda: EventType.ADD_TO_CART in types,
        CauseKind.DISLIKED: lambda: EventType.DISLIKE in types,
        CauseKind.SEEN_LATELY: lambda: any(each.occurred_at > NOW - timedelta(days=14) for each in mine),
        CauseKind.HIDDEN: lambda: hidden_by[told.rule],
        CauseKind.SOLD_OUT: lambda: number == 12,
        CauseKind.FILTER: lambda: {"price < 40": 5 + number >= 40, "not brand = Bolt": number % 2 == 0}[asked.filter],
        CauseKind.VARIANT_OF_SHOWN: lambda: told.product_id in group and shown.index(told.product_id) + 1 == told.place,
        CauseKind.VARIANT_OF_EXCLUDED: lambda: told.product_id in group & gone,
        CauseKind.VARIANT_PASSED: lambda: told.product_id in group - set(shown),
        CauseKind.NOTHING_KNOWN: lambda: {each.type for each in asked.events} <= for_whom,
        CauseKind.NOT_FOUND: lambda: all(
            each.place is None and (each.score or 0) <= (each.last_score or 0) for each in said.found
        ),
        CauseKind.NOT_ENOUGH: lambda: any(each.place for each in said.found),
    }
    return checks[told.kind]()


@pytest.fixture
def told(busy_shop: wiring.Parts) -> tuple[wiring.Parts, Shop]:
    """A user who looked at mugs, and liked two scarfs long ago."""
    busy_shop.events.add(
        [
            event("u", EventType.VIEW, "p6", NOW - timedelta(days=1)),
            event("u", EventType.ADD_TO_CART, "p12", NOW - timedelta(days=2)),
            event("u", EventType.WISHLIST, "p4", NOW - timedelta(days=40)),
            event("u", EventType.DISLIKE, "p3", NOW - timedelta(days=3)),
        ]
    )
    return busy_shop, wiring.shop(busy_shop)


def test_the_parts_of_a_score_come_to_it(told: tuple[wiring.Parts, Shop]) -> None:
    _, shop = told
    for product_id in shown_of(shop, Case([], 12, ""))[:12]:
        said = why(shop, "u", product_id)
        made = said.scored
        if made.sum is None:
            assert made.raised
            continue
        assert sum(part.adds for part in made.parts) == pytest.approx(made.sum)
        for part in made.parts:
            above = max(part.raw - part.background, 0.0)
            assert part.adds == pytest.approx(part.weight * above / part.tenth_best if above else 0.0)
        by_deeds = sum(deed.adds for deed in made.deeds)
        assert by_deeds <= made.sum + 1e-9
        for deed in made.deeds:
            assert deed.adds == pytest.approx(sum(deed.spaces.values()))
            assert deed.product_id in {"p6", "p12", "p4"}


def test_places_lead_from_what_is_found_to_what_is_shown(told: tuple[wiring.Parts, Shop]) -> None:
    _, shop = told
    said = why(shop, "u", "p18")
    assert [each.stage for each in said.stages] == [
        Stage.RETRIEVAL, Stage.SUM, Stage.INTERESTS, Stage.RERANKING, Stage.FINAL,
    ]  # fmt: skip
    assert all(each.place and 1 <= each.place <= each.of for each in said.stages)
    assert said.sentence == f"Green stoneware mug 18 stands at place {said.place}."
    assert said.reason is not None
    assert said.reason.sentence
    assert {each.interest for each in said.found} >= {None}
    assert any(each.place for each in said.found)


def test_rules_that_speak_of_it_are_named_and_which_of_them_decides(told: tuple[wiring.Parts, Shop]) -> None:
    parts, shop = told
    both = {"id": "less-p20", "kind": "bury", "products": ["p20"], "factor": 0.5}
    apply_rules(parts.blobs, {"rules": [*RULES["rules"], both]}, NOW)
    shop = wiring.shop(parts)
    said = why(shop, "u", "p20")
    assert [(met.rule.id, met.decides) for met in said.rules] == [("first", True), ("less-p20", False)]
    assert said.place == 2
    assert said.scored.raised["pin"] == 1.0


def test_without_leave_nothing_of_the_user_is_looked_at(told: tuple[wiring.Parts, Shop]) -> None:
    parts, shop = told
    set_consent(keeping(parts), "u", lambda _: Consent(False, False, False))
    said = why(shop, "u", "p60")
    assert not said.personalised
    assert (said.events, said.taste.weights, said.found) == (0, {}, [])
    assert [each.kind for each in said.causes] == [CauseKind.NO_LEAVE]
    assert why(shop, "u", "p12").causes[0].kind is CauseKind.SOLD_OUT


def test_what_came_after_the_live_version_is_not_in_it(told: tuple[wiring.Parts, Shop]) -> None:
    parts, shop = told
    known = [parts.products.get([each])[each] for each in ("p6", "p12", "p4", "p18")]
    new = replace(known[0], id="new", item_group_id="")
    parts.products.replace(parts.versions.live() or "", NOW, [*known, new])
    assert [each.kind for each in why(shop, "u", "new").causes] == [CauseKind.NOT_IN_VERSION]
    assert [each.kind for each in why(shop, "u", "p24").causes] == [CauseKind.UNKNOWN]


def test_beyond_the_places_that_are_looked_at(told: tuple[wiring.Parts, Shop], monkeypatch: pytest.MonkeyPatch) -> None:
    _, shop = told
    shown = shown_of(shop, Case([], 4, ""))
    monkeypatch.setattr("shared.services.why.MOST_PLACES", 6)
    assert [why(shop, "u", each, 4).place for each in shown[:6]] == [1, 2, 3, 4, 5, 6]
    for product_id in shown[6:]:
        said = why(shop, "u", product_id, 4)
        assert (said.place, [each.kind for each in said.causes]) == (None, [CauseKind.BEYOND])


def test_a_trace_changes_nothing_of_the_list(told: tuple[wiring.Parts, Shop]) -> None:
    _, shop = told
    shop = replace(shop, new_id=lambda: "0" * 32)
    begin = pages.start(shop, Scenario.FOR_YOU, Question(50), "u", "")
    plain, traced = (
        paged(shop, begin, personal_listing(shop, begin, "u", trace=trace), ()) for trace in (None, Trace())
    )
    assert plain == traced
    assert len(plain.items) > 30


def test_a_product_must_be_named(told: tuple[wiring.Parts, Shop]) -> None:
    with pytest.raises(InvalidInput):
        why(told[1], "u", "")
