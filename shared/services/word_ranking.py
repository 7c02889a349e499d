"""The ranking of a search by words alone: what matches at all, and before that what the words name."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from shared.domain.exact import FEW, is_one_word, names_in, put_first, words_of
from shared.domain.filters import FilterField, OneOf, all_of
from shared.domain.fusion import Evidence, Scores, View
from shared.domain.keywords import dimension_of, keyword_vector, plain
from shared.domain.products import bar_codes
from shared.domain.recommendations import SpaceQuery
from shared.domain.spaces import Space
from shared.domain.sparse import sparse
from shared.domain.understanding.spelling import Speller
from shared.domain.understanding.understood import Constraint
from shared.domain.understanding.word_query import TitleWords
from shared.services.matching import matched
from shared.services.pages import Ranked, Start
from shared.services.personal import as_candidates
from shared.services.understanding import VOCABULARY
from shared.services.wishes import Wishes

_LOOKED_AT = 20
"""Of those with the most of the words, how many may have them for a title: who has all of them is among the first."""
_LONGEST_BRAND = 4
"""Words of a brand's name."""
_READ_OUT_OF_WORDS = (
    FilterField.CATEGORY,
    FilterField.BRAND,
    FilterField.COLOUR,
    FilterField.GENDER,
    FilterField.MATERIAL,
)


def read_out_of_words(constraint: Constraint) -> bool:
    """Whether ``constraint`` is a wish that a product meets by its title too, be its fields as they may.

    A price, a size and what is not wanted are no such wishes, nor is what was said of a product.
    """
    return constraint.field in _READ_OUT_OF_WORDS and not (
        constraint.negated or constraint.stated or constraint.guessed
    )


def titled(begin: Start, text: str, wishes: Wishes) -> frozenset[str]:
    """The products that have all the words of ``text`` in their titles, of those that have the most of them."""
    words = wishes.asked.get(Space.KEYWORDS)
    if words is None:
        return frozenset()
    (hits,) = begin.index.search([SpaceQuery(Space.KEYWORDS, words, _LOOKED_AT, begin.condition)])
    looked_at = begin.index.products([hit.product_id for hit in hits])
    wanted = TitleWords(text, begin.fact(VOCABULARY).speller)
    return frozenset(product.id for product in looked_at.values() if wanted.all_in(product.title))


def with_more(begin: Start, wishes: Wishes, evidence: Evidence, more: frozenset[str]) -> Evidence:
    """``evidence``, with what every space says of ``more`` products."""
    added = tuple(sorted(more.difference(evidence.ids)))
    if not added:
        return evidence
    found = begin.index.search(
        [SpaceQuery(space, vector, len(added), among=added) for space, vector in wishes.asked.items()]
    )
    ids = (*evidence.ids, *added)
    order = sorted(range(len(ids)), key=ids.__getitem__)
    nothing = np.zeros(len(evidence.ids))
    scores = {}
    for space, hits in zip(wishes.asked, found, strict=True):
        of = {hit.product_id: hit.score for hit in hits}
        known = evidence.scores.get((space, View.WHOLE), nothing)
        scores[space, View.WHOLE] = np.array([*known, *(of.get(each, 0.0) for each in added)])[order]
    return Evidence(tuple(ids[place] for place in order), scores)


def ranked_by_words(
    begin: Start,
    text: str,
    evidence: Evidence,
    total: Scores,
    parts: Mapping[Space, Scores],
    cut_off: bool,
    depth: int,
    by_relevance: bool = True,
) -> Ranked:
    """Those candidates of ``evidence`` that match, by ``total``, after those that ``text`` names.

    ``cut_off`` says that the index has more; where fewer than ``depth`` are listed, further down there is no match.
    ``by_relevance`` says that they stay in that order: see :func:`shared.services.matching.matched`.
    """
    by_words = evidence.scores.get((Space.KEYWORDS, View.WHOLE), np.zeros(len(evidence.ids)))
    kept = matched(total, bool((by_words > 0).any()), by_relevance)
    ids = tuple(np.array(evidence.ids, dtype=object)[kept].tolist())
    added = {space: amounts[kept] for space, amounts in parts.items()}
    matching = as_candidates(replace(evidence, ids=ids), total[kept], added)
    most_words = [evidence.ids[i] for i in np.argsort(-by_words, kind="stable")[:_LOOKED_AT].tolist() if by_words[i]]
    candidates = put_first(matching, _named(begin, text, most_words, depth))
    return Ranked(candidates, cut_off and len(candidates) >= depth)


def _named(begin: Start, text: str, most_words: Sequence[str], depth: int) -> list[str]:
    """The products that ``text`` names by id, number or title, or by brand where it says nothing else."""
    names = names_in(text)
    spellings = dict.fromkeys(each for name in names for each in (name, name.upper(), name.lower()))
    looked_at = begin.index.products(list(dict.fromkeys([*spellings, *most_words])))
    named = [product_id for product_id in spellings if product_id in looked_at]
    words = words_of(text)
    named += [each for each in most_words if each in looked_at and words_of(looked_at[each].title) == words]
    by_number = _by_number(names, begin.fact(VOCABULARY).speller)
    by_brand = [_of_brand(begin, text, depth)] if 0 < len(words) <= _LONGEST_BRAND else []
    found = begin.index.search([*by_number, *by_brand]) if by_number or by_brand else []
    named += [hit.product_id for hits in found[: len(by_number)] if len(hits) <= FEW for hit in hits]
    return named + [hit.product_id for hits in found[len(by_number) :] for hit in hits]


def _by_number(names: Sequence[str], speller: Speller) -> list[SpaceQuery]:
    """For each model number all that have it, up to one more than may: a number of many products names none."""
    numbers = [plain(name) for name in names if is_one_word(name)]
    written = dict.fromkeys(form for number in numbers for form in (*bar_codes(number), *speller.variants(number)))
    return [SpaceQuery(Space.KEYWORDS, sparse({dimension_of(form): 1.0}), FEW + 1) for form in written]


def _of_brand(begin: Start, text: str, depth: int) -> SpaceQuery:
    brand = OneOf(FilterField.BRAND, (text.strip(),))
    return SpaceQuery(Space.KEYWORDS, keyword_vector(text), depth, all_of(begin.condition, brand))
