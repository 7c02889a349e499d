"""Learning from events: rows in the index, versions without a feed, tuning, and the same answer every time."""

import random
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from indexer.jobs import jobs
from indexer.learned import Learned, changed_rows, rows_of
from indexer.tuning import HeldOut, choose, held_out
from indexer.tuning.examples import OpenIndex
from indexer.tuning.search import beats
from shared import wiring
from shared.domain.behaviour import behaviour_query
from shared.domain.errors import InvalidInput, Unavailable
from shared.domain.events import Event, EventType
from shared.domain.recommendations import ReasonKind, SpaceQuery
from shared.domain.spaces import Space
from shared.domain.tuning import UNTUNED
from shared.http.schemas import RecommendationAnswer
from shared.ports import ProductIndex
from shared.services.pages import Question
from shared.services.popularity import refresh_popularity
from shared.services.recommend import for_you
from shared.services.similar import By, similar
from shared.settings import Settings
from tests.support import NOW, Silent, StillClock, copied, event, reindex, write_small_feed

JUST = NOW - timedelta(minutes=1)
STEPS = {f"p{number}": f"p{number % 40 + 1}" for number in range(1, 41)}
"""In this shop people go from product n to product n + 1, which is of another kind."""


def walks(users: int, days: float = 60, seed: int = 5) -> list[Event]:
    """Users who go along the steps from somewhere, one product every few hours; some look elsewhere between."""
    rng = random.Random(seed)
    events = []
    for user in range(users):
        product = rng.choice(list(STEPS))
        at = NOW - timedelta(days=rng.uniform(1, days))
        for _ in range(rng.randint(3, 9)):
            events.append(event(f"u{user}", EventType.PURCHASE, product, at))
            product = STEPS[product] if rng.random() < 0.85 else rng.choice(list(STEPS))
            at = min(at + timedelta(hours=rng.uniform(1, 90)), NOW)
    return events


@pytest.fixture(scope="module")
def walked_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a feed, its pictures, and a shop whose first version has learnt from 150 walks; to be copied."""
    folder = tmp_path_factory.mktemp("walked")
    feed, images = write_small_feed(folder)
    parts = wiring.parts(Settings(data=folder / "data"), StillClock())
    parts.events.add(walks(150))
    reindex(parts, feed, folder / "work", images=images)
    refresh_popularity(parts.events, parts.blobs, NOW)
    return folder


@pytest.fixture
def walked(walked_once: Path, tmp_path: Path, clock: StillClock) -> wiring.Parts:
    """The shop of ``walked_once``, and what its indexer keeps for the next run, of the test's own."""
    for name in ("data", "work"):
        copied(walked_once / name, tmp_path / name)
    return wiring.parts(Settings(data=tmp_path / "data"), clock)


