"""Two shops in one deployment: with one's key, nothing of the other's is seen, and nothing of it changes.

Everything of the first shop has a word in it that is nowhere in the second one. The second one's key asks every route,
by the first one's ids: the word is in no answer, the first shop's data is the same afterwards, and every answer is what
a deployment of the second shop alone gives.
"""

import hashlib
import json
import re
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from starlette.types import ASGIApp

from functions.reindex.app import Desk
from local.server import create_app
from shared import wiring
from shared.domain.access import Caller, KeyKind, Scope
from shared.domain.errors import KeyRefused
from shared.domain.events import EventType
from shared.domain.sends import Send, SendState, SentPick
from shared.http.gate import Gate
from shared.http.policy import POLICY
from shared.services.popularity import refresh_popularity
from shared.services.rulebook import apply_rules
from shared.services.themes import apply_themes
from shared.settings import SHOPS, Settings
from tests.support import (
    NOW,
    NoStarter,
    StillClock,
    copied,
    event,
    pictures,
    query_encoders,
    reindex,
    small_feed_rows,
    write_small_feed,
)

OTHER = "outlet"
WORD = "zan"
"""In whatever is the first shop's."""
_DRAWN = re.compile(r"[0-9a-f]{32}|(?<=\"slots\":\")[\w.-]+|(?<=_ms\":)[\d.]+")
"""Ids that are drawn at random for every answer, what is signed, and how long anything took."""


@dataclass(frozen=True, slots=True)
class OfHeader:
    """Whose secret key a request has, by a header; ``shops`` are the names of the shops that there are keys for."""

    shops: Mapping[str, str]

    def caller(self, headers: Mapping[str, str], path: str) -> Caller | None:
        key = headers.get("x-api-key", "")
        if key not in self.shops:
            raise KeyRefused("The key is not known here: check it.")
        return Caller(self.shops[key], KeyKind.SECRET, frozenset(Scope), key)

    def origins(self) -> frozenset[str]:
        return frozenset()

    def is_at_hand(self, headers: Mapping[str, str], path: str) -> bool:
        return True


def rows_of(word: str, count: int) -> list[dict[str, object]]:
    """A catalogue with ``word`` in every text of it."""
    return [
        row
        | {
            "id": f"{word}-{row['id']}",
            "title": f"{word.title()} {row['title']}",
            "brand": f"{word.title()}{row['brand']}",
            "category": f"{word.title()} {row['category']}",
            "item_group_id": f"{word}-{row['item_group_id']}",
            "image": f"{word}-{row['image']}",
            "link": f"https://{word}.example/{row['id']}",
        }
        for row in small_feed_rows()[:count]
    ]


def fill(parts: wiring.Parts, word: str, count: int, folder: Path) -> None:
    """Catalogue, events, rules, collections, lists and sends of a shop."""
    feed, images = write_small_feed(folder, rows_of(word, count))
    parts.events.add(
        [
            event(f"{word}-ada", EventType.VIEW, f"{word}-p7"),
            event(f"{word}-ada", EventType.PURCHASE, f"{word}-p3"),
            event(f"{word}-ada", EventType.SEARCH, query=f"{word} mug"),
            event(f"anon:{word}-guest", EventType.VIEW, f"{word}-p8"),
            event(f"{word}-bob", EventType.PURCHASE, f"{word}-p4"),
        ]
    )
    for number in range(30):
        pair = (("p6", "p18", "p24")[number % 3], ("p7", "p13", "p19")[number % 3])
        at = NOW - timedelta(days=1)
        parts.events.add([event(f"{word}-u{number}", EventType.PURCHASE, f"{word}-{each}", at) for each in pair])
    reindex(parts, feed, folder / "work", images=images)
    refresh_popularity(parts.events, parts.blobs, NOW)
    apply_rules(parts.blobs, {"rules": [{"id": f"{word}-hides", "kind": "hide", "products": [f"{word}-p5"]}]}, NOW)
    apply_themes(parts.blobs, {"themes": [{"slug": f"{word}-warm", "title": f"{word} warm", "prompt": "scarf"}]}, NOW)
    pick = SentPick("b", f"{word}-p7", f"{word}-g7", "for_you:text", "because_of", f"Because you viewed {word}")
    parts.sends.add(
        [Send(f"{word}-ada", f"{word}-spring", "email", SendState.SENT, NOW, f"{word}-0ref0ref0ref0ref", (pick,))]
    )


@dataclass(frozen=True, slots=True)
class Deployment:
    """``parts`` are of the shops by their names; ``client`` calls their apps through one gate."""

    data: Path
    parts: Mapping[str, wiring.Parts]
    client: TestClient
    apps: Mapping[str, FastAPI]

    def ask(self, key: str, method: str, path: str, body: Any) -> tuple[int, str]:
        answer = self.client.request(method, path, json=body, headers={"x-api-key": key}, follow_redirects=False)
        location = answer.headers.get("location", "")
        return answer.status_code, answer.content.decode("utf-8", "replace") + location


