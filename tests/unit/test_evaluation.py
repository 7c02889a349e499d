"""Measures against figures worked out by hand, protocols against small histories, and whole runs over small shops."""

import gzip
import json
import math
import sys
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.evaluation import baselines, charts
from indexer.evaluation.cold import without
from indexer.evaluation.cuts import by_history, target_bands
from indexer.evaluation.encoded import Ask, Catalogue
from indexer.evaluation.histories import from_file
from indexer.evaluation.intervals import intervals
from indexer.evaluation.items import write_bare
from indexer.evaluation.metrics import (
    DEPTH,
    Targets,
    accuracy,
    coverage,
    hits_of,
    intra_list_distance,
    lists_of,
    ndcg_curve,
    novelty,
    personalisation,
)
from indexer.evaluation.ours import ScratchShop, SetClock
from indexer.evaluation.report import render
from indexer.evaluation.run import evaluate
from indexer.evaluation.sequences import Sequences, read_sequences
from indexer.evaluation.split import LAST_MOMENT, leave_last_out, sampled, temporal
from indexer.jobs import jobs
from shared import wiring
from shared.domain.errors import InvalidInput, MissingExtra, NotFound
from shared.domain.events import Event, EventType
from shared.settings import Settings
from tests.support import Silent, event, reindex

START = datetime(2026, 1, 1, tzinfo=UTC)


def targets(*pairs: tuple[int, int]) -> Targets:
    owners, items = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    return Targets(owners, items)


class TestMetrics:
    def test_by_hand(self) -> None:
        """One list of six with targets at places 2 and 5, and a third target that is not on it."""
        wanted = targets((0, 11), (0, 14), (0, 99))
        hits = hits_of(lists_of([[10, 11, 12, 13, 14, 15]]), wanted)
        got = {name: values[0] for name, values in accuracy(hits, wanted.counts(1)).items()}
        ideal = 1 + 1 / math.log2(3) + 1 / math.log2(4)
        gained = 1 / math.log2(3) + 1 / math.log2(6)
        assert got["hr@5"] == got["hr@10"] == 1
        assert got["recall@5"] == pytest.approx(2 / 3)
        assert got["precision@5"] == pytest.approx(2 / 5)
        assert got["precision@20"] == pytest.approx(2 / 20)
        assert got["ndcg@10"] == pytest.approx(gained / ideal)
        assert got["map@10"] == pytest.approx((1 / 2 + 2 / 5) / 3)
        assert got["mrr@10"] == pytest.approx(1 / 2)
        assert got[f"recall@{DEPTH}"] == pytest.approx(2 / 3)

    def test_places_count_to_the_cut_off_and_no_further(self) -> None:
        wanted = targets((0, 5), (1, 5))
        hits = hits_of(lists_of([[0, 1, 2, 3, 4, 5], [5]]), wanted)
        got = accuracy(hits, wanted.counts(2))
        assert got["hr@5"].tolist() == [0, 1]
        assert got["ndcg@10"].tolist() == pytest.approx([1 / math.log2(7), 1])
        assert ndcg_curve(hits, wanted.counts(2))[[0, 4, 5]] == pytest.approx([0.5, 0.5, (1 + 1 / math.log2(7)) / 2])

    def test_a_target_of_one_user_is_none_of_another(self) -> None:
        assert hits_of(lists_of([[1, 2], [1, 2]]), targets((0, 1), (1, 2)))[:, :2].tolist() == [
            [True, False],
            [False, True],
        ]

    @settings(max_examples=60, deadline=None)
    @given(st.data())
    def test_bounds(self, data: st.DataObject) -> None:
        rows = data.draw(st.lists(st.lists(st.integers(0, 80), unique=True, max_size=60), min_size=1, max_size=8))
        wanted = [data.draw(st.sets(st.integers(0, 80), min_size=1, max_size=60)) for _ in rows]
        every = targets(*((row, item) for row, items in enumerate(wanted) for item in sorted(items)))
        lists = lists_of(rows)
        hits = hits_of(lists, every)
        got = accuracy(hits, every.counts(len(rows)))
        for name, values in got.items():
            assert values.shape == (len(rows),)
            assert ((values >= 0) & (values <= 1 + 1e-12)).all(), name
        for k in (5, 10, 20):
            assert (got[f"mrr@{k}"] <= got[f"hr@{k}"]).all()
            assert (got[f"recall@{k}"] <= got[f"hr@{k}"]).all()
            assert (got[f"map@{k}"] <= got[f"hr@{k}"]).all()
            found = [len(set(row[:k]) & items) for row, items in zip(rows, wanted, strict=True)]
            assert got[f"precision@{k}"] == pytest.approx(np.array(found) / k)
        assert 0 <= personalisation(lists, np.random.default_rng(0)) <= 1
        assert 0 <= coverage(lists, 81) <= 1

    def test_a_perfect_list_is_one(self) -> None:
        wanted = targets(*((0, item) for item in range(15)))
        got = accuracy(hits_of(lists_of([list(range(50))]), wanted), wanted.counts(1))
        for name in ("hr@5", "ndcg@5", "ndcg@20", "map@10", "map@20", "mrr@5", "recall@20"):
            assert got[name][0] == pytest.approx(1), name

    def test_beyond_accuracy_by_hand(self) -> None:
        lists = lists_of([[0, 1], [0, 2]])
        assert coverage(lists, 6) == pytest.approx(0.5)
        # counts 1, 0, 0 and one more each: shares 2/4, 1/4, 1/4
        assert novelty(lists, np.array([1, 0, 0])) == pytest.approx((1 + 2 + 1 + 2) / 4)
        vectors = np.array([[1, 0], [0, 1], [1, 0]], dtype=np.float32)
        assert intra_list_distance(lists, vectors) == pytest.approx((1 + 0) / 2)
        assert personalisation(lists, np.random.default_rng(0)) == pytest.approx(0.5)
        alike = lists_of([[3, 4]] * 5)
        assert personalisation(alike, np.random.default_rng(0)) == 0

    def test_nothing_gives_no_nan(self) -> None:
        empty, none = lists_of([[], []]), lists_of([])
        vectors = np.zeros((3, 2), dtype=np.float32)
        for lists in (empty, none):
            figures = [
                coverage(lists, 0),
                novelty(lists, np.zeros(3, dtype=np.int64)),
                intra_list_distance(lists, vectors),
                personalisation(lists, np.random.default_rng(0)),
            ]
            assert np.isfinite(figures).all()


