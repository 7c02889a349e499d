"""The dashboard's routes over catalogue, versions, drift, and a close look at users and products."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from local.server import create_app
from shared import wiring
from shared.domain.choices import Choices, Consent
from shared.domain.errors import Unavailable
from shared.domain.events import EventType
from shared.domain.offers import OfferChange
from shared.domain.recommendation_ids import named
from shared.domain.rules import Scenario
from shared.services import user_inspection
from shared.services.audit import entries
from shared.services.choices import change
from shared.services.consent import set_consent
from shared.services.popularity import refresh_popularity
from shared.services.rulebook import apply_rules
from shared.services.themes import apply_themes
from shared.wiring import keeping
from tests.support import NOW, StillClock, event, opened

HOUR = timedelta(hours=1)


@pytest.fixture
def client(small_shop: wiring.Parts, clock: StillClock) -> TestClient:
    """A user who looked at shoes, after a recommendation, and bought a shirt; a rule, a theme, a lower price."""
    clock.forward(hours=1)
    shown = named("0" * 32, Scenario.FOR_YOU)
    small_shop.events.add(
        [
            event("ada", EventType.PURCHASE, "p8", NOW - timedelta(days=20)),
            event("ada", EventType.ADD_TO_CART, "p13", NOW - timedelta(days=1)),
            event("ada", EventType.VIEW, "p7", NOW, recommendation_id=shown),
            event("ada", EventType.SEARCH, query="trail shoe"),
            event("bob", EventType.IMPRESSION, "p7", NOW - timedelta(days=3)),
        ]
    )
    refresh_popularity(small_shop.events, small_shop.blobs, NOW)
    rules = [{"id": "no-p19", "kind": "hide", "products": ["p19"]}]
    apply_rules(
        small_shop.blobs, {"rules": [*rules, {"id": "up", "kind": "boost", "products": ["p7"], "factor": 2}]}, NOW
    )
    themes = [
        {"slug": "run", "title": "Run", "product": "p7"},
        {"slug": "dear", "title": "Dear", "prompt": "x", "filter": "price > 50"},
    ]
    apply_themes(small_shop.blobs, {"themes": themes}, NOW)
    small_shop.products.change([OfferChange("p7", clock.now(), {"price": 6.0})])
    return TestClient(opened(create_app(small_shop)))


def asked(client: TestClient, path: str) -> Any:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_product_from_all_sides(client: TestClient) -> None:
    found = asked(client, "/v1/products/p7/inspection")
    assert (found["now"]["price"], found["indexed"]["price"]) == (6.0, 12.0)
    assert {"field": "price", "now": "6.0", "indexed": "12.0"} in found["differences"]
    held = {each["space"]: each for each in found["vectors"]}
    assert (held["text"]["kind"], held["text"]["dimensions"], held["keywords"]["dimensions"]) == ("dense", 64, None)
    assert held["image"]["nonzeros"] <= 8
    near = {each["space"]: [item["id"] for item in each["items"]] for each in found["nearest"]}
    assert "p7" not in near["text"]
    assert all("running shoe" in item["product"]["title"] for item in found["nearest"][0]["items"][:5])
    assert found["counts"] == {"view": 1, "impression": 1}
    assert (found["cold"], found["borrowed"]) == (False, False)
    assert [(each["id"], each["kind"], each["scenarios"]) for each in found["rules"]] == [("up", "boost", [])]
    assert [each["slug"] for each in found["collections"]] == ["run"]
    assert [(each["kind"], each["before"], each["after"]) for each in found["movements"]] == [("cheaper", 12.0, 6.0)]
    assert [each["id"] for each in asked(client, "/v1/products/p1/inspection")["variants"]] == ["p55"]
    assert asked(client, "/v1/products/p40/inspection")["cold"]
    assert client.get("/v1/products/nothing/inspection").status_code == 404


def test_a_user_from_all_sides_and_it_is_written_down(client: TestClient, small_shop: wiring.Parts) -> None:
    found = asked(client, "/v1/users/ada/inspection")
    assert found["events"] == {"purchase": 1, "add_to_cart": 1, "view": 1, "search": 1}
    assert (found["events_counted"], found["events_more"]) == (4, False)
    newest = {each["type"]: each for each in found["last_events"]}
    assert (newest["view"]["scenario"], newest["view"]["title"]) == ("for_you", "Grey running shoe 7")
    assert newest["search"]["query"] == "trail shoe"
    assert [each["id"] for each in found["standing"]["bought"]] == ["p8"]
    assert [each["id"] for each in found["standing"]["in_cart"]] == ["p13"]
    assert found["profile"] == asked(client, "/v1/users/ada/profile")
    shown = asked(client, "/v1/users/ada/recommendations")
    assert found["for_you"] == shown["items"]
    assert found["consent"] == {
        "personalise": True,
        "email": True,
        "analytics": True,
        "said": False,
        "changed_at": None,
    }
    asked(client, "/v1/users/ada/why?product_id=p19")
    noted = [each for each in entries(small_shop.blobs, NOW.date(), NOW.date()) if each.action == "inspect"]
    assert sorted(str(each.facts["what"]) for each in noted) == ["user", "why"], "at one moment, in any order"
    assert "ada" not in repr(noted)


def test_without_leave_there_is_nothing_to_see(client: TestClient, small_shop: wiring.Parts) -> None:
    set_consent(keeping(small_shop), "ada", lambda _: Consent(False, True, True))
    found = asked(client, "/v1/users/ada/inspection")
    assert (found["events"], found["last_events"], found["profile"]["interests"]) == ({}, [], [])
    assert found["consent"]["said"]


@pytest.mark.parametrize("path", ["inspection", "why?product_id=p7"])
def test_what_cannot_be_written_down_is_not_shown(small_shop: wiring.Parts, path: str) -> None:
    class Full:
        def put(self, name: str, content: bytes) -> None:
            raise Unavailable("The disk is full.")

        def __getattr__(self, name: str) -> Any:
            return getattr(small_shop.blobs, name)

    answer = TestClient(opened(create_app(replace(small_shop, blobs=Full())))).get(f"/v1/users/ada/{path}")
    assert (answer.status_code, answer.json()["detail"]) == (503, "The disk is full.")


@pytest.mark.parametrize("chosen", [Choices(Consent(False, True, True)), Choices(forgotten_at=NOW + HOUR)])
def test_what_waits_to_be_erased_is_not_shown(
    client: TestClient, small_shop: wiring.Parts, clock: StillClock, chosen: Choices
) -> None:
    """Leave was taken back, or all is to go, and nothing of what is stored has been touched yet."""
    change(small_shop.state, "ada", clock.now(), lambda _: chosen)
    assert len(small_shop.events.everything("ada", 9)) == 4
    found = asked(client, "/v1/users/ada/inspection")
    assert (found["events"], found["last_events"], found["profile"]["interests"]) == ({}, [], [])
    assert found["standing"] == {"bought": [], "in_cart": [], "disliked": []}
    said = asked(client, "/v1/users/ada/why?product_id=p40")
    assert (said["taste"]["events"], said["deeds"], said["personalised"]) == (0, [], False)


def test_of_who_did_much_the_newest_are_shown(
    client: TestClient, small_shop: wiring.Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(user_inspection, "_PAGE", 2)
    for most, counted, more in ((3, 3, True), (4, 4, False)):
        monkeypatch.setattr(user_inspection, "MOST_COUNTED", most)
        found = asked(client, "/v1/users/ada/inspection")
        assert (found["events_counted"], found["events_more"]) == (counted, more)
        assert [each["type"] for each in found["last_events"]][2:] == ["add_to_cart", "purchase"]
        assert {each["type"] for each in found["last_events"][:2]} == {"view", "search"}
        assert [each["id"] for each in found["standing"]["in_cart"]] == ["p13"]


def test_why_speaks_of_the_list_that_the_user_gets(client: TestClient) -> None:
    for place, item in enumerate(asked(client, "/v1/users/ada/recommendations?limit=5")["items"], 1):
        said = asked(client, f"/v1/users/ada/why?product_id={item['id']}&limit=5")
        assert (said["shown"], said["place"], said["causes"]) == (True, place, [])
        assert said["reason"] == item["reason"]
        assert said["places"][-1] == {"stage": "final", "place": place, "of": said["places"][-1]["of"]}
        assert {each["product_id"] for each in said["deeds"]} <= {"p7", "p8", "p13"}
    hidden = asked(client, "/v1/users/ada/why?product_id=p19")
    assert [(each["kind"], each["rule"]) for each in hidden["causes"]] == [("hidden", "no-p19")]
    assert hidden["rules"] == [{"id": "no-p19", "kind": "hide", "note": "", "decides": True}]
    assert hidden["settings"] == {"diversity": 0.08, "exploration": 0.05}
    assert asked(client, "/v1/users/ada/why?product_id=p8")["causes"][0]["kind"] == "bought"
    assert asked(client, "/v1/users/ada/why?product_id=p9&filter=price+<+5")["causes"][0]["kind"] == "filter"
    assert client.get("/v1/users/ada/why").status_code == 422


def test_reports_have_the_documented_shapes(client: TestClient) -> None:
    catalogue = asked(client, "/v1/dashboard/catalogue?days=7")
    assert (catalogue["products"], catalogue["can_be_bought"], catalogue["shown"]) == (60, 59, 1)
    assert catalogue["top"] == [
        {"id": "p7", "title": "Grey running shoe 7", "image": catalogue["top"][0]["image"], "impressions": 1,
         "clicks": 0, "add_to_cart": 0, "purchases": 0, "ctr": 0.0}
    ]  # fmt: skip
    versions = asked(client, "/v1/dashboard/versions")
    assert versions["live"]["version"] == versions["versions"][0]["version"]
    assert versions["live"]["age_seconds"] >= 3_600
    assert (versions["reindexes"], versions["evaluation"]) == ([], None)
    assert "Too few users" in versions["evaluated"]
    drift = asked(client, "/v1/dashboard/drift?days=7")
    assert (drift["tastes"]["distance"], drift["tastes"]["now_events"]) == (None, 2)
    assert drift["catalogue"]["previous"] is None
    for path in ("catalogue?days=0", "catalogue?days=91", "drift?days=31"):
        assert client.get(f"/v1/dashboard/{path}").status_code == 422
