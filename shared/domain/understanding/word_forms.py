"""Other forms of a word, as languages make them; which of them are words at all, the catalogue knows."""

from collections.abc import Collection, Iterator, Mapping
from enum import StrEnum


class Language(StrEnum):
    """Those whose plurals are known. English is always looked for: shops mix it into every other."""

    ENGLISH = "en"
    GERMAN = "de"
    FRENCH = "fr"
    SPANISH = "es"


_SIGNS: Mapping[Language, tuple[str, ...]] = {
    Language.GERMAN: ("und", "mit", "fur", "aus"),
    Language.FRENCH: ("et", "avec", "pour", "en"),
    Language.SPANISH: ("y", "con", "para", "de"),
}
"""Words that a catalogue in the language cannot do without, and that one in another hardly has all of."""

_ENDINGS: Mapping[Language, tuple[tuple[str, str], ...]] = {
    Language.ENGLISH: (
        *(("", "s"), ("y", "ies"), ("f", "ves"), ("fe", "ves"), ("", "'s")),
        *(("s", "ses"), ("x", "xes"), ("z", "zes"), ("ch", "ches"), ("sh", "shes"), ("o", "oes")),
    ),
    Language.GERMAN: (("", "e"), ("", "en"), ("", "er"), ("", "n"), ("", "s"), ("e", "en"), ("e", "er")),
    Language.FRENCH: (("", "s"), ("", "x"), ("al", "aux")),
    Language.SPANISH: (("", "s"), ("", "es"), ("z", "ces")),
}
_IRREGULAR = (
    *(("man", "men"), ("woman", "women"), ("child", "children"), ("foot", "feet"), ("tooth", "teeth")),
    *(("mouse", "mice"), ("person", "people")),
)
_SHORTEST = 3


def languages_of(terms: Mapping[str, int], documents: int) -> frozenset[Language]:
    """Those that the catalogue is written in, by the words that each cannot do without; English in any case."""
    least = max(2, documents // 500)
    found = {language for language, signs in _SIGNS.items() if sum(terms.get(s, 0) >= least for s in signs) >= 3}
    return frozenset({Language.ENGLISH, *found})


def forms(word: str, languages: Collection[Language]) -> Iterator[str]:
    """Words that may be the singular or the plural of ``word`` (without case and diacritics), in a fixed order."""
    for one, many in _IRREGULAR:
        if word == one:
            yield many
        elif word == many:
            yield one
    for language in Language:
        for one, many in _ENDINGS[language] if language in languages else ():
            yield from _changed(word, one, many)
            yield from _changed(word, many, one)


def _changed(word: str, ending: str, other: str) -> Iterator[str]:
    stem = word.removesuffix(ending)
    form = stem + other
    is_plural = {ending, other} != {"", "s"} or not stem.endswith("s")  # "glass" is none
    if word.endswith(ending) and min(len(word), len(form)) >= _SHORTEST and is_plural:
        yield form
