"""Words that begin as somebody typed, typing errors allowed: the edit distance to the nearest prefix of each."""

import numpy as np
from numpy.typing import NDArray

LONGEST_TYPED = 20
"""Letters that are compared; what is typed beyond them is taken to be right."""

_ONE_ERROR, _TWO_ERRORS = 4, 8
"""Letters from which on so many errors are allowed: three letters with one error begin half of all words."""

Letters = NDArray[np.uint16]
"""Words as UTF-16 code units, shape (n, letters), zeros after the last one of each."""


def errors_allowed(typed: str) -> int:
    return (len(typed) >= _ONE_ERROR) + (len(typed) >= _TWO_ERRORS)


def prefix_distances(typed: str, words: Letters, most: int) -> NDArray[np.int8]:
    """The distance of ``typed`` to the nearest prefix of each word, ``most`` + 1 for any above ``most``; shape (n,).

    Optimal string alignment (Damerau, 1964; restricted as by Boytsov, 2011): a letter left out, added or changed, and
    two neighbours swapped, count one each. All words are compared at once, within a band of ``most`` around the
    diagonal: the work is letters × (2 most + 1), each over n words.
    """
    wanted = np.frombuffer(typed[:LONGEST_TYPED].encode("utf-16-le", errors="replace"), dtype="<u2")
    count, columns = len(words), min(words.shape[1], len(wanted) + most)
    far = np.full(count, most + 1, dtype=np.int8)
    rows: list[list[NDArray[np.int8]]] = [[np.full(count, min(j, most + 1), dtype=np.int8) for j in range(columns + 1)]]
    for i in range(1, len(wanted) + 1):
        above = rows[-1]
        row = [far] * (columns + 1)
        if i <= most:
            row[0] = np.full(count, i, dtype=np.int8)
        for j in range(max(1, i - most), min(columns, i + most) + 1):
            changed = (words[:, j - 1] != wanted[i - 1]).astype(np.int8)
            best = np.minimum(above[j - 1] + changed, np.minimum(above[j], row[j - 1]) + np.int8(1))
            if i > 1 and j > 1:
                swapped = (words[:, j - 1] == wanted[i - 2]) & (words[:, j - 2] == wanted[i - 1])
                best = np.where(swapped, np.minimum(best, rows[-2][j - 2] + np.int8(1)), best)
            row[j] = np.minimum(best, far)
        rows.append(row)
    return np.asarray(np.min(rows[-1], axis=0), dtype=np.int8)


def nearest_prefix(typed: str, word: str) -> tuple[int, int]:
    """The distance of ``typed`` to the nearest prefix of ``word``, and how long that is, the longest of several."""
    above2: list[int] = []
    above = list(range(len(word) + 1))
    for i, letter in enumerate(typed, 1):
        row = [i]
        for j, other in enumerate(word, 1):
            best = min(above[j - 1] + (letter != other), above[j] + 1, row[j - 1] + 1)
            if i > 1 and j > 1 and letter == word[j - 2] and typed[i - 2] == other:
                best = min(best, above2[j - 2] + 1)
            row.append(best)
        above2, above = above, row
    distance = min(above)
    return distance, max(length for length, each in enumerate(above) if each == distance)
