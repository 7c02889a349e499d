"""The authorisation matrix: every route of every function, by every kind of caller, over the real gate and real stores.

A row for each route, a column for each caller::

    .   let in: whatever the route answers, neither 401 nor 403
    b   let in, to the other shop
    1   401: who it is, is not known
    3   403: who it is, is known, and may not

The callers, from left to right: no key, a wrong one, a revoked one, an expired one, the other shop's secret key; a
publishable key alone, with the user's signature, with another user's, with one that has expired; a secret key, and one
without the scope.
"""

import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from starlette.types import ASGIApp, Message, Receive, Send
from starlette.types import Scope as AsgiScope

from functions.reindex.app import Desk
from local.server import create_app
from shared import wiring
from shared.domain import keys
from shared.domain.access import KeyKind, Scope
from shared.domain.keys import RANDOM_BYTES, Key, Keyring, KeyTerms
from shared.domain.user_tokens import sign_user
from shared.http.callers import AUTHORISED
from shared.http.gate import Gate
from shared.http.policy import POLICY
from shared.services.keyring import change_keyring
from shared.settings import PROJECT, Settings
from tests.support import NoStarter, StillClock, pictures, query_encoders

CALLERS = (
    "no key", "wrong key", "revoked key", "expired key", "other shop's secret key", "publishable key",
    "publishable key, signed user", "publishable key, other user's signature", "publishable key, expired signature",
    "secret key", "secret key without the scope",
)  # fmt: skip
MATRIX = {
    "GET /health":                                                        ". 1 1 1 b . . . 1 . .",
    "GET /v1/users/{user_id:path}/recommendations":                       "1 1 1 1 b 3 . 3 1 . 3",
    "POST /v1/recommendations":                                           "1 1 1 1 b 3 . 3 1 . 3",
    "GET /v1/products":                                                   "1 1 1 1 b . . . 1 . 3",
    "GET /v1/products/{product_id:path}/similar":                         "1 1 1 1 b . . . 1 . 3",
    "GET /v1/products/{product_id:path}/complements":                     "1 1 1 1 b . . . 1 . 3",
    "GET /v1/products/{product_id:path}/look":                            "1 1 1 1 b . . . 1 . 3",
    "GET /v1/products/{product_id:path}/bundles":                         "1 1 1 1 b . . . 1 . 3",
    "POST /v1/baskets/recommendations":                                   "1 1 1 1 b 3 . 3 1 . 3",
    "POST /v1/rerank":                                                    "1 1 1 1 b 3 . 3 1 . 3",
    "GET /v1/lists/{name}":                                               "1 1 1 1 b . . . 1 . 3",
    "GET /v1/trending":                                                   "1 1 1 1 b . . . 1 . 3",
    "GET /v1/users/{user_id:path}/recently-viewed":                       "1 1 1 1 b 3 . 3 1 . 3",
    "GET /v1/users/{user_id:path}/buy-again":                             "1 1 1 1 b 3 . 3 1 . 3",
    "GET /v1/quiz":                                                       "1 1 1 1 b . . . 1 . 3",
    "POST /v1/search":                                                    "1 1 1 1 b 3 . 3 1 . 3",
    "GET /v1/suggest":                                                    "1 1 1 1 b 3 . 3 1 . 3",
    "GET /v1/collections":                                                "1 1 1 1 b 3 . 3 1 . 3",
    "GET /v1/collections/{slug}":                                         "1 1 1 1 b 3 . 3 1 . 3",
    "POST /v1/collections/{slug}/share":                                  "1 1 1 1 b 3 . 3 1 . 3",
    "GET /v1/shared/{token}":                                             "1 1 1 1 b . . . 1 . 3",
    # Of a batch of events, those of other users are rejected one by one.
    "POST /v1/events":                                                    "1 1 1 1 b . . . 1 . 3",
    "POST /v1/quiz/answers":                                              "1 1 1 1 b 3 . 3 1 . 3",
    "POST /v1/users/merge":                                               "1 1 1 1 b 3 . 3 1 . 3",
    "PUT /v1/users/{user_id:path}/consent":                               "1 1 1 1 b 3 . 3 1 . 3",
    "GET /v1/users/{user_id:path}/consent":                               "1 1 1 1 b 3 . 3 1 . 3",
    "GET /v1/users/{user_id:path}/profile":                               "1 1 1 1 b 3 . 3 1 . 3",
    "DELETE /v1/users/{user_id:path}/profile/interests/{interest_id}":    "1 1 1 1 b 3 . 3 1 . 3",
    "GET /v1/users/{user_id:path}/export":                                "1 1 1 1 b 3 . 3 1 . 3",
    "DELETE /v1/users/{user_id:path}":                                    "1 1 1 1 b 3 . 3 1 . 3",
    "POST /v1/picks":                                                     "1 1 1 1 b 3 3 3 1 . 3",
    "GET /v1/users/{user_id:path}/picks":                                 "1 1 1 1 b 3 3 3 1 . 3",
    "POST /v1/sends":                                                     "1 1 1 1 b 3 3 3 1 . 3",
    "GET /v1/slots/{token}/{image}":                                      ". 1 1 1 b . . . 1 . .",
    "GET /v1/slots/{token}/{place}/link":                                 ". 1 1 1 b . . . 1 . .",
    "PATCH /v1/products":                                                 "1 1 1 1 b 3 3 3 1 . 3",
    "GET /v1/rules":                                                      "1 1 1 1 b 3 3 3 1 . 3",
    "PUT /v1/rules":                                                      "1 1 1 1 b 3 3 3 1 . 3",
    "GET /v1/collections/book":                                           "1 1 1 1 b 3 3 3 1 . 3",
    "PUT /v1/collections/book":                                           "1 1 1 1 b 3 3 3 1 . 3",
    "POST /v1/reindex":                                                   "1 1 1 1 b 3 3 3 1 . 3",
    "GET /v1/reindex":                                                    "1 1 1 1 b 3 3 3 1 . 3",
    "GET /v1/dashboard/traffic":                                          "1 1 1 1 b 3 3 3 1 . 3",
    "GET /v1/dashboard/outcomes":                                         "1 1 1 1 b 3 3 3 1 . 3",
    "GET /v1/dashboard/catalogue":                                        "1 1 1 1 b 3 3 3 1 . 3",
    "GET /v1/dashboard/versions":                                         "1 1 1 1 b 3 3 3 1 . 3",
    "GET /v1/dashboard/drift":                                            "1 1 1 1 b 3 3 3 1 . 3",
    "GET /v1/products/{product_id:path}/inspection":                      "1 1 1 1 b 3 3 3 1 . 3",
    "GET /v1/users/{user_id:path}/inspection":                            "1 1 1 1 b 3 3 3 1 . 3",
    "GET /v1/users/{user_id:path}/why":                                   "1 1 1 1 b 3 3 3 1 . 3",
    # The storefront's page asks for what it shows with a key of its own.
    "GET /":                                                              ". 1 1 1 b . . . 1 . .",
    "GET /config.json":                                                   ". 1 1 1 b . . . 1 . .",
    # They describe the API, and have nothing of a shop.
    "GET /docs":                                                          ". 1 1 1 b . . . 1 . .",
    "GET /redoc":                                                         ". 1 1 1 b . . . 1 . .",
    "GET /docs/oauth2-redirect":                                          ". 1 1 1 b . . . 1 . .",
}  # fmt: skip

