"""The gate: what a finished index version must show before it may go live."""

import numpy as np

from shared.domain.errors import GateRefused
from shared.domain.recommendations import SpaceQuery
from shared.domain.spaces import DENSE_SPACES, DenseVector, Space
from shared.domain.versions import Manifest
from shared.ports import ProductIndex

_SAMPLE = 64
_SELF_RECALL = 0.95
_FEW = 8
_NEIGHBOURS = 10
_KNOWN_AGAIN = 0.8
"""Share of the live version's neighbours that a new one, by the same encoder, must know as such."""
LARGEST_LOSS = 0.5
"""Share of the live products that a new version may lack: a feed cut short must not empty the shop."""


def check(index: ProductIndex, sample: list[str], live: Manifest | None, allow_loss: bool = False) -> None:
    """Raises GateRefused with the first check that fails.

    ``sample`` names products that must be there and must find themselves in every dense space. ``allow_loss`` lets a
    shop shrink by more than ``LARGEST_LOSS``.
    """
    manifest = index.manifest
    count = index.count()
    if count != manifest.products:
        _refuse(manifest, f"it holds {count} products and should hold {manifest.products}")
    if live and not allow_loss:
        _check_loss(manifest, "products", count, live.products)
        for space in DENSE_SPACES:
            if manifest.encoders.get(space) == live.encoders.get(space):
                what = f"products with {space} vectors"
                _check_loss(manifest, what, manifest.counts.get(space, 0), live.counts.get(space, 0))
    vectors = index.vectors(sample, DENSE_SPACES)
    if missing := set(sample) - vectors.keys():
        _refuse(manifest, f"product '{min(missing)}' is not in it")
    for space in DENSE_SPACES:
        held = {
            product_id: np.asarray(each[space], dtype=np.float32)
            for product_id, each in vectors.items()
            if space in each
        }
        if space is Space.TEXT and len(held) < len(sample):
            _refuse(manifest, f"{len(sample) - len(held)} of {len(sample)} products have no text vector")
        if held:
            _check_self_recall(index, space, held)


def check_neighbours(index: ProductIndex, live: ProductIndex, sample: list[str]) -> None:
    """Raises GateRefused where products that were alike by the same encoder are so no more.

    Only products whose ``text`` vector is the same in both are looked at. New ones between them may push neighbours
    apart, so these count among twice as many, and more where the catalogue has grown.
    """
    if index.manifest.encoders.get(Space.TEXT) != live.manifest.encoders.get(Space.TEXT):
        return
    same = _unchanged(index, live, sample)
    if len(same) < _FEW:
        return
    wider = 2 * max(1.0, index.manifest.products / max(live.manifest.products, 1))
    known = live.search([SpaceQuery(Space.TEXT, vector, _NEIGHBOURS + 1) for vector in same.values()])
    found = index.search([SpaceQuery(Space.TEXT, vector, round(wider * (_NEIGHBOURS + 1))) for vector in same.values()])
    there = _unchanged(index, live, sorted({hit.product_id for hits in known for hit in hits}))
    expected = hit_count = 0
    for product_id, old, new in zip(same, known, found, strict=True):
        neighbours = {hit.product_id for hit in old if hit.product_id in there} - {product_id}
        expected += len(neighbours)
        hit_count += len(neighbours & {hit.product_id for hit in new})
    if hit_count < _KNOWN_AGAIN * expected:
        _refuse(
            index.manifest,
            f"of {expected} neighbours in the live version it knows only {hit_count} again, by the same encoder",
        )


def _unchanged(index: ProductIndex, live: ProductIndex, product_ids: list[str]) -> dict[str, DenseVector]:
    """The ``text`` vectors of those products that have the same one in both."""
    now, before = (each.vectors(product_ids, (Space.TEXT,)) for each in (index, live))
    pairs = (
        (product_id, np.asarray(now[product_id][Space.TEXT]), np.asarray(before[product_id][Space.TEXT]))
        for product_id in product_ids
        if Space.TEXT in now.get(product_id, {}) and Space.TEXT in before.get(product_id, {})
    )
    return {product_id: new for product_id, new, old in pairs if np.allclose(new, old, atol=1e-3)}


def sample_of(product_ids: list[str], seed: str) -> list[str]:
    """The same products for the same ``seed``."""
    rng = np.random.default_rng(np.frombuffer(seed.encode(), dtype=np.uint8))
    chosen = rng.choice(len(product_ids), min(_SAMPLE, len(product_ids)), replace=False)
    return [product_ids[i] for i in sorted(chosen)]


def _check_self_recall(index: ProductIndex, space: Space, vectors: dict[str, DenseVector]) -> None:
    """A product's own vector must lead to it, or to one that has the same vector."""
    encoder = index.manifest.encoders[space]
    for product_id, vector in vectors.items():
        if vector.shape != (encoder.dimensions,):
            _refuse(
                index.manifest,
                f"the {space} vector of '{product_id}' has {vector.size} dimensions, not {encoder.dimensions}",
            )
    if len(vectors) >= _FEW and len({vector.round(4).tobytes() for vector in vectors.values()}) == 1:
        _refuse(index.manifest, f"its {space} encoder gives all products the same vector")
    answers = index.search([SpaceQuery(space, vector, limit=1) for vector in vectors.values()])
    found = sum(bool(hits) and hits[0].score > 0.999 for hits in answers)
    if found < _SELF_RECALL * len(vectors):
        _refuse(index.manifest, f"only {found} of {len(vectors)} products find themselves in its {space} space")


def _check_loss(manifest: Manifest, what: str, count: int, before: int) -> None:
    if count < before * (1 - LARGEST_LOSS):
        held = f"it holds {count} {what} where the live version has {before}"
        advice = "if that is meant, say --allow-loss; another shop wants a --data folder of its own"
        _refuse(manifest, f"{held}; {advice}")


def _refuse(manifest: Manifest, why: str) -> None:
    raise GateRefused(f"Index version {manifest.version} was not published: {why}.")
