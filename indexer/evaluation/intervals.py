"""How sure a mean over users is: percentile bootstrap (Efron 1979), with the same draws for every system."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 1_000
LEVEL = 0.95
_AT_A_TIME = 50


def intervals(by_user: Mapping[str, NDArray[np.float64]], seed: int) -> dict[str, tuple[float, float]]:
    """For each measure (one figure a user, all of one shape) the interval that holds its mean in 95% of resamples.

    Two systems with the same users and ``seed`` are resampled alike, so the interval of a difference is that of the
    users' differences.
    """
    if not by_user or not next(iter(by_user.values())).size:
        return {}
    values = np.stack(list(by_user.values()), axis=1)
    users = len(values)
    rng = np.random.default_rng(seed)
    resampled = []
    for first in range(0, RESAMPLES, _AT_A_TIME):
        draws = rng.integers(users, size=(min(_AT_A_TIME, RESAMPLES - first), users))
        weights = np.stack([np.bincount(draw, minlength=users) for draw in draws])
        resampled.append(weights @ values / users)
    tail = (1 - LEVEL) / 2
    low, high = np.quantile(np.concatenate(resampled), [tail, 1 - tail], axis=0)
    return {name: (float(a), float(b)) for name, a, b in zip(by_user, low, high, strict=True)}
