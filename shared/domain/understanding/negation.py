"""What is not wanted: "not black or brown", "without stripes", "non-leather", "anything but", "-nike"."""

from collections.abc import Iterator

from shared.domain.filters import FilterField
from shared.domain.understanding.evidence import is_idiom
from shared.domain.understanding.phrases import Hearing, phrase_at
from shared.domain.understanding.spans import Span
from shared.domain.understanding.wording import FUNCTION_WORDS, Token

_CUES = tuple(
    sorted(
        (
            *(("anything", "but"), ("everything", "but"), ("all", "but"), ("anything", "except"), ("except", "for")),
            *(("other", "than"), ("apart", "from"), ("but", "not"), ("and", "not"), ("but", "no"), ("but", "without")),
            *(("except",), ("excluding",), ("excl",), ("minus",), ("without",), ("not",), ("no",), ("non",)),
        ),
        key=lambda cue: -len(cue),
    )
)
_HAS_NONE = frozenset(("without", "no", "minus", "excluding"))
"""What follows these is a part or a feature: a dress without a belt is looked for among dresses."""
_FOR_ANY_WORD = frozenset(("without", "minus", "excluding"))
"""After the others it must be a word that the catalogue has: "no name" names nothing."""
_ONLY_VALUES = frozenset(("non", "than"))
_FILLERS = frozenset(("a", "an", "the", "any", "in", "of", "made", "from", "by", "with", "colour", "color", "brand"))
_LISTED = frozenset(("or", "nor", "and"))
_KINDS = frozenset(("colour", "color", "colours", "colors", "brand", "brands", "material", "size"))
_MOST_LISTED = 8
_TEXT_WORDS = 2


def negation_at(heard: Hearing, i: int) -> Span | None:
    cue_end = _cue(heard, i)
    if cue_end is None:
        return _free_of(heard, i)
    cue = heard.word(cue_end - 1) if cue_end > i else "minus"
    at = cue_end
    while heard.word(at) in _FILLERS:
        at += 1
    if at >= len(heard.words):
        return None
    if (first := phrase_at(heard, at, denied=True)) and not (
        cue in _HAS_NONE and first.field in (FilterField.CATEGORY, FilterField.GENDER)
    ):
        end, values = _listed(heard, first)
        return Span(_start(heard, i), end, first.field, values, negated=True, ranks=False)
    if cue in _ONLY_VALUES or (cue_end > i and is_idiom(heard.words, cue_end - 1, heard.vocabulary.idioms)):
        return None
    return _without(heard, i, at, strict=cue not in _FOR_ANY_WORD)


def _cue(heard: Hearing, i: int) -> int | None:
    """The place after it; ``i`` itself for the operator of "-nike"."""
    for cue in _CUES:
        if all(heard.word(i + k) == word for k, word in enumerate(cue)):
            return i + len(cue)
    before = heard.words[i].before
    return i if before.endswith("-") and (before[:-1].endswith(" ") or (before == "-" and i == 0)) else None


def _free_of(heard: Hearing, i: int) -> Span | None:
    """Leather-free."""
    found = phrase_at(heard, i, denied=True)
    if found is None or heard.word(found.end) != "free" or heard.words[found.end].before != "-":
        return None
    return Span(i, found.end + 1, found.field, found.values, negated=True, ranks=False)


def _start(heard: Hearing, i: int) -> int:
    """ "Any colour except" is said of the exception."""
    return i - 2 if heard.word(i - 1) in _KINDS and heard.word(i - 2) in ("any", "all", "every") else i


def _listed(heard: Hearing, first: Span) -> tuple[int, tuple[str, ...]]:
    """ "Not black, brown or grey": the list goes on over commas only where an "or" ends it."""
    end, values = first.end, list(first.values)
    sure_end, sure = end, list(values)
    for _ in range(_MOST_LISTED):
        if end >= len(heard.words):
            break
        joined = heard.word(end) in _LISTED
        comma = "," in heard.words[end].before or "/" in heard.words[end].before
        at = end + 1 if joined else end
        if not (joined or comma) or at >= len(heard.words):
            break
        following = phrase_at(heard, at, denied=True)
        if following is None or following.field is not first.field:
            break
        end, values = following.end, [*values, *following.values]
        if joined or "/" in heard.words[at].before:
            sure_end, sure = end, list(values)
    return sure_end, tuple(dict.fromkeys(sure))


def _without(heard: Hearing, i: int, at: int, strict: bool) -> Span | None:
    """No such word in a product's own text; ``strict`` where it must be one that the catalogue knows."""
    named = _noun(heard, at)
    if not named:
        return None
    end = at + len(named)
    forms = tuple(forms_of(heard, named))
    while heard.word(end) in _LISTED and (more := _noun(heard, end + 1)) and not phrase_at(heard, end + 1):
        forms += tuple(forms_of(heard, more))
        end += 1 + len(more)
    if strict and not any(form in heard.vocabulary.terms for form in forms):
        return None
    return Span(_start(heard, i), end, None, negated=True, without=forms, ranks=False)


def _noun(heard: Hearing, at: int) -> list[Token]:
    named: list[Token] = []
    for word in heard.words[at : at + _TEXT_WORDS]:
        new_part = bool(named) and bool(word.before.strip(" -"))
        if word.text in FUNCTION_WORDS or word.text in _LISTED or word.number is not None or word.is_sign or new_part:
            break
        if named and phrase_at(heard, at + len(named)):
            break
        named.append(word)
    return named if named and len(named[-1].text) > 1 else []


def forms_of(heard: Hearing, named: list[Token]) -> Iterator[str]:
    """How a text may say it: "stripes" also as "stripe" and "striped"."""
    *first, last = (word.text for word in named)
    yield " ".join((*first, last))
    for form in heard.vocabulary.relatives(last):
        yield " ".join((*first, form))
