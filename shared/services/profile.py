"""The profile: what Vitrine takes a person to like, said to that person, from the very taste that lists are made of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from shared.domain import explain
from shared.domain.declared import NOTHING_DECLARED, Declared
from shared.domain.products import Product
from shared.domain.recommendations import Part
from shared.domain.rules import Scenario
from shared.domain.searches import MOST_SEARCHES
from shared.domain.taste import Interest, Taste
from shared.services.declared import said_by
from shared.services.interests import interest_id
from shared.services.pages import Question, start
from shared.services.personal import taste_of
from shared.services.recommend import RECENT_EVENTS
from shared.services.shop import Shop


@dataclass(frozen=True, slots=True)
class KnownInterest:
    """``weight`` is its share of the taste, in (0, 1]; ``product_id`` stands for it; ``members`` are with it.

    ``products`` has those of the members that the catalogue has now. ``sentence`` says where it comes from.
    """

    interest_id: str
    weight: float
    product_id: str
    members: tuple[str, ...]
    sentence: str
    products: Mapping[str, Product] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Profile:
    """``interests``, heaviest first. ``searches`` are queries that deeds came of, each with its share of the words that
    lists go by, in (0, 1]. ``declared`` is what was said to be liked, as far as it has a part still. ``degraded`` names
    the parts that it had to do without."""

    interests: Sequence[KnownInterest] = ()
    searches: Mapping[str, float] = field(default_factory=dict)
    declared: Declared = NOTHING_DECLARED
    degraded: Sequence[Part] = ()


def profile_of(shop: Shop, user_id: str) -> Profile:
    """What "for you" would go by now, for a visit without a session. Raises Unavailable with nothing published."""
    begin = start(shop, Scenario.FOR_YOU, Question(), user_id)
    searched = begin.events.searched(user_id, MOST_SEARCHES, begin.as_of)
    events = begin.events.deeds(user_id, RECENT_EVENTS, begin.as_of, begin.as_of).recent
    said = said_by(shop, begin, user_id, NOTHING_DECLARED, len(events))
    taste, _ = taste_of(begin.index, events, begin.as_of, said=said, searches=searched())
    members = {each for interest in taste.interests for each in interest.members}
    products = begin.products.get(sorted(members | set(taste.picked.values())))
    return Profile(
        interests=[_known(user_id, interest, taste, products) for interest in taste.interests],
        searches=_shares(taste),
        declared=said.declared,
        degraded=begin.troubles.parts,
    )


def _known(user_id: str, interest: Interest, taste: Taste, products: Mapping[str, Product]) -> KnownInterest:
    return KnownInterest(
        interest_id=interest_id(user_id, {_seed(each, taste) for each in interest.members}),
        weight=interest.weight,
        product_id=interest.medoid,
        members=interest.members,
        sentence=_sentence(interest, taste, products),
        products={each: products[each] for each in interest.members if each in products},
    )


def _seed(member: str, taste: Taste) -> str:
    """The product by which it came in: what stands beside a picked one in the quiz goes when that goes."""
    return member if member in taste.deeds else taste.picked.get(member, member)


def _sentence(interest: Interest, taste: Taste, products: Mapping[str, Product]) -> str:
    medoid = interest.medoid
    if medoid in taste.deeds:
        return explain.because_of(taste.deeds[medoid], products.get(medoid), medoid).sentence
    seed = _seed(medoid, taste)
    return explain.picked(products.get(seed), seed).sentence


def _shares(taste: Taste) -> dict[str, float]:
    total = sum(taste.searches.values()) + sum(taste.liked.values())
    ordered = sorted(taste.searches.items(), key=lambda each: (-each[1], each[0]))
    return {query: weight / total for query, weight in ordered}
