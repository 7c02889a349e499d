"""Memory of a process that serves: what it starts with stays, and is not worth looking at again and again."""

import gc

from fastapi.dependencies import models


def keep_for_good() -> None:
    """Take all that there is by now out of the garbage collector's sight.

    A full collection looks at every object of every library, and stops all threads for it: about 30 ms, in one answer
    of fifty. What a process has when it begins to serve goes when the process goes.
    """
    gc.freeze()


def forget_routes() -> None:
    """Have FastAPI forget the routes of apps that were let go, and with them what these hold: indexes, too.

    It remembers some thousands of all that it ever looked at, whether they are still there or not.
    """
    for remembered in vars(models).values():
        if hasattr(remembered, "cache_clear"):
            remembered.cache_clear()
    gc.collect()
