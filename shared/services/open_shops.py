"""What a process holds open for each of its shops, of which there may be more than fit into its memory."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

KEPT = 4
"""Shops besides the first: each may hold an index."""

T = TypeVar("T")


class OpenShops(Generic[T]):
    """Opens a shop by its name when it is first asked for. Safe to use from several threads.

    The first shop, whose name is empty, stays; of the others those stay that were asked for last. What is let go is not
    closed: a request may be in the middle of it, and it goes when the last one is done. ``let_go`` is called then.
    """

    def __init__(self, open_shop: Callable[[str], T], let_go: Callable[[], object] = lambda: None) -> None:
        self._open_shop = open_shop
        self._let_go = let_go
        self._opening = threading.Lock()
        self._first: list[T] = []
        self._others: OrderedDict[str, T] = OrderedDict()

    def __call__(self, name: str = "") -> T:
        """Raises what opening it does; it is tried again the next time then."""
        with self._opening:
            return self._other(name) if name else self._of_the_first()

    def _of_the_first(self) -> T:
        if not self._first:
            self._first.append(self._open_shop(""))
        return self._first[0]

    def _other(self, name: str) -> T:
        if name in self._others:
            self._others.move_to_end(name)
            return self._others[name]
        opened = self._open_shop(name)
        self._others[name] = opened
        if len(self._others) > KEPT:
            self._others.popitem(last=False)
            self._let_go()
        return opened
