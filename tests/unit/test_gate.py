"""What a new version must show beside the live one: neighbours known again, lists no worse."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from indexer.gate import check_neighbours
from indexer.gate_quality import FEWEST_WITNESSES, MOST_WITNESSES, Witnesses, check_quality, measure_quality
from shared import wiring
from shared.domain.errors import GateRefused
from shared.domain.events import Event, EventType
from shared.domain.recommendations import Hit, SpaceQuery
from tests.support import NOW, event, reindex, small_feed_rows, write_small_feed

DAY = timedelta(days=1)


class Lost:
    """An index of which a broken graph finds only the products that nobody asks for: the last ones by name."""

    def __init__(self, index: Any) -> None:
        self._index = index

    def __getattr__(self, name: str) -> Any:
        return getattr(self._index, name)

    def search(self, queries: Sequence[SpaceQuery]) -> list[list[Hit]]:
        found: list[list[Hit]] = self._index.search([replace(query, limit=10_000) for query in queries])
        lost = [
            sorted(hits, key=lambda hit: hit.product_id)[-query.limit :]
            for hits, query in zip(found, queries, strict=True)
        ]
        return [[Hit(hit.product_id, 1 - place / 1_000) for place, hit in enumerate(hits[:3])] for hits in lost]


def shoppers(count: int) -> list[Event]:
    """Each looks at five products of one kind, a day apart: those of a kind have numbers six apart."""
    return [
        event(f"u{user}", EventType.VIEW, f"p{1 + (user + 6 * step) % 54}", NOW - (30 - step) * DAY)
        for user in range(count)
        for step in range(5)
    ]


def witnesses_of(parts: wiring.Parts) -> Witnesses:
    witnesses = Witnesses()
    assert sum(1 for _ in witnesses.watching(parts.events.histories(NOW))) > 0
    return witnesses


def test_witnesses_are_the_same_whoever_comes_first(parts: wiring.Parts) -> None:
    parts.events.add([*shoppers(2 * MOST_WITNESSES), event("once", EventType.VIEW, "p1", NOW - DAY)])
    histories = list(parts.events.histories(NOW))
    forth, back = Witnesses(), Witnesses()
    assert list(forth.watching(histories)) == histories
    assert list(back.watching(histories[::-1])) == histories[::-1]
    assert forth.all() == back.all()
    assert len(forth.all()) == MOST_WITNESSES
    for witness in forth.all():
        assert witness.wanted not in {each.product_id for each in witness.events}
        assert all(each.occurred_at < witness.at for each in witness.events)


def test_lists_that_miss_what_users_turn_to_are_refused(small_shop: wiring.Parts) -> None:
    small_shop.events.add(shoppers(2 * FEWEST_WITNESSES))
    live = small_shop.versions.open(small_shop.versions.live() or "")
    witnesses = witnesses_of(small_shop).all()
    lost = Lost(live)
    for new, old in ((live, live), (live, lost), (lost, live)):
        measured = measure_quality(new, old, witnesses)
        assert measured is not None
        assert measured.users == len(witnesses)
        if new is lost:
            with pytest.raises(GateRefused, match="NDCG@10"):
                check_quality("v2", measured)
        else:
            check_quality("v2", measured)
            assert measured.of_new["ndcg_at_10"] >= measured.of_live["ndcg_at_10"]
    assert measure_quality(lost, live, witnesses[: FEWEST_WITNESSES - 1]) is None  # so few may be chance


def test_neighbours_that_are_lost_are_told_from_a_shop_that_has_changed(
    small_shop: wiring.Parts, tmp_path: Path
) -> None:
    before = small_shop.versions.open(small_shop.versions.live() or "")
    rows = small_feed_rows()
    renamed = [row | {"title": f"Enamel teapot {row['id']}"} if place < 25 else row for place, row in enumerate(rows)]
    more = [row | {"id": f"more-{row['id']}", "item_group_id": f"more-{row['id']}"} for row in rows]
    feed, images = write_small_feed(tmp_path / "feed", [*renamed, *more])
    reindex(small_shop, feed, tmp_path / "work", images=images)
    after = small_shop.versions.open(small_shop.versions.live() or "")
    sample = [str(row["id"]) for row in rows]
    check_neighbours(after, before, sample)
    with pytest.raises(GateRefused, match="neighbours"):
        check_neighbours(Lost(after), before, sample)


def test_what_is_worse_does_not_go_live_unless_that_is_meant(
    small_shop: wiring.Parts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The gate's other checks do not see it: every product finds itself."""
    small_shop.events.add(shoppers(2 * FEWEST_WITNESSES))
    live = small_shop.versions.live()
    opened = small_shop.versions.open
    monkeypatch.setattr(
        small_shop.versions, "open", lambda version: opened(version) if version == live else Careless(opened(version))
    )
    feed, images = write_small_feed(tmp_path / "feed", small_feed_rows()[:-1])
    with pytest.raises(GateRefused):
        reindex(small_shop, feed, tmp_path / "work", images=images)
    assert small_shop.versions.live() == live
    assert [each.version for each in small_shop.versions.all()] == [live]
    reindex(small_shop, feed, tmp_path / "work", images=images, allow_loss=True)
    assert small_shop.versions.live() != live


class Careless(Lost):
    """It finds a product by its own vector, and else what nobody asks for."""

    def search(self, queries: Sequence[SpaceQuery]) -> list[list[Hit]]:
        lost = super().search(queries)
        return [
            self._index.search([query])[0] if query.limit == 1 else hits
            for query, hits in zip(queries, lost, strict=True)
        ]
