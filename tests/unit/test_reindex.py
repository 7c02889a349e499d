"""The indexer from feed to live version: incremental, gated, and safe to kill."""

import json
import os
import random
import signal
import time
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from indexer.encode import Encoders
from indexer.publish import KEPT_VERSIONS, Publisher
from shared import wiring
from shared.adapters.file_turns import FileTurn
from shared.domain.errors import Busy, FeedRejected, GateRefused, NotFound, TurnLost
from shared.domain.spaces import EncoderInfo, Matrix, Space
from shared.services.pages import Question
from shared.services.similar import By, similar
from shared.settings import Settings
from tests.breaking import Breaking
from tests.support import ColourEncoder, StillClock, WordEncoder, reindex, small_feed_rows, write_small_feed
from tests.unit.commands import start, vitrine


@pytest.fixture
def encoders() -> Encoders:
    return Encoders(WordEncoder(), ColourEncoder())


@pytest.fixture
def work(tmp_path: Path) -> Path:
    return tmp_path / "work"


def publisher(parts: wiring.Parts) -> Publisher:
    return Publisher(parts.versions, parts.products, parts.blobs)


class TestIncremental:
    def test_nothing_changed_encodes_nothing_and_publishes_nothing(
        self, parts: wiring.Parts, tmp_path: Path, work: Path, encoders: Encoders, clock: StillClock
    ) -> None:
        feed, images = write_small_feed(tmp_path / "feed")
        first = reindex(parts, feed, work, encoders, images)
        assert (first.encoded_texts, first.encoded_images, first.published) == (60, 60, True)
        clock.forward(minutes=5)
        again = reindex(parts, feed, work, encoders, images)
        assert (again.encoded_texts, again.encoded_images, again.published) == (0, 0, False)
        assert again.version == first.version == parts.versions.live()
        assert (encoders.text.encoded, encoders.image.encoded) == (60, 60)

    def test_only_what_changed_is_encoded_and_what_left_is_gone(
        self, parts: wiring.Parts, tmp_path: Path, work: Path, encoders: Encoders, clock: StillClock
    ) -> None:
        feed, images = write_small_feed(tmp_path / "feed")
        reindex(parts, feed, work, encoders, images)
        rows = small_feed_rows()[:-1]
        rows[0]["title"] = "Entirely new title"
        rows[1]["price"] = "1.00 EUR"  # not part of any vector
        write_small_feed(tmp_path / "feed", rows)
        clock.forward(minutes=5)
        report = reindex(parts, feed, work, encoders, images)
        assert (report.encoded_texts, report.encoded_images, report.changed, report.removed) == (1, 0, 2, 1)
        index = parts.versions.open(report.version)
        assert index.count() == 59
        assert index.vectors(["p60"]) == {}
        products = parts.products.get(["p1", "p2", "p60"])
        assert (products["p1"].title, products["p2"].price) == ("Entirely new title", 1.0)
        assert "p60" not in products

    def test_another_encoder_encodes_all_again(
        self, parts: wiring.Parts, tmp_path: Path, work: Path, encoders: Encoders, clock: StillClock
    ) -> None:
        feed, images = write_small_feed(tmp_path / "feed")
        reindex(parts, feed, work, encoders, images)
        clock.forward(minutes=5)
        other = Encoders(WordEncoder(EncoderInfo("words", "2", 32)), encoders.image)
        report = reindex(parts, feed, work, other, images)
        assert (report.encoded_texts, report.encoded_images) == (60, 0)
        assert parts.versions.open(report.version).manifest.encoders[Space.TEXT].dimensions == 32

    def test_a_missing_or_broken_picture_costs_the_vector_and_not_the_place(
        self, parts: wiring.Parts, tmp_path: Path, work: Path, encoders: Encoders, clock: StillClock
    ) -> None:
        feed, images = write_small_feed(tmp_path / "feed")
        (images / "p1.png").unlink()
        (images / "p2.png").write_bytes(b"no picture")
        report = reindex(parts, feed, work, encoders, images)
        assert report.products == 60
        vectors = parts.versions.open(report.version).vectors(["p1", "p2", "p3"])
        assert [Space.IMAGE in vectors[each] for each in ("p1", "p2", "p3")] == [False, False, True]
        write_small_feed(tmp_path / "feed", small_feed_rows())
        (images / "p2.png").write_bytes((images / "p3.png").read_bytes())
        clock.forward(minutes=5)
        report = reindex(parts, feed, work, encoders, images)
        assert (report.encoded_images, report.bad_images) == (2, 0)


