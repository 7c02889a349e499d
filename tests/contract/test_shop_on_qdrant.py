"""The whole shop on qdrant-client instead of the embedded engine: index, ask, index again, go back."""

import dataclasses
from pathlib import Path

from indexer.publish import Publisher
from shared import wiring
from shared.adapters.file_turns import FileTurn
from shared.adapters.qdrant import QdrantVersions, connect
from shared.domain.events import EventType
from shared.services.pages import Question
from shared.services.recommend import for_you
from shared.services.similar import By, similar
from tests.support import StillClock, event, reindex, small_feed_rows, write_small_feed


def test_the_same_shop_on_the_other_engine(small_shop: wiring.Parts, tmp_path: Path, clock: StillClock) -> None:
    embedded = wiring.shop(small_shop)
    versions = QdrantVersions(lambda: connect(":memory:"), "shop")
    parts = dataclasses.replace(wiring.parts(wiring.Settings(data=tmp_path / "other"), clock), versions=versions)
    feed, images = write_small_feed(tmp_path / "feed")
    first = reindex(parts, feed, tmp_path / "work-other", images=images)
    shop = wiring.shop(parts)
    for each in (small_shop, parts):
        each.events.add([event("u", EventType.VIEW, "p7"), event("u", EventType.DISLIKE, "p19")])

    question = Question(limit=8, filter="price < 60 and not brand = Nobody")
    for answers in (
        [similar(each, "p8", By.ALL, question) for each in (embedded, shop)],
        [for_you(each, "u", question) for each in (embedded, shop)],
    ):
        kinds = [{item.product.categories[-1] for item in answer.items[:4]} for answer in answers]
        assert kinds[0] == kinds[1]
        assert len(answers[1].items) == 8

    rows = small_feed_rows()
    rows[0]["title"] = "Renamed"
    write_small_feed(tmp_path / "feed", rows)
    clock.forward(minutes=5)
    second = reindex(parts, feed, tmp_path / "work-other", images=images)
    assert (second.changed, second.encoded_texts) == (2, 1)  # the renamed one, and the one that an event taught of
    clock.forward(minutes=5)
    assert similar(shop, "p8", By.ALL, question).version == second.version
    assert Publisher(parts.versions, parts.products, parts.blobs).rollback(FileTurn()).version == first.version
