"""Who buys a product next: ``vitrine segments`` against chance and simple lists, on what happened afterwards."""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.online_retail import TEST_WEEKS, prepare
from indexer.evaluation.histories import from_file
from indexer.evaluation.items import product_ids
from indexer.evaluation.ours import ScratchShop, fit_and_publish
from indexer.segments import likeliest, product_wanted
from local.demo_shop.build import event_row
from local.demo_shop.catalogue import catalogue
from local.demo_shop.sessions import simulate
from local.demo_shop.shoppers import shoppers
from local.output import bars
from local.scratch import scratch_shop
from shared.domain.events import Event, EventType
from shared.domain.products import Product
from shared.domain.standing import fold
from shared.domain.taste import Fading, product_weights
from shared.services.kept_catalogue import catalogue_products
from shared.settings import Settings

_PRODUCTS = 60
_FEWEST_BUYERS = 3
_DEMO_WEEKS = 4
_PLACES = 20
_Scores = Callable[[str, Sequence[Sequence[Event]]], NDArray[np.float64]]


def measure(data: Path, work: Path) -> dict[str, Any]:
    events, items, last = prepare(data, work / "segments-retail")
    retail = _measured(events, items, last - timedelta(weeks=TEST_WEEKS), work / "segments-retail")
    events, items, last = _demo(work / "segments-demo")
    demo = _measured(events, items, last - timedelta(weeks=_DEMO_WEEKS), work / "segments-demo")
    return {f"Online Retail: {name}": each for name, each in retail.items()} | {
        f"demo shop: {name}": each for name, each in demo.items()
    }


def _demo(folder: Path) -> tuple[Path, Path, datetime]:
    """The demo's products by their words alone: drawing them takes longer than all the rest."""
    folder.mkdir(parents=True)
    now, products = datetime(2026, 5, 1, tzinfo=UTC), catalogue()
    rows = (json.dumps(product.row(now) | {"image": ""}, default=str) + "\n" for product in products)
    (folder / "items.jsonl").write_text("".join(rows))
    events = simulate(shoppers(), products, now)
    (folder / "events.jsonl").write_text("".join(json.dumps(event_row(event)) + "\n" for event in events))
    return folder / "events.jsonl", folder / "items.jsonl", now


def _measured(events: Path, items: Path, test_from: datetime, folder: Path) -> dict[str, Any]:
    """Taught by what was before ``test_from``; asked for products that some users bought first from then on."""
    users = from_file(events, test_from, product_ids(items, {})).users
    before = [sorted((e for e in own if e.occurred_at < test_from), key=lambda e: e.occurred_at) for own in users]
    known = [own for own in before if own]
    scratch = scratch_shop(Settings(), items, {}, folder, test_from, "shop")
    with bars(quiet=True) as progress:
        fit_and_publish(scratch, (event for own in known for event in own), test_from, progress)
    index = scratch.open(test_from).live.live()
    products = {each.id: each for each in catalogue_products(scratch.blobs, index.manifest.version)}
    buyers = _buyers(users, known, test_from)
    drawn = sorted(product_id for product_id in buyers if product_id in products)
    drawn = list(np.random.default_rng(1).permutation(drawn)[:_PRODUCTS])
    systems: dict[str, _Scores] = {
        "segments": _segments(scratch, products, test_from),
        "bought of the same category": _same_category(products),
        "most active lately": _most_active(test_from),
    }
    figures: dict[str, Any] = {"users": len(known), "products": len(drawn)}
    bought = [fold(own).bought for own in known]
    for name, score in systems.items():
        started = time.perf_counter()
        figures |= _figures(name, [_judged(score(each, known), each, buyers[each], known, bought) for each in drawn])
        figures[f"{name}, seconds a product"] = (time.perf_counter() - started) / max(len(drawn), 1)
    return figures


def _buyers(
    users: Sequence[Sequence[Event]], known: Sequence[Sequence[Event]], test_from: datetime
) -> dict[str, set[str]]:
    """By product the known users who bought it from ``test_from`` on and had not done so before."""
    owned = {own[0].user_id: fold(own).bought for own in known}
    buyers: dict[str, set[str]] = {}
    for event in (event for own in users for event in own):
        later = event.type is EventType.PURCHASE and event.occurred_at >= test_from
        if later and event.product_id not in owned.get(event.user_id, {event.product_id}):
            buyers.setdefault(event.product_id, set()).add(event.user_id)
    return {product_id: each for product_id, each in buyers.items() if len(each) >= _FEWEST_BUYERS}


def _segments(scratch: ScratchShop, products: Mapping[str, Product], now: datetime) -> _Scores:
    index = scratch.open(now).live.live()

    def scores(product_id: str, known: Sequence[Sequence[Event]]) -> NDArray[np.float64]:
        wanted = product_wanted(index, products.values(), product_id)
        with bars(quiet=True) as progress:
            members = likeliest(known, wanted, now, index.manifest.tuning.fading, len(known), progress)
        by_user = {member.user_id: member.score for member in members}
        return np.array([by_user.get(own[0].user_id, 0.0) for own in known])

    return scores


def _same_category(products: Mapping[str, Product]) -> _Scores:
    """How many products of its narrowest category a user has bought."""

    def scores(product_id: str, known: Sequence[Sequence[Event]]) -> NDArray[np.float64]:
        path = products[product_id].categories
        of_it = {each.id for each in products.values() if path and each.categories[-1:] == path[-1:]}
        return np.array([sum(e.type is EventType.PURCHASE and e.product_id in of_it for e in own) for own in known])

    return scores


def _most_active(now: datetime) -> _Scores:
    """The sum of a user's faded deeds, whatever they were on."""
    return lambda _, known: np.array([sum(product_weights(own[-200:], now, Fading()).values()) for own in known])


def _judged(
    scores: NDArray[np.float64],
    product_id: str,
    buyers: set[str],
    known: Sequence[Sequence[Event]],
    bought: Sequence[frozenset[str]],
) -> tuple[float, float, float]:
    """AUC and precision at 20 places of ``scores`` over the users who did not own the product; and of chance the
    precision. Ties count half in the one, and stand in the order of user ids in the other."""
    asked = np.array([product_id not in each for each in bought])
    hit = np.array([own[0].user_id in buyers for own in known])[asked]
    scores = scores[asked]
    order = np.sort(scores)
    below, up_to = (np.searchsorted(order, scores[hit], side=side) for side in ("left", "right"))
    positives = int(hit.sum())
    # The mean place of a buyer among all, less what the other buyers take of it.
    auc = ((below + up_to) / 2 - positives / 2).mean() / (len(scores) - positives)
    best = np.argsort(-scores, kind="stable")[:_PLACES]
    return float(auc), float(hit[best].mean()), float(hit.mean())


def _figures(name: str, judged: Sequence[tuple[float, float, float]]) -> dict[str, float]:
    auc, precision, chance = np.mean(judged, axis=0).tolist()
    return {f"{name}, AUC": auc, f"{name}, precision@{_PLACES}": precision, f"by chance, precision@{_PLACES}": chance}
