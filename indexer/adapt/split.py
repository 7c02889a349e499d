"""Which products a model may learn from, and which it is measured on."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def held_out(titles: Sequence[str], count: int, seed: int) -> NDArray[np.bool_]:
    """True for at most ``count`` of ``titles``, drawn with ``seed``; equal titles stay on one side together.

    Titles are the same where they differ only in case and spaces. The drawn titles are as many as fit: where every
    title is there once, exactly ``count``. The order of ``titles`` does not change which are drawn.
    """
    keys = np.array([" ".join(title.casefold().split()) for title in titles], dtype=object)
    distinct, row_group, sizes = np.unique(keys, return_inverse=True, return_counts=True)
    chosen = np.zeros(len(distinct), dtype=np.bool_)
    left = count
    for group in np.random.default_rng(seed).permutation(len(distinct)):
        if sizes[group] <= left:
            chosen[group] = True
            left -= int(sizes[group])
        if not left:
            break
    taken: NDArray[np.bool_] = chosen[row_group] if len(titles) else np.zeros(0, dtype=np.bool_)
    return taken
