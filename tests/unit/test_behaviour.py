"""The behaviour model: what is learned from, the sums, the solve, what a second fit takes over, and how it is kept."""

import dataclasses
import tempfile
from collections import Counter
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from zlib import crc32

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.behaviour import BehaviourModel, BehaviourSettings, fit
from indexer.behaviour import gram as gram_module
from indexer.behaviour import spool as spool_module
from indexer.behaviour.sequences import LONGEST_HISTORY, lesson
from indexer.behaviour.statistics import pair_statistics
from shared.domain.behaviour import behaviour_query, dimension
from shared.domain.errors import InvalidInput, Unavailable
from shared.domain.events import Event, EventType
from tests.support import NOW, event

SECOND = timedelta(seconds=1)
DEFAULTS = BehaviourSettings()
LOOSE = BehaviourSettings(ridge=1.0)


def purchases(user: object, products: list[str]) -> list[Event]:
    return [
        Event(f"{user}-{place}", str(user), EventType.PURCHASE, NOW + place * SECOND, NOW, product)
        for place, product in enumerate(products)
    ]


def orders(user: object, shop: list[list[str]]) -> list[Event]:
    """One order a second, of these products."""
    return [
        Event(f"{user}-{place}-{product}", str(user), EventType.PURCHASE, NOW + place * SECOND, NOW, product)
        for place, lines in enumerate(shop)
        for product in lines
    ]


def random_sequences(seed: int, users: int, products: int, longest: int = 12) -> list[list[str]]:
    rng = np.random.default_rng(seed)
    popularity = 1 / np.arange(1, products + 1)
    return [
        [
            f"p{product:05}"
            for product in rng.choice(
                products, size=rng.integers(1, longest + 1), replace=False, p=popularity / popularity.sum()
            )
        ]
        for _ in range(users)
    ]


def fitted(sequences: list[list[str]], work: Path, chosen: BehaviourSettings = LOOSE, **more: object) -> BehaviourModel:
    return fit([purchases(user, products) for user, products in enumerate(sequences)], chosen, work, **more).model


def dense(model: BehaviourModel) -> np.ndarray:
    """Weights, shape (products, products), [source, target]."""
    weights = np.zeros((len(model.products), len(model.products)), np.float32)
    for target in range(len(model.products)):
        inside = slice(model.indptr[target], model.indptr[target + 1])
        weights[model.sources[inside], target] = model.weights[inside]
    return weights


def exact(sequences: list[list[str]], chosen: BehaviourSettings, dtype: type = np.float64) -> np.ndarray:
    """The same objective over all products at once, the diagonal held at zero (Steck 2019); negatives stay."""
    ids = {product: place for place, product in enumerate(sorted({each for own in sequences for each in own}))}
    gram, pull = np.zeros((2, len(ids), len(ids)), dtype)
    for own in sequences:
        places = [ids[product] for product in own]
        for matrix, statistic in zip((gram, pull), pair_statistics(len(own), chosen), strict=True):
            matrix[np.ix_(places, places)] += statistic
    inverse = np.linalg.inv(gram + chosen.ridge * np.eye(len(ids), dtype=dtype))
    weights = inverse @ pull
    return weights - inverse * (np.diag(weights) / np.diag(inverse))


def same(one: BehaviourModel, other: BehaviourModel) -> bool:
    return one.to_bytes() == other.to_bytes()


