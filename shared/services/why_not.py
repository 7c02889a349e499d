"""What keeps a product out of a user's list: the rules of the house, each asked of what the list was made with."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from shared.domain.filters import matches
from shared.domain.products import Product
from shared.domain.recommendations import Candidate, Part
from shared.domain.rules import RuleKind, rulings
from shared.domain.standing import fold
from shared.domain.why import Cause, CauseKind, Found, named
from shared.services.pages import Start
from shared.services.personal import FRESH
from shared.services.trace import Trace


@dataclass(frozen=True, slots=True)
class Asked:
    """The product that is asked about, as the catalogue has it now, and what retrieval says of it; ``leave`` says
    whether what is known of the user may be used."""

    product_id: str
    product: Product | None
    leave: bool
    found: Sequence[Found]

    @property
    def name(self) -> str:
        return named(self.product, self.product_id)


@dataclass(frozen=True, slots=True)
class Shown:
    """What the pages of a list show, where in its ``ranking`` each of them begins, and where the last one ended."""

    taken: Sequence[tuple[Candidate, Product]]
    pages: Sequence[int]
    ranking: Sequence[str]
    reached: int

    def place(self, product_id: str) -> int | None:
        """From 1."""
        places = enumerate(self.taken, 1)
        return next((place for place, (each, _) in places if each.product_id == product_id), None)


def causes_of(begin: Start, excluded: Collection[str], trace: Trace, shown: Shown, asked: Asked) -> list[Cause]:
    """Every cause that holds for a product that is not shown, the deciding one first; one at least.

    What the house rules say holds wherever the product may stand in the ranking. Only where they say nothing is it
    asked how far the product came.
    """
    if asked.product is None:
        return [_unknown(begin, asked)]
    found = [*_of_user(excluded, trace, asked), *_of_shop(begin, asked, asked.product)]
    if asked.product_id in shown.ranking:
        found += _of_variants(begin, excluded, shown, asked, asked.product)
        found += [] if found else [_of_place(begin, shown, asked)]
    elif not found:
        found = [_of_retrieval(begin, trace, asked)]
    return found


def _unknown(begin: Start, asked: Asked) -> Cause:
    indexed = asked.product_id in begin.index.products([asked.product_id])
    why = "the catalogue has it no more" if indexed else "neither the catalogue nor the live version has it"
    return Cause(CauseKind.UNKNOWN, f"{asked.name} is not known: {why}.")


def _of_user(excluded: Collection[str], trace: Trace, asked: Asked) -> Iterator[Cause]:
    product_id, recent, stored = asked.product_id, fold(trace.events), trace.standing
    if product_id not in excluded:
        return
    told = False
    for kind, holds, says in (
        (CauseKind.BOUGHT, product_id in recent.bought | stored.bought, "has bought it"),
        (CauseKind.IN_CART, product_id in recent.in_cart | stored.in_cart, "has it in the cart"),
        (CauseKind.DISLIKED, product_id in recent.disliked | stored.disliked, "does not like it"),
        (CauseKind.TURNED_DOWN, product_id in trace.said.turned_down, "turned it down in the quiz"),
    ):
        if holds:
            told = True
            yield Cause(kind, f"{asked.name} is not offered: the user {says}.")
    if not told:
        says = f"the user has turned to it within the last {FRESH.days} days"
        yield Cause(CauseKind.SEEN_LATELY, f"{asked.name} is not offered: {says}.")


def _of_shop(begin: Start, asked: Asked, product: Product) -> Iterator[Cause]:
    rule = rulings(begin.rules, [product]).get(product.id)
    if rule and rule.kind is RuleKind.HIDE:
        yield Cause(CauseKind.HIDDEN, f"{asked.name} is hidden by the shop's rule '{rule.id}'.", rule=rule.id)
    if not product.can_be_bought:
        yield Cause(CauseKind.SOLD_OUT, f"{asked.name} is sold out.")
    if begin.condition is not None:
        indexed = begin.index.products([product.id]).get(product.id, product)
        if not matches(begin.condition, product):
            yield Cause(CauseKind.FILTER, f"{asked.name} does not meet the filter.")
        elif not matches(begin.condition, indexed):
            yield Cause(CauseKind.FILTER, f"{asked.name} does not meet the filter as the live version has it.")


def _of_variants(
    begin: Start, excluded: Collection[str], shown: Shown, asked: Asked, product: Product
) -> Iterator[Cause]:
    """A design is shown once, by the first of its variants, and not at all to who has one of them or is to see none."""
    own = shown.ranking.index(product.id)
    above = {each: place for place, each in enumerate(shown.ranking[:own])}
    for place, (candidate, other) in enumerate(shown.taken, 1):
        if other.group == product.group and candidate.product_id in above:
            says = f"is a variant of {other.title}, which stands at place {place}"
            yield Cause(CauseKind.VARIANT_OF_SHOWN, f"{asked.name} {says}.", other.id, place)
            return
    if barred := _first_of_group(begin, sorted(set(excluded) - {product.id}), product):
        says = f"is a variant of {barred.title}, which is not offered to this user"
        yield Cause(CauseKind.VARIANT_OF_EXCLUDED, f"{asked.name} {says}.", barred.id)
        return
    page = max(start for start in shown.pages if start <= own)
    if passed := _first_of_group(begin, shown.ranking[:page], product):
        says = f"is a variant of {passed.title}, which an earlier page passed over"
        yield Cause(CauseKind.VARIANT_PASSED, f"{asked.name} {says}.", passed.id)


def _first_of_group(begin: Start, product_ids: Sequence[str], product: Product) -> Product | None:
    known = begin.products.get(product_ids)
    members = (known[each] for each in product_ids if each in known)
    return next((each for each in members if each.group == product.group), None)


def _of_place(begin: Start, shown: Shown, asked: Asked) -> Cause:
    if begin.troubles.beyond_repeating:
        return _degraded(begin, asked)
    place = shown.ranking.index(asked.product_id) + 1
    last = shown.taken[-1][0].product_id if shown.taken else ""
    if place > shown.reached or (last and place > shown.ranking.index(last) + 1):
        says = f"is not among the first {len(shown.taken)}: it is number {place:,} of the ranking"
        return Cause(CauseKind.BEYOND, f"{asked.name} {says}.")
    return Cause(CauseKind.DEGRADED, f"What kept {asked.name} out has changed while it was looked at: ask again.")


def _of_retrieval(begin: Start, trace: Trace, asked: Asked) -> Cause:
    """Of a product that is nowhere in the ranking."""
    if not asked.leave:
        says = "The user has not agreed to be followed, so the list is of what is popular"
        return Cause(CauseKind.NO_LEAVE, f"{says}, and {asked.name} is not among it.")
    if begin.troubles.has(Part.INDEX) or begin.troubles.beyond_repeating:
        return _degraded(begin, asked)
    if not trace.asked:
        says = "Nothing is known of the user that speaks for any product, so the list is of what is popular"
        return Cause(CauseKind.NOTHING_KNOWN, f"{says}, and {asked.name} is not among it.")
    if asked.product_id not in begin.index.products([asked.product_id]):
        return Cause(CauseKind.NOT_IN_VERSION, f"{asked.name} is not in the live version {begin.at.version}.")
    if asked.product_id in trace.voted:
        place, of = trace.voted.index(asked.product_id) + 1, len(trace.evidence.ids)
        says = f"was found, as number {place:,} of which the first {of:,} are looked at"
        if place <= of:
            says = "was found, and nothing speaks for it once all spaces are compared"
        return Cause(CauseKind.NOT_ENOUGH, f"{asked.name} {says}.")
    if any(each.place for each in asked.found):
        return Cause(CauseKind.NOT_ENOUGH, f"{asked.name} was found, and what is known speaks against it.")
    return Cause(CauseKind.NOT_FOUND, f"{asked.name} was not found by any question{_nearest(asked.found)}.")


def _nearest(found: Sequence[Found]) -> str:
    """By how much it was missed where it came nearest."""
    compared = [(each, each.score, each.last_score) for each in found if each.score and each.last_score]
    if not compared:
        return ": it has nothing in common with what the user turned to"
    each, score, last = max(compared, key=lambda one: one[1] / one[2])
    return f": it came nearest in {each.space.value}, with {score:.3f} where the last of {each.asked} has {last:.3f}"


def _degraded(begin: Start, asked: Asked) -> Cause:
    parts = ", ".join(begin.troubles.parts)
    return Cause(CauseKind.DEGRADED, f"The list was made without {parts}, and {asked.name} is not in it.")
