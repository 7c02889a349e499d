"""Newcomers in the demo shop: what five quiz answers are worth beside twenty real events and the popularity list.

The shop learns from the demo's shoppers; asked about are others, of whom it knows nothing. Each answers the quiz by its
hidden taste alone: of the products shown it chooses, among the kinds of its interests, those that appeal to it at least
half as much as its favourite of the question. Hits are counted on its next purchases after its first twenty events, of
products that it has not touched in these; every list leaves out what it has touched.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from local.demo_shop.browsing import Shelves
from local.demo_shop.build import build
from local.demo_shop.catalogue import ShopProduct, catalogue
from local.demo_shop.sessions import simulate
from local.demo_shop.shoppers import SHOPPERS, Shopper, shoppers
from local.indexing import IndexOptions, index_feed
from local.output import bars
from shared import wiring
from shared.domain.declared import Declared
from shared.domain.events import TELLING_TYPES, Event, EventType
from shared.services.pages import Question
from shared.services.quiz import ShownQuestion, quiz, take_answers
from shared.services.recommend import for_you
from shared.services.shop import Shop
from shared.settings import Settings

EVENTS = 20
ANSWERS = 5
_NEXT = 5
_TOP = 10
_STRANGERS = 600
_HALF_AS_MUCH = 0.5
_SHELVES = 815
"""The seed that the simulation lays out its shelves with."""

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Case:
    """A stranger, the first events, which end now, and the purchases after them."""

    shopper: Shopper
    events: tuple[Event, ...]
    bought: tuple[str, ...]

    @property
    def touched(self) -> frozenset[str]:
        return frozenset(event.product_id for event in self.events)


class _Still:
    def now(self) -> datetime:
        return NOW


def measure(_: Path, work: Path) -> dict[str, Any]:
    settings = Settings(data=work / "newcomers")
    demo = build(work / "newcomers" / "shop", NOW)
    parts = wiring.parts(settings, _Still())
    teach(parts)
    with bars(quiet=True) as progress:
        index_feed(settings, str(demo.feed), IndexOptions(images=demo.images), progress, _Still())
    return figures(parts, _STRANGERS)


def teach(parts: wiring.Parts) -> None:
    """The events of the demo's own shoppers."""
    events = simulate(shoppers(), catalogue(), NOW)
    for first in range(0, len(events), 500):
        parts.events.add(events[first : first + 500])


def figures(parts: wiring.Parts, strangers: int) -> dict[str, Any]:
    """hit@10 of each list: the share of the next purchases that are among its first ten."""
    shop, profiles = wiring.shop(parts), wiring.profiles(parts)
    shelves = Shelves(catalogue(), Random(_SHELVES))
    questions = quiz(shop, ANSWERS).questions
    asked = list(cases(strangers))
    hits = {"popular": 0, "quiz": 0, "events": 0}
    chosen = 0
    for case in asked:
        picked = tuple(each for question in questions for each in answer(case.shopper, question, shelves))
        chosen += len(picked)
        take_answers(profiles, f"quiz-{case.shopper.id}", Declared(picked=picked))
        parts.events.add([replace(event, user_id=f"events-{case.shopper.id}") for event in case.events])
        for arm in hits:
            hits[arm] += len(set(_list(shop, f"{arm}-{case.shopper.id}", case)).intersection(case.bought))
    bought = sum(len(case.bought) for case in asked)
    rates = {arm: count / bought for arm, count in hits.items()}
    return {
        "strangers asked about": len(asked),
        "their next purchases": bought,
        "options of the quiz": sum(len(question.options) for question in questions),
        "options chosen, mean": chosen / len(asked),
        "hit@10, popularity": rates["popular"],
        f"hit@10, {ANSWERS} quiz answers": rates["quiz"],
        f"hit@10, {EVENTS} events": rates["events"],
        "quiz over events": rates["quiz"] / rates["events"],
        "quiz over popularity": rates["quiz"] / rates["popular"],
    }


def cases(strangers: int) -> Iterator[Case]:
    """Shoppers whom the shop has never seen, with enough events and a purchase of something new after them."""
    people = shoppers(SHOPPERS + strangers)[SHOPPERS:]
    lives: dict[str, list[Event]] = {each.id: [] for each in people}
    for event in simulate(people, catalogue(), NOW):
        if event.type in TELLING_TYPES:
            lives[event.user_id].append(event)
    for shopper in people:
        first, later = lives[shopper.id][:EVENTS], lives[shopper.id][EVENTS:]
        touched = {event.product_id for event in first}
        bought = [e.product_id for e in later if e.type is EventType.PURCHASE and e.product_id not in touched]
        if bought:
            moved = NOW - timedelta(minutes=1) - first[-1].occurred_at
            recent = tuple(replace(event, occurred_at=event.occurred_at + moved) for event in first)
            yield Case(shopper, recent, tuple(dict.fromkeys(bought))[:_NEXT])


def answer(shopper: Shopper, question: ShownQuestion, shelves: Shelves) -> Sequence[str]:
    """What the shopper chooses of a question's options."""
    products = {product.id: product for product in shelves.products}
    appeals = {each.id: _appeal(shopper, products[each.id], shelves) for each in question.options}
    best = max(appeals.values())
    liked = [each for each, appeal in appeals.items() if appeal > 0 and appeal >= _HALF_AS_MUCH * best]
    return sorted(liked, key=lambda each: (-appeals[each], each))[: question.most_choices]


def _appeal(shopper: Shopper, product: ShopProduct, shelves: Shelves) -> float:
    """As in the simulation, where a shopper goes to the shelves of an interest, by its share, and looks by appeal."""
    share = sum(interest.share for interest in shopper.interests if product.kind.key in interest.kinds)
    return share * shelves.appeal(shopper, product)


def _list(shop: Shop, user_id: str, case: Case) -> list[str]:
    items = for_you(shop, user_id, Question(limit=_TOP + EVENTS)).items
    return [item.product.id for item in items if item.product.id not in case.touched][:_TOP]