class TestLesson:
    def test_products_stand_by_their_first_event_in_favour(self) -> None:
        history = [
            event("u", EventType.VIEW, "b", NOW + 2 * SECOND),
            event("u", EventType.PURCHASE, "a", NOW + 3 * SECOND),
            event("u", EventType.VIEW, "a", NOW),
            event("u", EventType.DISLIKE, "c", NOW - SECOND),
        ]
        assert lesson(history) == lesson(history[::-1]) == [("a", 0), ("b", 1)]

    def test_what_was_turned_away_from_teaches_nothing(self) -> None:
        history = [
            event("u", EventType.PURCHASE, "refunded"),
            event("u", EventType.REFUND, "refunded", NOW + SECOND),
            event("u", EventType.ADD_TO_CART, "put back"),
            event("u", EventType.REMOVE_FROM_CART, "put back", NOW + SECOND),
            event("u", EventType.RATE, "poor", value=1.0),
            event("u", EventType.RATE, "so so", value=3.0),
            event("u", EventType.SEARCH, query="mug"),
            event("u", EventType.IMPRESSION, "shown"),
        ]
        assert lesson(history) == []

    def test_the_same_event_counts_once(self) -> None:
        adding = event("u", EventType.ADD_TO_CART, "a")
        assert lesson([adding] * 5 + [event("u", EventType.DISLIKE, "a")]) == []

    def test_of_a_long_history_the_end_counts(self) -> None:
        products = [f"{number}" for number in range(3 * LONGEST_HISTORY)]
        kept = products[-LONGEST_HISTORY:]
        assert lesson(purchases("u", products)) == list(zip(kept, range(LONGEST_HISTORY), strict=True))

    def test_what_happened_at_one_moment_has_one_place(self) -> None:
        history = [
            event("u", EventType.VIEW, "gone", NOW - SECOND),
            event("u", EventType.DISLIKE, "gone", NOW),
            event("u", EventType.PURCHASE, "b", NOW),
            event("u", EventType.PURCHASE, "a", NOW),
            event("u", EventType.PURCHASE, "a", NOW + SECOND),
            event("u", EventType.PURCHASE, "c", NOW + SECOND),
            event("u", EventType.PURCHASE, "c", NOW + 2 * SECOND),
        ]
        assert lesson(history) == lesson(history[::-1]) == [("a", 0), ("b", 0), ("c", 1)]

    def test_a_moment_that_the_cut_falls_into_is_cut_by_product(self) -> None:
        order = [event("u", EventType.PURCHASE, f"{number:03}") for number in range(LONGEST_HISTORY + 5)]
        last = event("u", EventType.PURCHASE, "000 last", NOW + SECOND)
        kept = [(f"{number:03}", 0) for number in range(6, LONGEST_HISTORY + 5)]
        assert lesson([last, *order]) == lesson([*order[::-1], last]) == [*kept, ("000 last", 1)]

    def test_hostile_histories(self) -> None:
        assert lesson([]) == []
        assert lesson([event("u", EventType.RATE, "a", value=float("nan"))]) == []
        assert lesson([event("u", EventType.VIEW, "")]) == []


class TestStatistics:
    def test_two_places_by_hand(self) -> None:
        gram, pull = pair_statistics(2, DEFAULTS)
        np.testing.assert_allclose(gram, [[1.0, 0.3], [0.3, 0.3]])
        np.testing.assert_allclose(pull, [[0.3, 1.0], [0.3, 0.3]])

    @pytest.mark.parametrize("length", [1, 2, 5, 9])
    def test_the_closed_form_is_the_sum_over_all_cuts(self, length: int) -> None:
        chosen = BehaviourSettings(alpha=0.2, decay=3.0)
        gram, pull = np.full((2, length, length), chosen.alpha)
        for cut in range(1, length):
            past, future = np.zeros((2, length))
            past[:cut] = np.exp(-np.arange(cut)[::-1] / 3)
            future[cut:] = np.exp(-np.arange(length - cut) / 3)
            gram += 0.8 * np.outer(past, past)
            pull += 0.8 * np.outer(past, future)
        for found, wanted in zip(pair_statistics(length, chosen), (gram, pull), strict=True):
            np.testing.assert_allclose(found, wanted, atol=1e-12)

    def test_within_a_moment_nothing_follows(self) -> None:
        gram, pull = pair_statistics(4, DEFAULTS)
        np.testing.assert_allclose(np.diag(pull), DEFAULTS.alpha)
        assert (np.diag(gram)[:-1] > DEFAULTS.alpha).all()
        np.testing.assert_allclose(gram[3, 3], DEFAULTS.alpha)

    @pytest.mark.parametrize(
        "wrong", [{"alpha": -0.1}, {"ridge": 0.0}, {"decay": float("nan")}, {"decay": 0.0}, {"neighbours": 0}]
    )
    def test_settings_out_of_range_are_refused(self, wrong: dict[str, float]) -> None:
        with pytest.raises(InvalidInput, match=next(iter(wrong))):
            dataclasses.replace(DEFAULTS, **wrong)


