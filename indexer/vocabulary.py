"""The catalogue's vocabulary, for search to understand plain language by: its values, its terms, and what deceives."""

from bisect import insort
from collections import Counter
from collections.abc import Callable, Iterable
from math import ceil
from zlib import crc32

from indexer.teaching import Fact, Material, Taught
from indexer.word_evidence import WordEvidence
from shared.domain.filters import FilterField
from shared.domain.keywords import terms
from shared.domain.products import Product
from shared.domain.understanding.evidence import phrase_in
from shared.domain.understanding.vocabulary import WORD_FIELDS, Vocabulary, vocabulary_to_bytes
from shared.domain.understanding.wording import tokens

_METHOD = "vocabulary 2"
_MOST_VALUES = {
    FilterField.CATEGORY: 3_000,
    FilterField.BRAND: 5_000,
    FilterField.COLOUR: 1_000,
    FilterField.GENDER: 50,
    FilterField.MATERIAL: 1_000,
    FilterField.SIZE: 1_000,
}
_LONGEST_VALUE = 80
_MOST_TERMS = 60_000
_LONGEST_TERM = 40
_TITLE_COUNTS = 4
"""A term of a title or a brand is kept before four times as frequent ones of descriptions: people search by names."""

_PRICES_KEPT = 500
_FEWEST_PRICES = 10
_MOST_SOLD = 30


def teach_vocabulary(material: Material) -> Taught:
    """Nothing but products goes into it."""
    material.progress.stage("Learning the words")
    vocabulary = vocabulary_of(material.shelf.products)
    return Taught(facts={"vocabulary": Fact(vocabulary_to_bytes(vocabulary), _METHOD)})


def vocabulary_of(products: Callable[[], Iterable[Product]]) -> Vocabulary:
    """Of a catalogue that is gone through twice: for its values, and for what its titles say of them."""
    counted = _Counted()
    for product in products():
        counted.add(product)
    evidence = WordEvidence(counted.values())
    for product in products():
        evidence.hear(product)
    return counted.vocabulary(evidence)


class _Counted:
    """Counts of one pass over the products."""

    def __init__(self) -> None:
        self._values: dict[FilterField, Counter[str]] = {where: Counter() for where in WORD_FIELDS}
        self._spelt: dict[str, str] = {}
        self._terms: Counter[str] = Counter()
        self._names: set[str] = set()
        self._currencies: Counter[str] = Counter()
        self._prices: dict[str, list[tuple[int, float]]] = {}
        self._sold: dict[str, Counter[str]] = {}

    def add(self, product: Product) -> None:
        for where in WORD_FIELDS:
            for value in _values(product, where):
                self._values[where][self._spelt.setdefault(value.casefold(), value)] += 1
        self._terms.update({term for term in terms(product.text()) if _is_single(term)})
        self._names.update(term for term in terms(f"{product.title} {product.brand}") if _is_single(term))
        if product.brand:
            self._sold.setdefault(product.brand.casefold(), Counter()).update(product.categories)
        price = product.effective_price
        if price is not None:
            self._currencies[product.currency.upper()] += 1
            for name in ("", *{each.casefold() for each in product.categories}):
                self._sample(name, product.id, price)

    def _sample(self, category: str, product_id: str, price: float) -> None:
        """Some hundreds of prices, drawn by a hash of the products' ids."""
        kept = self._prices.setdefault(category, [])
        drawn = (crc32(product_id.encode(errors="replace")), price)
        if len(kept) < _PRICES_KEPT or drawn < kept[-1]:
            insort(kept, drawn)
            del kept[_PRICES_KEPT:]

    def values(self) -> dict[FilterField, dict[str, int]]:
        return {where: _most(of, _MOST_VALUES[where]) for where, of in self._values.items()}

    def vocabulary(self, evidence: WordEvidence) -> Vocabulary:
        values, verdicts = self.values(), evidence.verdicts()
        doubted = [name for name in values[FilterField.BRAND] if not verdicts.get(_brand_key(name), True)]
        return Vocabulary(
            values,
            _most(self._worth(), _MOST_TERMS, self._terms),
            max(self._currencies, key=lambda code: (self._currencies[code], code), default=""),
            self._thirds(values[FilterField.CATEGORY]),
            verdicts,
            evidence.idioms(),
            {name: tuple(_most(self._sold[name.casefold()], _MOST_SOLD)) for name in doubted},
        )

    def _thirds(self, categories: Iterable[str]) -> dict[str, tuple[float, float]]:
        told = {"", *(name.casefold() for name in categories)}
        return {
            name: _thirds(of)
            for name, of in sorted(self._prices.items())
            if name in told and (not name or len(of) >= _FEWEST_PRICES)
        }

    def _worth(self) -> Counter[str]:
        return Counter(
            {term: count * (_TITLE_COUNTS if term in self._names else 1) for term, count in self._terms.items()}
        )


def _values(product: Product, where: FilterField) -> tuple[str, ...]:
    known = product.categories if where is FilterField.CATEGORY else (str(getattr(product, where.value)),)
    return tuple(dict.fromkeys(value for value in known if 0 < len(value) <= _LONGEST_VALUE))


def _most(counts: Counter[str], most: int, shown: Counter[str] | None = None) -> dict[str, int]:
    best = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:most]
    return {name: (shown or counts)[name] for name, _ in best}


def _is_single(term: str) -> bool:
    return " " not in term and len(term) <= _LONGEST_TERM


def _thirds(drawn: list[tuple[int, float]]) -> tuple[float, float]:
    """The prices below and above which a third of them lies."""
    prices = sorted(price for _, price in drawn)
    return prices[ceil(len(prices) / 3) - 1], prices[len(prices) * 2 // 3]


def _brand_key(name: str) -> str:
    return phrase_in(FilterField.BRAND, tokens(name))
