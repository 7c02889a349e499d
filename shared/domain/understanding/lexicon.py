"""What each phrase may mean here: the catalogue's values, by the words that shoppers have for them."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from shared.domain.filters import FilterField
from shared.domain.understanding.synonyms import (
    ALSO_FOR,
    GENERAL,
    NOT_THE_REAL_THING,
    ONE_SIZE,
    SIZE_NAMES,
    SYNONYMS,
)
from shared.domain.understanding.wording import Token, key_of, phrase_key, tokens

MOST_WORDS = 6
"""Words of a value, at most, that are looked for as a phrase."""

_PARTS = re.compile(r"\s*[/&,+|;]\s*|\s+and\s+", re.IGNORECASE)
_APOSTROPHES = re.compile("['’`]")
_SIZE_SYSTEMS = ("eu", "uk", "us", "eur", "fr", "it", "de", "size")


@dataclass(frozen=True, slots=True)
class Reading:
    """A phrase read as values of ``field``, as the catalogue writes them; ``loose`` where they only end in it."""

    field: FilterField
    values: tuple[str, ...]
    loose: bool = False


@dataclass(frozen=True, slots=True)
class Lexicon:
    """``phrases`` by :func:`wording.key_of`; ``sizes`` likewise, for these need a word that says that one is meant."""

    phrases: Mapping[str, tuple[Reading, ...]] = field(default_factory=dict)
    sizes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def lexicon_of(values: Mapping[FilterField, Mapping[str, int]]) -> Lexicon:
    """``values`` in the order in which they are to be named."""
    phrases: dict[str, list[Reading]] = {}
    readers = {
        FilterField.CATEGORY: _categories,
        FilterField.BRAND: _brands,
        FilterField.COLOUR: _families,
        FilterField.MATERIAL: _families,
        FilterField.GENDER: _genders,
    }
    for where, reader in readers.items():
        for key, reading in reader(where, values.get(where, {})):
            if key:
                phrases.setdefault(key, []).append(reading)
    found = {key: tuple(sorted(of, key=lambda reading: reading.loose)) for key, of in phrases.items()}
    return Lexicon(found, _sizes(values.get(FilterField.SIZE, {})))


def _readings(where: FilterField, meant: Mapping[str, list[str]], loose: bool = False) -> Iterator[tuple[str, Reading]]:
    for key, of in meant.items():
        yield key, Reading(where, tuple(dict.fromkeys(of)), loose)


def _with_synonyms(where: FilterField, meant: dict[str, list[str]]) -> dict[str, list[str]]:
    """A word that the catalogue has keeps its own meaning; one that it has not takes on that of its synonyms."""
    added: dict[str, list[str]] = {}
    for same in SYNONYMS.get(where, ()):
        keys = [phrase_key(word) for word in same]
        together = [value for key in keys for value in meant.get(key, ())]
        added |= {key: together for key in keys if together and key not in meant}
    return meant | added


def _categories(where: FilterField, values: Iterable[str]) -> Iterator[tuple[str, Reading]]:
    named: dict[str, list[str]] = {}
    ending: dict[str, list[str]] = {}
    for value in values:
        for part in dict.fromkeys((value, *_PARTS.split(value))):
            words = tokens(part)
            if not words or len(words) > MOST_WORDS:
                continue
            named.setdefault(key_of(words), []).append(value)
            if len(words) > 1:
                ending.setdefault(words[-1].stem, []).append(value)
    general = {phrase_key(word) for word in GENERAL}
    named = {key: of for key, of in _with_synonyms(where, named).items() if key not in general}
    ending = {key: of for key, of in ending.items() if key not in named and key not in general}
    yield from _readings(where, named)
    yield from _readings(where, ending, loose=True)


def _brands(where: FilterField, values: Iterable[str]) -> Iterator[tuple[str, Reading]]:
    named: dict[str, list[str]] = {}
    for value in values:
        words = tokens(value)
        if len(words) > 1 and words[0].text == "the":
            named.setdefault(key_of(words[1:]), []).append(value)
        if 0 < len(words) <= MOST_WORDS and any(letter.isalpha() for letter in value):
            for key in dict.fromkeys((key_of(words), phrase_key(_APOSTROPHES.sub("", value)))):
                named.setdefault(key, []).append(value)
    return _readings(where, named)


def _families(where: FilterField, values: Mapping[str, int]) -> Iterator[tuple[str, Reading]]:
    """Colours and materials: "blue" is met by Blue and by Navy Blue, "navy" by the latter alone."""
    single = {key for value in values if (key := phrase_key(value))}
    meant: dict[str, list[str]] = {}
    for exactly in (True, False):
        for value in values:
            for part in dict.fromkeys((value, *_PARTS.split(value))):
                for called in (part, *_other_names(where, part)):
                    for key in _family_keys(tokens(called), single, exactly):
                        meant.setdefault(key, []).append(value)
    for value in values:
        if len(parts := _PARTS.split(value)) > 1:
            both = [each for part in parts for each in meant.get(phrase_key(part), ())]
            meant[phrase_key(value)] = [value, *both]
    for same in SYNONYMS.get(where, ()):
        keys = [phrase_key(word) for word in same]
        if together := [value for key in keys for value in meant.get(key, ())]:
            meant |= dict.fromkeys(keys, together)
    return _readings(where, meant)


def _family_keys(words: list[Token], single: set[str], exactly: bool) -> Iterator[str]:
    if not words or len(words) > MOST_WORDS:
        return
    if exactly:
        yield key_of(words)
    elif len(words) > 1 and words[0].text not in NOT_THE_REAL_THING:
        yield words[-1].stem
        if words[-1].stem not in single and words[0].stem in single:
            yield words[0].stem  # Grey Melange, Cotton Blend


def _other_names(where: FilterField, name: str) -> tuple[str, ...]:
    key = phrase_key(name)
    return next((same for same in SYNONYMS.get(where, ()) if key in map(phrase_key, same)), ())


def _genders(where: FilterField, values: Iterable[str]) -> Iterator[tuple[str, Reading]]:
    by_key: dict[str, list[str]] = {}
    for value in values:
        by_key.setdefault(phrase_key(value), []).append(value)
    sets = {same[0]: [phrase_key(word) for word in same] for same in SYNONYMS[where]}
    known = {name: [value for key in keys for value in by_key.get(key, ())] for name, keys in sets.items()}
    meant = dict(by_key)
    for name, keys in sets.items():
        of = known[name] + [value for other in ALSO_FOR.get(name, ()) for value in known[other]]
        if known[name] or name == "kids":
            meant |= {key: of for key in keys if of}
    return _readings(where, meant)


def _sizes(values: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Where only "EU 42" is known, "42" is that; "EU 42" is 42 where no size names its system."""
    meant: dict[str, list[str]] = {}
    names = {phrase_key(name): [phrase_key(each) for each in same] for same in (*SIZE_NAMES, ONE_SIZE) for name in same}
    for value in values:
        key = phrase_key(value)
        for each in (key, *names.get(key, ())):
            meant.setdefault(each, []).append(value)
    for value in values:
        words = tokens(value)
        bare = [word for word in words if word.text not in _SIZE_SYSTEMS]
        if len(bare) == 1 and len(words) == 2:
            meant.setdefault(bare[0].stem, []).append(value)
            meant.setdefault(words[1].stem + words[0].stem, []).append(value)
    return {key: tuple(dict.fromkeys(of)) for key, of in meant.items() if key}