class TestRejects:
    def test_bad_rows_are_listed_and_the_rest_goes_on(self, parts: wiring.Parts, tmp_path: Path, work: Path) -> None:
        rows = small_feed_rows()
        feed, images = write_small_feed(tmp_path / "feed", rows)
        with feed.open("a") as more:
            more.write(json.dumps(rows[0]) + "\n" + json.dumps({"id": "x"}) + "\n")
        report = reindex(parts, feed, work, images=images)
        assert (report.products, report.bad_rows) == (60, 2)
        rejects = [json.loads(line) for line in (work / "rejects.jsonl").read_text().splitlines()]
        assert [each["line"] for each in rejects] == [61, 62]
        assert "'p1'" in rejects[0]["reason"]
        assert "title" in rejects[1]["reason"]

    def test_too_many_bad_rows_publish_nothing(self, parts: wiring.Parts, tmp_path: Path, work: Path) -> None:
        feed, images = write_small_feed(tmp_path / "feed")
        with feed.open("a") as more:
            more.write("{}\n" * 10)
        with pytest.raises(FeedRejected, match="10 of the 70 rows"):
            reindex(parts, feed, work, images=images)
        assert parts.versions.all() == []
        assert reindex(parts, feed, work, images=images, most_bad_rows=0.2).published

    def test_a_feed_cut_short_does_not_empty_the_shop(
        self, small_shop: wiring.Parts, tmp_path: Path, work: Path, clock: StillClock
    ) -> None:
        live = small_shop.versions.live()
        feed, images = write_small_feed(tmp_path / "feed", small_feed_rows()[:20])
        clock.forward(minutes=5)
        with pytest.raises(GateRefused, match="20 products where the live version has 60"):
            reindex(small_shop, feed, work, images=images)
        assert small_shop.versions.live() == live
        assert [each.version for each in small_shop.versions.all()] == [live]
        assert reindex(small_shop, feed, work, images=images, allow_loss=True).products == 20


class TestGate:
    def test_pictures_that_all_went_missing_are_noticed(
        self, small_shop: wiring.Parts, tmp_path: Path, work: Path, clock: StillClock
    ) -> None:
        feed, _ = write_small_feed(tmp_path / "feed")
        (tmp_path / "nothing").mkdir()
        for picture in (tmp_path / "feed" / "images").iterdir():
            picture.unlink()
        clock.forward(minutes=5)
        with pytest.raises(GateRefused, match="0 products with image vectors where the live version has 60"):
            reindex(small_shop, feed, work, images=tmp_path / "nothing")

    def test_an_encoder_that_says_the_same_of_everything_is_refused(
        self, parts: wiring.Parts, tmp_path: Path, work: Path, encoders: Encoders
    ) -> None:
        class Constant(WordEncoder):
            def encode_texts(self, texts: Sequence[str]) -> Matrix:
                return super().encode_texts(["the same"] * len(texts))

        feed, images = write_small_feed(tmp_path / "feed")
        with pytest.raises(GateRefused, match="the same vector"):
            reindex(parts, feed, work, Encoders(Constant(), encoders.image), images)
        assert parts.versions.all() == [] == parts.blobs.names("catalogues")

    def test_a_refusal_costs_neither_embeddings_nor_the_version_to_go_back_to(
        self, parts: wiring.Parts, tmp_path: Path, work: Path, encoders: Encoders, clock: StillClock
    ) -> None:
        small, images = write_small_feed(tmp_path / "small", small_feed_rows()[:20])
        large, _ = write_small_feed(tmp_path / "large")
        pictures = tmp_path / "large" / "images"
        first = reindex(parts, small, work, encoders, images).version
        clock.forward(minutes=5)
        reindex(parts, large, work, encoders, pictures)
        clock.forward(minutes=5)
        with pytest.raises(GateRefused):
            reindex(parts, small, work, encoders, images)
        assert publisher(parts).rollback(FileTurn()).version == first
        clock.forward(minutes=5)
        assert reindex(parts, large, work, encoders, pictures).encoded_texts == 0


