"""Plain language to filters: the words are read from left to right, each place as the first thing that it can be.

Everything looks at a bounded number of words ahead, so the time it takes grows with the number of words alone.
"""

from collections.abc import Iterator

from shared.domain.filters import FilterField
from shared.domain.products import Product
from shared.domain.sorting import Sort
from shared.domain.understanding.changes import change_at, cheap_at
from shared.domain.understanding.correcting import corrected
from shared.domain.understanding.joining import joined
from shared.domain.understanding.negation import negation_at
from shared.domain.understanding.numbers import price_at
from shared.domain.understanding.ordering import ordered
from shared.domain.understanding.phrases import Hearing, phrase_at
from shared.domain.understanding.rest import polite_words, rest_of
from shared.domain.understanding.sizes import size_at
from shared.domain.understanding.spans import Span, typed
from shared.domain.understanding.understood import Constraint, Understood
from shared.domain.understanding.vocabulary import Vocabulary
from shared.domain.understanding.wording import composed, tokens

_LONGEST = 1_000
_STERLING = "GBP"


def understand(text: str, vocabulary: Vocabulary, seed: Product | None = None) -> Understood:
    """What ``text`` asks for in a shop of this vocabulary; never raises. ``seed`` is the product it is said of."""
    if not vocabulary.values:
        return Understood(text.strip())
    text = composed(text[:_LONGEST])
    typed_words, sort = (tokens(text), Sort.RELEVANCE) if seed is not None else ordered(tokens(text), vocabulary)
    words, corrections = corrected(typed_words, vocabulary)
    first = polite_words(words)
    heard = Hearing(text, words, vocabulary, seed is not None)
    spans = joined(list(_spans(heard, first, seed)), words, vocabulary)
    constraints = tuple(
        Constraint(
            parts[0].field,
            parts[0].filter,
            ", ".join(typed(text, words, part.start, part.end) for part in parts),
            parts[0].negated,
            parts[0].having,
            parts[0].without,
            stated=seed is not None,
            guessed=parts[0].guessed,
        )
        for parts in spans
    )
    gone = {i for parts in spans for part in parts if not part.ranks for i in range(part.start, part.end)}
    return Understood(rest_of(text, words, first, gone, heard.changing), constraints, corrections, sort)


def _spans(heard: Hearing, i: int, seed: Product | None) -> Iterator[Span]:
    while i < len(heard.words):
        found = _span_at(heard, i, seed)
        if found is not None:
            yield found
        i = found.end if found is not None else i + 1


def _span_at(heard: Hearing, i: int, seed: Product | None) -> Span | None:
    phrase = phrase_at(heard, i)
    if phrase is not None and phrase.end > i + 1 and heard.word(phrase.end) != "free":
        return phrase  # "7 For All Mankind" is no amount, and "No Fear" no negation
    change = change_at(heard, i, seed) if seed is not None and phrase is None else None
    if change is not None and change.field is not None:
        return change
    return (
        _price(heard, i)
        or cheap_at(heard, i, seed)
        or negation_at(heard, i)
        or size_at(heard.words, i, heard.text, heard.vocabulary.lexicon.sizes)
        or phrase
        or (change if change is not None and not _phrase_within(heard, change) else None)
    )


def _phrase_within(heard: Hearing, change: Span) -> bool:
    """The catalogue has a field for it after all."""
    return any(phrase_at(heard, i) for i in range(change.start, change.end))


def _price(heard: Hearing, i: int) -> Span | None:
    """One in another currency than the shop's is understood and not applied: nothing here knows rates of exchange."""
    found = price_at(heard.words, i, heard.vocabulary.idioms)
    own = heard.vocabulary.currency
    if found is None or (found.may_be_weight and own != _STERLING):
        return None
    foreign = bool(own) and bool(found.currencies) and own not in found.currencies
    condition = None if foreign or not heard.vocabulary.priced else found.condition
    return Span(found.start, found.end, FilterField.PRICE, condition=condition, ranks=False)
