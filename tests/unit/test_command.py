"""The vitrine command as it is typed: answers, errors of one sentence, exit codes."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from shared.domain.errors import InvalidInput
from shared.settings import Settings, from_environment
from tests.support import copied, small_feed_rows, write_small_feed
from tests.unit.commands import vitrine


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shop indexed and its events imported, by the command itself."""
    folder = tmp_path_factory.mktemp("command")
    feed, images = write_small_feed(folder / "feed")
    ran = vitrine("index", feed, "--images", images, "--data", folder / "data")
    assert ran.returncode == 0, ran.stderr
    assert "60 products" in ran.stdout
    events = folder / "events.jsonl"
    viewed = {"user_id": "u", "type": "view", "occurred_at": datetime.now(UTC).isoformat()}
    lines = [json.dumps(viewed | {"event_id": product, "product_id": product}) for product in ("p7", "p13", "p19")]
    events.write_text("\n".join([*lines, "no json", '{"type": "dance"}']))
    ran = vitrine("events", "import", events, "--data", folder / "data", "--json")
    assert ran.returncode == 0, ran.stderr
    body = json.loads(ran.stdout)
    assert (body["accepted"], [each["line"] for each in body["rejected"]]) == (3, [4, 5])
    return folder / "data"


@pytest.fixture
def shop(data: Path, tmp_path: Path) -> Path:
    """A copy of it, for tests that change it."""
    return copied(data, tmp_path / "shop")


def test_for_you_and_similar_answer_people_and_programs(data: Path) -> None:
    spoken = vitrine("for-you", "u", "--data", data, "--limit", 3)
    assert "Because you viewed" in spoken.stdout
    items = json.loads(vitrine("for-you", "u", "--data", data, "--limit", 3, "--json").stdout)["items"]
    assert len(items) == 3
    assert all("running shoe" in item["product"]["title"] for item in items)
    for by in ("all", "text", "image"):
        body = json.loads(vitrine("similar", "p7", "--by", by, "--data", data, "--json").stdout)
        assert body["items"]


def test_versions_and_rollback(data: Path) -> None:
    listed = json.loads(vitrine("versions", "--data", data, "--json").stdout)
    assert listed["live"] == listed["versions"][0]["version"]
    ran = vitrine("rollback", "--data", data)
    assert (ran.returncode, ran.stdout) == (1, "")
    assert "no index version before the live one" in ran.stderr


def test_what_is_trained_goes_live_and_can_be_taken_back(shop: Path, tmp_path: Path) -> None:
    before = json.loads(vitrine("versions", "--data", shop, "--json").stdout)["live"]
    trained = json.loads(vitrine("train", "--data", shop, "--json").stdout)
    assert trained["published"]
    assert trained["version"] != before
    assert (trained["learnt_products"], trained["solved_rows"]) == (3, 3)
    again = vitrine("train", "--data", shop)
    assert f"Nothing changed: version {trained['version']} stays live" in again.stdout
    events = tmp_path / "events.jsonl"
    events.write_text(json.dumps({"user_id": "w", "type": "view", "product_id": "p7"}))
    assert vitrine("events", "import", events, "--data", shop).returncode == 0
    items = json.loads(vitrine("for-you", "w", "--data", shop, "--json").stdout)["items"]
    assert {"p13", "p19"} <= {item["id"] for item in items if "behaviour" in item["source"]}
    back = vitrine("rollback", "--data", shop, "--json")
    assert json.loads(back.stdout)["live"] == before


RULES = """
rules:
  - {id: front-row, kind: pin, products: [p30], position: 1}
reranking:
  for_you: {most_per_brand: 4}
"""