class TestIntervals:
    def test_they_hold_the_mean_and_narrow_with_users(self) -> None:
        rng = np.random.default_rng(5)
        widths = []
        for users in (100, 1_600):
            values = rng.random(users)
            low, high = intervals({"x": values}, seed=1)["x"]
            assert low < values.mean() < high
            widths.append(high - low)
        assert widths[1] == pytest.approx(widths[0] / 4, rel=0.3)
        # the normal approximation for a uniform variable
        assert widths[1] == pytest.approx(2 * 1.96 * math.sqrt(1 / 12 / 1_600), rel=0.15)

    def test_the_same_seed_gives_the_same(self) -> None:
        values = {"x": np.arange(50.0)}
        assert intervals(values, 1) == intervals(values, 1) != intervals(values, 2)
        assert intervals({}, 1) == intervals({"x": np.empty(0)}, 1) == {}


class TestSequences:
    def test_what_is_passed_over_is_counted(self, tmp_path: Path) -> None:
        file = tmp_path / "sequences.txt"
        file.write_text("\ufeffu1 a b a c\n\nu2 a\nu1 d e\nü a x b\nalone\n")
        got = read_sequences(file, known={"a", "b", "c", "d", "e"})
        assert got.users == {"u1": ("a", "b", "c"), "ü": ("a", "b")}
        assert (got.repeated_events, got.unknown_events, got.repeated_users, got.too_short) == (1, 1, 1, 2)

    def test_gzipped(self, tmp_path: Path) -> None:
        file = tmp_path / "sequences.gz"
        file.write_bytes(gzip.compress(b"u a b c\n"))
        assert read_sequences(file).users == {"u": ("a", "b", "c")}

    @pytest.mark.parametrize(
        ("content", "names"),
        [
            (b"", "no user"),
            (b"u1 a\nu2 b\n", "no user"),
            (b"\x00\x01\x02 a b\n", "Line 1"),
            (b"u a b\n\xff\xfe\x00 a\n", "no UTF-8"),
            (b"u " + b"x" * 200 + b" b\n", "128 characters"),
            (b"u " + b"a " * 600_000 + b"\n", "longer than"),
            (gzip.compress(b"u a b c\n" * 9)[:-9], "damaged"),
        ],
        ids=["empty", "one event each", "control characters", "binary", "long id", "long line", "cut gzip"],
    )
    def test_hostile_files_are_one_sentence(self, tmp_path: Path, content: bytes, names: str) -> None:
        file = tmp_path / "sequences.txt"
        file.write_bytes(content)
        with pytest.raises(InvalidInput, match=names):
            read_sequences(file)

    def test_no_file(self, tmp_path: Path) -> None:
        with pytest.raises(NotFound):
            read_sequences(tmp_path / "none")


