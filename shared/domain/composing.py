"""Composed queries: what "like this, but …" asks for, in words and as vectors.

A change is made twice. In words: the product's own text with the changed words in the place of the old ones, which is
then what the words' spaces are asked for. And in CLIP's space, where a picture's vector is moved by the difference of
two captions: the sum of embeddings is the simplest composition that Vo et al. (TIRG, CVPR 2019) and Baldrati et al.
(CLIP4CIR, CVPR Workshops 2022) compare theirs to and needs no training; with the old caption taken off, what both say
and what sets texts apart from pictures falls out.
Spherical interpolation with the new caption (Jang et al., 2024) found as many products of the kind in the asked colour
among fashion photos, and more of other kinds. Textual inversion (Pic2Word, CVPR 2023; SEARLE, ICCV 2023) needs a
network of its own for every encoder: a product's title stands in for it, as it says what the product is.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from shared.domain.filters import AllOf, AnyOf, Filter, FilterField, InRange, Not, OneOf
from shared.domain.keywords import terms
from shared.domain.products import Product
from shared.domain.spaces import DenseVector
from shared.domain.understanding.understood import Constraint, Understood

STEP = 1.5
"""How far a picture's vector is moved, in differences of captions: a picture says more than its caption does, so a
difference of captions is less than one of pictures."""

_ASIDE = frozenset(
    (
        *("but", "just", "like", "same", "similar", "one", "ones", "something", "thing", "version", "instead", "also"),
        *("only", "more", "less", "rather", "than", "other", "another", "make", "i", "want", "would", "please", "kind"),
    )
)
"""Words that lead to a change and say nothing of it."""

_WORDED = {
    FilterField.COLOUR: "colour",
    FilterField.GENDER: "gender",
    FilterField.MATERIAL: "material",
    FilterField.BRAND: "brand",
    FilterField.SIZE: "size",
}
"""Fields that hold one word each, and where a product has it."""

_COLOURS = frozenset(
    (
        *("black", "white", "red", "green", "yellow", "blue", "brown", "purple", "pink", "orange", "grey", "gray"),
        *("navy", "beige", "silver", "gold"),
    )
)
"""The basic colour terms of English (Berlin & Kay, 1969) and what else clothes come in, for feeds without a column for
it: a title then says the old colour, and has to say the new one in its place."""

_FOR_ALL = ("unisex",)
"""Genders that everybody may wear."""


@dataclass(frozen=True, slots=True)
class Change:
    """What a product would be like: ``text`` for the words' spaces, and two captions for CLIP.

    ``added`` are the words that no constraint holds: only their weight can see to it that they count beside all else
    that the product is. The captions are the same where nothing can be seen of the change.
    """

    text: str
    before: str
    after: str
    added: str


def kept(seed: Product, understood: Understood) -> tuple[Constraint, ...]:
    """What stays as it is where words ask for a change of ``seed``: its kind, and whom it is for.

    Nobody has said so: ``words`` is empty. A field that the words speak of themselves is left to them. The narrowest
    level of the kind comes last, and so gives way before the one above it: a plate is nearer to a mug than a tent is.
    """
    spoken_of = {constraint.field for constraint in understood.constraints}
    stays = []
    if FilterField.GENDER not in spoken_of and seed.gender and seed.gender.casefold() not in _FOR_ALL:
        condition = OneOf(FilterField.GENDER, (seed.gender, *_FOR_ALL))
        stays.append(Constraint(FilterField.GENDER, condition, ""))
    if FilterField.CATEGORY not in spoken_of:
        levels = (OneOf(FilterField.CATEGORY, (level,)) for level in seed.categories[-2:])
        stays += [Constraint(FilterField.CATEGORY, level, "") for level in levels]
    return tuple(stays)


def priced_now(constraint: Constraint, then: Product, now: Product) -> Constraint:
    """``constraint``, where it compares with the price of ``then`` ("cheaper"), compared with that of ``now``."""
    match constraint.condition:
        case InRange(FilterField.PRICE, _, bound) if constraint.stated and bound == then.effective_price:
            in_figures = any(letter.isdigit() for letter in constraint.words)
            if now.effective_price is not None and not in_figures:
                return replace(constraint, condition=replace(constraint.condition, bound=now.effective_price))
    return constraint


def change(seed: Product, understood: Understood) -> Change:
    """What ``seed`` would be like after the change that the words ask for."""
    words = [word for word in understood.words.split() if terms(word)]
    held = _asked(understood)
    unheld = {} if seed.colour or FilterField.COLOUR in held else _colour_among(words)
    asked = held | unheld
    old = {field: str(getattr(seed, _WORDED[field])) for field in asked}
    if FilterField.COLOUR in asked and not seed.colour:
        old |= _colour_among(seed.title.split())
    unwanted = [word for each in understood.constraints if each.negated for word in _unwanted(each)]
    altered = _altered(seed, asked, old, unwanted)
    further = [_named(each) for each in understood.constraints if each.field is None and not each.negated]
    said = {*terms(altered.text()), *_ASIDE}
    said.update(*map(terms, old.values()), *(terms(constraint.words) for constraint in understood.constraints))
    said.difference_update(*map(terms, unheld.values()))
    added = " ".join(word for word in words if said.isdisjoint(terms(word)))
    return Change(
        text=". ".join(filter(None, (altered.text(), *further, added))),
        before=_captioned(seed.title, (*old.values(), *unwanted)),
        after=_captioned(altered.title, (*asked.values(), *further, added)),
        added=added,
    )


def middle(looks: Sequence[DenseVector]) -> DenseVector:
    """The direction between vectors of unit length, at least one of them, shape (d,)."""
    return _unit(np.sum(looks, axis=0), looks[0])


def moved(start: DenseVector, before: DenseVector | None = None, after: DenseVector | None = None) -> DenseVector:
    """``start`` moved as the caption ``after`` differs from that ``before``, all of unit length and shape (d,).

    Without captions ``start`` stays where it is.
    """
    if before is None or after is None:
        return start
    return _unit(start + np.float32(STEP) * (after - before), start)


def _unit(vector: DenseVector, otherwise: DenseVector) -> DenseVector:
    length = float(np.linalg.norm(vector))
    return np.asarray(vector / np.float32(length), dtype=np.float32) if length > 0 else otherwise


def _asked(understood: Understood) -> dict[FilterField, str]:
    """The new word of each field that is to change."""
    asked: dict[FilterField, str] = {}
    for constraint in understood.constraints:
        if constraint.field in _WORDED and not constraint.negated:
            asked.setdefault(constraint.field, _named(constraint))
    return asked


def _named(constraint: Constraint) -> str:
    """The word for what is asked: as it was typed, where the catalogue says it so too."""
    values = _values(constraint.condition) or constraint.having
    typed = terms(constraint.words)
    named = [value for value in values if not set(terms(value)).difference(typed)] or [*values, constraint.words]
    return named[0]


def _colour_among(words: Sequence[str]) -> dict[FilterField, str]:
    return next(({FilterField.COLOUR: word} for word in words if word.casefold() in _COLOURS), {})


def _unwanted(constraint: Constraint) -> tuple[str, ...]:
    return (*_values(constraint.condition), *constraint.without)


def _values(condition: Filter | None) -> tuple[str, ...]:
    """The words that a condition speaks of."""
    match condition:
        case OneOf(_, values):
            return values
        case AllOf(parts) | AnyOf(parts):
            return tuple(value for part in parts for value in _values(part))
        case Not(part):
            return _values(part)
    return ()


def _altered(
    seed: Product, asked: Mapping[FilterField, str], old: Mapping[FilterField, str], unwanted: Sequence[str]
) -> Product:
    """``seed`` with the new words for the old ones wherever its texts have them, and without what is unwanted."""
    changes = {_word(old[field]): word for field, word in asked.items() if old[field]}
    changes |= {_word(word): "" for word in unwanted}

    def put(text: str) -> str:
        for before, after in changes.items():
            text = before.sub(after.replace("\\", r"\\"), text)
        return " ".join(text.split())

    def of(field: FilterField) -> str:
        return asked[field] if field in asked else put(str(getattr(seed, _WORDED[field])))

    return replace(
        seed,
        title=put(seed.title),
        description=put(seed.description),
        brand=of(FilterField.BRAND),
        colour=of(FilterField.COLOUR),
        material=of(FilterField.MATERIAL),
        gender=of(FilterField.GENDER),
        size=of(FilterField.SIZE),
        attributes={name: put(value) for name, value in seed.attributes.items()},
    )


def _captioned(title: str, words: Sequence[str]) -> str:
    """``title`` after those of ``words`` that it does not say itself."""
    unsaid = [word for word in dict.fromkeys(words) if word and not _word(word).search(title)]
    return " ".join([*unsaid, title])


def _word(word: str) -> re.Pattern[str]:
    """``word`` on its own, in any case, also with an s: "men" is in "Men's shirt"."""
    return re.compile(rf"(?<!\w){re.escape(word)}(?:['’]?s)?(?!\w)", re.IGNORECASE)