USER = "maria"
IN_QUERY = {"GET /v1/suggest", "GET /v1/collections", "GET /v1/collections/{slug}"}
"""Where the user that is asked about stands in the query."""
BODIES: dict[str, Any] = {
    "POST /v1/recommendations": {"session": [], "user_id": USER},
    "POST /v1/baskets/recommendations": {"product_ids": ["p1"], "user_id": USER},
    "POST /v1/rerank": {"product_ids": ["p1"], "user_id": USER},
    "POST /v1/search": {"text": "mug", "user_id": USER},
    "POST /v1/collections/{slug}/share": {"user_id": USER},
    "POST /v1/events": {"events": [{"event_id": "1", "user_id": USER, "type": "view", "product_id": "p1"}]},
    "POST /v1/quiz/answers": {"user_id": USER, "likes": {"categories": ["Mugs"]}},
    "POST /v1/users/merge": {"anonymous_id": "anon:1", "user_id": USER},
    "PUT /v1/users/{user_id:path}/consent": {"personalise": True, "email": True, "analytics": True},
}
"""Of the routes that learn from it who is asked about; the others send none, which is refused later than a caller."""
PLACES = {
    "{user_id:path}": USER, "{product_id:path}": "p1", "{name}": "most-viewed", "{slug}": "mugs", "{token}": "-.r.9.x",
    "{image}": "1.png", "{place}": "1", "{interest_id}": "i1",
}  # fmt: skip


