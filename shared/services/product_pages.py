"""What a product's own page shows: the product as it is now, and the variants of its design."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from shared.domain.errors import InvalidInput
from shared.domain.products import Product
from shared.domain.recommendations import Part, SpaceQuery
from shared.domain.rules import Scenario, hidden_products
from shared.domain.spaces import Space
from shared.services.pages import Question, Start, start
from shared.services.shop import Shop

MOST = 100
"""Products that are asked for at a time: as many as a basket holds."""
MOST_VARIANTS = 24
_NEAREST = 60
"""Among so many products of the nearest text are the variants looked for: no store is asked what is of a group."""


@dataclass(frozen=True, slots=True)
class ProductPages:
    """``variants`` by product, without itself; ``unknown`` are ids that name nothing that may be shown."""

    products: Sequence[Product]
    variants: Mapping[str, Sequence[Product]]
    unknown: Sequence[str]
    degraded: tuple[Part, ...]


def product_pages(shop: Shop, product_ids: Sequence[str]) -> ProductPages:
    """Each product once, in the order asked for, sold out or not; what a rule hides from every list is not there.

    Where the index is down there are no variants, and where the product store is, products are as the index was made
    with. Raises InvalidInput for none or more than :data:`MOST`.
    """
    wanted = list(dict.fromkeys(product_ids))
    if not 1 <= len(wanted) <= MOST:
        raise InvalidInput(f"{len(wanted)} products are asked for: name 1 to {MOST}, each as id=.")
    begin = start(shop, Scenario.SIMILAR, Question(), *wanted)
    found = _shown(begin, wanted)
    near = _near(begin, [each for each in found.values() if each.item_group_id])
    beside = _shown(begin, sorted({each for ids in near.values() for each in ids} - found.keys())) | found
    variants = {
        product_id: [
            beside[each]
            for each in ids
            if each in beside and each != product_id and beside[each].group == found[product_id].group
        ][:MOST_VARIANTS]
        for product_id, ids in near.items()
    }
    unknown = [each for each in wanted if each not in found]
    return ProductPages(list(found.values()), variants, unknown, begin.troubles.parts)


def _shown(begin: Start, product_ids: Sequence[str]) -> dict[str, Product]:
    """Those of the products that are known and not hidden from every list, in the order asked for."""
    known = begin.products.get(product_ids)
    there = [known[each] for each in product_ids if each in known]
    hidden = hidden_products([rule for rule in begin.rules if rule.scenarios == frozenset(Scenario)], there)
    return {each.id: each for each in there if each.id not in hidden}


def _near(begin: Start, products: Sequence[Product]) -> dict[str, list[str]]:
    """By product, the ids of those whose text is nearest, nearest first: one question for all of them."""
    vectors = begin.index.vectors([each.id for each in products], (Space.TEXT,))
    asked = [each.id for each in products if Space.TEXT in vectors.get(each.id, {})]
    answers = begin.index.search([SpaceQuery(Space.TEXT, vectors[each][Space.TEXT], _NEAREST) for each in asked])
    return {each: [hit.product_id for hit in hits] for each, hits in zip(asked, answers, strict=True)}
