"""The filter language of requests, from text to a tree.

::

    category = "Shoes" and price < 80 and not brand in ("Acme", "Bolt")
    colour = red or added_at >= now-30d
    availability = in_stock and (size = 42 or size = 43)

Fields: category (any level of its path), brand, colour (or color), gender, material, size, availability with ``=``,
``!=``, ``in (…)``, ``not in (…)``, compared without case; price (what is paid now) and added_at with ``< <= > >=``.
Times are ``2026-05-01``, ``2026-05-01T12:00:00Z`` or ``now-30d`` (m, h, d, w). ``not`` binds tighter than ``and``,
``and`` tighter than ``or``; parentheses group. Words without spaces need no quotes.
"""

import re
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from shared.domain.errors import InvalidInput
from shared.domain.filters import RANGE_FIELDS, AllOf, AnyOf, Comparison, Filter, FilterField, InRange, Not, OneOf

if TYPE_CHECKING:
    from lark import Lark

LONGEST = 1_000
MOST_CONDITIONS = 50
DEEPEST = 20

_GRAMMAR = r"""
?start: either
?either: both (_OR both)*
?both: single (_AND single)*
?single: _NOT single -> negation
       | "(" either ")"
       | WORD "=" value -> equals
       | WORD "!=" value -> differs
       | WORD _IN "(" value ("," value)* ")" -> one_of
       | WORD _NOT _IN "(" value ("," value)* ")" -> none_of
       | WORD COMPARISON value -> compares
?value: QUOTED | WORD
QUOTED: /"[^"]*"|'[^']*'/
COMPARISON: "<=" | ">=" | "<" | ">"
_AND.2: /and(?![^\s()])/i
_OR.2: /or(?![^\s()])/i
_NOT.2: /not(?![^\s()])/i
_IN.2: /in(?![^\s()])/i
WORD: /[^\s()"',<>=!][^\s()",<>=!]*/
%ignore /\s+/
"""
_SYNONYMS = {"color": FilterField.COLOUR, "added": FilterField.ADDED_AT}
_MINUTE = timedelta(minutes=1)
_MOST_KEPT = 600
"""Filters kept as read: those of a full rule book and of all themes."""
_SAYS_NOW = re.compile(r"\bnow\b")
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


@cache
def _parser() -> "Lark":
    # Imported at the first filter: most requests have none, and a cold start pays for every import.
    from lark import Lark

    return Lark(_GRAMMAR, parser="lalr", maybe_placeholders=False)


def parse_filter(text: str, now: datetime) -> Filter:
    """Raises InvalidInput in one sentence that names the place or the value that is wrong."""
    from lark.exceptions import UnexpectedInput, UnexpectedToken

    if len(text) > LONGEST:
        raise InvalidInput(f"The filter is {len(text)} characters long: at most {LONGEST} are read.")
    if text.count("(") > MOST_CONDITIONS or _longest_run_of_not(text) > DEEPEST:
        raise InvalidInput("The filter is nested too deeply: write it with fewer parentheses and nots.")
    try:
        tree = _parser().parse(text)
    except UnexpectedInput as error:
        if isinstance(error, UnexpectedToken) and error.token.type == "$END":
            raise InvalidInput("The filter ends too early: finish its last condition, as in price < 50.") from None
        rest = text[error.pos_in_stream or 0 :][:20]
        raise InvalidInput(
            f"The filter cannot be read at '{rest}': write conditions such as brand = Acme and price < 50."
        ) from None
    return _Builder(now).build(tree)


def filter_text(condition: Filter) -> str:
    """The filter that :func:`parse_filter` reads as ``condition``.

    Raises ValueError where the language cannot say it: a value with both kinds of quotes, or nothing to choose from.
    """
    match condition:
        case OneOf(field, values):
            words = [_quoted(value) for value in values]
            if not words:
                raise ValueError("A filter for none of nothing cannot be written.")
            return f"{field.value} = {words[0]}" if len(words) == 1 else f"{field.value} in ({', '.join(words)})"
        case InRange(field, comparison, bound):
            shown = bound.isoformat() if isinstance(bound, datetime) else repr(float(bound))
            return f"{field.value} {comparison.value} {shown}"
        case AllOf(parts) | AnyOf(parts):
            if not parts:
                raise ValueError("A filter without conditions cannot be written.")
            word = " and " if isinstance(condition, AllOf) else " or "
            return word.join(_single(part) if len(parts) > 1 else filter_text(part) for part in parts)
        case Not(part):
            return f"not {_single(part)}"