class TestDamage:
    @pytest.mark.parametrize("harm", ["no catalogue", "half a catalogue", "broken shard"])
    def test_a_damaged_live_version_is_built_anew(
        self, small_shop: wiring.Parts, tmp_path: Path, work: Path, clock: StillClock, harm: str
    ) -> None:
        live = small_shop.versions.live()
        catalogue = f"catalogues/{live}.jsonl.gz"
        if harm == "no catalogue":
            small_shop.blobs.remove(catalogue)
        elif harm == "half a catalogue":
            small_shop.blobs.put(catalogue, small_shop.blobs.get(catalogue)[:200])
        else:
            for path in (tmp_path / "data" / "versions" / live / "shard").rglob("*.json"):
                path.write_text("{")
        rows = small_feed_rows()
        rows[0]["title"] = "Renamed"
        feed, images = write_small_feed(tmp_path / "feed", rows)
        clock.forward(minutes=5)
        report = reindex(small_shop, feed, work, images=images)
        assert (report.published, report.changed) == (True, 60)
        assert small_shop.products.get(["p1"])["p1"].title == "Renamed"


class TestVersions:
    def test_rollback_takes_index_and_catalogue_back_and_forth(
        self, small_shop: wiring.Parts, tmp_path: Path, work: Path, clock: StillClock
    ) -> None:
        first = small_shop.versions.live()
        rows = small_feed_rows()
        rows[0]["title"] = "Renamed"
        feed, images = write_small_feed(tmp_path / "feed", rows)
        clock.forward(minutes=5)
        second = reindex(small_shop, feed, work, images=images).version
        assert publisher(small_shop).rollback(FileTurn()).version == first == small_shop.versions.live()
        assert small_shop.products.get(["p1"])["p1"].title != "Renamed"
        with pytest.raises(NotFound, match="before the live one"):
            publisher(small_shop).rollback(FileTurn())
        clock.forward(minutes=5)
        again = reindex(small_shop, feed, work, images=images)
        assert again.version == second  # it was there already: nothing is built twice
        assert small_shop.products.get(["p1"])["p1"].title == "Renamed"

    def test_going_back_follows_what_was_live_and_not_the_clock(
        self, parts: wiring.Parts, tmp_path: Path, work: Path, clock: StillClock
    ) -> None:
        feeds = {}
        for name in "abc":
            rows = small_feed_rows()
            rows[0]["title"] = name
            feeds[name] = write_small_feed(tmp_path / name, rows)
        made = {}
        for name in "abcb":
            feed, _ = feeds[name]
            made[name] = reindex(parts, feed, work, images=tmp_path / "a" / "images").version
            clock.forward(minutes=-10)
        assert parts.versions.live() == made["b"]
        assert publisher(parts).rollback(FileTurn()).version == made["c"]
        assert publisher(parts).rollback(FileTurn()).version == made["b"]
        assert publisher(parts).rollback(FileTurn()).version == made["a"]

    def test_a_running_shop_moves_to_the_new_version(
        self, small_shop: wiring.Parts, tmp_path: Path, work: Path, clock: StillClock
    ) -> None:
        shop = wiring.shop(small_shop)
        old = similar(shop, "p7", By.ALL, Question(limit=3))
        rows = small_feed_rows()
        rows[0]["title"] = "Renamed"
        feed, images = write_small_feed(tmp_path / "feed", rows)
        clock.forward(minutes=5)
        reindex(small_shop, feed, work, images=images)
        new = similar(shop, "p7", By.ALL, Question(limit=3))
        assert new.version == small_shop.versions.live() != old.version
        page_two = similar(shop, "p7", By.ALL, Question(limit=3, cursor=old.cursor))
        assert page_two.version == old.version

    def test_old_versions_go(self, parts: wiring.Parts, tmp_path: Path, work: Path, clock: StillClock) -> None:
        for number in range(KEPT_VERSIONS + 2):
            rows = small_feed_rows()
            rows[0]["title"] = f"Title {number}"
            feed, images = write_small_feed(tmp_path / "feed", rows)
            reindex(parts, feed, work, images=images)
            clock.forward(minutes=5)
        assert len(parts.versions.all()) == KEPT_VERSIONS == len(parts.blobs.names("catalogues"))

    def test_two_runs_at_once_do_not_meet(self, parts: wiring.Parts, tmp_path: Path, work: Path) -> None:
        feed, images = write_small_feed(tmp_path / "feed")
        with parts.turns.take("another"), pytest.raises(Busy, match="Another run"):
            reindex(parts, feed, work, images=images)

    def test_a_run_that_has_lost_its_turn_builds_nothing(self, parts: wiring.Parts, tmp_path: Path, work: Path) -> None:
        feed, images = write_small_feed(tmp_path / "feed")
        built: list[None] = []
        versions: Any = Breaking(parts.versions, lambda: built.append(None), "build")
        late = replace(parts, versions=versions, turns=LostTurns())
        with pytest.raises(TurnLost):
            reindex(late, feed, work, images=images)
        assert built == []

    def test_a_run_that_loses_its_turn_at_the_very_end_clears_nothing_away(
        self, parts: wiring.Parts, tmp_path: Path, work: Path, clock: StillClock
    ) -> None:
        rows = small_feed_rows()
        feed, images = write_small_feed(tmp_path / "feed", rows)
        reindex(parts, feed, work, images=images)
        (live,) = parts.versions.all()
        rows[0]["title"] = "Entirely new title"
        write_small_feed(tmp_path / "feed", rows)
        clock.forward(minutes=5)
        turns = LostTurns(lost=False)

        def stall() -> None:
            turns.lost = True
            with parts.versions.build("later", dict(live.encoders), live.version) as builder:
                builder.finish(replace(live, version="later", digest="other"))

        versions: Any = Breaking(parts.versions, stall, "activate")
        with pytest.raises(TurnLost):
            reindex(replace(parts, versions=versions, turns=turns), feed, work, images=images)
        assert parts.versions.open("later").count() == live.products


