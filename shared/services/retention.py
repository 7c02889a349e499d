"""Retention: what is older than it may be kept is erased, where the store does not do so by itself."""

from shared.ports import Upkeep

_MOST_PARTS = 100
"""Of one call: what is left waits for the next, and others write in between."""


def sweep(upkeep: Upkeep | None) -> None:
    """Let no traces be left of what was erased or taken back since. Raises Unavailable."""
    if upkeep is not None:
        upkeep.sweep()


def forget_old(upkeep: Upkeep | None) -> int:
    """Returns how many events, sends and records were erased. Raises Unavailable."""
    if upkeep is None:
        return 0
    erased = 0
    for _ in range(_MOST_PARTS):
        some = upkeep.expire()
        erased += some
        if not some:
            break
    return erased