def _single(part: Filter) -> str:
    text = filter_text(part)
    return f"({text})" if isinstance(part, AllOf | AnyOf) else text


def _quoted(value: str) -> str:
    for mark in ('"', "'"):
        if mark not in value:
            return f"{mark}{value}{mark}"
    raise ValueError("A value with both kinds of quotes cannot be written in a filter.")


def says_now(text: str) -> bool:
    """Whether what the filter asks for changes with time."""
    return _SAYS_NOW.search(text) is not None


def filter_at(text: str, as_of: datetime) -> Filter:
    """As :func:`parse_filter`, where ``now`` is the minute of ``as_of``.

    A minute's worth is kept: read again for each answer, a rule book's filters would cost more than all the rest of it.
    """
    return _read_at(text, as_of - (as_of - datetime.min.replace(tzinfo=UTC)) % _MINUTE)


@lru_cache(maxsize=_MOST_KEPT)
def _read_at(text: str, minute: datetime) -> Filter:
    return parse_filter(text, minute)


def _longest_run_of_not(text: str) -> int:
    longest = run = 0
    for word in text.casefold().replace("(", " ").split():
        run = run + 1 if word == "not" else 0
        longest = max(longest, run)
    return longest


class _Builder:
    """Turns lark's tree into ours; its shape is the grammar's."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._conditions = 0

    def build(self, tree: Any) -> Filter:
        match tree.data:
            case "either":
                return AnyOf(tuple(self.build(part) for part in tree.children))
            case "both":
                return AllOf(tuple(self.build(part) for part in tree.children))
            case "negation":
                return Not(self.build(tree.children[0]))
            case kind:
                return self._condition(str(kind), *(str(token) for token in tree.children))

    def _condition(self, kind: str, name: str, *rest: str) -> Filter:
        self._conditions += 1
        if self._conditions > MOST_CONDITIONS:
            raise InvalidInput(f"The filter has more than {MOST_CONDITIONS} conditions: shorten it.")
        field = _field(name)
        if kind == "compares":
            comparison, bound = rest
            return InRange(field, Comparison(comparison), self._bound(field, _unquoted(bound)))
        if field in RANGE_FIELDS:
            raise InvalidInput(f"The filter compares {field.value} for equality: use <, <=, > or >=.")
        condition = OneOf(field, tuple(_unquoted(value) for value in rest))
        return Not(condition) if kind in ("differs", "none_of") else condition

    def _bound(self, field: FilterField, value: str) -> float | datetime:
        if field is FilterField.PRICE:
            return _number(value)
        if field is FilterField.ADDED_AT:
            return _moment(value, self._now)
        raise InvalidInput(f"The filter orders {field.value} by size: use =, != or in for it.")


def _field(name: str) -> FilterField:
    try:
        return _SYNONYMS.get(name.casefold()) or FilterField(name.casefold())
    except ValueError:
        known = ", ".join(field.value for field in FilterField)
        raise InvalidInput(f"The filter names '{name}', which is not one of its fields: {known}.") from None


def _unquoted(value: str) -> str:
    return value[1:-1] if value[:1] in ('"', "'") else value


def _number(value: str) -> float:
    try:
        number = float(value)
    except ValueError:
        number = float("nan")
    if not abs(number) < 1e12:
        raise InvalidInput(f"The filter's price '{value}' is not a number: write it like 49.90.")
    return number


def _moment(value: str, now: datetime) -> datetime:
    try:
        if value == "now":
            return now
        if value.startswith("now-"):
            return now - int(value[4:-1]) * _UNITS[value[-1]]
        moment = datetime.fromisoformat(value)
    except (ValueError, KeyError, OverflowError):
        raise InvalidInput(f"The filter's time '{value}' cannot be read: write 2026-05-01 or now-30d.") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