class LostTurns:
    """Whoever has one has lost it to a later job."""

    fence = 1

    def __init__(self, lost: bool = True) -> None:
        self.lost = lost

    def take(self, job: str) -> Any:
        return nullcontext(self)

    def check(self) -> None:
        if self.lost:
            raise TurnLost("A later job is at work.")


class TestKilled:
    """SIGKILL at ten random points of a run that replaces a live version."""

    @staticmethod
    def command(feed: Path, images: Path, data: Path) -> tuple[object, ...]:
        return ("index", feed, "--images", images, "--data", data, "--json")

    def run(self, feed: Path, images: Path, data: Path) -> float:
        started = time.monotonic()
        vitrine(*self.command(feed, images, data)).check_returncode()
        return time.monotonic() - started

    def test_killed_at_ten_points_it_ends_as_if_undisturbed(self, tmp_path: Path) -> None:
        before, images = write_small_feed(tmp_path / "before")
        rows = [row | {"title": f"{row['title']} mark two"} for row in small_feed_rows()] + [
            row | {"id": f"n{row['id']}", "item_group_id": ""} for row in small_feed_rows()
        ]
        after, _ = write_small_feed(tmp_path / "after", rows)
        calm, troubled = tmp_path / "calm", tmp_path / "troubled"
        for data in (calm, troubled):
            self.run(before, images, data)
        duration = self.run(after, images, calm)
        live = wiring.parts(Settings(data=troubled)).versions.live()
        rng = random.Random(7)
        kills = 0
        for fraction in sorted(rng.random() for _ in range(10)):
            process = start(*self.command(after, images, troubled))
            time.sleep(fraction * duration)
            os.kill(process.pid, signal.SIGKILL)
            kills += process.wait().returncode == -signal.SIGKILL
            parts = wiring.parts(Settings(data=troubled))
            answer = similar(wiring.shop(parts), "p7", By.ALL, Question(limit=5))
            assert len(answer.items) == 5
            assert answer.version in (live, parts.versions.live())
        assert kills
        self.run(after, images, troubled)
        assert contents(troubled) == contents(calm)


def contents(data: Path) -> dict[str, object]:
    """All that a reader can see of a shop's live version."""
    parts = wiring.parts(Settings(data=data))
    manifest = publisher(parts).live()
    assert manifest is not None
    ids = sorted(product_id for row in small_feed_rows() for product_id in (row["id"], f"n{row['id']}"))
    vectors = parts.versions.open(manifest.version).vectors(ids)
    shop = wiring.shop(parts)
    return {
        "digest": manifest.digest,
        "counts": dict(manifest.counts),
        "products": parts.products.get(ids),
        "dense": {
            (each, space.value): vectors[each][space].tobytes()
            for each in ids
            for space in (Space.TEXT, Space.IMAGE)
            if space in vectors[each]
        },
        "keywords": {each: vectors[each][Space.KEYWORDS].values.tobytes() for each in ids},
        "similar": [
            [(item.product.id, round(item.score, 4)) for item in similar(shop, each, By.ALL, Question(limit=8)).items]
            for each in ids[::10]
        ],
        "settled": parts.products.version() == manifest.version,
        "unfinished": sorted(path.name for path in (data / "versions").glob(".building*")),
    }
