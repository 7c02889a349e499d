"""The fact behind the lists of new arrivals and reduced products."""

from indexer.teaching import Fact, Material, Taught
from shared.domain.showcase import showcase_of, to_bytes
from shared.services.lists import SHOWCASE

_METHOD = "newest and most reduced, 1"


def teach_showcase(material: Material) -> Taught:
    """From the products alone."""
    return Taught(facts={SHOWCASE.name: Fact(to_bytes(showcase_of(material.shelf.products())), _METHOD)})
