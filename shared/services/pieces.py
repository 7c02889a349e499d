"""What could stand beside a product in a look or a bundle, by kind, and how well all of it goes together."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

import numpy as np

from shared.domain.companions import Companions
from shared.domain.errors import NotFound
from shared.domain.filters import matches
from shared.domain.fusion import Scores
from shared.domain.look import Look, Pairs, Piece, chosen_together, compose, kinship, of_one_wearer, wearer
from shared.domain.money import price_of
from shared.domain.products import Product
from shared.domain.recommendations import Candidate, Part
from shared.domain.rerank.pins import places, with_pins
from shared.domain.rules import RuleKind, hidden_products, rulings
from shared.domain.spaces import DENSE_SPACES, Space, Vectors
from shared.services.complements import COMPANIONS, Seed, complement_candidates, seed_of
from shared.services.pages import Start
from shared.services.reranking import reranked

_DEPTH = 100
"""Candidates asked of each query; twice as many made no better looks, and took twice as long."""

_OF_A_KIND = 10
"""Pieces of one kind that are compared with all others, the best ones."""


@dataclass(frozen=True, slots=True)
class Pool:
    """Pieces, each with its product and with the candidate that proposed it, and ``pairs`` of all of them, as
    :func:`shared.domain.look.compose` wants them. ``kinds`` are those that may be slots, best first."""

    pieces: tuple[Piece, ...]
    candidates: tuple[Candidate, ...]
    products: tuple[Product, ...]
    pairs: Pairs
    kinds: tuple[str, ...]

    def best(self, size: int, most: Decimal | None = None) -> Look:
        """The best look of at most ``size`` pieces of the pool's kinds."""
        return compose(self.pieces, self.pairs, self.kinds, size, most)

    def without(self, taken: Collection[str]) -> "Pool":
        """What is left when products of the groups ``taken`` are gone."""
        left = [place for place, piece in enumerate(self.pieces) if piece.group not in taken]
        return Pool(
            tuple(self.pieces[place] for place in left),
            tuple(self.candidates[place] for place in left),
            tuple(self.products[place] for place in left),
            self.pairs[np.ix_(left, left)],
            self.kinds,
        )


def seed_for(begin: Start, product_id: str) -> tuple[Product | None, Seed | None]:
    """The product as it is in the catalogue now, and as the index has it: None for what is down or does not know it.

    Raises NotFound where the catalogue could be asked and has no such product.
    """
    product = begin.products.get([product_id]).get(product_id)
    if product is None and not begin.troubles.has(Part.INDEX):
        raise NotFound(f"No product '{product_id}' is in the catalogue: check the id, or index a feed that has it.")
    return product, seed_of(begin, product_id)


def pool_of(
    begin: Start, seed: Seed, excluded: Collection[str], admitted: Callable[[Product], bool], most_kinds: int
) -> Pool:
    """What goes with ``seed``, may be shown now and is ``admitted``, of the ``most_kinds`` kinds that go with it best.

    What is made for men or for children does not go with what is made for women, as far as products say so.

    What the shop has pinned is the only piece of its kind, and its kind comes first.
    """
    proposed = complement_candidates(begin, seed, _DEPTH).candidates
    ranking = reranked(begin, proposed)
    products = _may_be_shown(begin, seed, ranking, excluded, admitted)
    kinds = _kinds(begin, products)
    ranking = [each for each in ranking if kinds.get(each.product_id, seed.kind) not in ("", seed.kind)]
    slots = _slots(begin.fact(COMPANIONS), seed.kind, ranking, kinds)[:most_kinds]
    chosen = [each for kind in slots for each in _of_kind(kind, ranking, kinds)]
    ids = [seed.product.id, *(each.product_id for each in chosen)]
    known = begin.index.vectors(ids, (*DENSE_SPACES, Space.COMPLEMENT)) if chosen else {}
    shown = [products[each.product_id] for each in chosen]
    vectors: list[Vectors] = [known.get(each, {}) for each in ids]
    kin = kinship([seed.product, *shown], vectors, begin.index.manifest.likeness)
    before, worth = _as_proposed(proposed, chosen)
    pieces = tuple(
        Piece(product.id, kinds[product.id], float(fit), product.group, price_of(product), wearer(product))
        for product, fit in zip(shown, (before + kin[0, 1:]) * worth, strict=True)
    )
    # What a rule gives to a product holds for its pairs too, or a buried one would come back in good company.
    pairs = (chosen_together(ids[1:], vectors[1:]) + kin[1:, 1:]) * np.sqrt(np.outer(worth, worth))
    return Pool(pieces, tuple(chosen), tuple(shown), pairs, tuple(slots))


