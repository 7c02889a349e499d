"""A week of visitors who look at what they are shown: without them, a dashboard has nothing to tell."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from urllib.parse import quote

from tests.browser.sites import Served
from tests.browser.tour import asked, products

_SEED = 8
_DAYS = 6
_SEEN = 8
"""Of a list's products, how many come to be seen."""
_CLICKS = 0.16
"""Of those that are seen first, how many are clicked; further down it becomes fewer."""
_BASKETS = 0.3
_BUYS = 0.45
_WORDS = ("blue mug", "running shoes", "gift for a gardener", "linen shirt", "lamp", "red toy train", "warm scarf")


def bustle(site: Served, shoppers: int = 60) -> None:
    """As many visitors ask for lists, see some of each, click, and buy a little, as on any day."""
    random = Random(_SEED)
    known = products(site, 40)
    events: list[dict[str, Any]] = []
    for number, shopper in enumerate(list(site.shoppers)[:shoppers]):
        at = datetime.now(UTC) - timedelta(days=random.uniform(0.01, _DAYS))
        for answer in _lists(site, shopper.id, random.choice(known), random.choice(_WORDS)):
            events += _deeds(answer, shopper.id, f"{number}-{len(events)}", at, random)
    for start in range(0, len(events), 100):
        asked(site, "/v1/events", {"events": events[start : start + 100]})


def _lists(site: Served, user: str, product: str, words: str) -> Iterator[Any]:
    who = quote(user, safe="")
    yield asked(site, f"/v1/users/{who}/recommendations?limit=12")
    yield asked(site, f"/v1/lists/trending?user_id={who}&limit=12")
    yield asked(site, f"/v1/products/{product}/similar?user_id={who}&limit=12")
    yield asked(site, f"/v1/products/{product}/complements?user_id={who}&limit=12")
    yield asked(site, "/v1/baskets/recommendations", {"product_ids": [product], "user_id": user, "limit": 12})
    yield asked(site, "/v1/search", {"text": words, "user_id": user, "limit": 12})


def _deeds(answer: Any, user: str, name: str, at: datetime, random: Random) -> Iterator[dict[str, Any]]:
    for place, item in enumerate(answer["items"][:_SEEN]):
        deed = {"user_id": user, "product_id": item["id"], "recommendation_id": answer["recommendation_id"]}

        def done(type_: str, after: int, deed: dict[str, Any] = deed, place: int = place) -> dict[str, Any]:
            moment = (at + timedelta(seconds=20 * place + after)).isoformat()
            return deed | {"event_id": f"bustle-{name}-{place}-{type_}", "type": type_, "occurred_at": moment}

        yield done("impression", 0)
        if random.random() > _CLICKS / (1 + 0.25 * place):
            continue
        yield done("click", 5)
        yield done("view", 6)
        if random.random() < _BASKETS:
            yield done("add_to_cart", 9)
            if random.random() < _BUYS:
                yield done("purchase", 15)
