"""The behaviour model as it is kept and read: for each product, the products that speak for it."""

import io
import zipfile
import zlib
from bisect import bisect_left
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shared.domain.behaviour import hashed
from shared.domain.errors import Unavailable
from shared.domain.spaces import SparseVector

_MOST_BYTES = 4 << 30
_TYPES = {"indptr": np.int64, "sources": np.int32, "weights": np.float32, "digests": np.uint64}
_UNREADABLE = (ValueError, OSError, EOFError, RuntimeError, MemoryError, KeyError, zipfile.BadZipFile, zlib.error)
_PARTS = {"ids", "id_ends", *_TYPES}


@dataclass(frozen=True, slots=True, eq=False)
class BehaviourModel:
    """Rows by target product, as a sparse matrix.

    ``products`` are ids in order. The row of product j are the entries ``indptr[j]`` to ``indptr[j + 1]`` of
    ``sources`` (int32, places in ``products``, ascending) and ``weights`` (float32, positive). ``digests`` (uint64)
    names all that each row was solved from, so that the next fit can tell which it may take over.
    """

    products: tuple[str, ...]
    indptr: NDArray[np.int64]
    sources: NDArray[np.int32]
    weights: NDArray[np.float32]
    digests: NDArray[np.uint64]

    @classmethod
    def empty(cls) -> "BehaviourModel":
        arrays = {name: np.zeros(int(name == "indptr"), dtype) for name, dtype in _TYPES.items()}
        return cls((), **arrays)

    def row(self, product_id: str) -> SparseVector | None:
        """What speaks for ``product_id``, by :func:`~shared.domain.behaviour.dimension`; None if nothing does."""
        place = bisect_left(self.products, product_id)
        if place == len(self.products) or self.products[place] != product_id:
            return None
        inside = slice(self.indptr[place], self.indptr[place + 1])
        sources = [self.products[source] for source in self.sources[inside].tolist()]
        return hashed(zip(sources, self.weights[inside].tolist(), strict=True)) if sources else None

    def to_bytes(self) -> bytes:
        """A compressed npz; equal models give equal bytes."""
        ids = [product_id.encode() for product_id in self.products]
        written = io.BytesIO()
        np.savez_compressed(
            written,
            ids=np.frombuffer(b"".join(ids), np.uint8),
            id_ends=np.cumsum([len(each) for each in ids], dtype=np.int64),
            **{name: getattr(self, name) for name in _TYPES},
        )
        return written.getvalue()

    @classmethod
    def from_bytes(cls, content: bytes) -> "BehaviourModel":
        """Raises Unavailable for anything but what :meth:`to_bytes` made."""
        try:
            return _checked(_arrays(content))
        except (
            ValueError,
            OSError,
            EOFError,
            KeyError,
            RuntimeError,
            MemoryError,
            zipfile.BadZipFile,
            zlib.error,
        ) as e:
            raise Unavailable(f"The stored behaviour model cannot be read ({e}): train it again.") from e


def _arrays(content: bytes) -> dict[str, NDArray[np.generic]]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = archive.infolist()
    if len(parts) != len(_PARTS) or sum(part.file_size for part in parts) > _MOST_BYTES:
        raise ValueError("it has other parts than a model has, or larger ones")
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        return {name: arrays[name] for name in _PARTS}


def _checked(arrays: dict[str, NDArray[np.generic]]) -> BehaviourModel:
    for name, dtype in (_TYPES | {"ids": np.uint8, "id_ends": np.int64}).items():
        if arrays[name].dtype != dtype or arrays[name].ndim != 1:
            raise ValueError(f"{name} is of the wrong kind")
    ids, ends = arrays["ids"].tobytes(), arrays["id_ends"].tolist()
    products = tuple(ids[begin:end].decode() for begin, end in zip([0, *ends], ends, strict=False))
    model = BehaviourModel(products, *(arrays[name] for name in _TYPES))  # type: ignore[arg-type]  # checked above
    _check_rows(model)
    if ends != sorted(ends) or (ends or [0])[-1] != len(ids) or list(products) != sorted(set(products)):
        raise ValueError("its product ids are not in order")
    return model


def _check_rows(model: BehaviourModel) -> None:
    count, entries = len(model.products), len(model.sources)
    if len(model.indptr) != count + 1 or len(model.digests) != count or len(model.weights) != entries:
        raise ValueError("its parts do not fit together")
    if model.indptr[0] != 0 or model.indptr[-1] != entries or (np.diff(model.indptr) < 0).any():
        raise ValueError("its rows overlap")
    if entries and (model.sources.min() < 0 or model.sources.max() >= count):
        raise ValueError("a row names a product that is not there")
    if not (np.isfinite(model.weights) & (model.weights > 0)).all():
        raise ValueError("a weight is not a positive number")
