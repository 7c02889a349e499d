"""The rule book over HTTP, and as API Gateway asks for it."""

import json
from typing import Any

import pytest
from fastapi.testclient import TestClient
from mangum import Mangum

from functions.collect.app import create_app
from shared import wiring
from shared.settings import PROJECT
from tests.support import collect_parts, opened

BOOST = {"id": "a", "kind": "boost", "filter": "brand = Acme", "factor": 2}


@pytest.fixture
def client(parts: wiring.Parts) -> TestClient:
    app = create_app(*collect_parts(parts))
    return TestClient(opened(app), raise_server_exceptions=False)


def test_a_book_is_replaced_whole_and_read_back_at_once(client: TestClient) -> None:
    assert client.get("/v1/rules").json() == {"snapshot": "", "rules": [], "reranking": {}}
    given = {"rules": [BOOST], "reranking": {"for_you": {"most_per_brand": None, "diversity": 0.1}}}
    put = client.put("/v1/rules", json=given)
    assert put.status_code == 200, put.text
    assert client.get("/v1/rules").json() == put.json()
    assert put.json()["reranking"] == given["reranking"]
    again = client.put("/v1/rules", json=put.json())
    assert again.json()["rules"] == put.json()["rules"]
    assert again.json()["snapshot"] > put.json()["snapshot"]
    assert client.put("/v1/rules", json={"rules": []}).json()["rules"] == []
    assert client.get("/v1/rules").json()["reranking"] == {}


@pytest.mark.parametrize(
    ("content", "status", "names"),
    [
        (json.dumps({"rules": [BOOST | {"filter": "brnd = x"}]}), 400, "In rule 'a', the filter names 'brnd'"),
        (json.dumps({"rules": [BOOST | {"factor": 99}]}), 400, "factor is 99"),
        (json.dumps({"rules": [], "reranking": {"for_you": {"diversity": 2}}}), 400, "diversity is 2"),
        ('{"rules": [{"id": "a", "kind": "boost", "filter": "price < 1", "factor": NaN}]}', 400, "nan"),
        (json.dumps({"rules": [BOOST] * 501}), 422, "rules"),
        (json.dumps({"rulez": []}), 422, "rules"),
        (json.dumps({}), 422, "rules"),
        ("[]", 422, "body"),
        ("{no json", 400, "JSON"),
        ("[" * 100_000, 400, "body"),
        ("x" * 1_000_001, 413, "1000001 bytes"),
    ],
)
def test_what_is_wrong_is_a_problem_and_changes_nothing(
    client: TestClient, content: str, status: int, names: str
) -> None:
    before = client.put("/v1/rules", json={"rules": [BOOST]}).json()
    answer = client.put("/v1/rules", content=content, headers={"content-type": "application/json"})
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert names in answer.json()["detail"]
    assert client.get("/v1/rules").json() == before


def test_the_sample_invocations_are_answered(parts: wiring.Parts) -> None:
    handle = Mangum(opened(create_app(*collect_parts(parts))), lifespan="off")

    def ask(name: str) -> Any:
        answer = handle(json.loads((PROJECT / "events" / f"{name}.json").read_text()), None)
        assert answer["statusCode"] == 200, answer["body"]
        return json.loads(answer["body"])

    replaced = ask("rules_replace")
    assert [rule["id"] for rule in replaced["rules"]] == ["clearance", "front-row"]
    assert ask("rules") == replaced