def in_places(begin: Start, chosen: Sequence[tuple[Candidate, Product, float]]) -> list[Candidate]:
    """Candidates with their shares as scores, best first but for pins, which are at their places."""
    decided = rulings(begin.rules, [product for _, product, _ in chosen])
    groups = {product.id: product.group for _, product, _ in chosen}
    scored = [replace(candidate, score=share) for candidate, _, share in chosen]
    by_id = {each.product_id: each for each in scored}
    pins = {place: by_id[each] for place, each in places(begin.rules, decided).items()}
    pinned = {each.product_id for each in pins.values()}
    free = sorted((each for each in scored if each.product_id not in pinned), key=lambda each: -each.score)
    ordered = with_pins(free, pins, groups.__getitem__)
    scores = np.maximum.accumulate([each.score for each in reversed(ordered)])[::-1] if ordered else ()
    return [replace(each, score=float(score)) for each, score in zip(ordered, scores, strict=True)]


def _may_be_shown(
    begin: Start,
    seed: Seed,
    ranking: Sequence[Candidate],
    excluded: Collection[str],
    admitted: Callable[[Product], bool],
) -> dict[str, Product]:
    products = begin.products.get([candidate.product_id for candidate in ranking])
    hidden = hidden_products(begin.rules, list(products.values()))
    groups = begin.products.groups(sorted(excluded)) | {seed.product.group}
    return {
        product.id: product
        for product in products.values()
        if product.can_be_bought
        and product.id not in hidden
        and product.id not in excluded
        and product.group not in groups
        and (begin.condition is None or matches(begin.condition, product))
        and of_one_wearer(wearer(seed.product), wearer(product))
        and admitted(product)
    }


def _kinds(begin: Start, products: Mapping[str, Product]) -> dict[str, str]:
    companions = begin.fact(COMPANIONS)
    vectors = begin.index.vectors(list(products), (Space.TEXT,)) if companions.divided and products else {}
    return {each: companions.kind(product, vectors.get(each, {})) for each, product in products.items()}


def _slots(companions: Companions, kind: str, ranking: Sequence[Candidate], kinds: Mapping[str, str]) -> Sequence[str]:
    """The kinds in ``ranking``: what is pinned, then what goes with ``kind``, then what single products speak for."""
    first: dict[str, tuple[bool, float, int]] = {}
    for place, candidate in enumerate(ranking):
        other = kinds[candidate.product_id]
        pinned = RuleKind.PIN.value in candidate.sources
        if other not in first or (pinned and not first[other][0]):
            first[other] = (pinned, companions.affinity(kind, other), place)
    return sorted(first, key=lambda each: (not first[each][0], -first[each][1], first[each][2], each))


def _of_kind(kind: str, ranking: Sequence[Candidate], kinds: Mapping[str, str]) -> list[Candidate]:
    of_kind = [candidate for candidate in ranking if kinds[candidate.product_id] == kind]
    return [each for each in of_kind if RuleKind.PIN.value in each.sources][:1] or of_kind[:_OF_A_KIND]


def _as_proposed(proposed: Sequence[Candidate], chosen: Sequence[Candidate]) -> tuple[Scores, Scores]:
    """Of each of ``chosen``: the share of the best score that it was proposed with, and what rules multiplied it by."""
    scores = {each.product_id: each.score for each in proposed}
    best = max(scores.values(), default=1.0)
    before = [scores.get(each.product_id, 0.0) for each in chosen]
    worth = [each.score / score if score > 0 else 1.0 for each, score in zip(chosen, before, strict=True)]
    return np.array(before) / best, np.maximum(np.array(worth), 0.0)
