"""What users searched for, as a sign of what they like, and which of it may be shown to others.

A search alone says what somebody looked for, not that it was found: its words count once a deed has followed.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from shared.domain.events import Event
from shared.domain.keywords import keyword_vector, terms
from shared.domain.spaces import Space, SparseVector, Vectors
from shared.domain.sparse import sparse_mean
from shared.domain.taste import Fading, faded_weight, places

MOST_SEARCHES = 20
"""Of a user's searches, the last ones: a taste is about what somebody likes now."""

SOON = timedelta(minutes=30)
"""How long after a search a deed is taken to come of it; the pause that ends a session in web analytics."""

_LONGEST = 60
_MOST_WORDS = 8
_NO_SEARCH = re.compile(
    r"""
    @ | :// | \bwww\.                  # addresses
    | (?:\d[\W_]*){7}                  # numbers of telephones, cards, orders and persons
    | [^\w\s'’"&.,+/%°!?-]             # what nobody types to find a thing
    """,
    re.VERBOSE,
)


def looks_like_search(text: str) -> bool:
    """Whether ``text`` is a few plain words, and none of what people paste into the wrong field.

    Addresses, long numbers and control characters are such. A name is not to be told from a brand.
    """
    known = unicodedata.normalize("NFKC", text)
    if not (1 < len(known) <= _LONGEST and len(known.split()) <= _MOST_WORDS and known.isprintable()):
        return False
    return any(letter.isalnum() for letter in known) and not _NO_SEARCH.search(known)


def search_weights(
    searches: Sequence[Event], events: Sequence[Event], weights: Mapping[str, float], now: datetime, fading: Fading
) -> dict[str, float]:
    """How much each search's words say of what the user likes; those that nothing came of are left out.

    What came of a search are the deeds within :data:`SOON` after it and before the next one. It counts as much as the
    strongest of them still does, but for products that all ``events`` together, by their ``weights``, speak against:
    what was sent back or disliked was not what was looked for. A search that was made again counts again.
    """
    plain = (each for each in searches if looks_like_search(each.query) and terms(each.query))
    asked = sorted(plain, key=lambda each: each.occurred_at)
    place = places(events)
    said: dict[str, float] = {}
    spelt: dict[str, str] = {}
    for number, search in enumerate(asked):
        began, until = search.occurred_at, search.occurred_at + SOON
        if number + 1 < len(asked):
            until = min(until, asked[number + 1].occurred_at - timedelta(microseconds=1))
        strongest = max(
            (
                faded_weight(event, place[event.product_id], now, fading)
                for event in events
                if began <= event.occurred_at <= until and weights.get(event.product_id, 0.0) > 0
            ),
            default=0.0,
        )
        if strongest > 0:
            key = " ".join(search.query.casefold().split())
            spelt[key] = search.query
            said[key] = said.get(key, 0.0) + strongest
    return {spelt[key]: weight for key, weight in said.items()}


def in_words(
    liked: Mapping[str, float], vectors: Mapping[str, Vectors], searches: Mapping[str, float]
) -> SparseVector | None:
    """The weighted mean, in ``keywords``, of the liked products and the words searched for; None where there is none.

    Each query stands for a product whose text it is: it needs no encoder.
    """
    products = ((vectors[each].get(Space.KEYWORDS), weight) for each, weight in liked.items() if each in vectors)
    queries = ((keyword_vector(query), weight) for query, weight in searches.items())
    known = [(vector, weight) for vector, weight in (*products, *queries) if isinstance(vector, SparseVector)]
    return sparse_mean([each for each in known if each[0]]) if any(vector for vector, _ in known) else None
