"""Collections: small sets of products around the shop's themes, for one reader, to look at and to hand on."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from shared.domain import explain
from shared.domain.cursor import DEPTHS, expired
from shared.domain.errors import InvalidInput, NotFound, Unavailable
from shared.domain.products import Product
from shared.domain.recommendations import Candidate, Part, Reason, ReasonKind, Recommendation, RecommendedProduct
from shared.domain.rules import Scenario
from shared.domain.share_token import SharedSet, decode_share, encode_share
from shared.domain.themes import LARGEST, Theme, story_of
from shared.services.matching import without_pins
from shared.services.pages import Question, Ranked, Start, answer, start, tell
from shared.services.reranking import rule_reason
from shared.services.session import NO_SESSION, Session
from shared.services.shop import Shop
from shared.services.theme_document import MOST_THEMES
from shared.services.theme_pools import ThemeFinder
from shared.services.theme_ranking import TASTE, TASTE_SHARE, reader_of
from shared.services.theme_sets import ThemeSet, for_theme, theme_sets
from shared.services.themes import ThemeBook

ON_A_CARD = 3
_PLACE = re.compile(r"(\d{8}T\d{12}Z)\.(\d{1,2})\.(.+)", re.ASCII)
_LIKED = 0.5 * TASTE_SHARE
"""What the taste has to add to a product's score for its reason to speak of it."""
_LATELY = timedelta(days=2)
"""How old the counts of "this week" may be."""


@dataclass(frozen=True, slots=True)
class Collection:
    """A theme's products, or a page or the first few of them, and what can be said of all of them.

    ``count`` is how many the whole has, ``share`` a token for it, ``bought`` how often these were bought within seven
    days, by product, and ``shares`` how often the collection was handed on. All is empty where the theme finds fewer
    than three products.
    """

    theme: Theme
    found: Recommendation
    story: str = ""
    count: int = 0
    share: str = ""
    bought: tuple[tuple[str, int], ...] = ()
    shares: int = 0


@dataclass(frozen=True, slots=True)
class Cards:
    """Collections with their first products; ``found`` has those of all of them."""

    found: Recommendation
    collections: tuple[Collection, ...]


@dataclass(frozen=True, slots=True)
class Shared:
    """A collection as it was handed on: ``gone`` products of it can no longer be bought. A single one has no story."""

    theme: Theme
    found: Recommendation
    story: str
    gone: int


def collections(shop: Shop, finder: ThemeFinder, limit: int, user_id: str = "", session: Session = NO_SESSION) -> Cards:
    """The shop's collections that have enough products now: those to the reader's taste first, or as the shop has them.

    Raises InvalidInput, and Unavailable while nothing has been published.
    """
    if not 1 <= limit <= MOST_THEMES:
        raise InvalidInput(f"limit is {limit}: ask for 1 to {MOST_THEMES} collections.")
    begin = start(shop, Scenario.COLLECTION, Question(), user_id, session.digest())
    themes = _newest(shop, begin).themes
    reader = reader_of(begin, user_id, session)
    with shop.telemetry.stage("rank"):
        sets = [each for each in theme_sets(begin, finder, reader, themes) if each.members]
    sets.sort(key=lambda each: -each.liking)
    shown = [(each, _items(each.theme, each.members[:ON_A_CARD])) for each in sets[:limit]]
    cards = tuple(_described(begin, each, _recommendation(begin, items)) for each, items in shown)
    found = _recommendation(begin, [item for _, items in shown for item in items])
    tell(shop, begin, found)
    return Cards(found, cards)


def collection(
    shop: Shop, finder: ThemeFinder, slug: str, question: Question, user_id: str = "", session: Session = NO_SESSION
) -> Collection:
    """The products of the theme ``slug`` for a reader, or none where fewer than three can be shown.

    They fit the theme, hold to its filter, and come in an order that the reader's taste has a share in. A later page
    goes on with the theme as it was on the first one, whatever has become of it since. Raises NotFound for an unknown
    theme, InvalidInput, CursorExpired, and Unavailable where the themes cannot be read.
    """
    snapshot, shown, cursor = _place(question.cursor)
    begin = start(
        shop, Scenario.COLLECTION, replace(question, filter="", cursor=cursor), slug, user_id, session.digest()
    )
    book = _as_it_was(shop, begin, snapshot) if snapshot else _newest(shop, begin)
    theme = _theme(book, slug, begin)
    if shown >= theme.size and not begin.troubles.has(Part.THEMES):
        raise _not_ours()
    reader = reader_of(begin, user_id, session)
    depths = (begin.at.depth,) if begin.goes_on else DEPTHS
    with shop.telemetry.stage("rank"):
        (made,) = theme_sets(begin, finder, reader, [theme], depths)
    begin = replace(
        for_theme(begin, theme),
        at=replace(begin.at, depth=made.depth),
        limit=min(begin.limit, theme.size - shown),
    )
    ranked = Ranked(made.candidates, cut_off=False)  # as deep as it takes already
    found = answer(shop, begin, lambda _: ranked, reader.excluded, lambda some: [_reason(theme, each) for each in some])
    shown += len(found.items)
    more = found.cursor is not None and (shown < len(made.members) or not found.items)
    return _described(
        begin, made, replace(found, cursor=f"{snapshot or book.snapshot}.{shown}.{found.cursor}" if more else None)
    )