class TestRows:
    def test_a_version_holds_what_people_did_next(self, walked: wiring.Parts) -> None:
        index = wiring.shop(walked).live.live()
        (hits,) = index.search([SpaceQuery(Space.BEHAVIOUR, behaviour_query({"p7": 1.0}), 3)])
        assert hits[0].product_id == "p8"
        assert index.manifest.counts[Space.BEHAVIOUR] > 40

    def test_a_newcomers_one_click_is_followed_and_the_reason_says_so(self, walked: wiring.Parts) -> None:
        walked.events.add([event("new", EventType.VIEW, "p7", NOW)])
        shown = for_you(wiring.shop(walked), "new", Question(limit=6)).items
        then = next(item for item in shown if item.product.id == "p8")
        assert then.reason.kind is ReasonKind.OFTEN_AFTER
        assert then.reason.product_id == "p7"
        assert then.reason.sentence.startswith("Often chosen after ")

    def test_what_was_turned_away_from_speaks_against_what_follows_it(self, walked: wiring.Parts) -> None:
        index = wiring.shop(walked).live.live()
        (hits,) = index.search([SpaceQuery(Space.BEHAVIOUR, behaviour_query({"p7": -1.0, "p20": 1.0}), 60)])
        assert {hit.product_id: hit.score for hit in hits}["p8"] < 0

    def test_who_only_turned_away_is_not_offered_what_follows_it(self, walked: wiring.Parts) -> None:
        walked.events.add([event("averse", EventType.DISLIKE, "p7", NOW)])
        shown = for_you(wiring.shop(walked), "averse", Question(limit=30)).items
        assert shown
        assert all(set(item.source.split("+")) <= {"popular", "lately"} for item in shown)

    def test_a_product_nobody_touched_borrows_a_row(self, walked: wiring.Parts) -> None:
        """p55 is a variant of p1, and nobody ever took a p55."""
        index = wiring.shop(walked).live.live()
        rows = index.vectors(["p55", "p1"], [Space.BEHAVIOUR])
        assert Space.BEHAVIOUR in rows["p55"]
        (hits,) = index.search([SpaceQuery(Space.BEHAVIOUR, behaviour_query({"p40": 1.0}), 60)])
        scores = {hit.product_id: hit.score for hit in hits}
        assert 0 < scores["p55"] < scores["p1"]

    def test_without_events_there_are_no_rows_and_no_lending(self, small_shop: wiring.Parts) -> None:
        index = wiring.shop(small_shop).live.live()
        assert index.manifest.counts.get(Space.BEHAVIOUR, 0) == 0
        assert Space.BEHAVIOUR not in index.vectors(["p1"])["p1"]


class TestTrain:
    def test_it_needs_no_feed_and_learns_what_happened_since(self, walked: wiring.Parts, tmp_path: Path) -> None:
        before = walked.versions.live()
        walked.events.add([event(f"n{i}", EventType.VIEW, each, JUST) for i in range(40) for each in ("p50", "p51")])
        trained = jobs(walked, Silent()).retrain().run(tmp_path / "work")
        assert trained.published
        assert trained.manifest.version == walked.versions.live() != before
        assert 0 < trained.solved < trained.products
        index = wiring.shop(walked).live.live()
        (hits,) = index.search([SpaceQuery(Space.BEHAVIOUR, behaviour_query({"p50": 1.0}), 3)])
        assert hits[0].product_id == "p51"
        assert index.count() == 60
        assert Space.IMAGE in index.vectors(["p51"])["p51"]

    def test_where_nothing_happened_nothing_is_published(self, walked: wiring.Parts, tmp_path: Path) -> None:
        live = walked.versions.live()
        assert not jobs(walked, Silent()).retrain().run(tmp_path / "work").published
        assert walked.versions.live() == live

    def test_after_training_an_unchanged_feed_is_unchanged(
        self, walked: wiring.Parts, walked_once: Path, clock: StillClock, tmp_path: Path
    ) -> None:
        walked.events.add([event(f"n{i}", EventType.VIEW, each, JUST) for i in range(40) for each in ("p50", "p51")])
        clock.forward(minutes=1)
        trained = jobs(walked, Silent()).retrain().run(tmp_path / "work")
        report = reindex(walked, walked_once / "feed.jsonl", tmp_path / "work", images=walked_once / "images")
        assert not report.published
        assert report.version == trained.manifest.version
        assert report.solved_rows == 0

    def test_only_rows_that_changed_are_written(self, walked: wiring.Parts, tmp_path: Path) -> None:
        before = rows_of(walked.blobs, walked.versions.live() or "")
        walked.events.add([event("n", EventType.VIEW, each, JUST) for each in ("p50", "p51")])
        trained = jobs(walked, Silent()).retrain().run(tmp_path / "work")
        after = rows_of(walked.blobs, trained.manifest.version)
        assert changed_rows(Learned(after, UNTUNED), before, Space.BEHAVIOUR) == {"p50", "p51"}

    def test_stopped_on_the_way_the_live_version_is_as_it_was(self, walked: wiring.Parts, tmp_path: Path) -> None:
        class Stops(Silent):
            def stage(self, name: str, total: int | None = None) -> None:
                if name == "Building the search graphs":
                    raise KeyboardInterrupt

        live = walked.versions.live()
        walked.events.add([event(f"n{i}", EventType.VIEW, each, JUST) for i in range(9) for each in ("p50", "p51")])
        with pytest.raises(KeyboardInterrupt):
            jobs(walked, Stops()).retrain().run(tmp_path / "work")
        assert walked.versions.live() == live
        assert for_you(wiring.shop(walked), "u1", Question()).version == live
        assert jobs(walked, Silent()).retrain().run(tmp_path / "work").published

    def test_a_shop_without_a_version_is_told_what_to_do(self, parts: wiring.Parts, tmp_path: Path) -> None:
        with pytest.raises(Unavailable, match="vitrine index"):
            jobs(parts, Silent()).retrain().run(tmp_path / "work")

    def test_a_damaged_model_is_learnt_anew(self, walked: wiring.Parts, tmp_path: Path) -> None:
        name = f"behaviour/{walked.versions.live()}.npz"
        walked.blobs.put(name, b"not a model")
        assert Space.BEHAVIOUR not in rows_of(walked.blobs, walked.versions.live() or "")
        assert not jobs(walked, Silent()).retrain().run(tmp_path / "work").published


