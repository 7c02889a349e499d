"""Rules: which one decides, what a filter means for many products, the rule book and its document."""

import json
import re
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from local.commands.rules import rules as command
from local.yaml_files import LARGEST_FILE, read_yaml
from shared import wiring
from shared.domain.errors import InvalidInput, NotFound
from shared.domain.filters import AllOf, AnyOf, Comparison, Filter, FilterField, InRange, Not, OneOf, matches
from shared.domain.products import Availability, Product
from shared.domain.rerank.settings import Reranking
from shared.domain.rules import Rule, RuleKind, Scenario, hidden_products, in_force, pinned_products, rulings
from shared.services.rule_document import MOST_PINS, MOST_PRODUCTS, MOST_RULES
from shared.services.rulebook import RuleBook, RuleBooks, apply_rules, book_record, check_rules, current_rules
from shared.services.snapshots import moment_of
from shared.settings import PROJECT
from tests.support import NOW, StillClock

MUG, SHOE = Product("mug", "Mug", brand="Acme"), Product("shoe", "Shoe", brand="Bolt")


def decided(*rules: Rule, at: datetime = NOW, scenario: Scenario = Scenario.FOR_YOU) -> dict[str, str]:
    found = rulings(in_force(rules, scenario, at), [MUG, SHOE])
    return {product_id: rule.id for product_id, rule in found.items()}


def on_mug(id_: str, kind: RuleKind, priority: int = 0, **more: Any) -> Rule:
    return Rule(id_, kind, priority, products=("mug",), **more)


def test_what_is_hidden_from_a_person_is_in_no_email() -> None:
    rule = on_mug("a", RuleKind.HIDE, scenarios=frozenset({Scenario.FOR_YOU}))
    assert decided(rule, scenario=Scenario.PICKS) == {"mug": "a"}
    of_emails = on_mug("a", RuleKind.HIDE, scenarios=frozenset({Scenario.PICKS}))
    assert decided(of_emails, scenario=Scenario.FOR_YOU) == {}


class TestConflicts:
    def test_the_higher_priority_wins(self) -> None:
        assert decided(on_mug("a", RuleKind.HIDE), on_mug("b", RuleKind.BOOST, 1)) == {"mug": "b"}

    def test_among_equals_hide_then_pin_then_bury_or_boost_then_the_id(self) -> None:
        rules = [on_mug("d", RuleKind.HIDE), on_mug("c", RuleKind.PIN), on_mug("b", RuleKind.BURY)]
        rules.append(on_mug("a", RuleKind.BOOST))
        order = []
        while rules:
            (winner,) = decided(*rules).values()
            order.append(winner)
            rules = [rule for rule in rules if rule.id != winner]
        assert order == ["d", "c", "a", "b"]

    def test_a_hide_that_lost_hides_nothing(self) -> None:
        rules = in_force([on_mug("a", RuleKind.HIDE), on_mug("b", RuleKind.PIN, 1)], Scenario.SIMILAR, NOW)
        assert hidden_products(rules, [MUG, SHOE]) == frozenset()
        assert hidden_products(rules[1:], [MUG, SHOE]) == {"mug"}
        assert pinned_products(rules) == ("mug",)

    def test_what_does_not_hold_decides_nothing(self) -> None:
        assert decided(on_mug("a", RuleKind.HIDE, enabled=False)) == {}
        assert decided(on_mug("a", RuleKind.HIDE, scenarios=frozenset({Scenario.SIMILAR}))) == {}

    def test_dates_are_moments_in_whatever_zone(self) -> None:
        berlin = timezone(timedelta(hours=2))
        rule = on_mug("a", RuleKind.HIDE, starts_at=NOW.astimezone(berlin), ends_at=NOW + timedelta(hours=1))
        for minutes, holds in ((-1, False), (0, True), (59, True), (60, False)):
            for zone in (UTC, berlin, timezone(timedelta(hours=-9))):
                assert bool(decided(rule, at=(NOW + timedelta(minutes=minutes)).astimezone(zone))) is holds