class TestFit:
    def test_one_user_by_hand(self, tmp_path: Path) -> None:
        model = fitted([["a", "b"]], tmp_path, DEFAULTS)
        assert model.products == ("a", "b")
        np.testing.assert_allclose(dense(model), [[0, 1 / 31], [0.3 / 30.3, 0]], rtol=1e-6)
        row = model.row("b")
        assert row is not None
        assert (row.indices.tolist(), row.values.tolist()) == ([dimension("a")], [pytest.approx(1 / 31)])
        assert model.row("unknown") is None

    def test_one_order_and_what_came_after_by_hand(self, tmp_path: Path) -> None:
        """The sums of a, b and then c are those of two moments; a and b say of each other that they go together."""
        model = fit([orders("u", [["a", "b"], ["c"]])], DEFAULTS, tmp_path).model
        follows = np.linalg.solve([[31, 1], [1, 31]], [1, 1])
        together = np.linalg.solve([[31, 0.3], [0.3, 30.3]], [0.3, 0.3])
        wanted = np.array([[0, together[0], follows[0]], [together[0], 0, follows[1]], [together[1], together[1], 0]])
        np.testing.assert_allclose(dense(model), wanted, rtol=1e-6)

    @pytest.mark.parametrize("popular", [0, 3, 4096])
    def test_with_every_product_a_neighbour_it_is_the_exact_solve(
        self, popular: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(gram_module, "_POPULAR", popular)
        sequences = random_sequences(1, 60, 15)
        np.testing.assert_allclose(
            dense(fitted(sequences, tmp_path)), np.maximum(exact(sequences, LOOSE), 0), atol=1e-6
        )

    def test_the_strongest_are_the_neighbours(self, tmp_path: Path) -> None:
        sequences = [["a", "x"]] * 3 + [["b", "x"]] * 2 + [["c", "x"], ["d", "x"]]
        few = BehaviourSettings(neighbours=3)
        assert np.flatnonzero(dense(fitted(sequences, tmp_path, few))[:, 4]).tolist() == [0, 1, 2]

    def test_neither_order_nor_blocks_nor_processes_matter(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        sequences = random_sequences(2, 300, 150)
        chosen = BehaviourSettings(neighbours=20)
        histories = [purchases(user, products) for user, products in enumerate(sequences)]
        once = fit(histories, chosen, tmp_path).model
        assert same(once, fit([history[::-1] for history in histories[::-1]], chosen, tmp_path).model)
        monkeypatch.setattr(spool_module, "BLOCK_PAIRS", 1_000)
        done: list[int] = []
        for processes in (1, 2):
            assert same(once, fit(histories, chosen, tmp_path, None, done.append, processes).model)
        assert len(done) > 8
        assert sum(done) == 2 * len(once.products)

    def test_neither_event_ids_within_a_moment_nor_the_order_of_users_matter(self, tmp_path: Path) -> None:
        rng = np.random.default_rng(4)
        shop = [np.array_split(own, rng.integers(1, len(own) + 1)) for own in random_sequences(4, 200, 60)]
        histories = [orders(user, [lines.tolist() for lines in own]) for user, own in enumerate(shop)]
        chosen = BehaviourSettings(neighbours=10)
        once = fit(histories, chosen, tmp_path).model
        renamed = []
        for history in histories:
            ids = rng.permutation([each.event_id for each in history]).tolist()
            own = [dataclasses.replace(each, event_id=event_id) for each, event_id in zip(history, ids, strict=True)]
            renamed.append([own[place] for place in rng.permutation(len(own))])
        assert same(once, fit([renamed[user] for user in rng.permutation(len(renamed))], chosen, tmp_path).model)

    def test_nothing_is_left_of_this_run_or_a_killed_one(self, tmp_path: Path) -> None:
        killed = tmp_path / "behaviour" / "block-00000"
        killed.mkdir(parents=True)
        (killed / "sources.npy").write_bytes(b"half")
        fitted([["a", "b"]], tmp_path)
        with pytest.raises(ZeroDivisionError):
            fit((1 // 0 for _ in range(1)), DEFAULTS, tmp_path)
        assert list(tmp_path.iterdir()) == []

    def test_hostile_histories(self, tmp_path: Path) -> None:
        assert fit([], DEFAULTS, tmp_path).model.products == ()
        assert fit([[], [event("u", EventType.SEARCH, query="x")]], DEFAULTS, tmp_path).solved == 0
        odd = ["\x00", "é" * 300, "a\nb"]
        model = fitted([["alone"], odd, odd[::-1]], tmp_path)
        assert model.row("alone") is None
        assert model.row(odd[0])
        assert same(model, BehaviourModel.from_bytes(model.to_bytes()))
        assert np.isfinite(model.weights).all()


class TestAgain:
    @settings(max_examples=25, deadline=None)
    @given(data=st.data())
    def test_a_fit_with_a_previous_model_is_a_fit_from_scratch(self, data: st.DataObject) -> None:
        ids = st.sampled_from([f"{letter}{number}" for letter in "abc" for number in range(5)])
        shop = st.lists(st.lists(ids, min_size=1, max_size=6, unique=True), max_size=12)
        before, removed, added = data.draw(shop), data.draw(st.sets(st.integers(0, 11))), data.draw(shop)
        after = [own for user, own in enumerate(before) if user not in removed] + added
        few = BehaviourSettings(ridge=1.0, neighbours=data.draw(st.sampled_from([2, 200])))
        with tempfile.TemporaryDirectory() as work:
            previous = fitted(before, Path(work), few)
            scratch = fitted(after, Path(work), few)
            assert same(scratch, fitted(after, Path(work), few, previous=previous))

    def test_only_what_changed_is_solved(self, tmp_path: Path) -> None:
        histories = [purchases(f"{shop}{user}", [f"{shop}{n}" for n in "123"]) for shop in "abc" for user in range(4)]
        first = fit(histories, DEFAULTS, tmp_path)
        assert first.solved == 9
        assert fit(histories, DEFAULTS, tmp_path, first.model).solved == 0
        more = [*histories, purchases("new", ["b1", "b0"])]
        again = fit(more, DEFAULTS, tmp_path, first.model)
        assert again.solved == 4
        assert same(again.model, fit(more, DEFAULTS, tmp_path).model)
        assert fit(histories, LOOSE, tmp_path, first.model).solved == 9


class TestKept:
    def test_it_comes_back_as_it_went_in(self, tmp_path: Path) -> None:
        model = fitted(random_sequences(3, 40, 20), tmp_path)
        again = BehaviourModel.from_bytes(model.to_bytes())
        assert again.products == model.products
        assert same(model, again)
        assert same(BehaviourModel.empty(), BehaviourModel.from_bytes(BehaviourModel.empty().to_bytes()))

    def test_hostile_bytes_are_refused(self, tmp_path: Path) -> None:
        model = fitted([["a", "b", "c"], ["b", "c"]], tmp_path)
        good = model.to_bytes()
        wrong = {
            "sources": model.sources + 7,
            "weights": model.weights * np.float32("nan"),
            "indptr": model.indptr[::-1].copy(),
            "digests": model.digests[1:],
            "products": ("b", "a", "c"),
        }
        broken = [dataclasses.replace(model, **{name: value}).to_bytes() for name, value in wrong.items()]
        for content in [b"", b"PK", good[:-30], good[: len(good) // 2], b"\x00" * 500, *broken]:
            with pytest.raises(Unavailable, match=r"train it again\.$"):
                BehaviourModel.from_bytes(content)

    def test_no_flipped_byte_crashes(self, tmp_path: Path) -> None:
        good = fitted([["a", "b", "c"], ["b", "c"]], tmp_path).to_bytes()
        for place in range(0, len(good), 3):
            content = bytearray(good)
            content[place] ^= 0xFF
            with suppress(Unavailable):
                BehaviourModel.from_bytes(bytes(content))

    def test_dimensions(self) -> None:
        assert dimension("é") == crc32("é".encode())
        query = behaviour_query({"a": 2.0, "b": 1.0, "none": 0.0, "odd": float("nan")})
        assert dict(zip(query.indices.tolist(), query.values.tolist(), strict=True)) == {
            dimension("a"): 2.0,
            dimension("b"): 1.0,
        }
        assert dimension("plumless") == dimension("buckeroo")
        assert behaviour_query({"plumless": 1.0, "buckeroo": 2.0}).values.tolist() == [3.0]


@pytest.mark.parametrize("most", [3_000, pytest.param(100_000, marks=pytest.mark.bench)])
def test_on_real_purchases_local_is_as_good_as_exact(most: int, data_dir: Path, tmp_path: Path) -> None:
    """Leave-last-out on the ``most`` popular products of Beauty, all products ranked."""
    lines = (data_dir / "beauty" / "sequences.txt").read_text().splitlines()
    users = [[f"{int(item):06}" for item in line.split()[1:]] for line in lines]
    popular = {product for product, _ in Counter(item for own in users for item in own[:-2]).most_common(most)}
    users = [kept for own in users if len(kept := [item for item in own if item in popular]) > 2]
    sequences = [own[:-2] for own in users]
    local = ndcg_at_10(dense(fitted(sequences, tmp_path, DEFAULTS)), users)
    whole = ndcg_at_10(exact(sequences, DEFAULTS, np.float32), users)
    assert local > 0.98 * whole > 0.04


def ndcg_at_10(weights: np.ndarray, users: list[list[str]]) -> float:
    """Of each user's last product, after all before it."""
    ids = {product: place for place, product in enumerate(sorted({each for own in users for each in own[:-2]}))}
    total = 0.0
    for own in users:
        history = [ids[product] for product in own[:-1] if product in ids]
        scores = np.exp(-np.arange(len(history))[::-1] / DEFAULTS.decay).astype(np.float32) @ weights[history]
        scores[history] = -np.inf
        target = ids.get(own[-1])
        if target is not None and scores[target] > -np.inf:
            rank = int((scores > scores[target]).sum() + (scores[:target] == scores[target]).sum())
            total += 1 / np.log2(rank + 2) if rank < 10 else 0.0
    return total / len(users)
