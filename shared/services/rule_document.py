"""A rule book as people and programs write it: a mapping of ``rules`` and ``reranking``, from YAML or JSON.

Whatever it says is checked here, and nowhere else: types, bounds, filters, dates. Keys without a value (null) count as
left out. Each complaint is one sentence that names the rule, the value and what to do.
"""

import math
import re
from collections.abc import Collection, Mapping
from dataclasses import fields
from datetime import date, datetime
from typing import Any

from shared.domain.errors import InvalidInput
from shared.domain.rerank.settings import Reranking
from shared.domain.rules import Rule, RuleKind, Scenario
from shared.services.documents import Fields, lowered, refuse_others, require_product_id
from shared.services.event_formats.bounds import in_utc
from shared.services.event_formats.draft import show
from shared.services.filter_language import parse_filter

MOST_RULES = 500
MOST_PRODUCTS = 2_000
"""Products that all rules of a book may name together; pins, fewer, because each is looked up for every answer."""
MOST_PINS = 100
LARGEST_FACTOR = 10.0
MOST_PRIORITY = 1_000
LONGEST_NOTE = 500

Record = dict[str, Any]
Overrides = Mapping[Scenario, Mapping[str, float | int | None]]

_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_RULE_KEYS = tuple(field.name for field in fields(Rule) if field.name != "condition")
_RERANKING_KEYS = tuple(field.name for field in fields(Reranking))


def read_document(document: object, now: datetime) -> tuple[tuple[Rule, ...], Overrides]:
    """The rules, in the order written, and what each scenario's re-ranking is to differ in.

    Filters that say ``now`` are read as of ``now``. Raises InvalidInput for the first thing wrong.
    """
    if not isinstance(document, Mapping):
        raise InvalidInput(f"The rule book is {show(document)}: write a mapping of rules and reranking.")
    refuse_others(document, ("snapshot", "rules", "reranking"), "The rule book")
    records = document.get("rules")
    if not isinstance(records, list):
        raise InvalidInput(f"The rules are {show(records)}: write a list of rules, or rules: [] to have none.")
    if len(records) > MOST_RULES:
        raise InvalidInput(f"The rule book has {len(records):,} rules: keep at most {MOST_RULES}.")
    rules = tuple(_rule(record, place, now) for place, record in enumerate(records, 1))
    _check_together(rules)
    return rules, _overrides(document.get("reranking") or {})


def rule_record(rule: Rule) -> Record:
    """JSON-ready, without what is at its default; :func:`read_document` reads it back."""
    record: Record = {"id": rule.id, "kind": rule.kind.value}
    default = Rule(rule.id, rule.kind)
    for key in _RULE_KEYS[2:]:
        value = getattr(rule, key)
        if value == getattr(default, key):
            continue
        if isinstance(value, datetime):
            value = value.isoformat()
        elif isinstance(value, tuple | frozenset):
            value = sorted(value) if key == "scenarios" else list(value)
        record[key] = value
    return record


def _check_together(rules: Collection[Rule]) -> None:
    seen: set[str] = set()
    for rule in rules:
        if rule.id in seen:
            raise InvalidInput(f"Two rules have the id '{rule.id}': give each its own.")
        seen.add(rule.id)
    products = sum(len(rule.products) for rule in rules)
    if products > MOST_PRODUCTS:
        raise InvalidInput(f"The rules name {products:,} products: name at most {MOST_PRODUCTS:,}, or use filters.")
    pins = sum(len(rule.products) for rule in rules if rule.kind is RuleKind.PIN)
    if pins > MOST_PINS:
        raise InvalidInput(f"The rules pin {pins:,} products: pin at most {MOST_PINS}.")


def _rule(record: object, place: int, now: datetime) -> Rule:
    if not isinstance(record, Mapping):
        raise InvalidInput(f"Rule number {place} is {show(record)}: write a mapping with id, kind and the rest.")
    id_ = record.get("id")
    if not isinstance(id_, str) or not _ID.fullmatch(id_):
        raise InvalidInput(
            f"Rule number {place} has the id {show(id_)}: give it 1 to 64 letters, digits, dots, dashes or underscores."
        )
    try:
        return _RuleReader(Fields(record), now).rule(id_)
    except InvalidInput as error:
        raise InvalidInput(f"In rule '{id_}', {lowered(error)}") from None


