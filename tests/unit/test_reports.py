"""What operators are told of catalogue, versions and runs."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from indexer.rejects import MOST_REASONS, summary
from local.indexing import IndexOptions, index_feed
from shared import wiring
from shared.domain import comparison
from shared.domain.comparison import Change, Comparison, Quality
from shared.domain.deadline import deadline
from shared.domain.drift import Tally
from shared.domain.errors import GateRefused, Unavailable
from shared.domain.events import EventType
from shared.domain.offers import OfferChange
from shared.domain.products import Availability
from shared.domain.recommendations import Part
from shared.domain.spaces import Space
from shared.services.catalogue_report import NEVER_SHOWN, catalogue_report
from shared.services.drift import Drift
from shared.services.reindexing import Outcome, RejectReason, Status, status
from shared.services.version_report import VersionReport, version_report
from shared.settings import Settings
from tests.support import NOW, Silent, StillClock, event, reindex, small_feed_rows, write_small_feed


def test_what_is_shown_and_what_comes_of_it(small_shop: wiring.Parts) -> None:
    """Against a count by hand: p1 to p10 shown, p12 sold out in the feed, p20 since."""
    day = timedelta(days=1)
    shown = [(f"p{n}", n) for n in range(1, 11)]
    events = [event(f"u{i}", EventType.IMPRESSION, each, NOW - day) for each, count in shown for i in range(count)]
    events += [event(f"u{i}", EventType.CLICK, "p10", NOW) for i in range(4)]
    events += [event("u", EventType.ADD_TO_CART, "p10"), event("u", EventType.PURCHASE, "p9")]
    events += [
        event("old", EventType.IMPRESSION, "p30", NOW - 8 * day),
        event("old", EventType.VIEW, "p31", NOW - 80 * day),
    ]
    events += [event("older", EventType.VIEW, "p32", NOW - 100 * day)]
    events += [event("u", EventType.IMPRESSION, "p12"), event("u", EventType.IMPRESSION, "gone")]
    small_shop.events.add(events)
    small_shop.products.change([OfferChange("p20", NOW, {"availability": Availability.OUT_OF_STOCK})])
    report = catalogue_report(wiring.shop(small_shop), small_shop.blobs, 7)
    assert (report.products, report.can_be_bought, report.shown, report.never_shown_count) == (60, 58, 10, 48)
    assert report.coverage == 10 / 58
    assert report.cold == 58 - 3  # p9, p10 and p31 are not
    assert [(each.product.id, each.impressions) for each in report.top[:3]] == [("p10", 10), ("p9", 9), ("p8", 8)]
    best = report.top[0]
    assert (best.clicks, best.add_to_cart, best.purchases, best.ctr) == (4, 1, 0, 0.4)
    assert [each.id for each in report.never_shown[:2]] == ["p11", "p13"]  # the newest ones that can be bought
    assert len(report.never_shown) == min(48, NEVER_SHOWN)
    assert catalogue_report(wiring.shop(small_shop), small_shop.blobs, 30).shown == 11


def test_short_of_time_stock_is_that_of_the_version(small_shop: wiring.Parts) -> None:
    small_shop.products.change([OfferChange("p20", NOW, {"availability": Availability.OUT_OF_STOCK})])
    with deadline(0.5):
        report = catalogue_report(wiring.shop(small_shop), small_shop.blobs, 7)
    assert (report.can_be_bought, report.degraded) == (59, (Part.PRODUCTS,))


def test_nothing_published_has_no_report(parts: wiring.Parts) -> None:
    with pytest.raises(Unavailable, match="No index version is live"):
        catalogue_report(wiring.shop(parts), parts.blobs, 7)
    empty = version_report(parts.versions, parts.blobs, parts.state, parts.clock)
    assert (empty.live, empty.age, list(empty.kept), empty.compared) == (None, None, [], None)


def test_versions_are_compared_when_they_are_published(
    small_shop: wiring.Parts, clock: StillClock, tmp_path: Path
) -> None:
    """On users' last deeds, of which the later version knows one more day."""
    first = version_report(small_shop.versions, small_shop.blobs, small_shop.state, clock)
    assert first.compared is not None
    assert first.compared.quality is None
    assert "Too few users" in first.verdict
    small_shop.events.add(
        [
            event(f"u{user}", EventType.VIEW, f"p{1 + (user + 6 * step) % 54}", NOW - timedelta(days=30 - step))
            for user in range(60)
            for step in range(5)
        ]
    )
    clock.forward(hours=2)
    rows = small_feed_rows()
    rows[0]["title"] = "Another title"
    feed, images = write_small_feed(tmp_path / "second", rows)
    reindex(small_shop, feed, tmp_path / "work", images=images)
    report = version_report(small_shop.versions, small_shop.blobs, small_shop.state, clock)
    assert report.live is not None
    assert [each.version for each in report.kept] == [report.live.version, first.live.version]  # type: ignore[union-attr]
    assert report.compared is not None
    assert report.compared.previous == report.kept[1].version
    quality = report.compared.quality
    assert quality is not None
    assert quality.users >= 40
    assert quality.of_new.keys() == quality.of_live.keys() == {"ndcg_at_10", "hit_rate_at_10"}
    assert 0 <= quality.of_new["ndcg_at_10"] <= quality.of_new["hit_rate_at_10"] <= 1
    assert str(quality.users) in report.measured_on
    clock.forward(hours=1)
    report = version_report(small_shop.versions, small_shop.blobs, small_shop.state, clock)
    assert report.age is not None


