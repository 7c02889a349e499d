"""What goes with what, as a shop's baskets taught it: between kinds of things, and as a map of each dense space.

Types come first and products within them (P-Companion: Hao et al., CIKM 2020). A kind is the narrowest category of the
feed; products without one, and those of a category too wide to be one kind of thing, are told apart by where their
``text`` vectors lie.
"""

import io
import json
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from shared.domain.products import Product
from shared.domain.spaces import DENSE_SPACES, DenseVector, Matrix, Space, SparseVector, Vectors

VERY_ALIKE = 0.6
"""Of two products' texts, on a scale from what two random ones have in common (0) to what equal ones have (1)."""

_MOST_BYTES = 256 << 20
_BETWEEN_STEPS = " > "
_UNREADABLE = (
    *(ValueError, OSError, EOFError, KeyError, TypeError, AttributeError, RuntimeError, MemoryError),
    *(zipfile.BadZipFile, zlib.error),
)


@dataclass(frozen=True, slots=True, eq=False)
class Clusters:
    """Kinds that one category holds: ``names``, and where each lies in ``text``, rows of shape (names, d)."""

    names: tuple[str, ...]
    centres: Matrix

    def nearest(self, vector: DenseVector) -> str:
        """The first of equals; "" for a vector of other dimensions, which another encoder made."""
        if not self.names or self.centres.shape[1] != vector.size:
            return ""
        return self.names[int(np.argmax(self.centres @ vector))]


@dataclass(frozen=True, slots=True, eq=False)
class Companions:
    """``kinds``: kind → (kind that goes with it, affinity > 0), best first; never a kind with itself.

    ``maps`` leads the unit vector of a product to where its complements lie, shape (d, d) each. ``divided`` are the
    kinds within the categories that are no kind themselves, "" that of products without one.
    """

    kinds: Mapping[str, tuple[tuple[str, float], ...]] = field(default_factory=dict)
    maps: Mapping[Space, NDArray[np.float32]] = field(default_factory=dict)
    divided: Mapping[str, Clusters] = field(default_factory=dict)

    def kind(self, product: Product, vectors: Vectors) -> str:
        """The narrowest category with its path, or the nearest cluster in ``text`` within it; "" if unknown."""
        category = category_of(product)
        clusters = self.divided.get(category)
        text = vectors.get(Space.TEXT)
        if clusters is None or text is None or isinstance(text, SparseVector):
            return category
        return clusters.nearest(text) or category

    def affinity(self, kind: str, other: str) -> float:
        """How far ``other`` goes with ``kind``; 0 for what does not, and for a kind with itself."""
        return next((affinity for name, affinity in self.kinds.get(kind, ()) if name == other), 0.0)

    def partner_categories(self, kind: str) -> tuple[str, ...]:
        """The narrowest categories that hold what goes with ``kind``; none where not all of it has a category."""
        category = {name: each for each, clusters in self.divided.items() for name in clusters.names}
        steps = [kind_title(category.get(other, other)) for other, _ in self.kinds.get(kind, ())]
        return tuple(dict.fromkeys(steps)) if all(steps) else ()

    def too_alike(self, products: tuple[Product, Product], vectors: tuple[Vectors, Vectors], background: float) -> bool:
        """Whether two products of divided categories are substitutes, whichever clusters they fell into.

        ``background`` is the cosine in ``text`` of two random products.
        """
        if any(category_of(product) not in self.divided for product in products):
            return False
        one, other = (each.get(Space.TEXT) for each in vectors)
        if not isinstance(one, np.ndarray) or not isinstance(other, np.ndarray):
            return False
        return float(one @ other) - background > VERY_ALIKE * (1 - background)

    def mapped(self, vectors: Vectors) -> dict[Space, DenseVector]:
        """Where the complements of a product with ``vectors`` lie: a unit vector for each space that has a map."""
        places: dict[Space, DenseVector] = {}
        for space, leads in self.maps.items():
            vector = vectors.get(space)
            if isinstance(vector, np.ndarray) and leads.shape[1] == vector.size:
                place = leads @ vector
                if (length := float(np.linalg.norm(place))) > 0:
                    places[space] = (place / length).astype(np.float32)
        return places


NO_COMPANIONS = Companions()


def category_of(product: Product) -> str:
    """The narrowest category with its path, so that two departments may each have their "Accessories"."""
    return _BETWEEN_STEPS.join(product.categories)


def kind_title(kind: str) -> str:
    """What people call a kind: the last step of its path."""
    return kind.rsplit(_BETWEEN_STEPS, 1)[-1]


def companions_bytes(companions: Companions) -> bytes:
    """A compressed npz; equal companions give equal bytes."""
    divided = sorted(companions.divided)
    record = {
        "kinds": [[kind, [list(pair) for pair in partners]] for kind, partners in sorted(companions.kinds.items())],
        "divided": [[category, list(companions.divided[category].names)] for category in divided],
    }
    arrays = {f"map-{space.value}": companions.maps[space] for space in DENSE_SPACES if space in companions.maps}
    arrays |= {f"centres-{place}": companions.divided[category].centres for place, category in enumerate(divided)}
    text = json.dumps(record, ensure_ascii=False, sort_keys=True).encode()
    written = io.BytesIO()
    np.savez_compressed(written, record=np.frombuffer(text, np.uint8), **arrays)  # type: ignore[arg-type]
    return written.getvalue()


def companions_from_bytes(content: bytes) -> Companions:
    """The inverse of :func:`companions_bytes`. Raises ValueError for anything else."""
    try:
        return _read(content)
    except _UNREADABLE as error:
        raise ValueError(f"The stored companions cannot be read ({error}): train them again.") from error


def _read(content: bytes) -> Companions:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        if sum(part.file_size for part in archive.infolist()) > _MOST_BYTES:
            raise ValueError("it is larger than companions are")
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        record = json.loads(arrays["record"].tobytes())
        return Companions(
            kinds={
                str(kind): tuple((str(other), float(affinity)) for other, affinity in partners)
                for kind, partners in record["kinds"]
            },
            maps={space: _matrix(arrays[name]) for space in DENSE_SPACES if (name := f"map-{space.value}") in arrays},
            divided={
                str(category): _clusters(names, _matrix(arrays[f"centres-{place}"]))
                for place, (category, names) in enumerate(record["divided"])
            },
        )


def _clusters(names: list[str], centres: Matrix) -> Clusters:
    if len(names) != len(centres):
        raise ValueError(f"{len(names)} clusters have {len(centres)} centres")
    return Clusters(tuple(str(name) for name in names), centres)


def _matrix(array: NDArray[np.generic]) -> Matrix:
    if array.ndim != 2 or array.dtype != np.float32 or not np.isfinite(np.asarray(array, np.float32)).all():
        raise ValueError("a matrix is of the wrong kind")
    return np.asarray(array, np.float32)
