"""Whether a phrase means here what it seems to: in "orange juicer", orange is no colour.

The catalogue's titles say so. A reading is borne out where most products whose title has the phrase are as it says, and
the same is asked of the phrase with the word after it, and with the one before it. So a filter is never made of words
that would hide the very products which are called so.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import takewhile

from shared.domain.filters import FilterField
from shared.domain.understanding.lexicon import MOST_WORDS, Lexicon, Reading
from shared.domain.understanding.wording import FUNCTION_WORDS, Token, is_and, key_of, surface_of

_WITHIN = re.compile(r"[\s\-‐‑/&+'’.·]*")
_MOST_BETWEEN = 3

CUES = frozenset(
    (
        *("under", "below", "over", "above", "max", "maximum", "min", "minimum", "from", "between", "around", "about"),
        *("no", "not", "non", "without", "except", "but", "minus", "cheap", "cheaper", "expensive", "size", "free"),
    )
)
"""Words that make a condition of the next one, unless titles have the two of them side by side."""


def phrases_at(words: Sequence[Token], i: int, lexicon: Lexicon) -> Iterator[tuple[int, tuple[Reading, ...]]]:
    """The known phrases that begin at ``i``, the longest first, each with the place after it."""
    ends: list[tuple[int, str]] = []
    key, count, j = "", 0, i
    while j < len(words) and count < MOST_WORDS and (j == i or _WITHIN.fullmatch(words[j].before)):
        if not is_and(words[j]):
            key += words[j].stem
            count += 1
            ends.append((j + 1, key))
        elif j == i:
            return
        j += 1
    for end, key in reversed(ends):
        if readings := lexicon.phrases.get(key):
            yield end, readings


def after(words: Sequence[Token], j: int) -> str:
    """The next word that says something, with the little ones before it; empty where the phrase ends there."""
    between: list[str] = []
    for word in words[j : j + _MOST_BETWEEN]:
        if not _WITHIN.fullmatch(word.before):
            return ""
        if is_and(word):
            continue
        between.append(word.stem)
        if word.text not in FUNCTION_WORDS:
            return " ".join(between)
    return " ".join(between) if j + len(between) >= len(words) else ""


def little_after(words: Sequence[Token], j: int) -> str:
    """The little words that come next: all that is said after it where nothing else follows, as in "guess who"."""
    return " ".join(
        word.stem for word in takewhile(lambda word: word.text in FUNCTION_WORDS, words[j : j + _MOST_BETWEEN])
    )


def before(words: Sequence[Token], i: int) -> str:
    """As :func:`after`, to the left."""
    between: list[str] = []
    for at in range(i - 1, max(i - 1 - _MOST_BETWEEN, -1), -1):
        if not _WITHIN.fullmatch(words[at + 1].before):
            return ""
        if is_and(words[at]):
            continue
        between.insert(0, words[at].stem)
        if words[at].text not in FUNCTION_WORDS:
            return " ".join(between)
    return ""


def phrase_in(where: FilterField, words: Sequence[Token]) -> str:
    return f"{where.value}:{key_of(words)}"


def form_in(where: FilterField, words: Sequence[Token]) -> str:
    """The phrase as it is spelt, where singular and plural differ in what they mean."""
    return f"{where.value}={surface_of(words)}"


def phrase_before(where: FilterField, words: Sequence[Token], following: str) -> str:
    return f"{where.value}:{key_of(words)}>{following}"


def phrase_after(where: FilterField, words: Sequence[Token], preceding: str) -> str:
    return f"{where.value}:{key_of(words)}<{preceding}"


def in_context(where: FilterField, words: Sequence[Token], i: int, j: int, verdicts: Mapping[str, bool]) -> bool | None:
    """What titles say of the phrase with its neighbours; None where they say nothing that changes it."""
    phrase = words[i:j]
    following, preceding = after(words, j), before(words, i)
    if following and (said := verdicts.get(phrase_before(where, phrase, following))) is not None:
        return said
    return verdicts.get(phrase_after(where, phrase, preceding)) if preceding else None


def by_itself(reading: Reading, phrase: Sequence[Token], verdicts: Mapping[str, bool]) -> bool:
    """What titles say of the phrase alone; without a word from them it is what a value is called, and no less."""
    said = verdicts.get(form_in(reading.field, phrase))
    return said if said is not None else verdicts.get(phrase_in(reading.field, phrase), not reading.loose)


def is_idiom(words: Sequence[Token], i: int, idioms: Collection[str]) -> bool:
    """Whether titles have the cue at ``i`` beside the word after it."""
    return i + 1 < len(words) and idiom(words[i], words[i + 1]) in idioms


def idiom(first: Token, second: Token) -> str:
    return f"{first.text} {second.text}"
