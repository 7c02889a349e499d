"""What became of the catalogue from one index version to the next."""

import zlib
from collections.abc import Iterable
from heapq import nsmallest

import numpy as np

from shared.domain.comparison import Change
from shared.domain.drift import shift
from shared.domain.spaces import DENSE_SPACES, Matrix, Space
from shared.ports import BlobStore, ProductIndex
from shared.services.kept_catalogue import catalogue_hashes

_SAMPLE = 2_000
_BATCH = 500


def change_between(blobs: BlobStore, index: ProductIndex, before: ProductIndex) -> Change:
    """Raises NotFound and Unavailable where the catalogue of one of them cannot be read."""
    known = dict(catalogue_hashes(blobs, before.manifest.version))
    added = changed = 0
    ids: list[str] = []
    kept = 0
    for product_id, hash_ in catalogue_hashes(blobs, index.manifest.version):
        ids.append(product_id)
        if product_id in known:
            kept += 1
            changed += known[product_id] != hash_
        else:
            added += 1
    return Change(len(known), added, len(known) - kept, changed, _shifts(index, ids, before, known))


def _shifts(
    index: ProductIndex, ids: Iterable[str], before: ProductIndex, ids_before: Iterable[str]
) -> dict[Space, float]:
    shifts = {}
    for space in DENSE_SPACES:
        if index.manifest.encoders.get(space) != before.manifest.encoders.get(space):
            continue
        then, now = _vectors(before, space, ids_before), _vectors(index, space, ids)
        if len(then) and len(now):
            shifts[space] = round(shift(then, now), 6)
    return shifts


def _vectors(index: ProductIndex, space: Space, product_ids: Iterable[str]) -> Matrix:
    """Of a sample that has as many as possible of the same products in both versions: those of the smallest digests.

    What chance adds to a shift is then what comes and goes, and not the draw.
    """
    sample = nsmallest(_SAMPLE, product_ids, key=lambda each: (zlib.crc32(each.encode(errors="replace")), each))
    rows = []
    for start in range(0, len(sample), _BATCH):
        held = index.vectors(sample[start : start + _BATCH], (space,))
        rows += [np.asarray(each[space], dtype=np.float32) for each in held.values() if space in each]
    return np.stack(rows) if rows else np.zeros((0, 0), dtype=np.float32)