class TestLeaveLastOut:
    def test_who_is_asked_what_after_which_history(self) -> None:
        split = leave_last_out(Sequences({"u": ("a", "b", "c", "d"), "v": ("a", "b")}))
        assert [(each.user_id, each.product_id) for each in split.fitted] == [("u", "a"), ("u", "b")]
        assert [(each.user_id, each.product_id) for each in split.revealed] == [("u", "c"), ("v", "a")]
        [validation] = split.validation
        assert (validation.history, validation.targets) == (("a", "b"), {"c"})
        assert [(case.history, case.targets) for case in split.test] == [(("a", "b", "c"), {"d"}), (("a",), {"b"})]
        assert all(case.excluded == set(case.history) for case in split.test)
        assert not split.refit
        assert split.fitted_for_test == split.fitted

    def test_times_are_in_order_and_before_the_question(self) -> None:
        split = leave_last_out(Sequences({"u": ("a", "b", "c", "d")}))
        moments = [each.occurred_at for each in (*split.fitted, *split.revealed)]
        assert moments == sorted(set(moments))
        assert split.fitted[-1].occurred_at < split.validated_at == LAST_MOMENT
        assert split.revealed[-1].occurred_at < split.tested_at

    def test_nothing_to_fit_on(self) -> None:
        with pytest.raises(InvalidInput, match="fit on"):
            leave_last_out(Sequences({"u": ("a", "b")}))

    def test_hidden_products_are_neither_fitted_nor_chosen_on(self) -> None:
        split = leave_last_out(Sequences({"u": ("a", "b", "c", "d"), "v": ("b", "a", "d", "c")}))
        less = without(split, frozenset({"b", "c"}))
        assert {each.product_id for each in less.fitted} == {"a"}
        assert [case.user_id for case in less.validation] == ["v"]
        assert sorted((each.user_id, each.product_id) for each in less.revealed) == [
            ("u", "b"), ("u", "c"), ("v", "b"), ("v", "d"),
        ]  # fmt: skip
        assert less.test == split.test


def days(number: float) -> datetime:
    return START + timedelta(days=number)


class TestTemporal:
    def test_bought_and_lately_seen_products_are_no_targets(self) -> None:
        own = [
            event("u", EventType.PURCHASE, "bought", days(0)),
            event("u", EventType.VIEW, "seen long ago", days(10)),
            event("u", EventType.VIEW, "seen lately", days(58)),
            *(event("u", EventType.PURCHASE, each, days(61)) for each in ("new", "bought", "seen lately")),
            event("u", EventType.PURCHASE, "seen long ago", days(62)),
            event("u", EventType.VIEW, "only viewed", days(62)),
        ]
        split = temporal([own[::-1]], days(60), {})
        [case] = split.test
        assert case.targets == {"new", "seen long ago"}
        assert case.history == ("bought", "seen long ago", "seen lately")
        assert case.excluded == {"bought", "seen lately"}
        assert split.refit

    def test_the_fit_never_sees_the_test(self) -> None:
        histories = [
            [event(f"u{n}", EventType.PURCHASE, f"p{d}-{n}", days(d)) for d in range(0, 100)] for n in range(3)
        ]
        split = temporal(histories, days(90), {})
        assert max(each.occurred_at for each in split.fitted) < split.validated_at == days(81) - timedelta(seconds=1)
        assert max(each.occurred_at for each in split.fitted_for_test) < days(90)
        assert all(each.occurred_at >= days(90 - 28) for each in split.recent)

    def test_cold_users_are_asked_about(self) -> None:
        histories = [
            [event("old", EventType.VIEW, "a", days(0)), event("old", EventType.VIEW, "b", days(9))],
            [event("new", EventType.VIEW, "b", days(9))],
        ]
        split = temporal(histories, days(5), {})
        assert {case.user_id: case.history for case in split.test} == {"old": ("a",), "new": ()}
        assert split.about["cold users among them"] == 1
        assert split.about["targets"] == "events of type view"

    @pytest.mark.parametrize("at", [-1, 0, 20])
    def test_a_date_outside_of_the_events(self, at: int) -> None:
        histories = [[event("u", EventType.VIEW, "a", days(0)), event("u", EventType.VIEW, "b", days(9))]]
        with pytest.raises(InvalidInput, match="both sides"):
            temporal(histories, days(at), {})

    def test_no_events(self) -> None:
        with pytest.raises(InvalidInput, match="no events"):
            temporal([], days(0), {})
        same = [[event("u", EventType.PURCHASE, "a", days(0)), event("u", EventType.PURCHASE, "a", days(9))]]
        with pytest.raises(InvalidInput, match="Nobody"):
            temporal(same, days(5), {})

    def test_a_file_out_of_order_with_repeats_and_rubbish(self, tmp_path: Path) -> None:
        file = tmp_path / "events.jsonl"
        rows = [
            {"event_id": "2", "user_id": "u", "type": "view", "product_id": "b", "occurred_at": "2026-01-05"},
            {"event_id": "1", "user_id": "u", "type": "view", "product_id": "a", "occurred_at": "2026-01-01"},
            {"event_id": "1", "user_id": "u", "type": "view", "product_id": "a", "occurred_at": "2026-01-01"},
            {"event_id": "3", "user_id": "u", "type": "view", "product_id": "strange", "occurred_at": "2026-01-05"},
            {"event_id": "4", "user_id": "u", "type": "impression", "product_id": "a", "occurred_at": "2026-01-05"},
        ]
        file.write_text("no json\n" + "\n".join(map(json.dumps, rows)))
        histories = from_file(file, days(3), {"a", "b"})
        assert (histories.repeated, histories.unknown, histories.rejected) == (1, 1, 1)
        [case] = temporal(histories.users, days(3), histories.about()).test
        assert (case.history, case.targets) == (("a",), {"b"})
        for content in ("", "\x00\x01", "{}"):
            file.write_text(content)
            with pytest.raises(InvalidInput, match="no event"):
                from_file(file, days(3), None)


