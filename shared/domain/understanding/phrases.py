"""Words that name a colour, a brand, a kind of thing …, where the catalogue bears that out."""

from collections.abc import Sequence
from dataclasses import dataclass

from shared.domain.filters import FilterField
from shared.domain.understanding.evidence import CUES, by_itself, in_context, phrases_at
from shared.domain.understanding.lexicon import Reading
from shared.domain.understanding.numbers import MONEY_WORDS
from shared.domain.understanding.spans import Span
from shared.domain.understanding.synonyms import PRONOUNS
from shared.domain.understanding.vocabulary import Vocabulary
from shared.domain.understanding.wording import FUNCTION_WORDS, Token, is_and, key_of, stem

_SAYS_SO = frozenset(("but", "in", "by", "from", "of", "for"))
_NO_NOUNS = (
    FUNCTION_WORDS | CUES | MONEY_WORDS | {"sz", "and", "eu", "uk", "us", "made", "except", "excluding", "other"}
)
_PAINTS = (FilterField.COLOUR, FilterField.MATERIAL)
_SHORTEST_PARTICIPLE = 4
"""The shirt of "shirt striped" is one; "bed" and "seed" are things."""


@dataclass(frozen=True, slots=True)
class Hearing:
    """A query's words, and what they are held against."""

    text: str
    words: Sequence[Token]
    vocabulary: Vocabulary
    changing: bool = False
    """Whether they are said of a product."""

    def word(self, i: int) -> str:
        return self.words[i].text if 0 <= i < len(self.words) else ""


def phrase_at(heard: Hearing, i: int, denied: bool = False) -> Span | None:
    """The longest phrase at ``i`` that means what it seems to; what is ``denied`` need not be named so in titles."""
    words, vocabulary = heard.words, heard.vocabulary
    if words[i].text in PRONOUNS and heard.word(i - 1) == "for":
        return _pronoun(heard, i)
    for end, readings in phrases_at(words, i, vocabulary.lexicon):
        for reading in readings:
            if _is_meant(heard, i, end, reading, denied):
                return Span(i, end, reading.field, reading.values)
    return None


def _in_a_list(heard: Hearing, i: int, end: int, where: FilterField) -> bool:
    """White in "white and blue": that titles so called are of the other colour says nothing against it."""
    words, lexicon = heard.words, heard.vocabulary.lexicon
    if end + 1 < len(words) and is_and(words[end]):
        following = [of for _, of in phrases_at(words, end + 1, lexicon)]
        if any(reading.field is where for of in following for reading in of):
            return True
    if i >= 2 and is_and(words[i - 1]):
        return any(reading.field is where for reading in lexicon.phrases.get(words[i - 2].stem, ()))
    return False


def _pronoun(heard: Hearing, i: int) -> Span | None:
    readings = heard.vocabulary.lexicon.phrases.get(stem(PRONOUNS[heard.words[i].text]), ())
    genders = (reading for reading in readings if reading.field is FilterField.GENDER)
    return next((Span(i, i + 1, FilterField.GENDER, reading.values) for reading in genders), None)


def _is_meant(heard: Hearing, i: int, end: int, reading: Reading, denied: bool) -> bool:
    words, where, verdicts = heard.words, reading.field, heard.vocabulary.verdicts
    in_titles = in_context(where, words, i, end, verdicts)
    if in_titles is not None and not _in_a_list(heard, i, end, where):
        return in_titles
    if where is FilterField.GENDER and heard.word(i - 1) == "for":
        return True
    if where is FilterField.CATEGORY and _is_modifier(heard, end):
        return False
    if where in _PAINTS and not denied and (_before_a_stranger(heard, end) or _of_a_part(heard, i, end)):
        return False
    if denied or by_itself(reading, words[i:end], verdicts):
        return True
    if where is FilterField.BRAND:
        return heard.word(i - 1) == "by" or _sells(heard, i, end, reading)
    return heard.word(i - 1) in _SAYS_SO


def _is_modifier(heard: Hearing, end: int) -> bool:
    """Whether a kind of thing only describes the next word: the shoe of a shoe rack, which is in the singular."""
    if end >= len(heard.words) or heard.words[end].before.strip(" -"):
        return False
    following = heard.words[end]
    if following.text in _NO_NOUNS or following.number is not None or following.is_sign:
        return False
    if len(following.text) > _SHORTEST_PARTICIPLE and following.text.endswith("ed"):
        return False
    if any(key_of(heard.words[end:more]) in heard.vocabulary.lexicon.sizes for more in (end + 1, end + 2)):
        return False
    if heard.words[end - 1].text.endswith("s") and not heard.words[end - 1].text.endswith("ss"):
        return False
    readings = next(iter(phrases_at(heard.words, end, heard.vocabulary.lexicon)), (end, ()))[1]
    described = any(reading.field is not FilterField.CATEGORY for reading in readings)
    return not described


def _of_a_part(heard: Hearing, i: int, end: int) -> bool:
    """The gold of "with gold buttons", or of a book about gold."""
    if heard.word(i - 1) == "about":
        return True
    if "with" not in (heard.word(i - 1), heard.word(i - 2)) or end >= len(heard.words):
        return False
    return heard.words[end].text not in FUNCTION_WORDS and not heard.words[end].before.strip(" -")


def _before_a_stranger(heard: Hearing, end: int) -> bool:
    """Before a word that no product has, who knows what a colour belongs to: the pink of a band."""
    if end >= len(heard.words) or heard.words[end].before.strip(" -"):
        return False
    word = heard.words[end]
    if is_and(word) or next(phrases_at(heard.words, end, heard.vocabulary.lexicon), None):
        return False
    known = word.text in heard.vocabulary.terms or word.text in FUNCTION_WORDS or len(word.text) < 3
    return not (known or word.number is not None or heard.vocabulary.speller.variants(word.text))


def _sells(heard: Hearing, i: int, end: int, reading: Reading) -> bool:
    """A brand whose name is an ordinary word is meant where it is all that is said, or beside what it sells."""
    if i == 0 and end == len(heard.words):
        return True
    sold = {name for value in reading.values for name in heard.vocabulary.sold.get(value, ())}
    beside = (
        [readings for _, readings in phrases_at(heard.words, end, heard.vocabulary.lexicon)]
        if end < len(heard.words)
        else []
    )
    for first in range(max(i - 3, 0), i):
        beside += [of for last, of in phrases_at(heard.words, first, heard.vocabulary.lexicon) if last == i]
    kinds = (reading for readings in beside for reading in readings if reading.field is FilterField.CATEGORY)
    return any(not sold.isdisjoint(kind.values) for kind in kinds)
