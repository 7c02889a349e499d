"""What each space is asked by a search that names products, shows a picture, or both, and what that finds."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from shared import wiring
from shared.domain.errors import InvalidInput, NotFound
from shared.domain.filters import Filter, FilterField, OneOf, all_of
from shared.domain.keywords import keyword_vector
from shared.domain.products import Product
from shared.domain.recommendations import Part
from shared.domain.rules import Scenario
from shared.domain.spaces import Space
from shared.domain.understanding.understood import Constraint, Understood
from shared.services.pages import Question, Start, start
from shared.services.personal import as_candidates
from shared.services.query_encoders import QueryEncoders
from shared.services.shop import Shop
from shared.services.similar import By, similar
from shared.services.wanted import Wanted
from shared.services.wish_ranking import browse_unlike, gather_wishes, rated
from shared.services.wishes import Wishes, seeds_of, wishes_for
from shared.settings import Settings
from tests.breaking import Breaking, unavailable, unexpected
from tests.support import COLOURS, ColourEncoder, StillClock, WordEncoder, query_encoders, reindex, write_small_feed


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """p1 is a blue running shoe, and running shoes are blue or grey; p4 is a red wool scarf."""
    folder = tmp_path_factory.mktemp("composed")
    parts = wiring.parts(Settings(data=folder / "data"), StillClock())
    feed, images = write_small_feed(folder / "feed")
    reindex(parts, feed, folder / "work", images=images)
    return wiring.shop(parts)


@pytest.fixture
def begin(shop: Shop) -> Start:
    return start(shop, Scenario.SEARCH, Question())


def wishes_of(
    begin: Start, wanted: Wanted, *constraints: Constraint, words: str | None = None, encoders: object = None
) -> Wishes:
    understood = Understood(wanted.text if words is None else words, constraints)
    made = encoders if isinstance(encoders, QueryEncoders) else query_encoders(StillClock())
    return wishes_for(begin, made, wanted, understood, seeds_of(begin, wanted))


def found(begin: Start, wishes: Wishes, condition: Filter | None = None) -> list[Product]:
    evidence, _ = gather_wishes(begin.index, wishes, condition, 100)
    ranking = as_candidates(evidence, *rated(evidence, wishes, begin.index.manifest))
    products = begin.products.get([each.product_id for each in ranking])
    away = wishes.excluded | wishes.left_out
    return [products[each.product_id] for each in ranking if each.product_id not in away]


GREY = Constraint(FilterField.COLOUR, OneOf(FilterField.COLOUR, ("grey",)), "grey", stated=True)


def test_a_change_moves_every_space_and_the_rest_stays(begin: Start) -> None:
    wishes = wishes_of(begin, Wanted(text="but grey", like="p1"), GREY)
    first = found(begin, wishes)[:5]

    assert {product.colour for product in first} == {"grey"}
    assert {product.categories[-1] for product in first} == {"running shoe"}
    assert set(wishes.asked) == {Space.TEXT, Space.IMAGE, Space.KEYWORDS}
    before = begin.index.vectors(["p1"])["p1"]
    colours = ColourEncoder()
    grey, blue = colours.encode_texts(["grey", "blue"])
    assert wishes.asked[Space.IMAGE] @ grey > wishes.asked[Space.IMAGE] @ blue
    assert before[Space.IMAGE] @ blue > before[Space.IMAGE] @ grey


def test_what_stays_is_implied_and_the_same_design_in_the_asked_colour_may_be_shown(begin: Start) -> None:
    wishes = wishes_of(begin, Wanted(text="but grey", like="p1"), GREY)

    *_, kind = wishes.implied
    assert kind.condition == OneOf(FilterField.CATEGORY, ("running shoe",))
    assert (wishes.excluded, wishes.left_out) == (frozenset(), {"p1"})
    condition = all_of(kind.condition, GREY.condition)
    assert "p55" in [product.id for product in found(begin, wishes, condition)]  # p1 in grey


def test_nothing_is_implied_where_words_are_not_to_be_understood(begin: Start) -> None:
    wishes = wishes_of(begin, Wanted(text="but grey", like="p1", understand=False))

    assert wishes.implied == ()
    assert (wishes.excluded, wishes.left_out) == ({"p1"}, frozenset())
    assert {product.colour for product in found(begin, wishes)[:3]} == {"grey"}


def test_like_alone_is_what_similar_finds(shop: Shop, begin: Start) -> None:
    wishes = wishes_of(begin, Wanted(like="p4"))
    expected = similar(shop, "p4", By.ALL, Question(limit=6)).items

    shown = [product.id for product in found(begin, wishes) if product.group != "g4" and product.can_be_bought]
    assert shown[:6] == [item.product.id for item in expected]
    assert wishes.implied == ()


def test_a_price_alone_asks_for_what_the_product_is(begin: Start) -> None:
    cheaper = Constraint(FilterField.PRICE, None, "cheaper", stated=True)
    wishes = wishes_of(begin, Wanted(text="cheaper", like="p4"), cheaper, words="")
    own = begin.index.vectors(["p4"])["p4"]

    assert np.allclose(wishes.asked[Space.TEXT], own[Space.TEXT], atol=1e-5)
    assert np.allclose(wishes.asked[Space.IMAGE], own[Space.IMAGE], atol=1e-5)
    assert {each.field for each in wishes.implied} == {FilterField.CATEGORY}


def test_a_picture_alone_finds_its_look_and_with_words_what_is_changed(begin: Start) -> None:
    picture = np.full((16, 16, 3), COLOURS["blue"], dtype=np.uint8)
    alone = wishes_of(begin, Wanted(picture=picture))
    changed = wishes_of(begin, Wanted(picture=picture, text="but red"))

    assert set(alone.asked) == {Space.IMAGE}
    assert {product.colour for product in found(begin, alone)[:8]} == {"blue"}
    assert {product.colour for product in found(begin, changed)[:8]} == {"red"}


def test_a_picture_beside_a_product_counts_as_much_as_its_own(begin: Start) -> None:
    red = np.full((16, 16, 3), COLOURS["red"], dtype=np.uint8)
    wishes = wishes_of(begin, Wanted(picture=red, like="p1"))
    own = begin.index.vectors(["p1"])["p1"][Space.IMAGE]
    seen = ColourEncoder().encode_images([red])[0]

    assert np.isclose(wishes.asked[Space.IMAGE] @ own, wishes.asked[Space.IMAGE] @ seen, atol=1e-5)


def test_what_is_unlike_comes_later_than_without(begin: Start) -> None:
    plain = [product.id for product in found(begin, wishes_of(begin, Wanted(like="p1")))]
    wishes = wishes_of(begin, Wanted(like="p1", unlike="p7"))
    away = [product.id for product in found(begin, wishes)]
    near = [product_id for product_id in plain if product_id != "p7"][:5]

    assert wishes.excluded == {"p1", "p7"}
    assert "p7" in plain
    assert np.mean([away.index(each) for each in near]) > np.mean([plain.index(each) for each in near])


def test_unlike_alone_is_what_is_popular_and_another_thing(begin: Start) -> None:
    wishes = wishes_of(begin, Wanted(unlike="p1"))
    ranking = browse_unlike(begin, wishes, 100).candidates
    products = begin.products.get([each.product_id for each in ranking])

    assert wishes.asked == {}
    scores = [each.score for each in ranking]
    assert scores == sorted(scores, reverse=True)
    unlike, like = (
        [each.score for each in ranking if (products[each.product_id].group == "g1") is is_like]
        for is_like in (False, True)
    )
    assert max(like) < max(unlike)


@pytest.mark.parametrize("wanted", [Wanted(like="nobody"), Wanted(text="but red", unlike="nobody")])
def test_an_unknown_product_is_not_found(begin: Start, wanted: Wanted) -> None:
    with pytest.raises(NotFound, match="No product 'nobody' is in the catalogue"):
        seeds_of(begin, wanted)


@pytest.mark.parametrize("fault", [unavailable, unexpected])
def test_without_encoders_the_product_itself_and_its_words_are_left(begin: Start, fault: Callable[[], object]) -> None:
    text, image = Breaking(WordEncoder(), fault, "encode_texts"), Breaking(ColourEncoder(), fault)
    encoders = QueryEncoders(lambda: text, lambda: image, StillClock())
    wishes = wishes_of(begin, Wanted(text="but grey", like="p1"), GREY, encoders=encoders)
    own = begin.index.vectors(["p1"])["p1"]

    assert begin.troubles.parts == (Part.ENCODER,)
    # Brought to unit length once more, which may turn the last bit.
    np.testing.assert_allclose(wishes.asked[Space.TEXT], own[Space.TEXT], rtol=1e-6, atol=1e-9)
    changed = keyword_vector("Grey running shoe 1. Acme Shop running shoe grey")
    assert np.array_equal(wishes.asked[Space.KEYWORDS].indices, changed.indices)

    picture = np.zeros((8, 8, 3), dtype=np.uint8)
    assert set(wishes_of(begin, Wanted(text="shoe", picture=picture), encoders=encoders).asked) == {Space.KEYWORDS}


def test_a_picture_needs_pictures_to_be_compared_with(tmp_path: Path) -> None:
    parts = wiring.parts(Settings(data=tmp_path / "data"), StillClock())
    (tmp_path / "feed.jsonl").write_text("".join(f'{{"id": "{n}", "title": "Blue shoe {n}"}}\n' for n in range(3)))
    reindex(parts, tmp_path / "feed.jsonl", tmp_path / "work")
    begin = start(wiring.shop(parts), Scenario.SEARCH, Question())
    picture = np.zeros((8, 8, 3), dtype=np.uint8)

    with pytest.raises(InvalidInput, match="No pictures are in the index"):
        wishes_of(begin, Wanted(picture=picture))
    with_words = wishes_of(begin, Wanted(text="blue shoe 2", picture=picture))
    assert found(begin, with_words)[0].title == "Blue shoe 2"
    changed = wishes_of(begin, Wanted(text="red", like="1"), words="red")
    assert set(changed.asked) == {Space.KEYWORDS, Space.TEXT}
