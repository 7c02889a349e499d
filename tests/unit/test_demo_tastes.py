"""What the README says of tastes, on the demo's own catalogue with the encoders that ship."""

import json
from collections import Counter
from pathlib import Path

import pytest

from indexer.encode import Encoders
from local.demo_shop.catalogue import catalogue
from shared import wiring
from shared.domain.events import EventType
from shared.services.pages import Question
from shared.services.recommend import for_you
from shared.settings import Settings
from tests.support import NOW, StillClock, event, reindex


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> wiring.Parts:
    """The demo's products by their words alone: drawing them takes longer than all the rest."""
    folder = tmp_path_factory.mktemp("demo")
    feed = folder / "products.jsonl"
    rows = [product.row(NOW) | {"image": ""} for product in catalogue()]
    feed.write_text("\n".join(json.dumps(row, default=str) for row in rows))
    parts = wiring.parts(Settings(data=folder / "data"), StillClock())
    encoders = Encoders(wiring.text_encoder(Settings()), wiring.image_encoder(Settings()))
    reindex(parts, feed, folder / "work", encoders)
    return parts


@pytest.mark.parametrize(
    "viewed",
    [
        ["running-shoes-01", "running-shoes-02", "running-shoes-03", "mug-01", "mug-02"],
        ["running-shoes-03", "running-shoes-06", "mug-06", "mug-09"],
        ["tent-01", "tent-02", "dress-01", "dress-07"],
    ],
    ids=lambda viewed: Path(viewed[0]).stem,
)
def test_shoes_and_mugs_are_both_on_the_list_and_each_for_its_own_reason(demo: wiring.Parts, viewed: list[str]) -> None:
    user = "-".join(viewed)
    demo.events.add([event(user, EventType.VIEW, product) for product in viewed])
    items = for_you(wiring.shop(demo), user, Question(limit=10)).items
    first, second = (kind_of(viewed[0]), kind_of(viewed[-1]))
    offered = Counter(kind_of(item.product.id) for item in items)
    assert offered[first] >= 2
    assert offered[second] >= 2
    for item in items:
        if kind_of(item.product.id) in (first, second):
            assert kind_of(item.reason.product_id) == kind_of(item.product.id)
    assert len({item.reason.product_id for item in items}) >= 3


def kind_of(product_id: str) -> str:
    return product_id.rsplit("-", 1)[0]
