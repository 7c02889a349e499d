"""Looks and bundles as pure functions: the best set, never two of a kind or a group, never above the price."""

from decimal import Decimal
from itertools import product as every

import numpy as np
import pytest

from shared.domain.behaviour import behaviour_query
from shared.domain.bundles import Bundle, why
from shared.domain.look import Pairs, Piece, chosen_together, compose, kinship, look_of, of_one_wearer, wearer
from shared.domain.money import price_of, reduced, rounded, totals
from shared.domain.products import Product
from shared.domain.recommendations import Reason, ReasonKind, RecommendedProduct
from shared.domain.spaces import Space

SLOTS = ("shoes", "bags", "scarves")


def a_shelf(seed: int, of_each: int = 4, groups: int = 30) -> tuple[list[Piece], Pairs]:
    draw = np.random.default_rng(seed)
    pieces = [
        Piece(
            f"p{number}",
            SLOTS[number % len(SLOTS)],
            float(draw.random()),
            f"g{draw.integers(groups)}",
            Decimal(int(draw.integers(5, 40))),
        )
        for number in range(of_each * len(SLOTS))
    ]
    pairs = draw.random((len(pieces), len(pieces)))
    pairs = pairs + pairs.T
    np.fill_diagonal(pairs, 0.0)
    return pieces, pairs


def best_of_all(pieces: list[Piece], pairs: Pairs, size: int, most: Decimal | None = None) -> float:
    """The best score of any look that is allowed, by trying every one."""
    choices = [[None, *(at for at, piece in enumerate(pieces) if piece.slot == slot)] for slot in SLOTS]
    best = 0.0
    for tried in every(*choices):
        places = [place for place in tried if place is not None]
        groups = {pieces[place].group for place in places}
        cost = sum(pieces[place].price or Decimal(0) for place in places)
        if len(places) <= size and len(groups) == len(places) and (most is None or cost <= most):
            best = max(best, look_of(places, pieces, pairs, size).score)
    return best


class TestCompose:
    @pytest.mark.parametrize("seed", range(20))
    def test_the_beam_finds_the_best_of_all_looks(self, seed: int) -> None:
        pieces, pairs = a_shelf(seed)
        look = compose(pieces, pairs, SLOTS, 3)
        assert look.score == pytest.approx(best_of_all(pieces, pairs, 3))

    @pytest.mark.parametrize("seed", range(10))
    def test_it_does_so_within_a_total_and_with_fewer_pieces_than_slots(self, seed: int) -> None:
        pieces, pairs = a_shelf(seed)
        within = compose(pieces, pairs, SLOTS, 3, Decimal(30))
        assert sum(pieces[place].price or Decimal(0) for place in within.places) <= 30
        assert within.score == pytest.approx(best_of_all(pieces, pairs, 3, Decimal(30)))
        two = compose(pieces, pairs, SLOTS, 2)
        assert len(two.places) == 2
        assert two.score == pytest.approx(best_of_all(pieces, pairs, 2))

    @pytest.mark.parametrize("seed", range(5))
    def test_one_of_each_kind_and_of_each_group(self, seed: int) -> None:
        pieces, pairs = a_shelf(seed, of_each=12, groups=4)
        chosen = [pieces[place] for place in compose(pieces, pairs, SLOTS, 3).places]
        assert len({piece.slot for piece in chosen}) == len({piece.group for piece in chosen}) == len(chosen) == 3

    def test_what_goes_together_beats_what_is_best_alone(self) -> None:
        pieces = [
            Piece("red bag", "bags", 0.6, "a"),
            Piece("blue bag", "bags", 0.5, "b"),
            Piece("red scarf", "scarves", 0.4, "c"),
            Piece("blue scarf", "scarves", 0.5, "d"),
        ]
        pairs = np.zeros((4, 4))
        pairs[1, 3] = pairs[3, 1] = 0.3
        look = compose(pieces, pairs, ("bags", "scarves"), 2)
        assert look.places == (1, 3)
        assert look.shares == pytest.approx((0.8, 0.8))

    def test_all_pieces_are_for_one_wearer(self) -> None:
        worn = [("shoes", 3.0, "women"), ("bags", 2.0, "kids"), ("bags", 1.0, ""), ("scarves", 1.0, "women")]
        pieces = [Piece(f"p{n}", slot, fit, f"g{n}", wearer=by) for n, (slot, fit, by) in enumerate(worn)]
        assert compose(pieces, np.zeros((4, 4)), SLOTS, 3).places == (0, 2, 3)

    def test_whom_a_product_is_for_is_told_apart_as_far_as_it_says(self) -> None:
        women, anybody, silent = (wearer(Product("p", "P", gender=said)) for said in (" Women", "Unisex", ""))
        assert (women, anybody, silent) == ("women", "", "")
        assert of_one_wearer("women", "")
        assert of_one_wearer("", "kids")
        assert of_one_wearer("men", "men")
        assert not of_one_wearer("women", "kids")

    def test_a_slot_that_nothing_may_take_stays_empty(self) -> None:
        pieces = [Piece("bag", "bags", 0.6, "one design"), Piece("scarf", "scarves", 0.5, "one design")]
        assert compose(pieces, np.zeros((2, 2)), ("bags", "scarves", "shoes"), 3).places == (0,)
        assert compose([], np.zeros((0, 0)), SLOTS, 3).places == ()

    def test_within_a_total_nothing_without_a_price_is_taken(self) -> None:
        pieces = [Piece("bag", "bags", 0.6, "a"), Piece("scarf", "scarves", 0.5, "b", Decimal("9.99"))]
        assert compose(pieces, np.zeros((2, 2)), SLOTS, 3, Decimal("9.99")).places == (1,)
        assert compose(pieces, np.zeros((2, 2)), SLOTS, 3, Decimal("9.98")).places == ()

    def test_equal_looks_are_told_apart_by_their_places(self) -> None:
        pieces = [Piece(f"p{number}", SLOTS[number % 3], 0.5, f"g{number}") for number in range(9)]
        assert compose(pieces, np.full((9, 9), 0.1), SLOTS, 3).places == (0, 1, 2)


