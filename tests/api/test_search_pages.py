"""What holds of a search's answer as a whole: page after page, and with a part of it down or less than it could be."""

import base64
import dataclasses
import json
from typing import Any

import pytest

from shared import wiring
from shared.domain import cursor
from shared.domain.events import EventType
from shared.domain.offers import OfferChange
from shared.domain.recommendations import Candidate, ReasonKind
from shared.services import pages as paging
from shared.services import search, search_ranking
from shared.services.popularity import refresh_popularity
from tests.api.test_search_facets_api import Ask, asker, counts, ids, listed, pages, published, rows
from tests.breaking import Breaking, BreakingIndexes, unavailable
from tests.support import NOW, event


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> wiring.Parts:
    """For tests that change nothing but events and popularity: d3 is all that anybody has bought."""
    parts = published(tmp_path_factory.mktemp("shelf"))
    parts.events.add([event("c", EventType.PURCHASE, "d3")])
    refresh_popularity(parts.events, parts.blobs, NOW)
    return parts


@pytest.fixture(scope="module")
def ask(shelf: wiring.Parts) -> Ask:
    return asker(shelf)


@pytest.fixture
def shallow(monkeypatch: pytest.MonkeyPatch) -> None:
    """A search looks six deep, and sixty where that does not fill a page."""
    for module in (cursor, paging, search, search_ranking):
        monkeypatch.setattr(module, "DEPTHS", (6, 60))


def failing_at(parts: wiring.Parts, call: int) -> tuple[wiring.Parts, list[int]]:
    """The index answers until the ``call``-th search; the list counts them."""
    searches: list[int] = []

    def fault() -> None:
        searches.append(1)
        if len(searches) == call:
            unavailable()

    versions: Any = BreakingIndexes(parts.versions, fault, "search")
    return dataclasses.replace(parts, versions=versions), searches


class WithoutFacts(Breaking):
    """Blobs without those of an index version's facts."""

    def __getattr__(self, name: str) -> Any:
        there = getattr(self._part, name)

        def get(blob: str, *more: Any) -> Any:
            if blob.startswith("facts/"):
                self._fault()
            return there(blob, *more)

        return get if name == "get" else there


class TestPages:
    @pytest.mark.parametrize("asked", [{"text": "not blue", "understand": True}, {"unlike": "d1S"}, {"text": "shirt"}])
    def test_a_sold_out_variant_on_an_earlier_page_hides_no_other(self, ask: Ask, asked: dict[str, Any]) -> None:
        whole = ids(ask(limit=100, **asked)["items"])
        assert len(whole) > 12
        for limit in (1, 4):
            assert [each for page in pages(ask, limit=limit, **asked) for each in ids(page)] == whole

    def test_what_comes_back_into_stock_is_still_shown(self, tmp_path: Any) -> None:
        parts = published(tmp_path)
        ask = asker(parts)
        first, second, *_ = (str(each) for each in ids(ask("mug", limit=100)["items"]))
        parts.products.change([OfferChange(second, NOW, {"stock": 0})])
        page = ask("mug", limit=2)
        assert second not in ids(page["items"])
        parts.products.change([OfferChange(second, NOW.replace(minute=1), {"stock": 5})])
        assert ids(ask("mug", limit=2, cursor=page["cursor"])["items"])[0] == second
        assert first in ids(page["items"])

    def test_a_later_page_waits_for_the_facts_that_the_first_was_understood_with(self, shelf: wiring.Parts) -> None:
        asked: dict[str, Any] = {"text": "linen shirt under 5", "understand": True, "limit": 3}
        first = asker(shelf)(**asked)
        assert [each["words"] for each in first["relaxed"]][-1] == "under 5"
        broken: Any = WithoutFacts(shelf.blobs, unavailable)
        waits = asker(dataclasses.replace(shelf, blobs=broken))(**asked, cursor=first["cursor"])
        assert (waits["items"], waits["degraded"]) == ([], ["facts"])
        again = asker(shelf)(**asked, cursor=waits["cursor"])
        assert len(again["items"]) == 3
        assert set(ids(again["items"])).isdisjoint(ids(first["items"]))
        assert again["relaxed"] == first["relaxed"]

    def test_a_cursor_that_gives_up_more_than_was_understood_is_no_crash(self, ask: Ask) -> None:
        made = ask("linen shirt", understand=True, limit=3)["cursor"]
        fields = json.loads(base64.urlsafe_b64decode(made + "=" * (-len(made) % 4)))
        fields[8] = cursor.MOST_STEPS
        forged = base64.urlsafe_b64encode(json.dumps(fields).encode()).rstrip(b"=").decode()
        assert ask("linen shirt", understand=True, limit=3, cursor=forged)["items"]


