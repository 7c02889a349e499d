"""What can be suggested while somebody types: the shop's categories, brands and products, and past searches.

Made by the indexer, kept beside the version, and read as it lies: the bytes hold the very arrays and texts that a
look-up goes through, so that a hundred thousand suggestions are ready in a few milliseconds.
"""

import io
import zipfile
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared.domain.prefix_typos import LONGEST_TYPED, Letters

Numbers = NDArray[np.int32]
_AFTER_ALL = "\uffff"


class Kind(IntEnum):
    """What a suggestion leads to; the order is that of the entries."""

    CATEGORY = 0
    BRAND = 1
    SEARCH = 2
    PRODUCT = 3


@dataclass(frozen=True, slots=True)
class Texts:
    """Many short texts in one: UTF-8, or UTF-16 of the Basic Multilingual Plane; ``ends`` has one more than texts."""

    content: bytes
    ends: Numbers
    encoding: str = "utf-8"

    @classmethod
    def of(cls, texts: Sequence[str], encoding: str = "utf-8") -> "Texts":
        parts = [text.encode(encoding) for text in texts]
        ends = np.cumsum([0, *map(len, parts)], dtype=np.int64).astype(np.int32)
        return cls(b"".join(parts), ends, encoding)

    def __len__(self) -> int:
        return len(self.ends) - 1

    def __getitem__(self, place: int) -> str:
        return self.content[self.ends[place] : self.ends[place + 1]].decode(self.encoding)

    def find(self, text: str) -> int:
        """The place of ``text`` among texts in ascending order, -1 where it is not."""
        place = self.before(text)
        return place if place < len(self) and self[place] == text else -1

    def before(self, text: str) -> int:
        """How many of the texts, in ascending order, come before ``text``."""
        return bisect_left(range(len(self)), text, key=self.__getitem__)


@dataclass(frozen=True, slots=True)
class Lists:
    """Many lists of numbers in one; ``ends`` has one more than lists."""

    content: Numbers
    ends: Numbers

    @classmethod
    def of(cls, lists: Sequence[Sequence[int]]) -> "Lists":
        ends = np.cumsum([0, *map(len, lists)], dtype=np.int64).astype(np.int32)
        return cls(np.array([each for one in lists for each in one], dtype=np.int32), ends)

    def __getitem__(self, place: int) -> Numbers:
        return self.content[self.ends[place] : self.ends[place + 1]]

    def span(self, first: int, last: int) -> Numbers:
        """The lists from ``first`` up to ``last``, one after the other."""
        return self.content[self.ends[first] : self.ends[last]]

    def sums(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """For each list, the sum of ``values`` at its numbers."""
        running = np.concatenate([[0.0], np.cumsum(values[self.content], dtype=np.float64)])
        return np.asarray(running[self.ends[1:]] - running[self.ends[:-1]], dtype=np.float32)

    def lengths(self) -> Numbers:
        return np.asarray(np.diff(self.ends), dtype=np.int32)


@dataclass(frozen=True, slots=True)
class Suggestions:
    """n entries, in order of kind and then of their plain text.

    ``texts`` are as shown; ``plain``, of all but products, as they are looked up: plain words with single spaces.
    ``users`` says how many searched for it, 0 for what is no search. ``leads`` are the products that each leads to, as
    places among ``products``, which ascend. ``words`` are all words of the entries, ascending, and ``entries`` where
    each stands; ``first`` is the place of each entry's first word, ``length`` the number of its words.
    """

    kinds: NDArray[np.uint8]
    texts: Texts
    plain: Texts
    users: Numbers
    leads: Lists
    products: Texts
    words: Texts
    entries: Lists
    first: Numbers
    length: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.kinds)

    def beginning(self, typed: str) -> tuple[int, int]:
        """The places, from the first up to the last, of the words that begin with ``typed``."""
        return self.words.before(typed), self.words.before(typed + _AFTER_ALL)

    def letters(self, first: int, last: int) -> Letters:
        """The words from ``first`` up to ``last``, as far as a typed word is compared."""
        units = np.frombuffer(self.words.content, dtype="<u2")
        starts, ends = self.words.ends[first:last] // 2, self.words.ends[first + 1 : last + 1] // 2
        places = starts[:, None] + np.arange(LONGEST_TYPED + 2, dtype=np.int32)
        inside = places < ends[:, None]
        return np.where(inside, units[np.minimum(places, len(units) - 1)], 0).astype(np.uint16)

    def entry(self, kind: Kind, plain: str) -> int:
        """The place of that entry, -1 where there is none."""
        first, last = np.searchsorted(self.kinds, [kind, kind + 1]).tolist()
        last = min(last, len(self.plain))
        place = bisect_left(range(last), plain, lo=first, key=self.plain.__getitem__)
        return place if place < last and self.plain[place] == plain else -1


_NUMBERS = np.zeros(0, dtype=np.int32)
_NO_LISTS = Lists(_NUMBERS, np.zeros(1, dtype=np.int32))
_NO_TEXTS = Texts(b"", np.zeros(1, dtype=np.int32))
NO_SUGGESTIONS = Suggestions(
    np.zeros(0, dtype=np.uint8),
    *(_NO_TEXTS, _NO_TEXTS, _NUMBERS, _NO_LISTS, _NO_TEXTS),
    *(Texts(b"", np.zeros(1, dtype=np.int32), "utf-16-le"), _NO_LISTS, _NUMBERS, np.zeros(0, dtype=np.uint8)),
)
_TEXTS = {"texts": "utf-8", "plain": "utf-8", "products": "utf-8", "words": "utf-16-le"}
_LISTS = ("leads", "entries")
_ARRAYS = {"kinds": np.uint8, "users": np.int32, "first": np.int32, "length": np.uint8}


def suggestions_to_bytes(made: Suggestions) -> bytes:
    """Equal for equal suggestions."""
    arrays: dict[str, Any] = {name: getattr(made, name) for name in _ARRAYS}
    for name in (*_TEXTS, *_LISTS):
        content = getattr(made, name).content
        arrays[name] = np.frombuffer(content, dtype=np.uint8) if isinstance(content, bytes) else content
        arrays[f"{name}_ends"] = getattr(made, name).ends
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


def suggestions_from_bytes(content: bytes) -> Suggestions:
    """The inverse of :func:`suggestions_to_bytes`. Raises ValueError, KeyError or TypeError for anything else."""
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
    except (zipfile.BadZipFile, EOFError, OSError) as error:
        raise ValueError(f"Not an archive of suggestions: {error}") from error
    fields: dict[str, Any] = {name: arrays[name].astype(of, copy=False) for name, of in _ARRAYS.items()}
    fields |= {name: Texts(arrays[name].tobytes(), arrays[f"{name}_ends"], of) for name, of in _TEXTS.items()}
    fields |= {name: Lists(arrays[name], arrays[f"{name}_ends"]) for name in _LISTS}
    made = Suggestions(**fields)
    counted = {len(made.kinds), len(made.texts), len(made.users), len(made.length), len(made.leads.ends) - 1}
    if len(counted) > 1 or len(made.entries.ends) - 1 != len(made.words) or len(made.first) != len(made.length):
        raise ValueError(f"The arrays of the suggestions are of different lengths: {sorted(counted)}.")
    return made
