"""What both engines hold of a product beside its vectors, and the checks that vectors pass on their way there."""

import json
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, TypeAlias

import numpy as np

from shared.domain.errors import InvalidInput
from shared.domain.filters import RANGE_FIELDS, FilterField, number_of, words_of
from shared.domain.products import Product
from shared.domain.recommendations import Hit, IndexPoint, SpaceQuery
from shared.domain.records import product_from_record, product_record
from shared.domain.spaces import SPARSE_SPACES, EncoderInfo, Space, SparseVector, Vector, Vectors

PRODUCT_ID = "product_id"
RECORD = "record"
"""The whole product as JSON: what can be shown of it while the product store is down."""

ITEM_GROUP_ID = "item_group_id"
NUMBER_FIELDS = RANGE_FIELDS
WORD_FIELDS = tuple(field for field in FilterField if field not in NUMBER_FIELDS)

Dimensions: TypeAlias = dict[Space, int]
"""The dense spaces of an index version and their dimensions; the sparse ones are in every version."""

_NAMESPACE = uuid.UUID("6f0f7d0e-5d0b-5c0a-9d8e-3c2f1a7b4e61")


@lru_cache(maxsize=1 << 16)
def point_id(product_id: str) -> uuid.UUID:
    return uuid.uuid5(_NAMESPACE, encodable(product_id))


def encodable(text: str) -> str:
    """``text`` as it is, unless a caller's JSON escaped half a character: no engine takes such a string."""
    return text.encode(errors="replace").decode()


def payload_of(product: Product) -> dict[str, Any]:
    """The product, its id and what filters compare; a missing value is a missing key."""
    record = json.dumps(product_record(product), ensure_ascii=False)
    payload: dict[str, Any] = {PRODUCT_ID: product.id, ITEM_GROUP_ID: product.item_group_id, RECORD: record}
    payload.update({field.value: list(words_of(product, field)) for field in WORD_FIELDS})
    payload.update({field.value: as_number(number_of(product, field)) for field in NUMBER_FIELDS})
    return {key: value for key, value in payload.items() if value not in (None, "", [])}


def payload_product(payload: Mapping[str, Any]) -> Product:
    """The product that :func:`payload_of` was given."""
    return product_from_record(json.loads(payload[RECORD]))


def as_number(value: float | datetime | None) -> float | None:
    """Prices as they are; times as whole microseconds since 1970, which JSON carries exactly, unlike fractions."""
    return round(value.timestamp() * 1e6) if isinstance(value, datetime) else value


def dense_dimensions(encoders: Mapping[Space, EncoderInfo]) -> Dimensions:
    return {space: encoder.dimensions for space, encoder in encoders.items() if space not in SPARSE_SPACES}


def check_vector(space: Space, vector: Vector, dimensions: Dimensions) -> None:
    """Raise :class:`InvalidInput` unless the engine can score ``vector`` in ``space``."""
    if isinstance(vector, SparseVector) is not (space in SPARSE_SPACES):
        raise InvalidInput(f"The {space} space got a {type(vector).__name__}: give it the other kind of vector.")
    if isinstance(vector, SparseVector):
        values = vector.values
    else:
        values = vector
        if vector.shape != (dimensions[space],):
            raise InvalidInput(
                f"A {space} vector has shape {vector.shape}, but this index version has {dimensions[space]} "
                "dimensions: encode with the encoder that its manifest names."
            )
    if not np.isfinite(values).all():
        raise InvalidInput(f"A {space} vector holds a number that is not finite: check the encoder that made it.")


def check_point(point: IndexPoint, dimensions: Dimensions) -> None:
    for space, vector in point.vectors.items():
        if space not in SPARSE_SPACES and space not in dimensions:
            raise InvalidInput(
                f"Product {point.product.id} has a {space} vector, but this build has no {space} encoder: name it."
            )
        check_vector(space, vector, dimensions)


def stored_vectors(vectors: Vectors) -> list[tuple[Space, Vector]]:
    """The vectors that say something: an empty sparse one is as good as none, and would count in the IDF."""
    return [
        (space, vector) for space, vector in vectors.items() if not isinstance(vector, SparseVector) or bool(vector)
    ]


def can_answer(query: SpaceQuery, dimensions: Dimensions) -> bool:
    """Whether there is anything to ask the engine; raises :class:`InvalidInput` for a query of the wrong shape."""
    if query.space not in SPARSE_SPACES and query.space not in dimensions:
        return False
    check_vector(query.space, query.vector, dimensions)
    return query.limit > 0 and (not isinstance(query.vector, SparseVector) or bool(query.vector))


def ranked(hits: list[Hit]) -> list[Hit]:
    """Best first, ties by product id."""
    return sorted(hits, key=lambda hit: (-hit.score, hit.product_id))


def held_spaces(spaces: Sequence[Space], dimensions: Dimensions) -> list[str]:
    """The names of those of ``spaces`` that the version has; an engine refuses a name that it does not know."""
    return [space.value for space in spaces if space in SPARSE_SPACES or space in dimensions]


def domain_vectors(stored: Any) -> Vectors:
    """An engine's named vectors as the domain has them; None is a point without any."""
    return {
        Space(name): np.asarray(vector, dtype=np.float32)
        if isinstance(vector, list)
        else _sparse_vector(vector.indices, vector.values)
        for name, vector in (stored or {}).items()
    }


def _sparse_vector(indices: list[int], values: list[float]) -> SparseVector:
    dimensions = np.asarray(indices, dtype=np.uint32)
    order = np.argsort(dimensions)
    return SparseVector(dimensions[order], np.asarray(values, dtype=np.float32)[order])