class TestTune:
    def test_it_chooses_on_the_window_and_leaves_no_version_behind(self, walked: wiring.Parts, tmp_path: Path) -> None:
        walked.events.add([replace(each, user_id=f"more-{each.user_id}") for each in walks(300, seed=6)])
        chosen = jobs(walked, Silent()).tune().run(tmp_path / "work", 25, partial(_opening, tmp_path / "data"))
        assert chosen.tuning.cases >= 50
        assert chosen.figures["ndcg@10 weighted"] >= chosen.figures["ndcg@10 before"]
        assert [each.version for each in walked.versions.all()] == [walked.versions.live()]
        published = jobs(walked, Silent()).retrain().run(tmp_path / "work", chosen.tuning)
        assert walked.versions.live() == published.manifest.version
        assert wiring.shop(walked).live.live().manifest.tuning == chosen.tuning

    def test_what_was_tuned_outlives_the_next_feed(
        self, walked: wiring.Parts, walked_once: Path, tmp_path: Path, clock: StillClock
    ) -> None:
        tuned = replace(wiring.shop(walked).live.live().manifest.tuning, sharing=0.3, cases=77)
        jobs(walked, Silent()).retrain().run(tmp_path / "work", tuned)
        clock.forward(minutes=1)
        walked.events.add([event("n", EventType.VIEW, each, JUST) for each in ("p50", "p51")])
        reindex(walked, walked_once / "feed.jsonl", tmp_path / "work", images=walked_once / "images")
        clock.forward(minutes=1)
        assert wiring.shop(walked).live.live().manifest.tuning == tuned

    def test_too_few_users_are_refused_with_what_to_do(self, walked: wiring.Parts, tmp_path: Path) -> None:
        with pytest.raises(InvalidInput, match="50 are needed"):
            jobs(walked, Silent()).tune().run(tmp_path / "work", 0.001, partial(_opening, tmp_path / "data"))
        with pytest.raises(InvalidInput, match="window is -1"):
            jobs(walked, Silent()).tune().run(tmp_path / "work", -1, partial(_opening, tmp_path / "data"))

    def test_a_case_never_holds_what_it_should_find(self) -> None:
        since = NOW - timedelta(days=10)
        cases = list(held_out(_by_user(walks(80)), since))
        assert cases
        for case in cases:
            assert all(each.occurred_at < since for each in case.events)
            assert case.targets.isdisjoint(each.product_id for each in case.events)

    def test_users_with_one_event_or_none_liked_make_no_case(self) -> None:
        one = [event("a", EventType.VIEW, "p1", NOW)]
        averse = [event("b", EventType.DISLIKE, "p1", NOW - timedelta(days=20)), event("b", EventType.VIEW, "p2", NOW)]
        assert list(held_out([one, averse, []], NOW - timedelta(days=1))) == []

    def test_cases_without_any_candidate_are_misses_and_no_more(self, walked: wiring.Parts, tmp_path: Path) -> None:
        """What somebody did to products that the index never knew proposes nothing."""
        strange = [
            HeldOut((event(f"s{i}", EventType.VIEW, f"gone{i}", NOW - timedelta(days=3)),), frozenset({"p2"}))
            for i in range(20)
        ]
        known = list(held_out(_by_user(walks(300, seed=8)), NOW - timedelta(days=25)))
        version = walked.versions.live() or ""
        start = wiring.shop(walked).live.live().manifest.tuning
        chosen = choose(_opening(tmp_path / "data", version), [*known, *strange], {}, NOW, start, Silent())
        assert chosen.tuning.cases == len(known) + len(strange)
        assert all(np.isfinite(figure) for figure in chosen.figures.values())

    def test_chance_does_not_win(self) -> None:
        draw = np.random.default_rng(1)
        standing = draw.random(200)
        assert not beats(standing, standing)
        assert sum(beats(standing + draw.normal(0, 0.1, 200), standing) for _ in range(200)) < 60
        assert beats(standing + 0.1, standing)