class _RuleReader:
    """Reads one rule; complaints begin in the middle of the sentence, after the rule's name."""

    def __init__(self, fields: Fields, now: datetime) -> None:
        self._fields = fields
        self._given = fields.given
        self._now = now

    def rule(self, id_: str) -> Rule:
        refuse_others(self._given, _RULE_KEYS, "the rule")
        kind = self._kind()
        text = self._fields.text("filter")
        starts_at, ends_at = self._moment("starts_at"), self._moment("ends_at")
        if starts_at and ends_at and ends_at <= starts_at:
            raise InvalidInput(f"ends_at is {ends_at.isoformat()}, which is not after starts_at: give a later one.")
        rule = Rule(
            id=id_,
            kind=kind,
            priority=self._fields.whole("priority", -MOST_PRIORITY, MOST_PRIORITY, 0),
            filter=text,
            condition=parse_filter(text, self._now) if text else None,
            products=self._products(),
            factor=self._factor(kind),
            position=self._fields.whole("position", 1, MOST_PINS, 0),
            starts_at=starts_at,
            ends_at=ends_at,
            scenarios=self._scenarios(),
            enabled=self._enabled(),
            note=self._fields.text("note", LONGEST_NOTE),
        )
        self._check_kind(rule)
        return rule

    def _check_kind(self, rule: Rule) -> None:
        if rule.kind is RuleKind.PIN:
            if rule.filter:
                raise InvalidInput("the pin has a filter: name its products instead.")
            if not rule.products or not rule.position:
                raise InvalidInput("the pin lacks products or a position: give both, such as position: 1.")
            return
        if rule.position:
            raise InvalidInput(f"position is {rule.position}, which only a pin has: leave it out.")
        if not rule.filter and not rule.products:
            raise InvalidInput("neither a filter nor products say what it is about: give one of them.")

    def _kind(self) -> RuleKind:
        value = self._given.get("kind")
        try:
            return RuleKind(value)  # type: ignore[arg-type]
        except ValueError:
            raise InvalidInput(f"kind is {show(value)}: write {', '.join(RuleKind)}.") from None

    def _factor(self, kind: RuleKind) -> float:
        value: Any = self._given.get("factor")
        number = value if type(value) in (int, float) else math.nan
        match kind:
            case RuleKind.BOOST if not 1 < number <= LARGEST_FACTOR:
                raise InvalidInput(f"factor is {show(value)}: a boost needs one above 1, up to {LARGEST_FACTOR:g}.")
            case RuleKind.BURY if not 0 < number < 1:
                raise InvalidInput(f"factor is {show(value)}: a bury needs one above 0 and below 1.")
            case RuleKind.BOOST | RuleKind.BURY:
                return float(number)
        if value is not None:
            raise InvalidInput(f"factor is {show(value)}, which only boost and bury have: leave it out.")
        return 1.0

    def _products(self) -> tuple[str, ...]:
        value = self._given.get("products", [])
        if not isinstance(value, list):
            raise InvalidInput(f"products is {show(value)}: write a list of product ids.")
        return tuple(dict.fromkeys(require_product_id(each) for each in value))

    def _scenarios(self) -> frozenset[Scenario]:
        value = self._given.get("scenarios", list(Scenario))
        if not isinstance(value, list) or not value:
            raise InvalidInput(f"scenarios is {show(value)}: write a list of {', '.join(Scenario)}.")
        return frozenset(_scenario(each) for each in value)

    def _enabled(self) -> bool:
        value = self._given.get("enabled", True)
        if not isinstance(value, bool):
            raise InvalidInput(f"enabled is {show(value)}: write true or false.")
        return value

    def _moment(self, key: str) -> datetime | None:
        value = self._given.get(key)
        if value is None:
            return None
        try:
            # YAML reads dates itself; a date is its first moment.
            text = value.isoformat() if isinstance(value, date) else value
            return in_utc(datetime.fromisoformat(text))
        except (TypeError, ValueError, OverflowError):
            raise InvalidInput(
                f"{key} is {show(value)}: write a date such as 2026-06-01 or 2026-06-01T08:00:00+02:00."
            ) from None


def _scenario(value: object) -> Scenario:
    try:
        return Scenario(value)  # type: ignore[arg-type]
    except ValueError:
        raise InvalidInput(f"{show(value)} is not a scenario: write {', '.join(Scenario)}.") from None


def _overrides(given: object) -> Overrides:
    if not isinstance(given, Mapping):
        raise InvalidInput(f"The reranking is {show(given)}: write a mapping of scenarios to their settings.")
    overrides = {}
    for name, values in given.items():
        scenario = _scenario(name)
        try:
            if not isinstance(values, Mapping):
                raise InvalidInput(f"the settings are {show(values)}: write a mapping such as diversity: 0.1.")
            refuse_others(values, _RERANKING_KEYS, "the re-ranking")
            Reranking(**values)
        except InvalidInput as error:
            raise InvalidInput(f"In the re-ranking of {scenario.value}, {lowered(error)}") from None
        overrides[scenario] = dict(values)
    return overrides
