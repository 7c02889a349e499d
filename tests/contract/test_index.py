"""What every index back-end keeps of the ports ``ProductIndex``, ``IndexBuilder`` and ``IndexVersions``.

Equal over all of them: which products are found, their order up to ties, dense scores within 1e-3, all filters.
"""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from shared.domain.errors import EncoderMismatch, InvalidInput, NotFound
from shared.domain.recommendations import Hit, IndexPoint, SpaceQuery
from shared.domain.spaces import DENSE_SPACES, EncoderInfo, Space, SparseVector
from tests.contract.index_shop import ENCODERS, NOW, build, manifest, shop, sparse, unit

SHOP = shop(120)
EVERYTHING = 1000


@pytest.fixture(scope="module")
def index(shared_versions):
    opened = build(shared_versions, "v1", SHOP)
    yield opened
    opened.close()


def ids(hits):
    return [hit.product_id for hit in hits]


def vectors_by_id(points, space):
    return {point.product.id: point.vectors[space] for point in points if space in point.vectors}


def dense_answer(points, query):
    scores = {name: float(query.vector @ vector) for name, vector in vectors_by_id(points, query.space).items()}
    return sorted(scores.items(), key=lambda pair: (-pair[1], pair[0]))[: query.limit]


def sparse_answer(points, space, query, idf):
    """Dot products of what shares a dimension with the query; with the engine's BM25 IDF where ``idf``."""
    stored = {
        name: dict(zip(v.indices.tolist(), v.values.tolist(), strict=True))
        for name, v in vectors_by_id(points, space).items()
    }
    asked = dict(zip(query.indices.tolist(), query.values.tolist(), strict=True))
    if idf:
        for term in asked:
            holders = sum(term in vector for vector in stored.values())
            asked[term] *= np.log((len(stored) - holders + 0.5) / (holders + 0.5) + 1)
    scores = {
        name: sum(weight * vector[term] for term, weight in asked.items() if term in vector)
        for name, vector in stored.items()
        if asked.keys() & vector.keys()
    }
    return sorted(scores.items(), key=lambda pair: (-round(pair[1], 4), pair[0]))


def assert_same(hits, expected):
    assert ids(hits) == [name for name, _ in expected]
    np.testing.assert_allclose([hit.score for hit in hits], [score for _, score in expected], atol=1e-3)


class TestSearch:
    @pytest.mark.parametrize("space", DENSE_SPACES)
    def test_dense_is_cosine_over_the_products_that_have_the_space(self, index, space):
        query = SpaceQuery(space, unit(np.random.default_rng(1), ENCODERS[space].dimensions), 10)
        everything = SpaceQuery(space, query.vector, EVERYTHING)

        ten, rest = index.search([query, everything])

        assert_same(ten, dense_answer(SHOP, query))
        assert_same(rest, dense_answer(SHOP, everything))

    def test_keywords_weigh_rare_terms_more(self, index):
        query = sparse({1: 1.0, 3: 1.0, 4_123_456_789: 1.0})

        (hits,) = index.search([SpaceQuery(Space.KEYWORDS, query, EVERYTHING)])

        assert_same(hits, sparse_answer(SHOP, Space.KEYWORDS, query, idf=True))

    def test_all_queries_of_a_batch_keep_their_places(self, index):
        rng = np.random.default_rng(2)
        queries = [
            SpaceQuery(Space.IMAGE, unit(rng, 8), 3),
            SpaceQuery(Space.KEYWORDS, sparse({}), 3),
            SpaceQuery(Space.TEXT, unit(rng, 16), 0),
            SpaceQuery(Space.BEHAVIOUR, sparse({1: 1.0}), 3),
            SpaceQuery(Space.TEXT, unit(rng, 16), 5),
        ]

        answers = index.search(queries)

        assert [len(hits) for hits in answers] == [3, 0, 0, 0, 5]
        assert_same(answers[0], dense_answer(SHOP, queries[0]))
        assert_same(answers[4], dense_answer(SHOP, queries[4]))

    def test_nothing_asked_nothing_found(self, index):
        assert index.search([]) == []

    def test_ties_break_by_product_id(self, versions):
        vector = unit(np.random.default_rng(3), 16)
        twins = [IndexPoint(p.product, {Space.TEXT: vector, Space.KEYWORDS: sparse({5: 1.0})}) for p in SHOP[:30]]
        index = build(versions, "v1", twins)

        for query in (SpaceQuery(Space.TEXT, vector, EVERYTHING), SpaceQuery(Space.KEYWORDS, sparse({5: 1.0}), 99)):
            assert ids(index.search([query])[0]) == sorted(point.product.id for point in twins)

    def test_behaviour_is_a_plain_dot_product(self, versions):
        weights = {p.product.id: {7: 0.25 * i, 9 + i % 2: 1.0} for i, p in enumerate(SHOP[:20], start=1)}
        points = [IndexPoint(p.product, {Space.BEHAVIOUR: sparse(weights[p.product.id])}) for p in SHOP[:20]]
        query = sparse({7: 2.0, 9: -0.5})
        index = build(versions, "v1", points)

        (hits,) = index.search([SpaceQuery(Space.BEHAVIOUR, query, EVERYTHING)])

        assert_same(hits, sparse_answer(points, Space.BEHAVIOUR, query, idf=False))

    def test_a_space_without_encoder_answers_nothing(self, versions):
        encoders = {Space.TEXT: ENCODERS[Space.TEXT]}
        with versions.build("v1", encoders, None) as builder:
            builder.upsert([IndexPoint(SHOP[1].product, {Space.TEXT: SHOP[1].vectors[Space.TEXT]})])
            with pytest.raises(InvalidInput, match="image"):
                builder.upsert([SHOP[1]])
            record = manifest("v1")
            builder.finish(type(record)(record.version, record.digest, record.as_of, 1, encoders))

        assert versions.open("v1").search([SpaceQuery(Space.IMAGE, unit(np.random.default_rng(0), 8), 5)]) == [[]]

    @pytest.mark.parametrize(
        "vector",
        [np.ones(5, np.float32), np.full(16, np.nan, np.float32), sparse({1: 1.0})],
        ids=["shape", "nan", "kind"],
    )
    def test_a_query_the_engine_cannot_score_is_refused(self, index, vector):
        with pytest.raises(InvalidInput, match="text"):
            index.search([SpaceQuery(Space.TEXT, vector, 5)])

    def test_eight_threads_at_once_get_the_answers_of_one(self, index):
        rng = np.random.default_rng(4)
        batches = [
            [SpaceQuery(Space.TEXT, unit(rng, 16), 20), SpaceQuery(Space.KEYWORDS, sparse({1: 1.0, 4: 1.0}), 20)]
            for _ in range(80)
        ]
        alone = [index.search(batch) for batch in batches]

        with ThreadPoolExecutor(8) as pool:
            assert list(pool.map(index.search, batches)) == alone