WORDS = st.sampled_from(["Acme", "acme", "Bolt", "red", "blue", "Shoes", "in_stock", ""])
MOMENTS = st.integers(0, 9).map(lambda days: NOW - timedelta(days=days))
CONDITIONS: st.SearchStrategy[Filter] = st.recursive(
    st.builds(
        OneOf,
        st.sampled_from([FilterField.BRAND, FilterField.COLOUR, FilterField.CATEGORY, FilterField.AVAILABILITY]),
        st.lists(WORDS, min_size=1, max_size=3).map(tuple),
    )
    | st.builds(InRange, st.just(FilterField.PRICE), st.sampled_from(Comparison), st.floats(0, 9) | MOMENTS)
    | st.builds(InRange, st.just(FilterField.ADDED_AT), st.sampled_from(Comparison), MOMENTS | st.floats(0, 9)),
    lambda part: (
        st.builds(Not, part)
        | st.builds(AllOf, st.lists(part, min_size=1, max_size=3).map(tuple))
        | st.builds(AnyOf, st.lists(part, min_size=1, max_size=3).map(tuple))
    ),
    max_leaves=6,
)
PRODUCTS = st.builds(
    Product,
    st.uuids().map(str),
    st.just("title"),
    brand=WORDS,
    colour=WORDS,
    categories=st.lists(WORDS, max_size=2).map(tuple),
    price=st.none() | st.integers(0, 9).map(float),
    availability=st.sampled_from(Availability),
    added_at=st.none() | MOMENTS,
)


@settings(max_examples=200, deadline=None)
@given(CONDITIONS, st.lists(PRODUCTS, max_size=6))
def test_a_filter_means_for_many_products_what_it_means_for_each(condition: Filter, products: list[Product]) -> None:
    met = rulings([Rule("a", RuleKind.HIDE, condition=condition)], products)
    assert set(met) == {product.id for product in products if matches(condition, product)}


BOOST = {"id": "a", "kind": "boost", "filter": "brand = Acme", "factor": 2}
PIN = {"id": "a", "kind": "pin", "products": ["mug"], "position": 1}

WRONG = [
    (None, "nothing"),
    ([], "a list"),
    ({}, "rules: \\[\\]"),
    ({"rules": {"id": "a"}}, "list of rules"),
    ({"rules": [], "rulez": []}, "'rulez'"),
    ({"rules": [BOOST] * (MOST_RULES + 1)}, "501 rules"),
    ({"rules": [BOOST, BOOST]}, "Two rules have the id 'a'"),
    ({"rules": ["boost"]}, "Rule number 1"),
    ({"rules": [BOOST | {"id": 7}]}, "number 1 has the id 7"),
    ({"rules": [BOOST | {"id": "../a"}]}, "'../a'"),
    ({"rules": [BOOST | {"kind": "lift"}]}, "rule 'a'.*'lift'"),
    ({"rules": [BOOST | {"kind": {}}]}, "rule 'a'"),
    ({"rules": [BOOST | {"prio": 1}]}, "rule 'a'.*'prio'"),
    ({"rules": [BOOST | {"priority": 1001}]}, "rule 'a'.*1001"),
    ({"rules": [BOOST | {"priority": True}]}, "rule 'a'.*true"),
    ({"rules": [BOOST | {"factor": 11}]}, "rule 'a'.*11"),
    ({"rules": [BOOST | {"factor": float("nan")}]}, "rule 'a'.*nan"),
    ({"rules": [BOOST | {"factor": 10**400}]}, "rule 'a'.*20 digits"),
    ({"rules": [BOOST | {"factor": None}]}, "rule 'a'.*nothing"),
    ({"rules": [BOOST | {"kind": "bury"}]}, "rule 'a'.*below 1"),
    ({"rules": [BOOST | {"kind": "hide"}]}, "rule 'a'.*only boost and bury"),
    ({"rules": [BOOST | {"position": 1}]}, "rule 'a'.*only a pin"),
    ({"rules": [BOOST | {"filter": "brnd = x"}]}, "rule 'a'.*'brnd'"),
    ({"rules": [BOOST | {"filter": "x" * 1_001}]}, "rule 'a'.*1001 characters"),
    ({"rules": [BOOST | {"filter": ["brand"]}]}, "rule 'a'.*filter is a list"),
    ({"rules": [BOOST | {"filter": None}]}, "rule 'a'.*neither a filter nor products"),
    ({"rules": [BOOST | {"products": "mug"}]}, "rule 'a'.*'mug'"),
    ({"rules": [BOOST | {"products": [4711]}]}, "rule 'a'.*4711"),
    ({"rules": [BOOST | {"products": ["x" * 129]}]}, "rule 'a'.*128"),
    ({"rules": [BOOST | {"scenarios": []}]}, "rule 'a'.*scenarios"),
    ({"rules": [BOOST | {"scenarios": ["home"]}]}, "rule 'a'.*'home'"),
    ({"rules": [BOOST | {"starts_at": "soon"}]}, "rule 'a'.*'soon'"),
    ({"rules": [BOOST | {"starts_at": 20260601}]}, "rule 'a'.*20260601"),
    ({"rules": [BOOST | {"starts_at": "2026-06-02", "ends_at": "2026-06-02T02:00:00+02:00"}]}, "rule 'a'.*ends_at"),
    ({"rules": [BOOST | {"enabled": "yes"}]}, "rule 'a'.*'yes'"),
    ({"rules": [BOOST | {"note": "x" * 501}]}, "rule 'a'.*500"),
    ({"rules": [PIN | {"filter": "brand = Acme"}]}, "rule 'a'.*filter"),
    ({"rules": [PIN | {"position": 0}]}, "rule 'a'.*position is 0"),
    ({"rules": [PIN | {"products": []}]}, "rule 'a'.*lacks"),
    ({"rules": [PIN | {"products": [str(i) for i in range(MOST_PINS + 1)]}]}, "pin 101"),
    ({"rules": [BOOST | {"products": [str(i) for i in range(MOST_PRODUCTS + 1)]}]}, "2,001 products"),
    ({"rules": [], "reranking": []}, None),
    ({"rules": [], "reranking": [1]}, "a list"),
    ({"rules": [], "reranking": {"home": {}}}, "'home'"),
    ({"rules": [], "reranking": {"for_you": 3}}, "for_you.*3"),
    ({"rules": [], "reranking": {"for_you": {"divers": 1}}}, "for_you.*'divers'"),
    ({"rules": [], "reranking": {"for_you": {"diversity": 3}}}, "for_you, diversity is 3"),
    ({"rules": [], "reranking": {"for_you": {"diversity": float("nan")}}}, "for_you, diversity is nan"),
    ({"rules": [], "reranking": {"for_you": {"diversity": None}}}, "for_you, diversity is None"),
    ({"rules": [], "reranking": {"for_you": {"most_per_brand": 0}}}, "for_you, most_per_brand is 0"),
    ({"rules": [], "reranking": {"for_you": {"most_per_brand": 10**5_000}}}, "huge"),
]


