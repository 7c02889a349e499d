"""Guests: what a session without an id is worth beside the same events stored under one, on Amazon Beauty."""

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from indexer.evaluation.items import product_ids
from indexer.evaluation.metrics import accuracy, hits_of, lists_of
from indexer.evaluation.ours import catalogue_of, fit_and_publish, reveal
from indexer.evaluation.sequences import read_sequences
from indexer.evaluation.split import STEP, Case, leave_last_out, sampled
from local.output import bars
from local.scratch import scratch_shop
from shared.domain.events import Event, EventType
from shared.domain.recommendations import Recommendation
from shared.services.pages import Question
from shared.services.recommend import for_you
from shared.services.session import Session
from shared.settings import Settings

_USERS = 2_000
_EVENTS = 5
_PLACES = 10


def measure(data: Path, work: Path) -> dict[str, Any]:
    """Each user's last product, asked for with the five before it alone; the model is fitted without the last two."""
    items, folder = data / "beauty" / "items.csv", work / "guests"
    folder.mkdir()
    split = leave_last_out(read_sequences(data / "beauty" / "sequences.txt", product_ids(items, {})))
    split = sampled(split, _USERS, seed=1)
    at = split.tested_at + _EVENTS * STEP
    scratch = scratch_shop(Settings(), items, {}, folder, split.validated_at, "shop")
    with bars(quiet=True) as progress:
        fit_and_publish(scratch, split.fitted, split.validated_at, progress)
        reveal(scratch, (event for case in split.test for event in _stored(case, at)), at, progress)
    shop, catalogue = scratch.open(at), catalogue_of(scratch)
    targets = catalogue.targets(split.test)

    def figures(ask: Callable[[Case], Recommendation]) -> dict[str, float]:
        rows = [[catalogue.number[each.product.id] for each in ask(case).items] for case in split.test]
        by_user = accuracy(hits_of(lists_of(rows), targets), targets.counts(len(split.test)))
        return {name: float(np.mean(by_user[name])) for name in ("ndcg@10", "hr@10")}

    question = Question(limit=_PLACES)
    arms: dict[str, Callable[[Case], Recommendation]] = {
        "under an id": lambda case: for_you(shop, _name(case), question),
        "in the session": lambda case: for_you(shop, "", question, _session(_stored(case, at))),
    }
    reached = {name: figures(ask) for name, ask in arms.items()}
    measured: dict[str, Any] = {"users": len(split.test), "events of each": _EVENTS}
    for name, each in reached.items():
        measured |= {f"{name}, {figure}": value for figure, value in each.items()}
        measured[f"{name}, share of NDCG@10 under an id"] = each["ndcg@10"] / reached["under an id"]["ndcg@10"]
    return measured


def _name(case: Case) -> str:
    return f"guest {case.user_id}"


def _stored(case: Case, at: datetime) -> list[Event]:
    last = case.history[-_EVENTS:]
    start, name = at - len(last) * STEP, _name(case)
    return [
        Event(f"{name} {place}", name, EventType.PURCHASE, start + place * STEP, start, item)
        for place, item in enumerate(last)
    ]


def _session(events: Sequence[Event]) -> Session:
    """As a page remembers it: without ids and times."""
    return Session([{"type": event.type.value, "product_id": event.product_id} for event in events])