class TestVectors:
    def test_come_back_as_they_went_in(self, index):
        names = [point.product.id for point in SHOP]

        stored = index.vectors([*names, "nobody's", names[0]])

        assert stored.keys() == set(names)
        for point in SHOP:
            assert stored[point.product.id].keys() == point.vectors.keys()
            for space, vector in point.vectors.items():
                back = stored[point.product.id][space]
                if isinstance(vector, SparseVector):
                    assert back.indices.dtype == np.uint32
                    np.testing.assert_array_equal(back.indices, vector.indices)
                    np.testing.assert_array_equal(back.values, vector.values)
                else:
                    assert back.dtype == np.float32
                    np.testing.assert_allclose(back, vector, atol=1e-6)

    def test_of_nobody(self, index):
        assert index.vectors([]) == {}
        assert index.vectors(["half a character \ud800"]) == {}

    def test_an_empty_sparse_vector_is_no_vector(self, versions):
        index = build(versions, "v1", [IndexPoint(SHOP[0].product, {Space.KEYWORDS: sparse({})}), *SHOP[1:9]])

        assert index.vectors([SHOP[0].product.id]) == {SHOP[0].product.id: {}}
        assert index.count() == 9


class TestProducts:
    def test_come_back_as_the_feed_had_them(self, index):
        names = [point.product.id for point in SHOP]

        found = index.products([*names, "nobody's", names[0]])

        assert found == {point.product.id: point.product for point in SHOP}

    def test_of_nobody(self, index):
        assert index.products([]) == {}
        assert index.products(["half a character \ud800"]) == {}

    def test_with_all_that_a_product_can_have(self, versions):
        full = replace(
            SHOP[1].product, link="https://shop.example/1?a=b&c=ü", image="1.png", description="a\nb \u2028 'c'",
            price=0.1 + 0.2, stock=7, attributes={"fit": "slim", "": "x"}, added_at=NOW,
        )  # fmt: skip
        index = build(versions, "v1", [IndexPoint(full, {}), SHOP[2]])
        assert index.products([full.id]) == {full.id: full}

    def test_given_again_it_is_the_new_one(self, versions):
        renamed = IndexPoint(replace(SHOP[1].product, title="Renamed", brand=""), SHOP[1].vectors)
        build(versions, "v1", SHOP[:3])
        index = build(versions, "v2", [renamed], base="v1", gone=[SHOP[2].product.id])
        names = [point.product.id for point in SHOP[:3]]
        assert index.products(names) == {names[0]: SHOP[0].product, names[1]: renamed.product}