def test_a_sample_is_the_same_for_the_same_seed() -> None:
    split = leave_last_out(Sequences({f"u{n}": ("a", "b", "c") for n in range(50)}))
    assert sampled(split, 10, 1) == sampled(split, 10, 1) != sampled(split, 10, 2)
    assert len(sampled(split, 10, 1).test) == len(sampled(split, 10, 1).validation) == 10
    assert sampled(split, 50, 1) == split


def test_cuts_hold_the_right_users() -> None:
    wanted = targets((0, 0), (1, 1), (2, 2))
    hits = hits_of(lists_of([[0], [5], [2]]), wanted)
    got = by_history(hits, wanted, np.array([0, 4, 25]), seed=1)
    assert {name: (each["users"], each["hr@10"]) for name, each in got.items()} == {
        "0, cold users": (1, 1), "3-4": (1, 0), "20+": (1, 1),
    }  # fmt: skip
    bands = target_bands(wanted, np.array([0, 3, 500]))
    assert {name: each.items.tolist() for name, each in bands.items() if each.items.size} == {
        "0, cold products": [0], "1-4": [1], "100+": [2],
    }  # fmt: skip


ASKS = (Ask(np.array([0], np.int32), np.array([0], np.int32)), Ask(np.array([], np.int32), np.array([], np.int32)))
DEEDS = baselines.Deeds(  # users 0 to 3 take 0 and 1, users 4 and 5 take 2 and 3, and all of them 4
    np.array([user for user in range(6) for _ in range(3)], dtype=np.int32),
    np.array([item for user in range(6) for item in ((0, 1, 4) if user < 4 else (2, 3, 4))], dtype=np.int32),
    products=6,
)


class TestBaselines:
    def test_popularity_leaves_out_what_the_user_has(self) -> None:
        lists = baselines.popularity(DEEDS.popularity())(ASKS)
        assert lists[0][:5].tolist() == [4, 1, 2, 3, -1]
        assert lists[1][:6].tolist() == [4, 0, 1, 2, 3, -1]

    @pytest.mark.parametrize(
        ("fit", "settings"),
        [
            (baselines.item_knn, {"kind": "bm25", "K": 5, "B": 0.2}),
            (baselines.item_knn, {"kind": "cosine", "K": 5}),
            (baselines.als, {"factors": 4, "alpha": 5.0, "regularization": 0.05}),
        ],
        ids=["bm25", "cosine", "als"],
    )
    def test_neighbours_come_first_and_nothing_twice(self, fit: object, settings: dict[str, object]) -> None:
        pytest.importorskip("implicit")
        lister = fit(DEEDS, settings, 1)
        lists = lister(ASKS)
        assert set(lists[0][:2].tolist()) == {1, 4}
        assert 0 not in lists[0]
        assert (lists[1] == -1).all()
        assert (fit(DEEDS, settings, 1)(ASKS) == lists).all()

    def test_without_implicit_the_popular_rows_stay(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "implicit.nearest_neighbours", None)
        split = leave_last_out(Sequences({f"u{n}": ("a", "b", "c") for n in range(5)}))
        got = baselines.run_baselines(split, Catalogue("abc"), 1, Silent())
        assert list(got) == ["popularity", "recent_popularity"]


