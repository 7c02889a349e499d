"""Every engine's reading of a filter is that of ``shared.domain.filters.matches``."""

import math
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.domain.errors import InvalidInput
from shared.domain.filters import AllOf, AnyOf, Comparison, FilterField, InRange, Not, OneOf, matches
from shared.domain.recommendations import SpaceQuery
from shared.domain.spaces import Space
from tests.contract.index_shop import BRANDS, CATEGORIES, COLOURS, NOW, PRICES, build, shop, sparse, unit

SHOP = shop(150, seed=21)
WORD_FIELDS = [field for field in FilterField if field not in (FilterField.PRICE, FilterField.ADDED_AT)]
WORDS = [*BRANDS, *COLOURS, *(word for path in CATEGORIES for word in path), "WOMEN", "xl", "Wool", "In_Stock"]
MOMENTS = [NOW, NOW - timedelta(microseconds=1), NOW + timedelta(days=1), NOW - timedelta(days=40)]
BOUNDS = [p for p in PRICES if p is not None] + [5.0, -1.0, math.inf, -math.inf, math.nan]

one_of = st.builds(
    OneOf, st.sampled_from(WORD_FIELDS), st.lists(st.sampled_from(WORDS) | st.text(max_size=3), max_size=3).map(tuple)
)
in_range = st.builds(
    InRange,
    st.sampled_from([FilterField.PRICE, FilterField.ADDED_AT]),
    st.sampled_from(Comparison),
    st.sampled_from(BOUNDS) | st.sampled_from(MOMENTS) | st.floats(),
)
filters = st.recursive(
    one_of | in_range,
    lambda inner: (
        st.builds(AllOf, st.lists(inner, max_size=3).map(tuple))
        | st.builds(AnyOf, st.lists(inner, max_size=3).map(tuple))
        | st.builds(Not, inner)
    ),
    max_leaves=8,
)


@pytest.fixture(scope="module")
def index(shared_versions):
    opened = build(shared_versions, "v1", SHOP)
    yield opened
    opened.close()


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(condition=filters)
def test_a_filter_admits_what_it_means(index, condition):
    queries = [
        SpaceQuery(Space.TEXT, unit(np.random.default_rng(0), 16), 1000, condition),
        SpaceQuery(Space.KEYWORDS, sparse({1: 1.0}), 1000, condition),
    ]
    for query, hits in zip(queries, index.search(queries), strict=True):
        meant = {p.product.id for p in SHOP if query.space in p.vectors and matches(condition, p.product)}
        assert {hit.product_id for hit in hits} == meant
        assert len(hits) == len(meant)


@pytest.mark.parametrize(
    "condition",
    [OneOf(FilterField.PRICE, ("9.99",)), InRange(FilterField.BRAND, Comparison.LESS, 3.0)],
)
def test_a_filter_that_means_nothing_is_refused(index, condition):
    with pytest.raises(InvalidInput, match=condition.field.value):
        index.search([SpaceQuery(Space.TEXT, SHOP[0].vectors[Space.TEXT], 1, condition)])


def test_half_a_character_matches_nothing(index):
    condition = OneOf(FilterField.BRAND, ("\ud800",))
    assert index.search([SpaceQuery(Space.TEXT, SHOP[0].vectors[Space.TEXT], 1, condition)]) == [[]]
