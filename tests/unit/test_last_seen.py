"""What a process remembers for when a store is down: products it last saw, values it last read."""

from datetime import timedelta

import pytest

from shared.domain.errors import Unavailable
from shared.domain.products import Product
from shared.services.last_seen import LastSeen
from shared.services.watched import Watched
from tests.support import NOW, StillClock


def product(name: str, title: str = "", days: int = 0) -> Product:
    return Product(name, title, added_at=NOW - timedelta(days=days))


class TestLastSeen:
    def test_the_last_look_counts_also_when_it_found_nothing(self) -> None:
        seen = LastSeen()
        seen.keep(["a", "b"], {"a": product("a", "old"), "b": product("b")}, NOW)
        seen.keep(["a", "b"], {"a": product("a", "new")}, NOW + timedelta(hours=1))
        assert seen.get(["a", "b", "c"]) == {"a": product("a", "new"), "b": None}
        assert seen.newest(9) == ["a"]

    def test_only_what_was_looked_at_since(self) -> None:
        seen = LastSeen()
        seen.keep(["a"], {"a": product("a")}, NOW)
        assert seen.get(["a"], NOW) == {"a": product("a")}
        assert seen.get(["a"], NOW + timedelta(seconds=1)) == {}

    def test_it_is_bounded_and_forgets_what_was_not_looked_at_for_longest(self) -> None:
        seen = LastSeen(most=2)
        for name in ("a", "b", "a", "c"):
            seen.keep([name], {name: product(name)}, NOW)
        assert list(seen.get(["a", "b", "c"])) == ["a", "c"]

    def test_the_newest_come_first(self) -> None:
        seen = LastSeen()
        products = [product("old", days=9), product("new", days=1), product("b", days=5), product("a", days=5)]
        seen.keep([each.id for each in products], {each.id: each for each in products}, NOW)
        seen.keep(["undated"], {"undated": Product("undated", "")}, NOW)
        assert seen.newest(4) == ["new", "a", "b", "old"]


class TestWatched:
    def test_it_is_looked_at_every_so_often_and_soon_after_trouble(self, clock: StillClock) -> None:
        answers: list[int | None] = [1, 2, None, 3]

        def look() -> int:
            answer = answers.pop(0)
            if answer is None:
                raise Unavailable("down")
            return answer

        watched = Watched(look, clock, timedelta(seconds=30), 0)
        assert (watched.last, watched.known) == (0, False)
        assert watched.newest() == 1
        clock.forward(seconds=29)
        assert watched.newest() == 1
        clock.forward(seconds=1)
        assert watched.newest() == 2
        clock.forward(seconds=30)
        for sentence in ("down", "a moment ago"):  # the second time it is not looked at
            with pytest.raises(Unavailable, match=sentence):
                watched.newest()
        assert (watched.last, watched.known) == (2, True)
        clock.forward(seconds=1)
        assert watched.newest() == 3

    def test_a_clock_that_went_backwards_does_not_stop_it(self, clock: StillClock) -> None:
        values = iter(range(9))
        watched = Watched(lambda: next(values), clock, timedelta(seconds=30), -1)
        assert watched.newest() == 0
        clock.forward(days=-1)
        assert watched.newest() == 1
