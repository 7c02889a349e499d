"""Re-ranking: what each part does, and what holds whatever comes in."""

import math
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.errors import InvalidInput
from shared.domain.products import Product
from shared.domain.recommendations import Candidate
from shared.domain.rerank import EXPLORATION, HEAD, Reranking, Scene, exposure, rerank
from shared.domain.rerank.diversity import PAGE
from shared.domain.rerank.likeness import likeness
from shared.domain.rerank.prices import price_affinity
from shared.domain.rules import Rule, RuleKind, Scenario, in_force
from shared.domain.spaces import Space
from tests.support import NOW

OFF = Reranking()
ALL_ON = Reranking(0.3, 2, 2, 0.5, 14.0, 0.3, 0.2)


def ids(ranking: list[Candidate]) -> list[str]:
    return [candidate.product_id for candidate in ranking]


def falling(count: int) -> list[Candidate]:
    return [Candidate(f"p{i:03}", 1.0 - i / (2 * count), {"text": 1.0}) for i in range(count)]


def shop(count: int, **more: object) -> Scene:
    """Products of five brands and three kinds in turn, each 1 EUR dearer and a day older than the one before."""
    products = [
        Product(
            f"p{i:03}",
            f"Product {i}",
            brand=f"B{i % 5}",
            categories=("Shop", f"Kind {i % 3}"),
            price=10.0 + i,
            currency="EUR",
            added_at=NOW - timedelta(days=i),
        )
        for i in range(count)
    ]
    vectors = np.random.default_rng(1).normal(size=(count, 16)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    by_id = {product.id: {Space.TEXT: vector} for product, vector in zip(products, vectors, strict=True)}
    return Scene(NOW, {product.id: product for product in products}, **({"vectors": by_id} | more))


def rules(*each: Rule) -> tuple[Rule, ...]:
    return in_force(each, Scenario.FOR_YOU, NOW)


class TestParts:
    def test_off_it_changes_nothing(self) -> None:
        assert rerank(falling(300), OFF, (), shop(300)) == falling(300)

    def test_nothing_in_nothing_out(self) -> None:
        assert rerank([], ALL_ON, rules(Rule("a", RuleKind.HIDE, products=("x",))), Scene(NOW, {})) == []

    def test_diversity_parts_twins_and_keeps_the_best_first(self) -> None:
        east, north = np.eye(2, dtype=np.float32)
        vectors = {"p000": east, "p001": east, "p002": east, "p003": north}
        scene = shop(4, vectors={name: {Space.TEXT: vector} for name, vector in vectors.items()})
        assert ids(rerank(falling(4), Reranking(diversity=0.4), (), scene)) == ["p000", "p003", "p001", "p002"]
        assert ids(rerank(falling(4), Reranking(diversity=0.05), (), scene)) == ids(falling(4))

    def test_without_text_the_picture_says_what_is_alike(self) -> None:
        east, north = np.eye(2, dtype=np.float32)
        vectors = {"p000": {Space.IMAGE: east}, "p001": {Space.IMAGE: east}, "p002": {Space.IMAGE: north}}
        order = ids(rerank(falling(4), Reranking(diversity=0.5), (), shop(4, vectors=vectors)))
        assert order.index("p002") < order.index("p001")

    def test_where_all_products_are_equal_likeness_stays_a_number(self) -> None:
        same = {Space.TEXT: np.array([1, 0], dtype=np.float32)}
        assert np.isfinite(likeness([same, same], {Space.TEXT: 1.0})).all()

    def test_likeness_is_measured_against_two_random_products(self) -> None:
        a, b = np.array([1.0, 0.0]), np.array([0.6, 0.8])
        alike = likeness([{Space.TEXT: a}, {Space.TEXT: b}, {}], {Space.TEXT: 0.6})
        assert alike == pytest.approx(np.array([[1, 0, 0], [0, 1, 0], [0, 0, 0]]), abs=1e-6)

    def test_caps_hold_on_any_page_while_others_are_left(self) -> None:
        brands = [each for i in range(60) for each in ("Acme" if i < 20 else f"B{i}",)]
        scene = shop(60)
        products = {
            name: replace(product, brand=brand)
            for (name, product), brand in zip(scene.products.items(), brands, strict=True)
        }
        scene = replace(scene, products=products)
        order = ids(rerank(falling(60), Reranking(most_per_brand=3), (), scene))
        acme = [products[each].brand == "Acme" for each in order]
        last_other = max(i for i, is_acme in enumerate(acme) if not is_acme)
        assert acme[:3] == [True, True, True]
        assert max(sum(acme[i : i + PAGE]) for i in range(last_other - PAGE + 2)) == 3
        assert sorted(order) == ids(falling(60))

    def test_products_without_a_brand_are_not_capped(self) -> None:
        scene = shop(20)
        scene = replace(scene, products={name: replace(each, brand="") for name, each in scene.products.items()})
        assert ids(rerank(falling(20), Reranking(most_per_brand=1), (), scene)) == ids(falling(20))

    def test_what_is_new_gains_and_says_so_where_it_rose(self) -> None:
        products = {name: replace(each, added_at=None) for name, each in shop(4).products.items()}
        products["p000"] = replace(products["p000"], added_at=NOW)  # first already: nothing raised it
        products["p003"] = replace(products["p003"], added_at=NOW - timedelta(days=14))
        ranking = rerank(falling(4), Reranking(freshness=1.0), (), Scene(NOW, products))
        assert ids(ranking) == ["p000", "p003", "p001", "p002"]
        assert [set(each.sources) for each in ranking] == [{"text"}, {"text", "freshness"}, {"text"}, {"text"}]
        assert ranking[1].sources["freshness"] == pytest.approx(0.625 / 2)

    def test_a_price_far_from_the_usual_sinks(self) -> None:
        liked = [(Product(str(i), "", categories=("Shop",), price=12.0 + i % 2, currency="EUR"), 1.0) for i in range(6)]
        scene = shop(3, paid=price_affinity(liked))
        products = scene.products | {"p000": replace(scene.products["p000"], price=400.0)}
        order = rerank(falling(3), Reranking(price_affinity=0.5), (), replace(scene, products=products))
        assert ids(order) == ["p001", "p002", "p000"]


class TestExploration:
    TENTH = Reranking(exploration=0.1)

    def risen(self, scene: Scene, settings: Reranking = TENTH) -> list[str]:
        return [each.product_id for each in rerank(falling(100), settings, (), scene) if EXPLORATION in each.sources]

    def test_it_raises_what_few_have_seen_and_says_so(self) -> None:
        seen = exposure({f"p{i:03}": 50 for i in range(100) if i % 7}, {})
        scene = shop(100, exposure=seen, seed="u")
        ranking = rerank(falling(100), self.TENTH, (), scene)
        risen = [i for i, each in enumerate(ranking) if EXPLORATION in each.sources]
        assert 5 <= len(risen) <= 10
        assert all(
            ranking[i].product_id not in seen.shown and ids(falling(100)).index(ranking[i].product_id) > i
            for i in risen
        )
        assert ranking[0].product_id == "p000"
        assert ranking == rerank(falling(100), self.TENTH, (), scene)
        assert ranking != rerank(falling(100), self.TENTH, (), replace(scene, seed="v"))

    def test_the_budget_is_the_settings(self) -> None:
        seen = exposure({f"p{i:03}": 10 if i % 7 else 9 for i in range(100)}, {})
        scene = shop(100, exposure=seen, seed="u")
        risen = self.risen(scene, Reranking(exploration=0.1, exploration_budget=10))
        assert risen
        assert {int(each[1:]) % 7 for each in risen} == {0}
        assert self.risen(scene, Reranking(exploration=0.1, exploration_budget=9)) == []

    def test_without_impressions_there_is_no_budget_to_count(self) -> None:
        scene = shop(100, exposure=exposure({}, {"p050": 3}), seed="u")
        assert rerank(falling(100), self.TENTH, (), scene) == falling(100)

    def test_what_was_clicked_comes_more_often_than_what_was_passed_over(self) -> None:
        shown = {f"p{i:03}": 1_000 for i in range(60)} | {f"p{i:03}": 40 for i in range(60, 100)}
        liked = {f"p{i:03}" for i in range(60, 100, 2)}
        seen = exposure(shown, dict.fromkeys(liked, 12) | {f"p{i:03}": 50 for i in range(60)})
        risen = [each for day in range(20) for each in self.risen(shop(100, exposure=seen, seed=day))]
        assert len(risen) >= 100
        assert sum(each in liked for each in risen) > 0.9 * len(risen)

    def test_what_is_unknown_is_tried_among_what_is_known_to_be_fair(self) -> None:
        """Of the unshown one some draws are high, so that it gets a place now and then, and not every place."""
        shown = {f"p{i:03}": 1_000 for i in range(98)} | {"p098": 45}
        seen = exposure(shown, {f"p{i:03}": 100 for i in range(98)} | {"p098": 5})
        last = Reranking(exploration=0.01)
        risen = [each for day in range(200) for each in self.risen(shop(100, exposure=seen, seed=day), last)]
        assert 0.2 < risen.count("p099") / len(risen) < 0.8

    def test_a_shop_without_clicks_and_more_clicks_than_impressions_are_no_trouble(self) -> None:
        assert exposure({"a": 10}, {}).rate == pytest.approx(1 / 12)
        seen = exposure({f"p{i:03}": i % 3 for i in range(100)}, dict.fromkeys([f"p{i:03}" for i in range(100)], 9))
        assert 0 < seen.rate < 1
        assert self.risen(shop(100, exposure=seen))


class TestPriceAffinity:
    def euros(self, *prices: float | None, category: str = "Shoes") -> list[tuple[Product, float]]:
        return [(Product("x", "", categories=(category,), price=price, currency="EUR"), 1.0) for price in prices]

    def test_the_usual_price_costs_nothing_and_others_more_the_further_they_are(self) -> None:
        paid = price_affinity(self.euros(50, 50, 50, 50))
        losses = [paid.loss(product) for product, _ in self.euros(50, 60, 100, 1_000)]
        assert losses[0] == pytest.approx(0)
        assert losses == sorted(losses)
        assert losses[-1] > 0.99

    @pytest.mark.parametrize("price", [None, 0.0, -5.0, math.inf, math.nan])
    def test_no_price_no_loss(self, price: float | None) -> None:
        ((product, _),) = self.euros(price)
        assert price_affinity(self.euros(50, 60)).loss(product) == 0
        assert price_affinity([(product, 1.0)] * 3).usual == {}

    def test_shoes_say_nothing_of_socks_nor_euros_of_yen(self) -> None:
        paid = price_affinity(self.euros(50, 60))
        ((sock, _),) = self.euros(5, category="Socks")
        assert paid.loss(sock) == 0
        assert paid.loss(replace(sock, categories=("Shoes",), currency="JPY")) == 0

    @pytest.mark.parametrize("weight", [0.0, -1.0, math.nan, math.inf])
    def test_only_positive_weights_count(self, weight: float) -> None:
        assert price_affinity([(product, weight) for product, _ in self.euros(5, 6, 7)]).usual == {}


class TestRules:
    def test_hidden_products_show_nowhere_not_even_in_the_tail(self) -> None:
        hide = Rule("a", RuleKind.HIDE, products=("p001", "p250"))
        assert set(ids(falling(300))) - set(ids(rerank(falling(300), OFF, rules(hide), shop(300)))) == {"p001", "p250"}

    def test_a_boost_raises_and_says_so_a_bury_sinks(self) -> None:
        boost = Rule("a", RuleKind.BOOST, products=("p002",), factor=2.0)
        bury = Rule("b", RuleKind.BURY, products=("p001",), factor=0.1)
        ranking = rerank(falling(4), OFF, rules(boost, bury), shop(4))
        assert ids(ranking) == ["p002", "p000", "p003", "p001"]
        assert ["boost" in each.sources for each in ranking] == [True, False, False, False]

    def test_a_boost_raises_among_negative_scores_too(self) -> None:
        negative = [replace(each, score=each.score - 5) for each in falling(4)]
        boost = Rule("a", RuleKind.BOOST, products=("p002",), factor=10.0)
        assert ids(rerank(negative, OFF, rules(boost), shop(4)))[0] == "p002"

    def test_pins_take_their_places_in_the_whole_ranking(self) -> None:
        pins = [
            Rule("a", RuleKind.PIN, products=("p250", "new"), position=1),
            Rule("b", RuleKind.PIN, 1, products=("p007",), position=2),
            Rule("c", RuleKind.PIN, products=("p002",), position=15),
            Rule("d", RuleKind.PIN, products=("unknown",), position=4),
        ]
        scene = shop(300)
        scene = replace(scene, products=scene.products | {"new": Product("new", "New")})
        ranking = rerank(falling(300), OFF, rules(*pins), scene)
        assert (ids(ranking)[:4], ids(ranking)[14]) == (["p250", "p007", "new", "p000"], "p002")
        assert "pin" in ranking[0].sources
        assert ranking[2].sources == {"pin": 1.0}
        assert sorted(ids(ranking)) == sorted([*ids(falling(300)), "new"])

    def test_pins_past_the_end_come_at_the_end_and_alone_they_are_the_list(self) -> None:
        pin = rules(Rule("a", RuleKind.PIN, products=("p005", "p004"), position=50))
        assert ids(rerank(falling(2), OFF, pin, shop(6))) == ["p000", "p001", "p005", "p004"]
        alone = rerank([], OFF, pin, shop(6))
        assert (ids(alone), [each.score for each in alone]) == (["p005", "p004"], [0.0, 0.0])

    def test_variants_of_a_pinned_product_step_behind_it(self) -> None:
        scene = shop(6)
        grouped = {name: replace(scene.products[name], item_group_id="g") for name in ("p000", "p005")}
        scene = replace(scene, products=scene.products | grouped)
        pin = rules(Rule("a", RuleKind.PIN, products=("p005",), position=3))
        assert ids(rerank(falling(6), OFF, pin, scene)) == ["p001", "p002", "p005", "p000", "p003", "p004"]

    def test_a_pin_that_lost_pins_nothing(self) -> None:
        both = rules(
            Rule("a", RuleKind.PIN, products=("p001",), position=1), Rule("b", RuleKind.HIDE, products=("p001",))
        )
        assert ids(rerank(falling(3), OFF, both, shop(3))) == ["p000", "p002"]


SCORES = st.floats() | st.integers(-3, 3).map(float)
SETTINGS = st.builds(
    Reranking,
    diversity=st.floats(0, 1),
    most_per_brand=st.none() | st.integers(1, 3),
    most_per_category=st.none() | st.integers(1, 3),
    freshness=st.floats(0, 5),
    price_affinity=st.floats(0, 1),
    exploration=st.floats(0, 0.5),
)
NAMES = st.sampled_from([f"p{i:03}" for i in range(20)])
RULES = st.lists(
    st.builds(
        Rule,
        st.uuids().map(str),
        st.sampled_from(RuleKind),
        st.integers(-1, 1),
        products=st.lists(NAMES, min_size=1, max_size=3, unique=True).map(tuple),
        factor=st.sampled_from([0.1, 0.5, 2.0, 10.0]),
        position=st.integers(1, 12),
    ),
    max_size=5,
)
CANDIDATES = st.lists(st.builds(Candidate, NAMES, SCORES), max_size=30)


@settings(max_examples=200, deadline=None)
@given(CANDIDATES, SETTINGS, RULES, st.sets(NAMES), st.randoms())
def test_whatever_comes_in(
    candidates: list[Candidate], reranking: Reranking, given_rules: list[Rule], unknown: set[str], order: object
) -> None:
    """Order, finiteness, no loss and no doubles but what is hidden, and the same answer for the same question."""
    scene = shop(20, seed="s", paid=price_affinity([(each, 1.0) for each in shop(20).products.values()]))
    scene = replace(scene, exposure=exposure({"p003": 70, "p004": 3}, {"p004": 2}))
    scene = replace(scene, products={name: each for name, each in scene.products.items() if name not in unknown})
    holding = rules(*given_rules)
    ranking = rerank(candidates, reranking, holding, scene)
    scores = [each.score for each in ranking]
    assert all(math.isfinite(score) for score in scores)
    assert scores == sorted(scores, reverse=True)
    decider = {name: next((rule for rule in holding if name in rule.products), None) for name in scene.products}
    hidden = {name for name, rule in decider.items() if rule and rule.kind is RuleKind.HIDE}
    pinned = {name for name, rule in decider.items() if rule and rule.kind is RuleKind.PIN}
    assert sorted(ids(ranking)) == sorted(set(ids(candidates)) - hidden | pinned)
    if len({each.product_id for each in candidates}) == len(candidates):
        shuffled = list(candidates)
        order.shuffle(shuffled)
        assert rerank(shuffled, reranking, rules(*reversed(given_rules)), scene) == ranking


def test_scores_that_are_no_numbers_count_as_the_lowest() -> None:
    scores = {"a": math.nan, "b": 2.0, "c": math.inf, "d": 1.0, "e": -math.inf}
    ranking = rerank([Candidate(name, score) for name, score in scores.items()], OFF, (), Scene(NOW, {}))
    assert [(each.product_id, each.score) for each in ranking] == [("b", 2.0), *((name, 1.0) for name in "acde")]


def test_only_the_head_is_put_in_a_new_order() -> None:
    ranking = rerank(falling(300), ALL_ON, (), shop(300))
    assert ids(ranking)[HEAD:] == ids(falling(300))[HEAD:]
    assert ids(ranking)[:HEAD] != ids(falling(300))[:HEAD]
    assert set(ids(ranking)[:HEAD]) == set(ids(falling(300))[:HEAD])


@pytest.mark.parametrize(
    "values",
    [
        {"diversity": 1.1},
        {"diversity": "1"},
        {"exploration": 0.6},
        {"most_per_brand": 1.5},
        {"freshness": True},
        {"exploration_budget": None},
        {"exploration_budget": 0},
        {"exploration_budget": 10_001},
    ],
)
def test_settings_out_of_bounds_are_named(values: dict[str, object]) -> None:
    (name,) = values
    with pytest.raises(InvalidInput, match=f"^{name} is "):
        Reranking(**values)