class TestDeterminism:
    def answers(self, parts: wiring.Parts) -> list[RecommendationAnswer]:
        shop = wiring.shop(parts, new_id=lambda: "r")
        first = for_you(shop, "me", Question(limit=5))
        pages = [first, for_you(shop, "me", Question(limit=5, cursor=first.cursor or ""))]
        pages += [for_you(shop, "nobody", Question()), similar(shop, "p3", By.ALL, Question())]
        return [RecommendationAnswer.of(page) for page in pages]

    def made(self, folder: Path, seed: int) -> wiring.Parts:
        """A shop of its own; ``seed`` decides in which order its events are stored."""
        feed, images = write_small_feed(folder)
        parts = wiring.parts(Settings(data=folder / "data"), StillClock())
        events = walks(60) + [event("me", EventType.VIEW, each, NOW - timedelta(hours=1)) for each in ("p3", "p9")]
        random.Random(seed).shuffle(events)
        parts.events.add(events)
        reindex(parts, feed, folder / "work", images=images)
        refresh_popularity(parts.events, parts.blobs, NOW)
        return parts

    def test_same_events_same_index_same_clock_same_answer(self, tmp_path: Path) -> None:
        """To the last bit, also for a process that opens the shop anew."""
        parts = self.made(tmp_path, seed=1)
        again = wiring.parts(Settings(data=tmp_path / "data"), StillClock())
        assert self.answers(parts) == self.answers(parts) == self.answers(again)

    def test_a_shop_made_again_from_events_in_another_order_gives_the_same_lists(self, tmp_path: Path) -> None:
        """The engine adds up in an order of its own at every build, so scores may differ in their seventh digit."""
        for one, other in zip(
            self.answers(self.made(tmp_path / "one", seed=1)),
            self.answers(self.made(tmp_path / "other", seed=2)),
            strict=True,
        ):
            assert [(each.id, each.reason) for each in one.items] == [(each.id, each.reason) for each in other.items]
            scores = [each.score for each in other.items]
            assert [each.score for each in one.items] == pytest.approx(scores, rel=1e-5)


def _opening(data: Path, version: str) -> OpenIndex:
    return partial(_open, data, version)


def _open(data: Path, version: str) -> ProductIndex:
    return wiring.index_versions(Settings(data=data)).open(version)


def _by_user(events: list[Event]) -> list[list[Event]]:
    users: dict[str, list[Event]] = {}
    for each in events:
        users.setdefault(each.user_id, []).append(each)
    return list(users.values())
