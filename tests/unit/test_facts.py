"""What is kept beside a version: taught with it, read by the services, taken back by a rollback, gone with it."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from indexer import teachers, teaching
from indexer.behaviour import BehaviourModel
from indexer.build import can_be_base
from indexer.jobs import jobs
from indexer.learned import Learned, changed_rows
from indexer.teaching import Fact, Histories, Material, Taught
from shared import wiring
from shared.domain.behaviour import behaviour_query
from shared.domain.errors import Unavailable
from shared.domain.events import EventType
from shared.domain.recommendations import Part, SpaceQuery
from shared.domain.rules import Scenario
from shared.domain.spaces import Space
from shared.domain.tuning import UNTUNED
from shared.services.facts import FactKind, Facts, fact_name
from shared.services.pages import Question, start
from tests.support import NOW, Silent, event, reindex

EVENTS_SEEN = FactKind("events-seen", int, -1)


def teach_count(material: Material) -> Taught:
    """How many events there are, and that p1 speaks for p2."""
    seen = sum(len(history) for history in material.histories)
    assert [product.id for product in material.shelf.products()] == sorted(f"p{n}" for n in range(1, 61))
    vectors = material.shelf.vectors(["p1", "p60", "nobody"], (Space.TEXT,))
    assert {each: set(held) for each, held in vectors.items()} == {"p1": {Space.TEXT}, "p60": {Space.TEXT}}
    row = BehaviourModel(
        ("p1", "p2"),
        np.array([0, 0, 1]),
        np.array([0], np.int32),
        np.array([2.0], np.float32),
        np.array([0, seen], np.uint64),
    )
    return Taught({Space.COMPLEMENT: row} if seen else {}, {"events-seen": Fact.of_events(str(seen).encode())})


@pytest.fixture
def taught(small_shop: wiring.Parts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> wiring.Parts:
    monkeypatch.setattr(teachers, "TEACHERS", (teaching.teach_behaviour, teach_count))
    reindex(small_shop, tmp_path / "feed" / "feed.jsonl", tmp_path / "work", images=tmp_path / "feed" / "images")
    return small_shop


def seen_by_the_live_version(parts: wiring.Parts) -> int:
    return Facts(parts.blobs).of(parts.versions.live() or "", EVENTS_SEEN)


def complements_of_p1(parts: wiring.Parts) -> list[str]:
    index = parts.versions.open(parts.versions.live() or "")
    (hits,) = index.search([SpaceQuery(Space.COMPLEMENT, behaviour_query({"p1": 1.0}), 5)])
    index.close()
    return [hit.product_id for hit in hits]


def test_rows_and_facts_come_with_training_and_go_with_a_rollback(taught: wiring.Parts, tmp_path: Path) -> None:
    assert (seen_by_the_live_version(taught), complements_of_p1(taught)) == (0, [])
    taught.events.add([event("u1", EventType.VIEW, each, NOW - timedelta(hours=1)) for each in ("p7", "p8")])
    assert jobs(taught, Silent()).retrain().run(tmp_path / "work").published
    assert (seen_by_the_live_version(taught), complements_of_p1(taught)) == (2, ["p2"])
    assert not jobs(taught, Silent()).retrain().run(tmp_path / "work").published
    with taught.turns.take("rollback") as turn:
        jobs(taught, Silent()).publisher.rollback(turn)
    assert (seen_by_the_live_version(taught), complements_of_p1(taught)) == (0, [])


def test_a_reindex_that_learns_the_same_publishes_nothing(taught: wiring.Parts, tmp_path: Path) -> None:
    feed, images = tmp_path / "feed" / "feed.jsonl", tmp_path / "feed" / "images"
    assert not reindex(taught, feed, tmp_path / "work", images=images).published
    taught.events.add([event("u1", EventType.VIEW, "p7", NOW - timedelta(hours=1))])
    assert reindex(taught, feed, tmp_path / "work", images=images).published
    assert seen_by_the_live_version(taught) == 1


def test_facts_of_versions_that_are_gone_are_removed(taught: wiring.Parts, tmp_path: Path) -> None:
    for number in range(5):
        taught.events.add([event("u1", EventType.VIEW, f"p{number + 1}", NOW - timedelta(hours=1))])
        assert jobs(taught, Silent()).retrain().run(tmp_path / "work").published
    kept = {name.split("/")[1] for name in taught.blobs.names("facts")}
    assert kept == {manifest.version for manifest in taught.versions.all()}


def test_a_fact_is_read_once_and_a_damaged_one_is_as_good_as_none(
    taught: wiring.Parts, caplog: pytest.LogCaptureFixture
) -> None:
    live = taught.versions.live() or ""
    facts = Facts(taught.blobs)
    assert facts.of(live, EVENTS_SEEN) == 0
    taught.blobs.put(fact_name(live, "events-seen"), b"many")
    assert facts.of(live, EVENTS_SEEN) == 0
    assert Facts(taught.blobs).of(live, EVENTS_SEEN) == -1
    assert "cannot be read" in caplog.text


def test_an_answer_without_the_blob_store_does_without_facts_and_says_so(
    taught: wiring.Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = wiring.shop(taught)
    shop.catch_up()

    def down(_: str) -> bytes:
        raise Unavailable("The bucket does not answer.")

    begin = start(shop, Scenario.FOR_YOU, Question())
    monkeypatch.setattr(taught.blobs, "get", down)
    assert begin.fact(EVENTS_SEEN) == -1
    assert begin.troubles.parts == (Part.FACTS,)


def test_a_version_of_before_there_were_such_spaces_serves_but_is_no_base(
    small_shop: wiring.Parts, tmp_path: Path
) -> None:
    versions = small_shop.versions
    (manifest,) = versions.all()
    old = replace(manifest, counts={space: manifest.counts[space] for space in (Space.TEXT, Space.BEHAVIOUR)})
    assert can_be_base(manifest)
    assert not can_be_base(old)
    shop = wiring.shop(small_shop)
    begin = start(shop, Scenario.FOR_YOU, Question())
    begin.index._index._manifest = old  # type: ignore[union-attr]  # an index cannot be made by old code here
    query = SpaceQuery(Space.COMPLEMENT, behaviour_query({"p1": 1.0}), 5)
    assert begin.index.search([query, replace(query, space=Space.BEHAVIOUR)]) == [[], []]
    assert set(begin.index.vectors(["p1"])["p1"]) <= {Space.TEXT, Space.IMAGE, Space.KEYWORDS, Space.BEHAVIOUR}
    index = versions.open(manifest.version)
    with pytest.raises(Unavailable, match="older Vitrine: index its feed again"):
        jobs(small_shop, Silent()).builder.revise(old, Learned({}, UNTUNED), index, "digest", NOW)
    index.close()


def test_histories_are_read_once_and_taught_from_often(tmp_path: Path) -> None:
    told = [[event("u1", EventType.VIEW, "p1")], [event("u2", EventType.PURCHASE, "p2", properties={"country": "DE"})]]
    histories = Histories(tmp_path / "histories", iter(told))
    assert list(histories) == told
    assert list(histories) == told


def test_rows_of_every_space_count_as_changed() -> None:
    model = BehaviourModel(
        ("a",), np.array([0, 0]), np.zeros(0, np.int32), np.zeros(0, np.float32), np.array([1], np.uint64)
    )
    learned = Learned({Space.BASKET: model}, UNTUNED)
    assert changed_rows(learned, {}) == {"a"}
    assert changed_rows(learned, {Space.BASKET: model}) == set()
    assert changed_rows(learned, {}, Space.BEHAVIOUR) == set()