def test_rules_are_checked_applied_and_shown(shop: Path, tmp_path: Path) -> None:
    file = tmp_path / "rules.yaml"
    file.write_text(RULES)
    assert "No rule book yet" in vitrine("rules", "show", "--data", shop).stdout
    assert "Nothing is wrong with it" in vitrine("rules", "check", file).stdout
    assert "No rule book yet" in vitrine("rules", "show", "--data", shop).stdout
    applied = vitrine("rules", "apply", file, "--data", shop)
    assert "In force" in applied.stdout, applied.stderr
    shown = json.loads(vitrine("rules", "show", "--data", shop, "--json").stdout)
    assert [rule["id"] for rule in shown["rules"]] == ["front-row"]
    (first,) = json.loads(vitrine("for-you", "u", "--data", shop, "--limit", 1, "--json").stdout)["items"]
    assert (first["id"], first["reason"]["kind"]) == ("p30", "featured")


ERRORS = [
    (("index", "nowhere.csv"), 1, "nowhere.csv"),
    (("index", "FEED", "--map", "title"), 2, "field=column"),
    (("index", "FEED", "--map", "tilte=title"), 2, "tilte"),
    (("index", "BAD"), 3, "nothing was published"),
    (("for-you", "u", "--filter", "brnd = x"), 2, "'brnd'"),
    (("similar", "nope"), 1, "'nope'"),
    (("events", "import", "nowhere.jsonl"), 1, "nowhere.jsonl"),
    (("rules", "apply", "nowhere.yaml"), 1, "nowhere.yaml"),
    (("rules", "apply", "RULES"), 2, "In rule 'a', the filter names 'brnd'"),
    (("export-encoder", "--image", "ViT-B-32"), 2, "NAME/PRETRAINED"),
    (("export-encoder", "--text", "a", "--image", "b/c", "--to", "d"), 2, "--to"),
]


@pytest.mark.parametrize(("arguments", "code", "names"), ERRORS, ids=lambda value: str(value)[:30])
def test_errors_are_one_sentence(data: Path, tmp_path: Path, arguments: tuple[str, ...], code: int, names: str) -> None:
    feed, _ = write_small_feed(tmp_path / "feed")
    bad = tmp_path / "bad.jsonl"
    unpriced = [json.dumps(row | {"price": "cheap"}) + "\n" for row in small_feed_rows()[:5]]
    bad.write_text("".join(unpriced) + feed.read_text())
    rules = tmp_path / "rules.yaml"
    rules.write_text("rules: [{id: a, kind: hide, filter: brnd = x}]")
    arguments = tuple({"FEED": str(feed), "BAD": str(bad), "RULES": str(rules)}.get(each, each) for each in arguments)
    options = () if arguments[0] == "export-encoder" else ("--data", data)
    ran = vitrine(*arguments, *options)
    assert ran.returncode == code, ran.stderr
    assert ran.stderr.startswith("vitrine: ")
    assert ran.stderr.count("\n") == 1
    assert names in ran.stderr
    as_json = vitrine(*arguments, *options, "--json")
    assert names in json.loads(as_json.stderr)["error"]
    assert as_json.stdout == ""


def test_an_empty_folder_says_what_to_do(tmp_path: Path) -> None:
    ran = vitrine("for-you", "u", "--data", tmp_path / "empty")
    assert ran.returncode == 1
    assert "vitrine index FEED" in ran.stderr
    ran = vitrine("train", "--data", tmp_path / "empty")
    assert ran.returncode == 1
    assert "vitrine index FEED" in ran.stderr
    assert "No index version yet" in vitrine("versions", "--data", tmp_path / "empty").stdout


class TestSettings:
    def test_nothing_set_gives_the_defaults(self) -> None:
        assert from_environment({}) == Settings()

    @pytest.mark.parametrize(
        "environment", [{"VITRINE_INDEX": "elastic"}, {"VITRINE_INDEX": "qdrant"}], ids=["unknown", "no url"]
    )
    def test_what_is_wrong_is_named(self, environment: dict[str, str]) -> None:
        with pytest.raises(InvalidInput, match="VITRINE_"):
            from_environment(environment)