@pytest.mark.parametrize(
    ("new", "old", "error", "says"),
    [
        (0.2, 0.1, 0.01, "Better"),
        (0.1, 0.2, 0.01, "Worse"),
        (0.1, 0.12, 0.02, "As good"),
        (0.1, None, 0, "first version"),
    ],
)
def test_a_difference_within_chance_is_none(new: float, old: float | None, error: float, says: str) -> None:
    quality = Quality(50, {"ndcg_at_10": new}, {"ndcg_at_10": old} if old else {}, error)
    report = VersionReport(None, None, [], Status(None, None, ()), Comparison("v", "", quality))
    assert says in report.verdict


def test_a_version_before_that_was_damaged_is_not_said_to_be_missing() -> None:
    """Nor to have had too few users."""
    compared = Comparison("v2", "v1")
    report = VersionReport(None, None, [], Status(None, None, ()), compared)
    assert report.verdict == Drift(Tally(NOW.date(), 7).drift(), compared).verdict
    assert "could not be read" in report.verdict


def test_a_comparison_is_read_as_it_was_written() -> None:
    quality = Quality(50, {"ndcg_at_10": 0.1}, {"ndcg_at_10": 0.2}, 0.01)
    for each in (
        Comparison("v"),
        Comparison("v2", "v1", quality, Change(9, 1, 2, 3, {Space.TEXT: 0.1, Space.IMAGE: 0.2})),
    ):
        assert comparison.from_bytes(comparison.to_bytes(each)) == each


def test_reasons_are_counted_without_what_stood_in_the_rows(tmp_path: Path) -> None:
    assert summary(tmp_path / "none.jsonl") == ()
    lines = [{"line": n, "product_id": f"p{n}", "reason": f"price 'secret {n}' is not a number"} for n in range(3, 8)]
    lines += [{"line": 9, "product_id": "", "reason": "has 2 columns where the header has 3"}]
    lines += [{"line": None, "product_id": "x", "reason": "The picture 'a's.png' is not there."}]
    lines += [{"line": 10, "product_id": "", "reason": "price 'x' jane@doe.example 'y' is not a number"}]
    lines += [{"line": 20 + n, "product_id": "", "reason": f"odd thing {chr(97 + n)}"} for n in range(MOST_REASONS)]
    path = tmp_path / "rejects.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    told = summary(path)
    assert told[0] == RejectReason("price … is not a number", 6, 3)
    assert RejectReason("The picture … is not there.", 1, None) in told
    assert RejectReason("has … columns where the header has …", 1, 9) in told
    assert told[-1].reason == "other reasons"
    assert sum(each.count for each in told) == len(lines)
    assert "secret" not in repr(told)
    assert "jane" not in repr(told)


def test_a_run_from_the_command_line_is_written_down_too(tmp_path: Path, clock: StillClock) -> None:
    settings = Settings(data=tmp_path / "data")
    feed, images = write_small_feed(tmp_path / "feed", small_feed_rows()[:24])
    with feed.open("a") as more:
        more.write('{"id": "bad", "title": "Bad", "price": "whatever"}\n')
    report = index_feed(settings, str(feed), IndexOptions(images), Silent(), clock)
    clock.forward(minutes=1)
    few, _ = write_small_feed(tmp_path / "few", small_feed_rows()[:5])
    with pytest.raises(GateRefused):
        index_feed(settings, str(few), IndexOptions(images), Silent(), clock)
    refused, done = status(wiring.parts(settings, clock).state).runs
    assert (refused.outcome, refused.version, refused.reasons) == (Outcome.FAILED, "", ())
    assert "5 products where the live version has 24" in refused.error
    assert (done.outcome, done.version, done.counts["bad_rows"]) == (Outcome.SUCCEEDED, report.version, 1)
    ((reason,)) = done.reasons
    assert (reason.count, reason.example_line) == (1, 25)
    assert "whatever" not in reason.reason