@pytest.mark.parametrize(
    ("document", "names"), WRONG, ids=lambda value: str(value)[:40] if isinstance(value, str) else ""
)
def test_what_is_wrong_is_said_in_one_sentence(document: object, names: str | None) -> None:
    if names is None:
        assert check_rules(document, NOW) == RuleBook()
        return
    with pytest.raises(InvalidInput, match=names) as refused:
        check_rules(document, NOW)
    assert str(refused.value).endswith(".")
    assert str(refused.value).count(". ") == 0


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.dates() | st.datetimes(),
    lambda part: st.lists(part, max_size=3) | st.dictionaries(st.text(max_size=8), part, max_size=3),
    max_leaves=8,
)


@settings(max_examples=200, deadline=None)
@given(ANYTHING, st.sampled_from([*BOOST, "priority", "products", "position", "starts_at", "scenarios", "note"]))
def test_anything_is_read_or_refused(value: object, key: str) -> None:
    for document in (value, {"rules": value}, {"rules": [BOOST | {key: value}]}, {"rules": [], "reranking": value}):
        try:
            book = check_rules(document, NOW)
        except InvalidInput:
            continue
        assert check_rules(json.loads(json.dumps(book_record(book))), NOW) == book


class TestRuleBooks:
    def test_the_last_one_applied_counts_whole(self, parts: wiring.Parts, clock: StillClock) -> None:
        assert current_rules(parts.blobs) == RuleBook()
        apply_rules(parts.blobs, {"rules": [BOOST], "reranking": {"similar": {"diversity": 0.5}}}, NOW)
        second = apply_rules(parts.blobs, {"rules": [PIN]}, NOW - timedelta(days=1))  # the clock went backwards
        assert current_rules(parts.blobs) == second
        assert RuleBooks(parts.blobs, clock).newest() == second

    def test_a_book_lives_as_long_as_pages_on_it(self, parts: wiring.Parts, clock: StillClock) -> None:
        books = RuleBooks(parts.blobs, clock)
        first = apply_rules(parts.blobs, {"rules": [BOOST]}, clock.now())
        assert books.newest() == first
        clock.forward(days=30)
        second = apply_rules(parts.blobs, {"rules": []}, clock.now())
        clock.forward(minutes=30)
        third = apply_rules(parts.blobs, {"rules": [PIN]}, clock.now())
        assert books.newest() == third
        assert [books.at(each.snapshot) for each in (first, second, third)] == [first, second, third]
        clock.forward(hours=2)
        apply_rules(parts.blobs, {"rules": []}, clock.now())
        assert [books.at(each.snapshot) for each in (first, second, third)] == [None, None, third]
        assert books.at("") == RuleBook()

    def test_a_damaged_book_leaves_the_one_before_in_force(self, parts: wiring.Parts, clock: StillClock) -> None:
        good = apply_rules(parts.blobs, {"rules": [BOOST]}, NOW)
        parts.blobs.put("rules/20990101T000000000000Z.json", b'{"snapshot": "20990101T000000000000Z", "rules": 3}')
        parts.blobs.put("rules/note.txt", b"not ours")
        assert RuleBooks(parts.blobs, clock).newest() == good

    def test_now_in_a_filter_is_the_moment_of_the_answer(self) -> None:
        book = check_rules({"rules": [BOOST | {"filter": "added_at >= now-30d"}]}, NOW)
        for days in (0, 100):
            (rule,) = book.in_force(Scenario.FOR_YOU, NOW + timedelta(days=days, seconds=59))
            assert rule.condition == InRange(FilterField.ADDED_AT, Comparison.AT_LEAST, NOW + timedelta(days=days - 30))

    def test_overrides_change_the_default_and_nothing_else(self) -> None:
        book = check_rules({"rules": [], "reranking": {"for_you": {"diversity": 0, "most_per_brand": None}}}, NOW)
        default = Reranking(diversity=0.2, most_per_brand=3, freshness=0.1)
        assert book.reranking(Scenario.FOR_YOU, default) == Reranking(freshness=0.1)
        assert book.reranking(Scenario.SIMILAR, default) == default

    def test_a_stamp_says_its_moment(self, parts: wiring.Parts) -> None:
        assert moment_of(apply_rules(parts.blobs, {"rules": []}, NOW).snapshot) == NOW


