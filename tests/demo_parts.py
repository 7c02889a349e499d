"""The demo shop as it is after its shoppers' months, for tests of what is learnt from them."""

import json
from pathlib import Path

import pytest

from indexer import teachers
from indexer.complements import teach_complements
from indexer.encode import Encoders
from indexer.teaching import teach_behaviour
from local.demo_shop.catalogue import catalogue
from local.demo_shop.sessions import simulate
from local.demo_shop.shoppers import shoppers
from shared import wiring
from shared.settings import Settings
from tests.support import NOW, StillClock, reindex


def taught_demo(folder: Path) -> wiring.Parts:
    """By its words alone, with the encoders that ship; taught what follows a product, and what goes with it."""
    products = catalogue()
    feed = folder / "products.jsonl"
    feed.write_text("\n".join(json.dumps(each.row(NOW) | {"image": ""}, default=str) for each in products))
    parts = wiring.parts(Settings(data=folder / "data"), StillClock())
    parts.events.add(list(simulate(shoppers(), products, NOW)))
    encoders = Encoders(wiring.text_encoder(Settings()), wiring.image_encoder(Settings()))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(teachers, "TEACHERS", (teach_behaviour, teach_complements))
        reindex(parts, feed, folder / "work", encoders)
    return parts