def deployment(data: Path, keys: Mapping[str, str], clock: StillClock) -> Deployment:
    settings = Settings(data=data)
    parts = {name: wiring.parts(settings.of_shop(name), clock) for name in keys.values()}
    apps: dict[str, FastAPI] = {}

    def open_app(name: str) -> ASGIApp:
        own = parts[name]
        desk = Desk(own.state, NoStarter(), own.clock, new_id=lambda: "0" * 32)
        apps[name] = create_app(own, encoders=query_encoders(clock), desk=desk, pictures=pictures())
        return apps[name]

    client = TestClient(Gate(OfHeader(keys), open_app), raise_server_exceptions=False)
    return Deployment(data, parts, client, apps)


@pytest.fixture(scope="module")
def clock() -> StillClock:
    return StillClock()


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory, clock: StillClock) -> Deployment:
    folder = tmp_path_factory.mktemp("tenancy")
    made = deployment(folder / "data", {"key-of-the-first": "", "key-of-the-other": OTHER}, clock)
    fill(made.parts[""], WORD, 30, folder / WORD)
    fill(made.parts[OTHER], "own", 24, folder / "own")
    return made


@pytest.fixture(scope="module")
def alone(both: Deployment, tmp_path_factory: pytest.TempPathFactory, clock: StillClock) -> Deployment:
    """The second shop without a first one."""
    folder = tmp_path_factory.mktemp("alone") / "data"
    copied(both.data / SHOPS / OTHER, folder)
    return deployment(folder, {"key-of-the-other": ""}, clock)


VIEWED = {
    "event_id": "tenancy-1", "user_id": "zan-ada", "type": "view", "product_id": "zan-p7",
    "occurred_at": NOW.isoformat(),
}  # fmt: skip
CONSENT = {"personalise": False, "analytics": True, "email": True}
PICKS = {"campaign": "zan-spring", "users": ["zan-ada", "zan-bob"], "blocks": [{"name": "b", "count": 3}]}
SESSION = [{"type": "view", "product_id": "zan-p7"}]
THEMES = {"themes": [{"slug": "own-warm", "title": "Own warm", "prompt": "scarf"}]}

