"""Sizes: "size 42", "EU 42", "in M". A number or a letter is one only where the words or the catalogue say so."""

from collections.abc import Iterator, Mapping, Sequence

from shared.domain.filters import FilterField
from shared.domain.understanding.spans import Span
from shared.domain.understanding.wording import Token, key_of

_CUES = frozenset(("size", "sz", "sizes"))
_SYSTEMS = frozenset(("eu", "uk", "us", "eur", "fr", "it", "de"))
_PLAIN = frozenset(("xxs", "xs", "xl", "xxl", "xxxl", "2xl", "3xl", "xlarge", "xsmall", "extralarge", "extrasmall"))
"""Sizes that are nothing else, and so need no word that says so."""
_LETTERS = frozenset("SML")
_OR = frozenset(("or", "and"))
_LONGEST = 3


def size_at(words: Sequence[Token], i: int, text: str, sizes: Mapping[str, tuple[str, ...]]) -> Span | None:
    """A size that the catalogue has, or, in figures, one that it has not: that is understood and cannot be held."""
    if not sizes:
        return None
    at, cued = i, False
    if words[at].text == "in" and at + 1 < len(words):
        at += 1
    while at < len(words) and words[at].text in _CUES:
        at, cued = at + 1, True
    if at >= len(words):
        return None
    found = _value(words, at, sizes)
    if found is None:
        return Span(i, at + 1, FilterField.SIZE, ranks=False) if cued and words[at].number is not None else None
    end, values = found
    system = end - at > 1 and words[at].text in _SYSTEMS
    if not (cued or system or key_of(words[at:end]) in _PLAIN or _is_letter(words, at, i, text)):
        return None
    for more_end, more in _more(words, end, sizes) if cued or system else ():
        end, values = more_end, values + more
    return Span(i, end, FilterField.SIZE, tuple(dict.fromkeys(values)), ranks=False)


def _value(words: Sequence[Token], at: int, sizes: Mapping[str, tuple[str, ...]]) -> tuple[int, tuple[str, ...]] | None:
    for end in range(min(at + _LONGEST, len(words)), at, -1):
        if values := sizes.get(key_of(words[at:end])):
            return end, values
    if words[at].text not in _SYSTEMS or at + 1 >= len(words) or _have_systems(sizes):
        return None
    values = sizes.get(words[at + 1].stem, ())
    return (at + 2, values) if values else None


def _have_systems(sizes: Mapping[str, tuple[str, ...]]) -> bool:
    return any(key[:2] in _SYSTEMS and key[2:].isdigit() for key in sizes)


def _is_letter(words: Sequence[Token], at: int, i: int, text: str) -> bool:
    """A capital letter at the end: "black t-shirt M"; or one after "in"."""
    word = words[at]
    last = at == len(words) - 1
    return text[word.start : word.end] in _LETTERS and at > 0 and (last or at > i) and word.before.isspace()


def _more(
    words: Sequence[Token], end: int, sizes: Mapping[str, tuple[str, ...]]
) -> Iterator[tuple[int, tuple[str, ...]]]:
    while end + 1 < len(words):
        slash = "/" in words[end].before
        at = end if slash else end + 1
        if not slash and words[end].text not in _OR:
            return
        found = _value(words, at, sizes)
        if found is None:
            return
        end = found[0]
        yield found
