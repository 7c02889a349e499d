"""How alike products are, on one scale for every encoder."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from shared.domain.spaces import DENSE_SPACES, Space, Vectors

_MOST_RANDOM = 0.999
"""Where all products of a catalogue have one text, any two are as alike as two random ones, and none is more so."""


def likeness(vectors: Sequence[Vectors], background: Mapping[Space, float]) -> NDArray[np.float32]:
    """How alike all pairs are, shape (n, n), in ``text``; products without text vectors, in ``image``.

    0 is what two random products of the catalogue have in common (their cosine is the ``background``, see
    :attr:`Manifest.likeness`), 1 what equal ones have; pairs without a common space are at 0.

    Meaning, not looks, tells products apart: a blue mug looks more like a blue shoe than like a red mug.
    """
    alike = np.zeros((len(vectors), len(vectors)), dtype=np.float32)
    for space in reversed(DENSE_SPACES):  # text comes last and overwrites image
        rows = [i for i, each in enumerate(vectors) if space in each]
        if rows:
            matrix = np.stack([np.asarray(vectors[i][space], dtype=np.float32) for i in rows])
            random = min(background.get(space, 0.0), _MOST_RANDOM)
            alike[np.ix_(rows, rows)] = (matrix @ matrix.T - random) / (1 - random)
    return alike
