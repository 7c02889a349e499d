"""What the tests about persons share: a shop's privacy routes, and somebody of whom everything is kept."""

from typing import Any

from fastapi.testclient import TestClient

from functions.collect import app as collect
from functions.picks import privacy
from functions.recommend import app as recommend
from shared import wiring
from shared.domain.sends import Send, SendState, SentPick
from tests.support import NOW, collect_parts, opened

USER = "martha-7731"
GUEST = "anon:browser-5521"


def client_of(parts: wiring.Parts) -> TestClient:
    """The routes of the functions that know persons, of one shop, with keys off."""
    shop = wiring.shop(parts)
    app = collect.create_app(*collect_parts(parts))
    app.include_router(recommend.create_router(lambda: shop))
    app.include_router(privacy.create_router(lambda: wiring.people(parts), lambda: shop))
    return TestClient(opened(app), raise_server_exceptions=False)


def send_events(client: TestClient, user: str, *events: dict[str, Any]) -> dict[str, Any]:
    """Each needs a type and whatever is of that; returns what became of them."""
    whole = [{"user_id": user, "occurred_at": NOW.isoformat(), **each} for each in events]
    answer = client.post("/v1/events", json={"events": whole})
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    assert body["rejected"] == []
    return body


def a_send(user: str, campaign: str = "spring", at_days: int = 0, product: str = "p9") -> Send:
    from datetime import timedelta

    pick = SentPick("top", product, "g9", "for_you:text", "because_of", "Because you viewed Grey linen shirt 15")
    at = NOW - timedelta(days=at_days)
    return Send(user, campaign, "email", SendState.SENT, at, f"ref-{user}-{campaign}".replace(":", "-"), (pick,))


def live_fully(client: TestClient, parts: wiring.Parts, user: str = USER, guest: str = GUEST) -> None:
    """Everything that a person can leave: deeds of all kinds, searches, likes, a login, choices, emails."""
    send_events(
        client,
        guest,
        {"event_id": "evt-guest-1", "type": "view", "product_id": "p7"},
        {"event_id": "evt-guest-2", "type": "search", "query": "waterproof tangerine"},
    )
    client.post("/v1/quiz/answers", json={"user_id": guest, "answers": [{"question": "q1", "chosen": ["p21"]}]})
    merged = client.post("/v1/users/merge", json={"anonymous_id": guest, "user_id": user})
    assert merged.json()["moved"] == 2, merged.text
    send_events(
        client,
        user,
        {"event_id": "evt-user-1", "type": "view", "product_id": "p8"},
        {"event_id": "evt-user-2", "type": "add_to_cart", "product_id": "p14"},
        {"event_id": "evt-user-3", "type": "purchase", "product_id": "p20", "value": 2},
        {"event_id": "evt-user-4", "type": "impression", "product_id": "p3"},
        {"event_id": "evt-user-5", "type": "search", "query": "quilted zeppelin"},
        {"event_id": "evt-user-6", "type": "rate", "product_id": "p20", "value": 5},
    )
    send_events(client, guest, {"event_id": "evt-guest-3", "type": "view", "product_id": "p33"})  # logged out again
    client.post(
        "/v1/quiz/answers",
        json={"user_id": user, "answers": [{"question": "q1", "chosen": ["p22"]}], "likes": {"brands": ["Acme"]}},
    )
    parts.sends.add([a_send(user)])


TRACES = (
    USER, GUEST, GUEST.removeprefix("anon:"), "evt-guest", "evt-user", "waterproof", "tangerine", "quilted", "zeppelin",
)  # fmt: skip
"""What of :func:`live_fully` may not be found anywhere once it is erased."""
