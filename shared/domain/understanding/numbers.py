"""Amounts of money as shoppers type them: "under $50", "between 20 and 40 euros", "less than 1.299,50 €", "50 quid"."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import Enum, auto

from shared.domain.filters import AllOf, Comparison, Filter, FilterField, InRange
from shared.domain.understanding.evidence import idiom, is_idiom
from shared.domain.understanding.wording import Token

_AROUND = 0.2
"""How far from it "around 30" reaches, as a share of it."""


class _Sense(Enum):
    LESS = auto()
    AT_MOST = auto()
    MORE = auto()
    AT_LEAST = auto()
    AROUND = auto()
    BETWEEN = auto()
    FROM = auto()
    """At least, or the beginning of a range."""
    PLAIN = auto()
    """An amount and nothing else: at most that, for who has $50 is not cross about $45."""


_CUES: tuple[tuple[str, _Sense], ...] = (
    *((cue, _Sense.AT_MOST) for cue in ("no more than", "not more than", "not over", "not above", "at most", "up to")),
    *((cue, _Sense.AT_MOST) for cue in ("upto", "max", "maximum", "within", "no higher than")),
    *((cue, _Sense.LESS) for cue in ("less than", "cheaper than", "lower than", "under", "below")),
    *((cue, _Sense.MORE) for cue in ("more than", "greater than", "higher than", "over", "above")),
    *((cue, _Sense.AT_LEAST) for cue in ("at least", "not less than", "no less than", "starting at", "starting from")),
    *((cue, _Sense.AT_LEAST) for cue in ("min", "minimum")),
    *((cue, _Sense.AROUND) for cue in ("around", "about", "approximately", "approx", "roughly", "circa", "ca")),
    ("between", _Sense.BETWEEN),
    ("from", _Sense.FROM),
)
_CUE_WORDS = tuple(sorted(((tuple(cue.split()), sense) for cue, sense in _CUES), key=lambda each: -len(each[0])))
_LEADS = frozenset(("for", "price", "priced", "prices", "cost", "costs", "costing", "budget", "at", "of", "spend"))
_NEEDS_CURRENCY = frozenset(("about", "within", "ca"))
_DOLLARS = frozenset(("USD", "CAD", "AUD", "NZD", "SGD", "HKD", "MXN"))
_CROWNS = frozenset(("SEK", "NOK", "DKK", "CZK"))
_CURRENCIES: dict[str, frozenset[str]] = {
    **dict.fromkeys(("$", "dollar", "dollars", "buck", "bucks"), _DOLLARS),
    **dict.fromkeys(("€", "euro", "euros"), frozenset(("EUR",))),
    **dict.fromkeys(("£", "quid", "pound", "pounds"), frozenset(("GBP",))),
    **dict.fromkeys(("¥", "yen"), frozenset(("JPY", "CNY"))),
    **dict.fromkeys(("₹", "rs", "rupee", "rupees"), frozenset(("INR",))),
    **dict.fromkeys(("kr", "kronor", "kroner", "crowns"), _CROWNS),
    **dict.fromkeys(("franc", "francs"), frozenset(("CHF",))),
    **dict.fromkeys(("zl", "zloty"), frozenset(("PLN",))),
    **{
        code.casefold(): frozenset((code,))
        for code in ("EUR", "GBP", "CHF", "INR", "JPY", "PLN", "BRL", "ZAR", "TRY", *_DOLLARS, *_CROWNS)
        if code != "TRY"  # an English word
    },
}
_WEIGHT_TOO = frozenset(("pound", "pounds"))
_UNITS = frozenset(
    (
        *("mm", "cm", "m", "km", "in", "inch", "inches", "ft", "feet", "foot", "yd", "kg", "g", "gram"),
        *("grams", "lb", "lbs", "oz", "mg", "ml", "cl", "l", "liter", "liters", "litre", "litres", "w", "watt"),
        *("watts", "v", "volt", "gb", "tb", "mb", "mah", "hz", "mhz", "ghz", "mp", "megapixel", "px", "db"),
        *("pcs", "pack", "packs", "piece", "pieces", "pair", "pairs", "year", "years", "yr", "yrs", "month"),
        *("months", "week", "weeks", "day", "days", "hour", "hours", "minute", "minutes", "min", "people"),
        *("persons", "star", "stars", "percent", "degree", "degrees", "tog", "denier", "den", "x", "th", "st"),
        *("nd", "rd", "s", "sheets", "pages", "bags", "old", "size", "sizes", "carat", "ct", "k", "p", "fps"),
        *("mph", "gsm", "teeth", "players"),
    )
)
_WRITTEN = {
    **{"ten": 10.0, "fifteen": 15.0, "twenty": 20.0, "thirty": 30.0, "forty": 40.0, "fifty": 50.0, "sixty": 60.0},
    **{"seventy": 70.0, "eighty": 80.0, "ninety": 90.0, "hundred": 100.0, "thousand": 1000.0},
}
_AGED = frozenset(("kid", "child", "boy", "girl", "baby", "toddler", "age", "aged", "infant"))
_PEOPLE = _AGED | frozenset(("man", "woman", "lady", "people", "person", "adult", "dad", "mum", "mom"))
_OLDEST_CHILD = 18

MONEY_WORDS = frozenset((*_CURRENCIES, *_WRITTEN, *_LEADS, *(word for cue, _ in _CUES for word in cue.split())))


@dataclass(frozen=True, slots=True)
class Price:
    """A condition on the price, over the words from ``start`` to ``end``; ``currencies`` are those it may be in,
    empty where none is said. ``may_be_weight`` where 20 pounds are said and not whether they are to be paid."""

    condition: Filter
    start: int
    end: int
    currencies: frozenset[str]
    may_be_weight: bool = False


@dataclass(frozen=True, slots=True)
class _Amount:
    value: float
    end: int
    currencies: frozenset[str]
    bare: bool
    """Nothing says that it is money."""
    plus: bool = False


def price_at(words: Sequence[Token], i: int, idioms: Collection[str]) -> Price | None:
    """The price that the words from ``i`` on ask for; None for any other number: a size, an age, a year, a model."""
    start = i
    cue, after_cue = _cue(words, i, idioms)
    while cue is _Sense.PLAIN and i < len(words) and words[i].text in _LEADS:
        i += 1
        cue, after_cue = _cue(words, i, idioms)
    amount = _amount(words, after_cue)
    if amount is None or (cue is _Sense.PLAIN and i > start and words[i - 1].text == "of"):
        return None
    if cue in (_Sense.PLAIN, _Sense.BETWEEN, _Sense.FROM) and (found := _range(words, start, amount, cue)):
        return found
    if _is_no_price(words, start, i, cue, amount):
        return None
    weight = cue is _Sense.PLAIN and words[amount.end - 1].text in _WEIGHT_TOO
    return Price(_condition(cue, amount), start, amount.end, amount.currencies, weight)


def _cue(words: Sequence[Token], i: int, idioms: Collection[str]) -> tuple[_Sense, int]:
    if i < len(words) and words[i].before.rstrip().endswith(("~", "≈")):
        return _Sense.AROUND, i
    for cue, sense in _CUE_WORDS:
        if tuple(word.text for word in words[i : i + len(cue)]) == cue:
            is_name = is_idiom(words, i, idioms) if i == 0 else idiom(words[i - 1], words[i]) in idioms
            return (_Sense.PLAIN, i) if is_name else (sense, i + len(cue))
    return _Sense.PLAIN, i


def _range(words: Sequence[Token], start: int, low: _Amount, cue: _Sense) -> Price | None:
    """``amount - amount``, with a word or a currency that says that it is money."""
    i = low.end
    if i >= len(words):
        return None
    if words[i].text in ("to", "and", "till", "until") and not (words[i].text == "and" and cue is _Sense.PLAIN):
        i += 1
    elif not any(dash in words[i].before for dash in "-–—"):
        return None
    high = _amount(words, i)
    if high is None:
        return None
    bare = low.bare and high.bare
    if bare and (cue is _Sense.PLAIN or (_is_year(low) and _is_year(high))):
        return None
    least, most = sorted((low.value, high.value))
    condition = AllOf((_compare(Comparison.AT_LEAST, least), _compare(Comparison.AT_MOST, most)))
    return Price(condition, start, high.end, low.currencies | high.currencies)


def _is_no_price(words: Sequence[Token], start: int, i: int, cue: _Sense, amount: _Amount) -> bool:
    if not amount.bare:
        return False
    if cue in (_Sense.PLAIN, _Sense.BETWEEN) or (cue is _Sense.FROM and _is_year(amount)):
        return True
    if words[i].text in _NEEDS_CURRENCY:
        return True
    whom = words[start - 1].stem if start else ""
    if cue in (_Sense.LESS, _Sense.AT_MOST):
        return whom in _AGED and amount.value <= _OLDEST_CHILD
    return cue in (_Sense.MORE, _Sense.AT_LEAST) and whom in _PEOPLE


def _is_year(amount: _Amount) -> bool:
    return amount.bare and 1900 <= amount.value < 2100 and amount.value.is_integer()


def _condition(cue: _Sense, amount: _Amount) -> Filter:
    match cue:
        case _Sense.LESS:
            return _compare(Comparison.LESS, amount.value)
        case _Sense.MORE:
            return _compare(Comparison.MORE, amount.value)
        case _Sense.AT_LEAST | _Sense.FROM:
            return _compare(Comparison.AT_LEAST, amount.value)
        case _Sense.AROUND:
            low, high = (round(amount.value * share, 2) for share in (1 - _AROUND, 1 + _AROUND))
            return AllOf((_compare(Comparison.AT_LEAST, low), _compare(Comparison.AT_MOST, high)))
        case _:
            return _compare(Comparison.AT_LEAST if amount.plus else Comparison.AT_MOST, amount.value)


def _has_unit(words: Sequence[Token], at: int) -> bool:
    """Inches only at the end: "under 50 in blue" speaks of no television."""
    if at >= len(words):
        return False
    return words[at].joined or (words[at].text in _UNITS and (words[at].text != "in" or at + 1 == len(words)))


def _compare(comparison: Comparison, value: float) -> InRange:
    return InRange(FilterField.PRICE, comparison, value)


def _amount(words: Sequence[Token], i: int) -> _Amount | None:
    """A number with its currency on either side; None for one with a unit of measure."""
    if i + 1 < len(words) and words[i].text == "a" and words[i + 1].text in _WRITTEN:
        i += 1
    before = _CURRENCIES.get(words[i].text) if i < len(words) else None
    at = i + 1 if before else i
    if at >= len(words):
        return None
    word = words[at]
    value = _WRITTEN.get(word.text) if word.number is None and not before else word.number
    if value is None or (word.joined and not before):
        return None
    at += 1
    if at < len(words) and words[at].text == "k" and words[at].joined:
        value, at = value * 1000, at + 1
    plus = words[at - 1].after == "+"
    after = None if before or at >= len(words) else _CURRENCIES.get(words[at].text)
    if after:
        return _Amount(value, at + 1, after, bare=False, plus=plus or words[at].after == "+")
    if not before and (_has_unit(words, at) or words[at - 1].after in ("%", '"', "″")):
        return None
    return _Amount(value, at, before or frozenset(), bare=not before, plus=plus)
