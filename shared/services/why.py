"""Why a product is, or is not, in a user's "for you": the list is made as ever, and what its making left is read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from shared.domain.errors import InvalidInput
from shared.domain.products import Product
from shared.domain.recommendations import Candidate, Part, Reason
from shared.domain.rerank.settings import Reranking
from shared.domain.rules import Scenario, met_by, rulings
from shared.domain.taste import Taste
from shared.domain.why import Cause, Found, Met, Scored, Stage, Standing, named
from shared.services.listing import Listing
from shared.services.pages import Question, Ranked, Start, start, walked
from shared.services.recommend import personal_listing
from shared.services.reranking import DEFAULTS
from shared.services.shop import Shop
from shared.services.trace import Trace
from shared.services.unhurried import unhurried
from shared.services.why_not import Asked, Shown, causes_of
from shared.services.why_scores import found_by, scored, stages

MOST_PLACES = 500
"""Places that are looked at: nobody pages further."""


@dataclass(frozen=True, slots=True)
class Why:
    """``place`` is that in the list over all its pages, from 1; None where it is not shown, and ``causes`` says why.

    ``product`` is as the catalogue has it now, ``products`` are those that the rest speaks of. ``personalised`` says
    whether anything was known of the user that may be used. ``settings`` are those of the list's re-ranking.
    """

    product_id: str
    product: Product | None
    version: str
    personalised: bool
    place: int | None
    sentence: str
    reason: Reason | None
    causes: Sequence[Cause]
    events: int
    taste: Taste
    declared_share: float
    found: Sequence[Found]
    scored: Scored
    stages: Sequence[Standing]
    rules: Sequence[Met]
    settings: Reranking
    products: Mapping[str, Product] = field(default_factory=dict)
    degraded: Sequence[Part] = ()


def why(shop: Shop, user_id: str, product_id: str, limit: int = 12, filter: str = "") -> Why:
    """Why ``product_id`` stands where it does for a visit of ``user_id`` without a session, paged by ``limit``.

    Raises InvalidInput, and Unavailable while nothing has been published.
    """
    if not product_id:
        raise InvalidInput("product_id is empty: name the product that is asked about.")
    shop = unhurried(shop)
    begin, trace = start(shop, Scenario.FOR_YOU, Question(limit, filter), user_id, ""), Trace()
    listing = _made_once(personal_listing(shop, begin, user_id, trace=trace))
    shown = _shown(shop, begin, listing)
    product = begin.products.get([product_id]).get(product_id)
    place = shown.place(product_id)
    leave = begin.events.may_be_used(user_id)
    found = found_by(begin, trace, product_id)
    asked = Asked(product_id, product, leave, found)
    causes = [] if place else causes_of(begin, listing.excluded, trace, shown, asked)
    candidate = _candidate(product_id, trace, shown)
    made = scored(begin, trace, candidate)
    return Why(
        product_id=product_id,
        product=product,
        version=begin.at.version,
        personalised=leave and bool(trace.taste.weights or trace.said),
        place=place,
        sentence=_sentence(product_id, product, place, causes),
        reason=listing.explain(begin, [candidate])[0] if place and candidate else None,
        causes=causes,
        events=len(trace.events),
        taste=trace.taste,
        declared_share=trace.said.share,
        found=found,
        scored=made,
        stages=[*stages(trace, product_id), Standing(Stage.FINAL, place, len(shown.taken))],
        rules=_rules(begin, product),
        settings=begin.book.reranking(Scenario.FOR_YOU, DEFAULTS.get(Scenario.FOR_YOU, Reranking())),
        products=begin.products.get(_spoken_of(trace.taste, made, causes)),
        degraded=begin.troubles.parts,
    )


def _made_once(listing: Listing) -> Listing:
    """Its ranking and its end are frozen with it, so that pages after the first need not make them again."""
    made: dict[int, Ranked] = {}
    ends: list[tuple[Sequence[Candidate], Sequence[Candidate]]] = []

    def rank(depth: int) -> Ranked:
        if depth not in made:
            made[depth] = listing.rank(depth)
        return made[depth]

    def fill(ranked: Sequence[Candidate]) -> Sequence[Candidate]:
        for known, end in ends:
            if known is ranked:
                return end
        ends.append((ranked, listing.fill(ranked)))
        return ends[-1][1]

    return replace(listing, rank=rank, fill=fill)


def _shown(shop: Shop, begin: Start, listing: Listing) -> Shown:
    """Page after page as the user would be given them, and where in the ranking each page began."""
    taken: list[tuple[Candidate, Product]] = []
    pages: list[int] = []
    while True:
        pages.append(begin.at.position)
        begin, onward, some = walked(shop, begin, listing.rank, listing.excluded, listing.fill)
        taken += some
        if onward is None or begin.troubles.beyond_repeating or len(taken) >= MOST_PLACES:
            ranked = listing.rank(begin.at.depth).candidates
            ranking = [each.product_id for each in (*ranked, *listing.fill(ranked))]
            return Shown(taken[:MOST_PLACES], pages, ranking, onward.position if onward else len(ranking))
        begin = replace(begin, at=onward)


def _candidate(product_id: str, trace: Trace, shown: Shown) -> Candidate | None:
    """The last that was made of it."""
    lists = ([each for each, _ in shown.taken], trace.reranked, trace.declared, trace.personal)
    return next((each for some in lists for each in some if each.product_id == product_id), None)


def _rules(begin: Start, product: Product | None) -> list[Met]:
    if product is None:
        return []
    deciding = rulings(begin.rules, [product]).get(product.id)
    return [Met(rule, rule is deciding) for rule in met_by(begin.rules, product)]


def _sentence(product_id: str, product: Product | None, place: int | None, causes: Sequence[Cause]) -> str:
    if place:
        return f"{named(product, product_id)} stands at place {place}."
    return causes[0].sentence


def _spoken_of(taste: Taste, made: Scored, causes: Sequence[Cause]) -> list[str]:
    ids = {interest.medoid for interest in taste.interests} | {deed.product_id for deed in made.deeds}
    return sorted(ids | {cause.product_id for cause in causes if cause.product_id})