def sample(tmp_path: Path) -> Path:
    (block,) = re.findall(r"```yaml\n(.*?)```", (PROJECT / "docs" / "rules.md").read_text(), re.DOTALL)
    file = tmp_path / "rules.yaml"
    file.write_text(block)
    return file


HOSTILE = {
    "bomb": b"a: &a [x, x]\nb: &b [*a, *a]\nrules: [*b, *b]",
    "itself": b"rules: &r [*r]",
    "deep": b"[" * 50_000,
    "deep blocks": b"\n".join(b" " * i + b"- " for i in range(200)),
    "many": b"rules: [" + b"1," * 60_000 + b"]",
    "large": b" " * (LARGEST_FILE + 1),
    "python": b"rules: !!python/object/apply:os.getcwd []",
    "binary": bytes(range(256)),
    "date": b"rules: [{starts_at: 2026-13-45}]",
    "huge number": b"rules: [{priority: " + b"9" * 5_000 + b"}]",
    "key": b"? [a, b]\n: 1",
    "broken": b'rules: ["',
    "empty": b"",
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_yaml_is_refused_in_one_sentence(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "rules.yaml"
    file.write_bytes(content)
    with pytest.raises(InvalidInput) as refused:
        check_rules(read_yaml(file, "rule book"), NOW)
    assert "\n" not in str(refused.value)
    assert str(refused.value).endswith(".")


class TestCommand:
    def test_the_documented_file_is_checked_applied_and_shown(self, tmp_path: Path) -> None:
        file, data = sample(tmp_path), ["--data", str(tmp_path / "data")]
        run = CliRunner().invoke
        assert "No rule book yet" in run(command, ["show", *data]).stdout
        assert "5 rules" in run(command, ["check", str(file)]).stdout
        applied = json.loads(run(command, ["apply", str(file), *data, "--json"]).stdout)
        assert json.loads(run(command, ["show", *data, "--json"]).stdout) == applied
        assert [rule["id"] for rule in applied["rules"]][:2] == ["summer-sandals", "slow-delivery"]
        assert applied["rules"][0]["ends_at"] == "2026-08-31T22:00:00+00:00"
        spoken = run(command, ["show", *data]).stdout
        assert "front-row: pin 2 products; priority 10; from place 1" in spoken
        assert "re-ranking of for_you: diversity 0.1" in spoken

    def test_a_file_with_something_wrong_changes_nothing(self, tmp_path: Path) -> None:
        file, data = sample(tmp_path), ["--data", str(tmp_path / "data")]
        run = CliRunner().invoke
        run(command, ["apply", str(file), *data])
        file.write_text(file.read_text() + "\n  elsewhere: {}")
        assert isinstance(run(command, ["apply", str(file), *data]).exception, InvalidInput)
        assert len(json.loads(run(command, ["show", *data, "--json"]).stdout)["rules"]) == 5

    def test_a_missing_file_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(NotFound, match="nowhere"):
            read_yaml(tmp_path / "nowhere.yaml", "rule book")
