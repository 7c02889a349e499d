"""What the catalogue itself teaches of the words that shoppers use: its values, its terms, and which words deceive."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from shared.domain.filters import FilterField
from shared.domain.understanding.lexicon import Lexicon, lexicon_of
from shared.domain.understanding.spelling import Speller
from shared.domain.understanding.wording import stem

WORD_FIELDS = (
    FilterField.CATEGORY,
    FilterField.BRAND,
    FilterField.COLOUR,
    FilterField.GENDER,
    FilterField.MATERIAL,
    FilterField.SIZE,
)


@dataclass(frozen=True)
class Vocabulary:
    """``values`` are the catalogue's own, as it writes them, with the number of products of each, the most first.

    ``terms`` is the number of products in whose text each single term is. ``prices`` are a lower and an upper third by
    casefolded category, and of the whole shop under ""; empty for a catalogue without prices. ``currency`` is the
    main one (ISO 4217), empty where the feed has none.

    ``verdicts`` says of phrases (see :mod:`shared.domain.understanding.evidence`) whether titles bear their reading
    out, where that is not what goes without saying. ``idioms`` are pairs of words that titles have and that would
    otherwise be read as a condition: "no show", "max 90". ``sold`` are the categories of the brands whose name is an
    ordinary word as well.
    """

    values: Mapping[FilterField, Mapping[str, int]] = field(default_factory=dict)
    terms: Mapping[str, int] = field(default_factory=dict)
    currency: str = ""
    prices: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    verdicts: Mapping[str, bool] = field(default_factory=dict)
    idioms: frozenset[str] = frozenset()
    sold: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @cached_property
    def lexicon(self) -> Lexicon:
        return lexicon_of(self.values)

    @cached_property
    def speller(self) -> Speller:
        return Speller(self.terms)

    def relatives(self, word: str) -> tuple[str, ...]:
        """Other forms of ``word`` that the catalogue has: of "stripes" also "striped"."""
        root = stem(word)
        bare = root.removesuffix("e")
        made = (f"{bare}ed", f"{bare}y", f"{bare}{bare[-1:]}ed", f"{bare}ing", root, f"{root}e", f"{root}s")
        known = (*self.speller.variants(word), *(each for each in made if each in self.terms))
        return tuple(each for each in dict.fromkeys(known) if each != word)

    @property
    def priced(self) -> bool:
        return "" in self.prices


def vocabulary_to_bytes(vocabulary: Vocabulary) -> bytes:
    """The same for an equal vocabulary."""
    record = {
        "values": {where.value: dict(of) for where, of in vocabulary.values.items()},
        "terms": dict(vocabulary.terms),
        "currency": vocabulary.currency,
        "prices": {name: list(each) for name, each in vocabulary.prices.items()},
        "borne_out": sorted(key for key, holds in vocabulary.verdicts.items() if holds),
        "not_borne_out": sorted(key for key, holds in vocabulary.verdicts.items() if not holds),
        "idioms": sorted(vocabulary.idioms),
        "sold": {name: list(each) for name, each in sorted(vocabulary.sold.items())},
    }
    return json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode(errors="replace")


def vocabulary_from_bytes(content: bytes) -> Vocabulary:
    """The inverse of :func:`vocabulary_to_bytes`. Raises ValueError, KeyError or TypeError for anything else."""
    record: dict[str, Any] = json.loads(content)
    return Vocabulary(
        {FilterField(where): _counts(of) for where, of in dict(record["values"]).items()},
        _counts(record["terms"]),
        str(record["currency"]),
        {name: (float(low), float(high)) for name, (low, high) in dict(record["prices"]).items()},
        dict.fromkeys(record["borne_out"], True) | dict.fromkeys(record["not_borne_out"], False),
        frozenset(record["idioms"]),
        {str(name): tuple(map(str, each)) for name, each in dict(record["sold"]).items()},
    )


def _counts(of: Mapping[str, int]) -> dict[str, int]:
    return {word: int(count) for word, count in dict(of).items()}