REQUESTS: dict[str, list[tuple[str, Any]]] = {
    "GET /health": [("/health", None)],
    "GET /v1/users/{user_id}/recommendations": [
        ("/v1/users/zan-ada/recommendations?limit=50", None),
        ("/v1/users/anon:zan-guest/recommendations?limit=50&referrer_product=zan-p7", None),
    ],
    "POST /v1/recommendations": [("/v1/recommendations", {"session": SESSION, "user_id": "zan-ada", "limit": 50})],
    "GET /v1/products": [("/v1/products?id=zan-p7&id=own-p7", None)],
    "GET /v1/products/{product_id}/similar": [
        (f"/v1/products/zan-p7/similar?by={by}", None) for by in ("all", "image")
    ],
    "GET /v1/products/{product_id}/complements": [("/v1/products/zan-p7/complements", None)],
    "GET /v1/products/{product_id}/look": [("/v1/products/zan-p7/look", None)],
    "GET /v1/products/{product_id}/bundles": [("/v1/products/zan-p7/bundles", None)],
    "POST /v1/baskets/recommendations": [("/v1/baskets/recommendations", {"product_ids": ["zan-p7", "zan-p3"]})],
    "POST /v1/rerank": [("/v1/rerank", {"user_id": "zan-ada", "product_ids": ["zan-p7", "zan-p3", "own-p7"]})],
    "GET /v1/lists/{name}": [
        (f"/v1/lists/{name}?limit=50&user_id=zan-ada", None)
        for name in ("best-sellers", "most-viewed", "new-arrivals", "trending", "price-drops", "back-in-stock")
    ],
    "GET /v1/trending": [("/v1/trending?limit=50", None)],
    "GET /v1/users/{user_id}/recently-viewed": [("/v1/users/zan-ada/recently-viewed", None)],
    "GET /v1/users/{user_id}/buy-again": [("/v1/users/zan-ada/buy-again", None)],
    "GET /v1/quiz": [("/v1/quiz", None)],
    "POST /v1/search": [
        ("/v1/search", {"text": "red mug", "user_id": "zan-ada", "limit": 50, "facets": ["brand", "category"]}),
        ("/v1/search", {"text": "but blue", "like": "zan-p7"}),
    ],
    "GET /v1/suggest": [("/v1/suggest?q=za", None), ("/v1/suggest?q=mug&user_id=zan-ada", None)],
    "GET /v1/collections": [("/v1/collections?user_id=zan-ada", None)],
    "GET /v1/collections/{slug}": [("/v1/collections/zan-warm?user_id=zan-ada", None)],
    "POST /v1/collections/{slug}/share": [("/v1/collections/zan-warm/share", {"user_id": "zan-ada"})],
    "GET /v1/shared/{token}": [("/v1/shared/{shared}", None)],
    "POST /v1/events": [("/v1/events", {"events": [VIEWED]})],
    "POST /v1/quiz/answers": [
        ("/v1/quiz/answers", {"user_id": "zan-ada", "answers": [{"question": "q1", "chosen": ["zan-p7"]}]}),
        ("/v1/quiz/answers", {"user_id": "zan-ada", "likes": {"colours": ["Blue"]}}),
    ],
    "POST /v1/users/merge": [("/v1/users/merge", {"anonymous_id": "zan-guest", "user_id": "zan-ada"})],
    "GET /v1/users/{user_id}/consent": [("/v1/users/zan-ada/consent", None)],
    "PUT /v1/users/{user_id}/consent": [("/v1/users/zan-bob/consent", CONSENT)],
    "GET /v1/users/{user_id}/profile": [("/v1/users/zan-ada/profile", None)],
    "DELETE /v1/users/{user_id}/profile/interests/{interest_id}": [
        ("/v1/users/zan-ada/profile/interests/{interest}", None)
    ],
    "GET /v1/users/{user_id}/export": [("/v1/users/zan-ada/export", None)],
    "POST /v1/picks": [("/v1/picks", PICKS)],
    "GET /v1/users/{user_id}/picks": [("/v1/users/zan-ada/picks?campaign=zan-summer", None)],
    "POST /v1/sends": [("/v1/sends", {"campaign": "zan-spring", "action": "confirm", "user_ids": ["zan-ada"]})],
    "GET /v1/slots/{token}/{image}": [("/v1/slots/{slots}/0.jpg", None)],
    "GET /v1/slots/{token}/{place}/link": [("/v1/slots/{slots}/0/link", None)],
    "PATCH /v1/products": [("/v1/products", {"products": [{"id": "zan-p7", "price": 1.5}]})],
    "GET /v1/rules": [("/v1/rules", None)],
    "PUT /v1/rules": [("/v1/rules", {"rules": [{"id": "r", "kind": "bury", "products": ["zan-p7"], "factor": 0.5}]})],
    "GET /v1/collections/book": [("/v1/collections/book", None)],
    "PUT /v1/collections/book": [("/v1/collections/book", THEMES)],
    "GET /v1/dashboard/traffic": [("/v1/dashboard/traffic?minutes=60", None)],
    "GET /v1/dashboard/outcomes": [("/v1/dashboard/outcomes?days=30", None)],
    "GET /v1/dashboard/catalogue": [("/v1/dashboard/catalogue?days=30", None)],
    "GET /v1/dashboard/versions": [("/v1/dashboard/versions", None)],
    "GET /v1/dashboard/drift": [("/v1/dashboard/drift?days=30", None)],
    "GET /v1/products/{product_id}/inspection": [("/v1/products/zan-p7/inspection", None)],
    "GET /v1/users/{user_id}/inspection": [("/v1/users/zan-ada/inspection", None)],
    "GET /v1/users/{user_id}/why": [("/v1/users/zan-ada/why?product_id=zan-p7", None)],
    "GET /": [("/", None)],
    "GET /config.json": [("/config.json", None)],
    "POST /v1/reindex": [("/v1/reindex", {"feed": "https://own.example/feed.xml"})],
    "GET /v1/reindex": [("/v1/reindex", None)],
    "DELETE /v1/users/{user_id}": [("/v1/users/zan-bob", None)],
}
"""By the first shop's ids, every route; erasing comes last."""
OF_EVERYBODY = {"GET /docs", "GET /docs/oauth2-redirect", "GET /redoc"}
"""Of no shop: the API's own documentation."""


def test_every_route_is_asked() -> None:
    assert {route.replace(":path}", "}") for route in POLICY} - OF_EVERYBODY == set(REQUESTS)


def requests() -> Iterator[tuple[str, str, Any]]:
    for route, asked in REQUESTS.items():
        for path, body in asked:
            yield route.partition(" ")[0], path, body


@pytest.fixture(scope="module")
def secrets(both: Deployment) -> dict[str, str]:
    """What only the first shop's own answers say of it, to be asked for by the other."""
    status, shared = both.ask("key-of-the-first", "POST", "/v1/collections/zan-warm/share", {"user_id": "zan-ada"})
    assert status == 200, shared
    status, profile = both.ask("key-of-the-first", "GET", "/v1/users/zan-ada/profile", None)
    assert status == 200, profile
    (interest, *_) = json.loads(profile)["interests"]
    status, picks = both.ask("key-of-the-first", "GET", "/v1/users/zan-ada/picks?campaign=zan-autumn", None)
    assert status == 200, picks
    slots = json.loads(picks)["slots"]
    return {"{shared}": json.loads(shared)["token"], "{interest}": interest["id"], "{slots}": slots}


