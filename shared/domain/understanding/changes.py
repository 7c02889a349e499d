"""What words change of a product they are said of: "cheaper", "same brand", "in leather", "with stripes"."""

from shared.domain.filters import Comparison, FilterField, InRange
from shared.domain.products import Product
from shared.domain.understanding.evidence import is_idiom
from shared.domain.understanding.negation import forms_of
from shared.domain.understanding.phrases import Hearing
from shared.domain.understanding.spans import Span
from shared.domain.understanding.synonyms import SYNONYMS
from shared.domain.understanding.wording import FUNCTION_WORDS, phrase_key, tokens

_CHEAP = (
    *(("not", "too", "expensive"), ("not", "so", "expensive"), ("not", "expensive"), ("less", "expensive")),
    *(("lower", "price"), ("cheaper",), ("cheap",), ("cheapest",), ("affordable",), ("inexpensive",)),
)
_DEAR = (("more", "expensive"), ("pricier",), ("higher", "price"), ("more", "costly"))
_SAME = frozenset(("same",))
_OTHER = frozenset(("other", "another", "different"))
_NAMED = {
    **dict.fromkeys(("brand", "brands", "maker", "label"), FilterField.BRAND),
    **dict.fromkeys(("colour", "color", "colours", "colors"), FilterField.COLOUR),
    **dict.fromkeys(("material", "materials", "fabric"), FilterField.MATERIAL),
    **dict.fromkeys(("size", "sizes"), FilterField.SIZE),
    **dict.fromkeys(("category", "kind", "type"), FilterField.CATEGORY),
    **dict.fromkeys(("gender",), FilterField.GENDER),
}
_MADE_OF = frozenset(("but", "in", "with", "of"))
_MARKS_OF_DEGREE = frozenset(("more", "less", "very", "too", "much", "bit", "little", "slightly"))


def cheap_at(heard: Hearing, i: int, seed: Product | None) -> Span | None:
    """Cheaper than ``seed``; without one a guess, whose amount is filled in when it is known of what."""
    end = _one_of(heard, i, _CHEAP)
    if end is None or is_idiom(heard.words, end - 1, heard.vocabulary.idioms):
        return None
    if seed is None:
        return Span(i, end, FilterField.PRICE, guessed=True, ranks=False)
    return _priced(i, end, Comparison.LESS, seed)


def change_at(heard: Hearing, i: int, seed: Product) -> Span | None:
    """A comparison with ``seed``, or what the text of a product must say where the catalogue has no field for it."""
    if (end := _one_of(heard, i, _DEAR)) is not None:
        return _priced(i, end, Comparison.MORE, seed)
    return _same_or_other(heard, i, seed) or _said_in_text(heard, i)


def _one_of(heard: Hearing, i: int, cues: tuple[tuple[str, ...], ...]) -> int | None:
    for cue in cues:
        if all(heard.word(i + k) == word for k, word in enumerate(cue)):
            return i + len(cue)
    return None


def _priced(i: int, end: int, comparison: Comparison, seed: Product) -> Span:
    price = seed.effective_price
    condition = None if price is None else InRange(FilterField.PRICE, comparison, price)
    return Span(i, end, FilterField.PRICE, condition=condition, ranks=False)


def _same_or_other(heard: Hearing, i: int, seed: Product) -> Span | None:
    """ "Same brand", "from another brand", "not the same colour"."""
    at, denied = i, False
    while heard.word(at) in ("from", "by", "of", "in", "a", "an", "the", "not"):
        denied = denied or heard.word(at) == "not"
        at += 1
    says, where = heard.word(at), _NAMED.get(heard.word(at + 1))
    if where is None or says not in _SAME | _OTHER:
        return None
    values = seed.categories[-1:] if where is FilterField.CATEGORY else (str(getattr(seed, where.value)),)
    other = (says in _OTHER) is not denied
    return Span(i, at + 2, where, tuple(filter(None, values)), negated=other, ranks=False)


def _said_in_text(heard: Hearing, i: int) -> Span | None:
    cue, at = heard.word(i), i + 1
    if cue == "made" and heard.word(at) == "of":
        at += 1
    elif cue not in _MADE_OF and cue != "for":
        return None
    while heard.word(at) in ("in", "with", "a", "an", "the"):
        at += 1
    if at >= len(heard.words):
        return None
    word = heard.words[at]
    if cue == "for":
        forms = _of_gender(word.stem)
    else:
        comparative = word.text.endswith("er") and cue == "but"
        says_nothing = word.text in FUNCTION_WORDS | _MARKS_OF_DEGREE or word.number is not None
        forms = () if comparative or says_nothing else tuple(forms_of(heard, [word]))
    if not any(form in heard.vocabulary.terms for form in forms):
        return None
    return Span(i, at + 1, None, having=forms)


def _of_gender(word: str) -> tuple[str, ...]:
    for same in SYNONYMS[FilterField.GENDER]:
        if word in map(phrase_key, same):
            return tuple(dict.fromkeys(form for name in same for form in (name, tokens(name)[0].stem, f"{name}s")))
    return ()
