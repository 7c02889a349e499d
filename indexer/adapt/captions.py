"""What may be said of a product's photo: its title, and phrases made of its fields as shoppers ask."""

from collections.abc import Mapping, Sequence
from string import Formatter

import numpy as np

from shared.domain.products import Product

# Each form with the fields it needs; a product that lacks one of them has no caption of that form.
_FORMS = {
    form: tuple(name for _, name, _, _ in Formatter().parse(form) if name)
    for form in (
        "{brand} {gender} {colour} {kind}",
        "{brand} {colour} {kind}",
        "{brand} {kind} for {gender}",
        "{colour} {kind} for {gender}",
        "{gender} {colour} {kind}",
        "{colour} {material} {kind}",
        "{material} {kind}",
        "{kind} in {colour}",
        "{colour} {kind}",
        "{gender} {kind}",
    )
}


def captions(product: Product) -> tuple[str, ...]:
    """The title first, then every form that the product has the fields for; no two alike."""
    fields = _fields(product)
    known = [form for form, needed in _FORMS.items() if all(fields[name] for name in needed)]
    phrases = [form.format(**fields) for form in known]
    distinct: dict[str, str] = {}
    for caption in (product.title, *phrases):
        distinct.setdefault(caption.casefold(), caption)
    return tuple(distinct.values())


def description(product: Product) -> str:
    """What a shopper who does not know the title would ask: "black casual shoes men"; empty where no kind is known."""
    fields = _fields(product)
    if not fields["kind"]:
        return ""
    return " ".join(filter(None, (fields["colour"], fields["kind"], fields["gender"]))).lower()


def drawn(own: Sequence[str], titles: float, random: np.random.Generator) -> str:
    """One of the captions ``own``: the title in a share ``titles`` of draws, else any other."""
    return own[0] if len(own) == 1 or random.random() < titles else own[int(random.integers(1, len(own)))]


def _fields(product: Product) -> Mapping[str, str]:
    kind = product.categories[-1] if product.categories else ""
    return {
        "brand": product.brand,
        "gender": product.gender,
        "colour": product.colour,
        "material": product.material,
        "kind": kind,
    }