class TestParts:
    def test_an_index_that_fails_under_the_facets_is_said(self, shelf: wiring.Parts) -> None:
        asked: dict[str, Any] = {"facets": ["brand"], "filters": {"brand": ["Acme"]}}
        parts, searches = failing_at(shelf, 0)
        whole = asker(parts)("shirt", **asked)
        assert counts(whole, "brand").keys() == {"Acme", "Bolt", "Curl"}
        for call in range(1, len(searches) + 1):
            answer = asker(failing_at(shelf, call)[0])("shirt", **asked)
            assert answer["degraded"] == ["index"], call
        assert answer["items"] == whole["items"]

    def test_a_filter_alone_is_met_by_what_is_popular_where_the_index_finds_nothing(self, shelf: wiring.Parts) -> None:
        answer = asker(failing_at(shelf, 1)[0])(filters={"brand": ["Acme"]})
        assert (ids(answer["items"]), answer["degraded"]) == (["d3"], ["index"])
        assert not asker(failing_at(shelf, 1)[0])(filters={"brand": ["Curl"]})["items"]


class TestUnlike:
    def test_what_nobody_has_bought_yet_is_shown_too_before_a_price_gives_way(self, ask: Ask) -> None:
        answer = ask("under 19", understand=True, unlike="d1S")
        assert answer["relaxed"] == []
        assert {each["product"]["item_group_id"] for each in answer["items"]} == {"g0", "g2"}
        everything = listed(ask, unlike="d1S")
        assert ids(everything)[0] == "d3"
        assert len(everything) == 23


class TestDepth:
    @pytest.fixture
    def mostly_sold_out(self, tmp_path: Any, shallow: None) -> Ask:
        """Who looks six deep finds nothing that is like d1S and can be bought."""
        parts = published(tmp_path)
        near = ids(asker(parts)(like="d1S", limit=100)["items"])
        gone = [str(row["id"]) for row in rows() if any(str(row["item_group_id"])[1:] in each for each in near[:8])]
        parts.products.change([OfferChange(each, NOW, {"stock": 0}) for each in gone])
        return asker(parts)

    def test_a_likeness_is_counted_and_sorted_as_deep_as_it_is_listed(self, mostly_sold_out: Ask) -> None:
        ask = mostly_sold_out
        first = ask(like="d1S", limit=5, facets=["colour"])
        shown = listed(ask, like="d1S")
        assert sum(counts(first, "colour").values()) >= len(shown) > 5
        dear = listed(ask, like="d1S", sort="price_desc")
        assert set(ids(dear)) == set(ids(shown))


@pytest.mark.parametrize("amount", [10**400, -1])
def test_a_price_beyond_all_numbers_is_refused(ask: Ask, amount: int) -> None:
    assert "price to" in ask(status=400, filters={"price": {"to": amount}})["detail"]


def test_what_only_shoppers_put_together_is_like_it_and_not_popular(shelf: wiring.Parts) -> None:
    seed = shelf.products.get(["d1S"])["d1S"]
    reason = search_ranking.reason_for(Candidate("d2S", 1.0, {"behaviour": 1.0}), seed)
    assert (reason.kind, reason.product_id) == (ReasonKind.SIMILAR_TO, "d1S")