@pytest.fixture(scope="module")
def asked(both: Deployment, alone: Deployment, secrets: dict[str, str]) -> dict[str, Any]:
    """Every request by the other's key, in the deployment of both and in its own, and what it did to the data."""
    before = digest(both.data, but=SHOPS)
    own_before = digest(both.data / SHOPS / OTHER)
    answers = []
    for method, template, body in requests():
        path = filled(template, secrets)
        there = both.ask("key-of-the-other", method, path, body)
        answers.append((f"{method} {path}", body, there, alone.ask("key-of-the-other", method, path, body)))
    return {
        "answers": answers,
        "first": (before, digest(both.data, but=SHOPS)),
        "own": (own_before, digest(both.data / SHOPS / OTHER)),
    }


def filled(path: str, secrets: Mapping[str, str]) -> str:
    for place, secret in secrets.items():
        path = path.replace(place, secret)
    return path


def digest(folder: Path, but: str = "-") -> dict[str, str]:
    """Of every table and every other file below ``folder``."""
    found: dict[str, str] = {}
    for path in sorted(each for each in folder.rglob("*") if each.is_file()):
        name = path.relative_to(folder)
        if name.parts[0] == but or path.name.endswith(("-wal", "-shm")):
            continue
        content = dump(path) if path.suffix == ".sqlite" else path.read_bytes()
        found[str(name)] = hashlib.sha256(content).hexdigest()
    return found


def dump(path: Path) -> bytes:
    connection = sqlite3.connect(path)
    try:
        return "\n".join(connection.iterdump()).encode()
    finally:
        connection.close()


def test_no_answer_has_a_byte_of_the_other_shops(asked: dict[str, Any], secrets: dict[str, str]) -> None:
    sent = set(re.findall(r"\bzan-[a-z0-9]+", " ".join(f"{path} {json.dumps(body)}" for _, path, body in requests())))
    assert sent == {"zan-ada", "zan-bob", "zan-guest", "zan-p7", "zan-p3", "zan-warm", "zan-spring", "zan-summer"}
    for request, _, (_, told), _ in asked["answers"]:
        for each in (*sent, *secrets.values()):
            told = told.replace(each, "")  # that the words of its own requests come back says nothing of anybody
        assert WORD not in told.lower(), f"{request}: {told}"


def test_every_answer_is_that_of_a_deployment_of_its_own(asked: dict[str, Any]) -> None:
    for request, _, there, alone in asked["answers"]:
        assert (there[0], _DRAWN.sub("*", there[1])) == (alone[0], _DRAWN.sub("*", alone[1])), request


def test_nothing_of_the_other_shop_is_changed(asked: dict[str, Any]) -> None:
    before, after = asked["first"]
    assert after == before
    assert {"events.sqlite", "catalogue.sqlite", "state.sqlite"} <= set(before)
    own_before, own_after = asked["own"]
    assert own_before["events.sqlite"] != own_after["events.sqlite"]
    assert own_before["state.sqlite"] != own_after["state.sqlite"]


def test_the_same_requests_say_and_do_something_in_the_shop_that_they_are_about(
    asked: dict[str, Any], both: Deployment, secrets: dict[str, str]
) -> None:
    """Or that nothing was told and done would say nothing."""
    told = dict.fromkeys(REQUESTS, "")
    before = digest(both.data, but=SHOPS)
    for route, templates in REQUESTS.items():
        for template, body in templates:
            status, text = both.ask("key-of-the-first", route.partition(" ")[0], filled(template, secrets), body)
            assert status < 400, f"{route}: {text}"
            told[route] += text.lower()
    silent = {route for route, text in told.items() if WORD not in text}
    assert silent <= {route for route in REQUESTS if not route.startswith("GET ")} | {
        "GET /health", "GET /v1/reindex", "GET /v1/users/{user_id}/consent",
        "GET /v1/slots/{token}/{image}", "GET /v1/slots/{token}/{place}/link",
        "GET /v1/dashboard/traffic", "GET /v1/dashboard/outcomes", "GET /v1/dashboard/versions",
        "GET /v1/dashboard/drift", "GET /", "GET /config.json",
    }, silent  # fmt: skip
    after = digest(both.data, but=SHOPS)
    assert {name for name in before if before[name] != after[name]} >= {
        "events.sqlite", "catalogue.sqlite", "state.sqlite", "sends.sqlite",
    }  # fmt: skip


def test_a_key_of_no_shop_opens_none(both: Deployment) -> None:
    for method, template, body in requests():
        status, _ = both.ask("no-key", method, template, body)
        assert status == 401