def share(shop: Shop, finder: ThemeFinder, slug: str, user_id: str = "", session: Session = NO_SESSION) -> str:
    """A token for the collection as the reader has it now. Raises NotFound where there is nothing to share, Unavailable
    where that cannot be said, and what :func:`collection` raises."""
    made = collection(shop, finder, slug, Question(), user_id, session)
    token = made.share
    if not token and made.found.degraded:
        raise Unavailable("The collection cannot be put together now: try again in a moment.")
    if not token:
        raise NotFound(f"The collection '{slug}' has too few products to share now: look at the others there are.")
    return token


def opened(shop: Shop, token: str) -> Shared:
    """The products of a share token in the order in which they were handed on, those that may be bought now.

    Nobody needs to be known for it. Nothing takes the place of what is gone, and of the shop's rules only those that
    hide hold: this is what somebody was shown. Raises InvalidInput for a damaged token, and NotFound where the theme is
    gone.
    """
    handed = decode_share(token)
    begin = without_pins(start(shop, Scenario.COLLECTION, Question(LARGEST), token))
    theme = _theme(_newest(shop, begin), handed.slug, begin)
    scores = [1 / (place + 1) for place in range(len(handed.product_ids))]
    candidates = [
        Candidate(each, score, {ReasonKind.SHARED.value: score})
        for each, score in zip(handed.product_ids, scores, strict=True)
    ]
    ranked = Ranked(candidates, cut_off=False)
    found = answer(shop, begin, lambda _: ranked, (), lambda some: [explain.shared() for _ in some])
    products = [item.product for item in found.items]
    return Shared(
        theme, found, story_of(theme, products) if len(products) > 1 else "", len(handed.product_ids) - len(products)
    )


def _newest(shop: Shop, begin: Start) -> ThemeBook:
    return begin.troubles.attempt(Part.THEMES, shop.themes.newest, shop.themes.last)


def _as_it_was(shop: Shop, begin: Start, snapshot: str) -> ThemeBook:
    """Raises CursorExpired where that book is no longer kept."""
    book = begin.troubles.attempt(Part.THEMES, lambda: shop.themes.at(snapshot), shop.themes.last)
    if book is None:
        raise expired()
    return book


def _theme(book: ThemeBook, slug: str, begin: Start) -> Theme:
    theme = book.theme(slug)
    if theme is not None:
        return theme
    if begin.troubles.has(Part.THEMES):
        raise Unavailable("The shop's themes cannot be read now: try again in a moment.")
    raise NotFound(f"No collection '{slug}' is offered: look at the list of collections for those that are.")


def _place(cursor: str) -> tuple[str, int, str]:
    """The book of the first page, how many products have been shown, and the cursor proper."""
    if not cursor:
        return "", 0, ""
    parts = _PLACE.fullmatch(cursor)
    if parts is None or int(parts[2]) < 1:
        raise _not_ours()
    return parts[1], int(parts[2]), parts[3]


def _not_ours() -> InvalidInput:
    return InvalidInput("The cursor is not one that Vitrine gave out: pass it on as it came, or leave it out.")


def _described(begin: Start, made: ThemeSet, found: Recommendation) -> Collection:
    if not made.members:
        return Collection(made.theme, found)
    products = made.products
    recent = begin.as_of - begin.popularity.as_of <= _LATELY
    bought = dict(begin.popularity.bought_lately) if recent else {}
    return Collection(
        made.theme,
        found,
        story=story_of(made.theme, products),
        count=len(products),
        share=encode_share(SharedSet(made.theme.slug, tuple(product.id for product in products))),
        bought=tuple((product.id, bought[product.id]) for product in products if product.id in bought),
        shares=dict(begin.popularity.shared).get(made.theme.slug, 0),
    )


def _items(theme: Theme, members: Sequence[tuple[Candidate, Product]]) -> list[RecommendedProduct]:
    return [
        RecommendedProduct(product, candidate.score, "+".join(candidate.sources), _reason(theme, candidate))
        for candidate, product in members
    ]


def _recommendation(begin: Start, items: Sequence[RecommendedProduct]) -> Recommendation:
    at = begin.at
    return Recommendation(at.recommendation_id, tuple(items), at.version, degraded=begin.troubles.parts)


def _reason(theme: Theme, candidate: Candidate) -> Reason:
    return rule_reason(candidate) or explain.fits(theme.title, candidate.sources.get(TASTE, 0.0) >= _LIKED)