class TestVersions:
    def test_life_of_a_version(self, versions):
        assert versions.all() == []
        assert versions.live() is None

        build(versions, "2026-01", SHOP[:5])
        build(versions, "2026-02", SHOP[:6])
        assert versions.all() == [manifest("2026-02", 6), manifest("2026-01", 5)]
        assert versions.live() is None

        versions.activate("2026-02")
        versions.activate("2026-01")
        assert versions.live() == "2026-01"
        assert versions.open("2026-02").count() == 6
        assert versions.open("2026-02").manifest == manifest("2026-02", 6)

        with pytest.raises(InvalidInput, match="live"):
            versions.remove("2026-01")
        versions.remove("2026-02")
        assert [found.version for found in versions.all()] == ["2026-01"]

    def test_a_version_that_is_not_there(self, versions):
        build(versions, "v1", SHOP[:2])
        bad_names = ["", "..", "../v1", "a/b", ".building-v1", "live", "v1\n", "x" * 200]
        for name in ["nope", *bad_names]:
            for action in (versions.open, versions.activate, versions.remove):
                with pytest.raises(NotFound):
                    action(name)
        for name in bad_names:
            with pytest.raises(InvalidInput, match="version name"), versions.build(name, ENCODERS, None):
                pass

    def test_a_version_is_never_built_twice(self, versions):
        build(versions, "v1", SHOP[:5])
        with pytest.raises(InvalidInput, match="exists"), versions.build("v1", ENCODERS, None):
            pass
        assert versions.open("v1").count() == 5

    def test_an_unfinished_build_is_invisible_and_then_gone(self, versions):
        build(versions, "v1", SHOP[:5])
        versions.activate("v1")

        def fail_half_way():
            with versions.build("v2", ENCODERS, "v1") as builder:
                builder.upsert(SHOP[5:9])
                assert [found.version for found in versions.all()] == ["v1"]
                versions.open("v2")

        with pytest.raises(NotFound):
            fail_half_way()
        with versions.build("v3", ENCODERS, None):
            pass

        assert [found.version for found in versions.all()] == ["v1"]
        assert versions.live() == "v1"
        assert build(versions, "v2", SHOP[:3]).count() == 3

    def test_a_manifest_must_be_of_the_build(self, versions):
        with versions.build("v1", ENCODERS, None) as builder:
            with pytest.raises(InvalidInput, match="v2"):
                builder.finish(manifest("v2"))
            builder.finish(manifest("v1"))

    def test_a_base_with_changes_answers_like_a_fresh_build(self, versions):
        old, new = SHOP[:80], shop(100, seed=8)
        build(versions, "v1", old)
        gone = [point.product.id for point in old[::9]]
        kept = [point for point in old[:40] if point.product.id not in gone]
        changed = [point for point in new[40:] if point.product.id not in gone]

        on_top = build(versions, "v2", changed, base="v1", gone=gone)
        fresh = build(versions, "v3", kept + changed)

        assert on_top.count() == fresh.count() == len(kept + changed)
        assert versions.open("v1").count() == 80
        rng = np.random.default_rng(5)
        queries = [
            SpaceQuery(Space.TEXT, unit(rng, 16), EVERYTHING),
            SpaceQuery(Space.IMAGE, unit(rng, 8), EVERYTHING),
            SpaceQuery(Space.KEYWORDS, sparse({1: 1.0, 5: 2.0}), EVERYTHING),
        ]
        for ours, theirs in zip(on_top.search(queries), fresh.search(queries), strict=True):
            assert_same(ours, [(hit.product_id, hit.score) for hit in theirs])
        names = [point.product.id for point in kept + changed]
        assert on_top.vectors(names).keys() == fresh.vectors([*names, *gone]).keys()

    def test_a_product_given_again_is_replaced_vectors_and_all(self, versions):
        with_image, without = SHOP[1], IndexPoint(SHOP[1].product, {Space.TEXT: SHOP[2].vectors[Space.TEXT]})
        with versions.build("v1", ENCODERS, None) as builder:
            builder.upsert([with_image, *SHOP[2:5]])
            builder.upsert([without])
            builder.finish(manifest("v1"))
        index = versions.open("v1")

        assert index.vectors([SHOP[1].product.id])[SHOP[1].product.id].keys() == {Space.TEXT}
        assert index.count() == 4

    def test_a_base_must_be_there_and_of_the_same_encoders(self, versions):
        build(versions, "v1", SHOP[:2])
        with pytest.raises(NotFound), versions.build("v2", ENCODERS, "v0"):
            pass
        other = ENCODERS | {Space.TEXT: EncoderInfo("text", "r2", 16)}
        with pytest.raises(EncoderMismatch, match="text@r2"), versions.build("v2", other, "v1"):
            pass

    def test_activation_is_atomic(self, versions):
        for name in ("v1", "v2"):
            build(versions, name, SHOP[:2])
        versions.activate("v1")
        seen, done = [], threading.Event()

        def read():
            while not done.is_set():
                seen.append(versions.live())

        reader = threading.Thread(target=read)
        reader.start()
        for turn in range(200):
            versions.activate(("v2", "v1")[turn % 2])
        done.set()
        reader.join()

        assert len(seen) > 10
        assert set(seen) <= {"v1", "v2"}


def test_hits_are_values(index):
    (hits,) = index.search([SpaceQuery(Space.TEXT, SHOP[0].vectors[Space.TEXT], 1)])
    assert hits == [Hit(SHOP[0].product.id, pytest.approx(1.0, abs=1e-5))]