@dataclass
class House:
    """Two shops behind one gate, and the headers of every caller."""

    client: TestClient
    headers: dict[str, dict[str, str]]
    without: dict[Scope, str]
    app: FastAPI

    def ask(self, route: str, caller: str) -> tuple[int, str]:
        """The status, and the shop whose app answered."""
        method, path = route.split(" ", 1)
        for place, value in PLACES.items():
            path = path.replace(place, value)
        headers = self.headers[caller]
        if caller == "secret key without the scope":
            headers = {"x-api-key": self.without[POLICY[route].scope or Scope.PICKS]}
        query = {"user_id": USER} if route in IN_QUERY else {}
        body = {"json": BODIES[route]} if route in BODIES else {}
        answer = self.client.request(method, path, params=query, headers=headers, follow_redirects=False, **body)
        return answer.status_code, answer.headers.get("x-of-shop", "nobody")


def named(name: str, app: ASGIApp) -> ASGIApp:
    """``app``, which says in every answer whose it is."""

    async def answer(scope: AsgiScope, receive: Receive, send: Send) -> None:
        async def say(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"x-of-shop", name.encode())]
            await send(message)

        await app(scope, receive, say)

    return answer


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    clock = StillClock()
    settings = Settings(data=tmp_path_factory.mktemp("house"))
    wiring.shops(settings, clock).add("b")
    apps: dict[str, FastAPI] = {}

    def open_app(name: str) -> ASGIApp:
        parts = wiring.parts(settings.of_shop(name), clock)
        desk = Desk(parts.state, NoStarter(), clock)
        apps[name] = create_app(parts, encoders=query_encoders(clock), desk=desk, pictures=pictures())
        return named(name, apps[name])

    headers, without = keys_of(wiring.parts(settings, clock), clock)
    gate = Gate(wiring.access(settings, clock), open_app)
    with TestClient(gate, raise_server_exceptions=False) as client:
        yield House(client, headers, without, apps[""])


def keys_of(parts: wiring.Parts, clock: StillClock) -> tuple[dict[str, dict[str, str]], dict[Scope, str]]:
    made: dict[str, tuple[Key, str]] = {}

    def make(name: str, kind: KeyKind, shop: str = "", scopes: frozenset[Scope] = frozenset()) -> str:
        origins = ("https://shop.example",) if kind is KeyKind.PUBLISHABLE else ()
        randomness = len(made).to_bytes(1, "big") * RANDOM_BYTES

        def how(ring: Keyring) -> tuple[Keyring, tuple[Key, str]]:
            expires = clock.now() + timedelta(minutes=1) if "expired" in name else None
            terms = KeyTerms(kind, shop, scopes, origins)
            after, key, text = keys.create(ring, terms, randomness, clock.now(), expires)
            return after, (key, text)

        made[name] = change_keyring(parts.state, how)
        return made[name][1]

    secret, page = make("secret key", KeyKind.SECRET), make("publishable key", KeyKind.PUBLISHABLE)
    headers = {
        "no key": {},
        "wrong key": {"x-api-key": secret[:-6] + "Oops12"},
        "revoked key": {"x-api-key": make("revoked key", KeyKind.SECRET)},
        "expired key": {"x-api-key": make("expired key", KeyKind.SECRET)},
        "other shop's secret key": {"x-api-key": make("other", KeyKind.SECRET, "b")},
        "publishable key": {"x-api-key": page, "origin": "https://shop.example"},
        "secret key": {"authorization": f"Bearer {secret}"},
        "secret key without the scope": {},
    }
    without = {each: make(f"not {each}", KeyKind.SECRET, "", frozenset(Scope) - {each}) for each in Scope}
    signer = made["secret key"][0]
    change_keyring(parts.state, lambda ring: keys.revoke(ring, made["revoked key"][0].id, clock.now()))
    clock.forward(minutes=2)
    for caller, user, hours in (("signed user", USER, 1), ("other user's signature", "john", 1),
                                ("expired signature", USER, -1)):  # fmt: skip
        token = sign_user(signer.signer, signer.id, user, clock.now() + timedelta(hours=hours))
        headers[f"publishable key, {caller}"] = {"x-api-key": page, "x-user-token": token}
    return headers, without


def routes_of(app: FastAPI) -> set[str]:
    found = set()
    for route in all_routes(app.routes):
        found |= {f"{method} {route.path}" for method in route.methods}
    return found


