"""A small shop for the index contract: products with every kind of gap, their vectors, and how to build a version."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import numpy as np

from shared.domain.products import Availability, Product
from shared.domain.recommendations import IndexPoint
from shared.domain.spaces import EncoderInfo, Space, SparseVector
from shared.domain.versions import Manifest
from shared.ports import IndexVersions, ProductIndex

ENCODERS = {Space.TEXT: EncoderInfo("text", "r1", 16), Space.IMAGE: EncoderInfo("image", "r1", 8)}
NOW = datetime(2026, 5, 4, 12, 0, 0, 123457, tzinfo=UTC)
BRANDS = ("", "Nike", "NIKE", "Straße", "STRASSE", "İpek", "Σίσυφος")
COLOURS = ("", "Red", "red", "Sky Blue")
CATEGORIES = ((), ("Shoes",), ("Shoes", "Trainers"), ("HOME", "Kitchen"))
PRICES = (None, 0.0, 9.99, 10.0, 19.99, 1e9)


def unit(rng: np.random.Generator, dimensions: int) -> np.ndarray:
    vector = rng.normal(size=dimensions).astype(np.float32)
    return vector / np.linalg.norm(vector)


def sparse(weights: dict[int, float]) -> SparseVector:
    indices = sorted(weights)
    return SparseVector(np.array(indices, np.uint32), np.array([weights[i] for i in indices], np.float32))


def product(rng: np.random.Generator, number: int) -> Product:
    def pick(choices):
        return choices[rng.integers(len(choices))]

    return Product(
        id=f"product/{number} é",
        title=f"Thing {number}",
        brand=pick(BRANDS),
        colour=pick(COLOURS),
        categories=pick(CATEGORIES),
        gender=pick(("", "women", "Men")),
        material=pick(("", "wool")),
        size=pick(("", "XL", "42")),
        price=pick(PRICES),
        sale_price=pick((None, None, None, 5.0)),
        availability=pick(tuple(Availability)),
        added_at=pick((None, NOW, NOW - timedelta(microseconds=1), NOW - timedelta(days=40))),
        item_group_id=pick(("", f"group {number // 3}")),
    )


def shop(size: int, seed: int = 7) -> list[IndexPoint]:
    """Points of which some have no image, some no keywords, and one nothing at all."""
    rng = np.random.default_rng(seed)
    points = []
    for number in range(size):
        vectors = {Space.TEXT: unit(rng, 16)}
        if number % 4:
            vectors[Space.IMAGE] = unit(rng, 8)
        if number % 5:
            terms = rng.choice(4_000_000_000, 3, replace=False)
            vectors[Space.KEYWORDS] = sparse({1: 1.0, int(number % 7) + 2: 2.0} | {int(t): 0.5 for t in terms})
        points.append(IndexPoint(product(rng, number), vectors if number != 11 else {}))
    return points


def manifest(version: str, products: int = 0) -> Manifest:
    return Manifest(version, f"digest of {version}", NOW, products, ENCODERS, {Space.TEXT: products})


def build(
    versions: IndexVersions,
    version: str,
    points: Sequence[IndexPoint],
    base: str | None = None,
    gone: Sequence[str] = (),
) -> ProductIndex:
    with versions.build(version, ENCODERS, base) as builder:
        builder.upsert(points)
        builder.delete(gone)
        builder.finish(manifest(version, len(points)))
    return versions.open(version)