def seasons(users: int = 60) -> Sequences:
    """Shoppers of two kinds, who go through their kind's products one after the other from different starts."""
    kinds = [[f"{kind}{number}" for number in range(12)] for kind in ("mug", "boot")]
    return Sequences(
        {
            f"user {number}": tuple(kinds[number % 2][(number // 2 + step) % 12] for step in range(5 + number % 3))
            for number in range(users)
        }
    )


def new_shop(folder: Path, feed: Path, at: datetime, name: str) -> ScratchShop:
    own = Settings(data=folder / name)
    clock = SetClock(at)
    parts = wiring.parts(own, clock)
    return ScratchShop(
        clock,
        parts.events,
        parts.blobs,
        lambda _: reindex(parts, feed, folder / name / "work"),
        lambda tuning, progress: jobs(parts, progress).retrain().run(folder / name / "work", tuning),
        partial(opened, own),
    )


def opened(own: Settings, at: datetime) -> object:
    return wiring.shop(wiring.parts(own, SetClock(at)))


def kinds_feed(path: Path) -> Path:
    rows = [{"id": f"{kind}{n}", "title": f"{kind} number {n}"} for kind in ("mug", "boot") for n in range(12)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


class TestWholeRun:
    def test_leave_last_out(self, tmp_path: Path) -> None:
        feed = kinds_feed(tmp_path / "items.jsonl")
        split = leave_last_out(seasons())
        run = partial(evaluate, split, seed=1, progress=Silent())
        got = run(partial(new_shop, tmp_path / "one", feed, split.validated_at), hide=0.25)
        record = got.record()
        text = json.dumps(record, allow_nan=False)
        assert {"ours", "popularity", "recent_popularity"} <= record.keys()
        assert record["ours"]["recall@50"] == 1  # all that is left is on the list, so ours loses nobody
        assert record["ours"]["hr@10"] > record["popularity"]["hr@10"]
        assert record["protocol"]["users asked about"] == 60
        assert record["cold_products"]["hidden products"] == 6
        assert record["cold_products"]["cold"]["ours"]["recall@50"] > 0.9
        again = run(partial(new_shop, tmp_path / "two", feed, split.validated_at), hide=0.25).record()
        assert json.dumps({**again, "seconds": record["seconds"]}) == text

    def test_nothing_in_the_catalogue_that_anybody_took(self, tmp_path: Path) -> None:
        feed = write_bare(tmp_path / "items.jsonl", ["x", "y"])
        split = leave_last_out(seasons(4))
        with pytest.raises(InvalidInput, match="catalogue"):
            evaluate(split, partial(new_shop, tmp_path, feed, split.validated_at), 1, Silent())

    def test_bare_ids_tell_nothing(self, tmp_path: Path) -> None:
        lines = write_bare(tmp_path / "items.jsonl", ["1", "2"]).read_text().splitlines()
        assert [json.loads(line)["id"] for line in lines] == ["1", "2"]
        assert all(json.loads(line)["title"] not in ("1", "2") for line in lines)

    def test_temporal_and_its_report(self, tmp_path: Path) -> None:
        feed = kinds_feed(tmp_path / "items.jsonl")
        histories = [
            [
                Event(f"{user} {n}", user, EventType.PURCHASE, days(n * 7), days(n * 7), item)
                for n, item in enumerate(own)
            ]
            for user, own in seasons(24).users.items()
        ]
        histories.append([event("stranger", EventType.PURCHASE, "mug1", days(28))])
        split = temporal(histories, days(25), {"events": "<script>"})
        got = evaluate(split, partial(new_shop, tmp_path, feed, split.validated_at), 1, Silent())
        assert got.by_history["ours"]["0, cold users"]["users"] == 1
        assert 0 < got.systems["ours"]["fallback@10"] <= 1
        page = render(got)
        assert "<script" not in page
        assert "http://" not in page.replace("http://www.w3.org", "")
        assert "nan" not in page.lower().replace("finance", "")
        if "implicit" not in " ".join(got.notes):
            assert "ALS" in page


def test_the_report_says_what_its_curves_need(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(MissingExtra, match="matplotlib"):
        charts.by_system({"ours": (0.1, 0.0, 0.2)}, "NDCG@10")


def test_equal_figures_draw_equal_curves() -> None:
    pytest.importorskip("matplotlib")
    drawn = [charts.by_cut_off({"ours": [0.1, 0.2], "ALS": [0.1, 0.1]}) for _ in range(2)]
    assert drawn[0] == drawn[1]
    assert drawn[0].startswith("<svg")
    assert "currentColor" in drawn[0]
