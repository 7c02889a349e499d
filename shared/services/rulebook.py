"""The shop's rule book: rules and settings of re-ranking, kept as immutable snapshots of which the newest counts."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from shared.domain import rules
from shared.domain.errors import InvalidInput
from shared.domain.rerank.settings import Reranking
from shared.domain.rules import Rule, Scenario
from shared.ports import BlobStore, Clock
from shared.services.filter_language import filter_at, says_now
from shared.services.rule_document import Overrides, read_document, rule_record
from shared.services.snapshots import EVERY, Snapshots, keep, moment_of, next_stamp, read_newest

_FOLDER = "rules"


@dataclass(frozen=True, slots=True)
class RuleBook:
    """``overrides`` holds, for each scenario, what its re-ranking differs in from the default."""

    snapshot: str = ""
    rules: tuple[Rule, ...] = ()
    overrides: Overrides = field(default_factory=dict)

    def in_force(self, scenario: Scenario, as_of: datetime) -> tuple[Rule, ...]:
        """The rules that hold then, in the order in which they win; a filter's ``now`` is that minute."""
        return tuple(
            replace(rule, condition=filter_at(rule.filter, as_of)) if says_now(rule.filter) else rule
            for rule in rules.in_force(self.rules, scenario, as_of)
        )

    def reranking(self, scenario: Scenario, default: Reranking) -> Reranking:
        """``default`` with the book's changes for ``scenario``."""
        return replace(default, **self.overrides.get(scenario, {}))  # type: ignore[arg-type]


class RuleBooks(Snapshots[RuleBook]):
    """Reads rule books for answers; the newest may be some seconds old, and is empty where there was never one."""

    def __init__(self, blobs: BlobStore, clock: Clock, every: timedelta = EVERY) -> None:
        super().__init__(blobs, clock, _FOLDER, _from_json, RuleBook(), every)


def current_rules(blobs: BlobStore) -> RuleBook:
    """The newest book as it is stored this moment."""
    return read_newest(blobs, _FOLDER, _from_json) or RuleBook()


def check_rules(document: object, now: datetime) -> RuleBook:
    """``document`` as a book that is not kept. Raises InvalidInput for the first thing wrong with it."""
    return RuleBook("", *read_document(document, now))


def apply_rules(blobs: BlobStore, document: object, now: datetime) -> RuleBook:
    """Make ``document`` the shop's rule book, in place of the whole of the one before.

    Of two who write at the same moment the later one's book counts, and nothing of the other's: who changes single
    rules reads the book, changes it and writes it whole. Raises InvalidInput, and then nothing has changed.
    """
    book = replace(check_rules(document, now), snapshot=next_stamp(blobs, _FOLDER, now))
    keep(blobs, _FOLDER, book.snapshot, json.dumps(book_record(book)).encode(), now)
    return book


def book_record(book: RuleBook) -> dict[str, Any]:
    """JSON-ready; :func:`apply_rules` takes it back."""
    return {
        "snapshot": book.snapshot,
        "rules": [rule_record(rule) for rule in book.rules],
        "reranking": {scenario.value: dict(changes) for scenario, changes in book.overrides.items()},
    }


def _from_json(content: bytes) -> RuleBook:
    record: Mapping[str, Any] = json.loads(content)
    snapshot = record["snapshot"]
    try:
        return RuleBook(snapshot, *read_document(record, moment_of(snapshot)))
    except InvalidInput as error:
        raise ValueError(str(error)) from error
