"""From events and products to the rows of ``complement`` and what stands beside them."""

from collections.abc import Sequence

import numpy as np

from indexer.behaviour import BehaviourModel
from indexer.complements.evidence import evidence_of
from indexer.complements.kinds import affinities, kinds_of, partners
from indexer.complements.maps import map_of
from indexer.complements.rows import complement_rows
from indexer.teaching import Fact, Material, Taught
from shared.domain.companions import Companions, companions_bytes
from shared.domain.spaces import DENSE_SPACES, Matrix, Space, Vectors

FACT = "companions"
_METHOD = "1"
"""Raise it when the same events and products come to say something else."""

_SAMPLE = 500


def teach_complements(material: Material) -> Taught:
    """What goes with what: between kinds, between products, and as maps for products that nobody took yet."""
    material.progress.stage("Learning what goes with what")
    products = list(material.shelf.products())
    ids = [product.id for product in products]
    evidence = evidence_of(material.histories, ids)
    if not evidence.together.any():
        return Taught({Space.COMPLEMENT: BehaviourModel.empty()})
    known = material.shelf.vectors(ids, DENSE_SPACES)
    texts, images = (_matrix(ids, known, space) for space in DENSE_SPACES)
    kinds = kinds_of(products, texts)
    found = affinities(evidence, kinds)
    model = complement_rows(evidence, kinds, found, products, texts, _background(texts))
    maps = {space: map_of(model, ids, each) for space, each in ((Space.TEXT, texts), (Space.IMAGE, images))}
    companions = Companions(
        partners(kinds, found), {space: each for space, each in maps.items() if each is not None}, kinds.divided
    )
    fact = Fact(companions_bytes(companions), f"{_METHOD}-{evidence.digest()}")
    material.progress.advance(len(products))
    return Taught({Space.COMPLEMENT: model}, {FACT: fact})


def _matrix(ids: Sequence[str], known: dict[str, Vectors], space: Space) -> Matrix:
    """The vectors of ``ids`` in ``space``, shape (n, d), rows of zeros where there are none."""
    of_product = ((place, known.get(each, {}).get(space)) for place, each in enumerate(ids))
    found = {place: vector for place, vector in of_product if isinstance(vector, np.ndarray)}
    width = len(next(iter(found.values()))) if found else 0
    matrix = np.zeros((len(ids), width), np.float32)
    for place, vector in found.items():
        matrix[place] = vector
    return matrix


def _background(texts: Matrix) -> float:
    """The median cosine of two different products."""
    some = texts[np.linspace(0, len(texts) - 1, min(len(texts), _SAMPLE)).astype(np.int64)]
    cosines = (some @ some.T)[np.triu_indices(len(some), 1)]
    return round(float(np.median(cosines)), 4) if len(cosines) else 0.0
