"""Which products a model may learn from, and which it is measured on."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def families(titles: Sequence[str], groups: Sequence[str]) -> list[str]:
    """A name for each product, the same for all that hang together by an equal title or an equal group.

    The name is the first in the alphabet of the family's titles, as :func:`held_out` compares them. An empty group is
    none. A picture of one member would give the other away, so a family is on one side of a split, whole.
    """
    parents: dict[str, str] = {}

    def root(name: str) -> str:
        while parents.setdefault(name, name) != name:
            parents[name] = name = parents[parents[name]]
        return name

    plain = [_plain(title) for title in titles]
    leader_of: dict[str, str] = {}
    for title, group in zip(plain, groups, strict=True):
        one, other = sorted((root(title), root(leader_of.setdefault(group, title) if group else title)))
        parents[other] = one
    return [root(title) for title in plain]


def held_out(titles: Sequence[str], count: int, seed: int) -> NDArray[np.bool_]:
    """True for at most ``count`` of ``titles``, drawn with ``seed``; equal titles stay on one side together.

    Titles are the same where they differ only in case and spaces. The drawn titles are as many as fit: where every
    title is there once, exactly ``count``. The order of ``titles`` does not change which are drawn.
    """
    keys = np.array([_plain(title) for title in titles], dtype=object)
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


def _plain(title: str) -> str:
    return " ".join(title.casefold().split())