class TestPairs:
    def test_either_of_two_may_speak_for_the_other(self) -> None:
        speaking = {Space.COMPLEMENT: behaviour_query({"bag": 2.0, "nobody": 9.0})}
        pairs = chosen_together(["bag", "scarf", "mug"], [{}, speaking, {}])
        assert pairs[0, 1] == pairs[1, 0] == 1.0
        assert pairs.sum() == 2.0
        assert not chosen_together(["bag", "scarf"], [{}, {}]).any()

    def test_style_is_likeness_above_chance_and_what_is_shared(self) -> None:
        products = [
            Product("a", "Red bag", colour="Red", brand="Acme"),
            Product("b", "Red scarf", colour="red", brand="Bolt"),
            Product("c", "Scarf"),
            Product("d", "Hat"),
        ]
        one, other = np.array([1, 0], np.float32), np.array([0.6, 0.8], np.float32)
        vectors = [{Space.TEXT: one, Space.IMAGE: one}, {Space.TEXT: one, Space.IMAGE: other}, {Space.TEXT: other}, {}]
        pairs = kinship(products, vectors, {Space.TEXT: 0.2, Space.IMAGE: 0.6})
        assert pairs[0, 1] == pytest.approx(0.5 * (1 + 0) / 2 + 0.2)
        assert pairs[0, 2] == pytest.approx(0.5 * (0.6 - 0.2) / 0.8)
        assert not pairs[3].any()
        assert (pairs == pairs.T).all()


class TestMoney:
    def test_prices_add_up_to_the_cent(self) -> None:
        products = [Product(str(n), "Pen", price=0.1, currency="EUR") for n in range(3)]
        products += [Product("y", "Fan", price=120, currency="JPY"), Product("x", "Free"), Product("l", "l", price=0)]
        sums = totals(products)
        assert sums == {"": Decimal("0.00"), "EUR": Decimal("0.30"), "JPY": Decimal(120)}
        assert list(sums) == ["", "EUR", "JPY"]

    def test_what_a_shopper_pays_now_counts(self) -> None:
        assert price_of(Product("a", "A", price=20.0, sale_price=17.995, currency="EUR")) == Decimal("18.00")
        assert price_of(Product("a", "A")) is None

    @pytest.mark.parametrize(
        ("total", "percent", "currency", "left"),
        [
            ("10.05", "50", "EUR", "5.03"),
            ("19.99", "12.5", "EUR", "17.49"),
            ("999", "33", "JPY", "669"),
            ("1.005", "0", "KWD", "1.005"),
            ("0.00", "50", "EUR", "0.00"),
        ],
    )
    def test_a_discount_is_rounded_to_the_smallest_coin(
        self, total: str, percent: str, currency: str, left: str
    ) -> None:
        assert reduced(Decimal(total), Decimal(percent), currency) == Decimal(left)
        assert rounded(Decimal(left), currency) == Decimal(left)


class TestWhy:
    SEED = Product("s", "Red dress", price=39.9, currency="EUR")

    def item(self, title: str, kind: ReasonKind, price: float = 5.05) -> RecommendedProduct:
        product = Product(title, title, price=price, currency="EUR")
        return RecommendedProduct(product, 1.0, "complement", Reason(kind, "…", "s"))

    def test_each_product_is_spoken_of_as_its_own_reason_does(self) -> None:
        bag, hat = (self.item(title, ReasonKind.CHOSEN_WITH) for title in ("Bag", "Hat"))
        ring, gift = self.item("Ring", ReasonKind.GOES_WITH), self.item("Gift card", ReasonKind.FEATURED)
        assert why(self.SEED, (bag, hat)).sentence == "Often chosen with Red dress: Bag and Hat"
        assert why(self.SEED, (ring,)) == Reason(ReasonKind.GOES_WITH, "Goes well with Red dress: Ring", "s")
        assert why(self.SEED, (ring, bag)).sentence == "Often chosen with Red dress: Bag; goes well with it: Ring"
        assert why(self.SEED, (gift,)).sentence == "Featured by the shop: Gift card"

    def test_a_bundle_knows_its_totals(self) -> None:
        bundle = Bundle(self.SEED, (self.item("Bag", ReasonKind.CHOSEN_WITH),), Decimal(10))
        assert (bundle.total, bundle.reduced, bundle.currency) == (Decimal("44.95"), Decimal("40.46"), "EUR")