def all_routes(routes: Any) -> Iterator[APIRoute]:
    """FastAPI may hold those of a router in the router that it was given."""
    for route in routes:
        if isinstance(route, APIRoute):
            yield route
        elif inner := getattr(route, "original_router", None):
            yield from all_routes(inner.routes)


def functions_apps() -> dict[str, FastAPI]:
    apps = {}
    for path in sorted((PROJECT / "functions").glob("*/app.py")):
        create = import_module(f"functions.{path.parent.name}.app").create_app
        needed = [each for each in inspect.signature(create).parameters.values() if each.default is each.empty]
        apps[path.parent.name] = create(*[lambda: None] * len(needed))
    return apps


def test_every_route_has_its_row_and_every_row_its_route(house: House) -> None:
    apps = functions_apps()
    assert len(apps) == len(list((PROJECT / "functions").glob("*/handler.py")))
    served = routes_of(house.app)
    assert set().union(*map(routes_of, apps.values())) <= served
    assert served == set(MATRIX) == set(POLICY)
    assert all(app.router.dependencies[: len(AUTHORISED)] == AUTHORISED for app in (*apps.values(), house.app))


@pytest.mark.parametrize("route", MATRIX)
def test_who_may(house: House, route: str) -> None:
    expected = dict(zip(CALLERS, MATRIX[route].split(), strict=True))
    assert {caller: told(*house.ask(route, caller)) for caller in CALLERS} == expected


@pytest.mark.parametrize("route", [route for route, need in POLICY.items() if need.own])
def test_a_guest_is_whoever_knows_its_random_id(house: House, route: str) -> None:
    """With a page's key a guest does to itself what a user who is proved does, and nothing to users."""
    method, path = route.split(" ", 1)
    headers = house.headers["publishable key"]
    places = {**PLACES, "{user_id:path}": "anon:3f0c"}
    for place, value in places.items():
        path = path.replace(place, value)
    assert house.client.request(method, path, headers=headers, json=BODIES.get(route)).status_code not in (401, 403)


def told(status: int, shop: str) -> str:
    if status in (401, 403):
        return str(status)[-1]
    assert status not in (405, 429)
    assert shop in ("", "b")
    return shop or "."


def test_nobody_on_the_way_keeps_what_a_key_was_needed_for(house: House) -> None:
    """A cache tells answers apart by their address: the next one to ask for it may have no key, or be another user."""
    headers = house.headers["publishable key, signed user"]
    for path in ("/v1/trending", f"/v1/users/{USER}/recommendations", f"/v1/users/{USER}/recently-viewed",
                 f"/v1/users/{USER}/consent", f"/v1/suggest?q=mug&user_id={USER}", "/v1/collections"):  # fmt: skip
        answer = house.client.get(path, headers=headers)
        assert (answer.headers.get("cache-control"), path) == ("no-store", path)
    posted = house.client.post("/v1/events", json={"events": []}, headers=headers)
    assert (posted.status_code, posted.headers["cache-control"]) == (200, "no-store")


def test_a_route_that_is_in_no_policy_is_refused(house: House) -> None:
    app = FastAPI(dependencies=AUTHORISED)
    app.get("/v1/forgotten")(lambda: "secrets")
    access = house.client.app._access  # type: ignore[attr-defined]
    client = TestClient(Gate(access, lambda _: app), raise_server_exceptions=False)
    assert client.get("/v1/forgotten", headers=house.headers["secret key"]).status_code != 200


@pytest.mark.parametrize(
    "path",
    [
        "//v1/rules", "/v1//rules", "/V1/rules", "/v1/rules/", "/v1/rules%2f", "/x/../v1/rules", "/v1/slots/../rules",
        "/v1/slots/-.a/../../rules",
    ],
)  # fmt: skip
def test_no_other_spelling_of_a_path_gets_past(house: House, path: str) -> None:
    answer = house.client.get(path, headers=house.headers["publishable key"])
    assert answer.status_code in (403, 404)


def test_nothing_is_written_by_who_may_not(house: House) -> None:
    """The book of rules after all that was tried above is the one that there was."""
    secret = house.headers["secret key"]
    before = house.client.get("/v1/rules", headers=secret).json()
    for caller in ("no key", "publishable key", "publishable key, signed user", "expired key"):
        refused = house.client.put("/v1/rules", json={"rules": []}, headers=house.headers[caller])
        assert refused.status_code in (401, 403)
    assert house.client.get("/v1/rules", headers=secret).json() == before
