"""What the titles of a catalogue say of the words that shoppers use: see shared.domain.understanding.evidence."""

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import pairwise

from shared.domain.filters import FilterField, words_of
from shared.domain.products import Product
from shared.domain.understanding.evidence import (
    CUES,
    after,
    before,
    form_in,
    idiom,
    little_after,
    phrase_after,
    phrase_before,
    phrase_in,
    phrases_at,
)
from shared.domain.understanding.lexicon import Reading, lexicon_of
from shared.domain.understanding.wording import Token, composed, tokens

_ENOUGH = 0.5
"""Of the products that are called so, how many must be so."""
_ENOUGH_OF_A_KIND = 0.6
"""A kind of thing is what most of a list is about: a wrong one costs more than a wrong colour."""

_PHRASE_KNOWN = 5
"""Titles that it takes to doubt what a value is called; with the words beside it, one is enough."""
_FORM_KNOWN = 3
"""Titles from which on a singular speaks for itself and not for its plural."""
_MOST_TITLE_WORDS = 40
_MOST_VERDICTS = 60_000
_MOST_IDIOMS = 20_000
_MOST_COUNTED = 1_000_000
"""Phrases in context that are counted at once; beyond it those that came up once are forgotten."""

_Counts = Counter[str]


class WordEvidence:
    """``values`` are those of the catalogue, by field; every product is heard once, and then the verdicts asked for."""

    def __init__(self, values: Mapping[FilterField, Mapping[str, int]]) -> None:
        self._lexicon = lexicon_of(values)
        self._loose = {
            f"{reading.field.value}:{phrase}"
            for phrase, readings in self._lexicon.phrases.items()
            for reading in readings
            if reading.loose
        }
        brands = values.get(FilterField.BRAND, {})
        self._brands = lexicon_of({FilterField.BRAND: brands})
        self._brands_begin = {word.stem for name in brands for word in tokens(name)[:2]}
        self._said: _Counts = Counter()
        self._so: _Counts = Counter()
        self._idioms: _Counts = Counter()

    def hear(self, product: Product) -> None:
        title = tokens(composed(product.title), _MOST_TITLE_WORDS)
        self._idioms.update({idiom(one, two) for one, two in pairwise(title) if one.text in CUES or two.text in CUES})
        values = {where: frozenset(words_of(product, where)) for where in _FIELDS}
        heard: dict[str, bool] = {}
        for i, j, reading in self._read(title):
            is_so = _is_so(reading, values[reading.field])
            for key in _keys(reading.field, title, i, j):
                heard[key] = heard.get(key, False) or is_so
        self._mention_of_brands(product, values[FilterField.BRAND], heard)
        self._said.update(heard.keys())
        self._so.update(key for key, is_so in heard.items() if is_so)
        if len(self._said) > _MOST_COUNTED:
            self._said = Counter({key: n for key, n in self._said.items() if n > 1})
            self._so = Counter({key: n for key, n in self._so.items() if key in self._said})

    def _read(self, title: list[Token]) -> Iterator[tuple[int, int, Reading]]:
        """The longest phrase at each place, as a query is read: of what is within it, a "frying pan" is a pan."""
        i = 0
        while i < len(title):
            j, readings = next(phrases_at(title, i, self._lexicon), (i, ()))
            yield from ((i, j, reading) for reading in readings)
            if j > i + 1:
                ending = self._lexicon.phrases.get(title[j - 1].stem, ())
                yield from ((j - 1, j, reading) for reading in ending if reading.loose)
            i = max(j, i + 1)

    def _mention_of_brands(self, product: Product, own: frozenset[str], heard: dict[str, bool]) -> None:
        """A brand whose name other brands' descriptions use is an ordinary word too."""
        described = tokens(composed(product.description), 4 * _MOST_TITLE_WORDS)
        for i, word in enumerate(described):
            for j, (reading,) in phrases_at(described, i, self._brands) if word.stem in self._brands_begin else ():
                key = phrase_in(FilterField.BRAND, described[i:j])
                heard[key] = heard.get(key, False) or _is_so(reading, own)

    def verdicts(self) -> dict[str, bool]:
        """Where titles contradict what goes without saying, or settle what does not; the best known ones."""
        found = dict(self._by_itself())
        in_context = sorted(self._in_context(found), key=lambda each: (-self._said[each[0]], each[0]))
        found.update(in_context[: max(_MOST_VERDICTS - len(found), 0)])
        return found

    def idioms(self) -> frozenset[str]:
        best = sorted(self._idioms.items(), key=lambda each: (-each[1], each[0]))[:_MOST_IDIOMS]
        return frozenset(pair for pair, _ in best)

    def _share(self, key: str) -> float:
        return self._so[key] / self._said[key]

    def _by_itself(self) -> Iterator[tuple[str, bool]]:
        for key, said in self._said.items():
            where = _field_of(key)
            if said >= (_PHRASE_KNOWN if _is_phrase(key) else _FORM_KNOWN) and (_is_phrase(key) or "=" in key):
                holds = self._share(key) >= _enough(where)
                if not holds or "=" in key or key in self._loose:
                    yield key, holds
        yield from self._lesser()

    def _lesser(self) -> Iterator[tuple[str, bool]]:
        """Gold as a colour or as a material: that which more of the products called so are."""
        for phrase, readings in self._lexicon.phrases.items():
            keys = [f"{reading.field.value}:{phrase}" for reading in readings]
            best = max((self._so[key] for key in keys), default=0)
            yield from ((key, False) for key in keys if len(keys) > 1 and self._so[key] < best)

    def _in_context(self, alone: Mapping[str, bool]) -> Iterator[tuple[str, bool]]:
        for key in self._said:
            where = _field_of(key)
            if self._said[key] < self._telling(key):
                continue
            if ">" in key:
                holds = self._share(key) >= _enough(where)
                expected = alone.get(key.split(">")[0], True)
                if holds is not expected or where is FilterField.CATEGORY:
                    yield key, holds
            elif "<" in key and self._so[key] == 0:
                yield key, False

    def _telling(self, key: str) -> int:
        """One title is enough, but "women tops" is no name of anything: there it may be one wrong row of a feed."""
        neighbour = self._lexicon.phrases.get(key.replace("<", ">").rpartition(">")[2], ())
        describes = any(reading.field is not FilterField.CATEGORY for reading in neighbour)
        return _FORM_KNOWN if describes and _field_of(key) is FilterField.CATEGORY else 1


_FIELDS = (
    FilterField.CATEGORY,
    FilterField.BRAND,
    FilterField.COLOUR,
    FilterField.GENDER,
    FilterField.MATERIAL,
)


def _is_so(reading: Reading, own: frozenset[str]) -> bool:
    return not own.isdisjoint(value.casefold() for value in reading.values)


def _keys(where: FilterField, title: list[Token], i: int, j: int) -> Iterator[str]:
    phrase = title[i:j]
    yield phrase_in(where, phrase)
    if where is not FilterField.BRAND:
        yield form_in(where, phrase)
    for following in dict.fromkeys((after(title, j), little_after(title, j))):
        if following:
            yield phrase_before(where, phrase, following)
    if preceding := before(title, i):
        yield phrase_after(where, phrase, preceding)


def _field_of(key: str) -> FilterField:
    return FilterField(key.split(":" if ":" in key else "=", maxsplit=1)[0])


def _is_phrase(key: str) -> bool:
    return ":" in key and ">" not in key and "<" not in key


def _enough(where: FilterField) -> float:
    return _ENOUGH_OF_A_KIND if where is FilterField.CATEGORY else _ENOUGH
