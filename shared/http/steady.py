"""Memory of a process that serves: what it starts with stays, and is not worth looking at again and again."""

import gc


def keep_for_good() -> None:
    """Take all that there is by now out of the garbage collector's sight.

    A full collection looks at every object of every library, and stops all threads for it: about 30 ms, in one answer
    of fifty. What a process has when it begins to serve goes when the process goes.
    """
    gc.freeze()
