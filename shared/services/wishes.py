"""What a search asks of each space: words, a picture, a product like which or unlike which, in any combination."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from shared.domain.behaviour import behaviour_query
from shared.domain.composing import Change, change, kept, middle, moved, priced_now
from shared.domain.errors import InvalidInput, NotFound
from shared.domain.keywords import keyword_vector
from shared.domain.products import Product
from shared.domain.recommendations import Part, SpaceQuery
from shared.domain.spaces import TASTE_SPACES, DenseVector, RgbImage, Space, SparseVector, Vector, Vectors
from shared.domain.sparse import sparse_mean
from shared.domain.understanding.understood import Constraint, Understood
from shared.domain.understanding.word_query import keyword_query
from shared.domain.versions import Manifest
from shared.services.matching import WEIGHTS, Encodes, query_of_words
from shared.services.pages import Start
from shared.services.understanding import VOCABULARY
from shared.services.wanted import Wanted

_CHANGED: Mapping[Space, float] = {Space.KEYWORDS: 1.0, Space.TEXT: 1.0, Space.IMAGE: 0.5}
"""What counts in a product like another one but changed."""
_PICTURED: Mapping[Space, float] = {Space.IMAGE: 1.0, Space.KEYWORDS: 0.5, Space.TEXT: 0.5}
"""What counts with a picture: what it shows, words beside it leave open."""

_EMPHASIS = 8.0
"""How much a word that was added to a product counts in ``keywords`` beside each word of the product itself."""

_Asked = dict[Space, Vector]


class EncodesPictures(Encodes, Protocol):
    def encode_picture(self, picture: RgbImage, manifest: Manifest) -> Vector: ...


@dataclass(frozen=True, slots=True)
class Seeds:
    """The products that a search names, as the index version has them, and their vectors.

    ``like_now`` is that one as the shop sells it now: a ranking is made with what does not change, and what is shown of
    it is to be cheaper than the price that the shopper sees.
    """

    like: Product | None = None
    unlike: Product | None = None
    like_now: Product | None = None
    vectors: Mapping[str, Vectors] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Wishes:
    """A query vector for each space and how much it counts; ``against`` are vectors of what to keep away from.

    ``implied`` is what of the product like which is asked for stays as it is; nobody typed it, so it has no words.
    ``now`` has, for a constraint that compares with that product's price, the same for what it costs by now.
    ``excluded`` products are not shown, nor are their variants; of those ``left_out``, variants may be.
    """

    asked: Mapping[Space, Vector]
    weights: Mapping[Space, float]
    against: tuple[Vectors, ...] = ()
    implied: tuple[Constraint, ...] = ()
    now: Mapping[Constraint, Constraint] = field(default_factory=dict)
    excluded: frozenset[str] = frozenset()
    left_out: frozenset[str] = frozenset()


def seeds_of(begin: Start, wanted: Wanted) -> Seeds:
    """Raises NotFound for a product that is not there."""
    named = [product_id for product_id in dict.fromkeys((wanted.like, wanted.unlike)) if product_id]
    if not named:
        return Seeds()
    vectors = begin.index.vectors(named, TASTE_SPACES)
    now = begin.products.get(named)
    known = now | begin.index.products(named)
    nobody_knows = begin.troubles.has(Part.INDEX) and begin.troubles.has(Part.PRODUCTS)
    for product_id in named:
        if product_id not in known and not nobody_knows:
            raise NotFound(f"No product '{product_id}' is in the catalogue: check the id, or index a feed that has it.")
    like = known.get(wanted.like)
    return Seeds(like, known.get(wanted.unlike), now.get(wanted.like, like), vectors)


def wishes_for(begin: Start, encoders: EncodesPictures, wanted: Wanted, understood: Understood, seeds: Seeds) -> Wishes:
    """What ``wanted`` asks, its text read as ``understood``, its products being ``seeds``.

    Where an encoder is missing or down, what is left without it. Raises InvalidInput where a picture is all there is to
    go by, and the index has none to compare it with.
    """
    named = frozenset(each for each in (wanted.like, wanted.unlike) if each)
    against = (seeds.vectors[wanted.unlike],) if wanted.unlike in seeds.vectors else ()
    if wanted.picture is not None and not (wanted.text.strip() or wanted.like):
        _require_pictures(begin)
    if seeds.like is None:
        asked, weights = _without_product(begin, encoders, wanted.picture, understood)
        return Wishes(asked, weights, against, excluded=named)
    asked = _like(begin, encoders, wanted.picture, understood, seeds.like, seeds.vectors.get(wanted.like, {}))
    if not wanted.text.strip():
        asked[Space.BEHAVIOUR] = behaviour_query({seeds.like.id: 1.0})
        weights = begin.index.manifest.tuning.similar
        asked = {space: vector for space, vector in asked.items() if weights.get(space)}
        return Wishes(asked, weights, against, excluded=named)
    # The very design in the asked colour or size is what is wanted most: then only the product itself stays out.
    itself = frozenset((wanted.like,)) if understood.constraints else frozenset[str]()
    implied = kept(seeds.like, understood) if wanted.understand else ()
    compared = ((each, priced_now(each, seeds.like, seeds.like_now or seeds.like)) for each in understood.constraints)
    now = {then: by_now for then, by_now in compared if by_now != then}
    return Wishes(asked, _CHANGED, against, implied, now, named - itself, itself)


def _require_pictures(begin: Start) -> None:
    if not begin.index.manifest.counts.get(Space.IMAGE) and not begin.troubles.has(Part.INDEX):
        raise InvalidInput("No pictures are in the index to compare an image with: search by text instead.")


def _like(
    begin: Start,
    encoders: EncodesPictures,
    picture: RgbImage | None,
    understood: Understood,
    seed: Product,
    own: Vectors,
) -> _Asked:
    """What is as ``seed``, whose vectors are ``own``, would be once changed; with a ``picture``, between the two."""
    altered = change(seed, understood)
    unchanged = altered.text == seed.text() and Space.TEXT in own
    texts = [] if unchanged else list(filter(None, (altered.text, altered.added)))
    meaning = _encoding(begin, encoders, Space.TEXT, texts)
    captions = _captions(begin, encoders, altered)
    looks = [*_seeing(begin, encoders, picture)(), *([own[Space.IMAGE]] if Space.IMAGE in own else [])]
    asked: _Asked = {Space.KEYWORDS: by_words} if (by_words := _with_emphasis(begin, altered)) else {}
    if meanings := meaning() or ([own[Space.TEXT]] if Space.TEXT in own else []):
        asked[Space.TEXT] = middle([_dense(each) for each in meanings])
    if looks:
        asked[Space.IMAGE] = moved(middle([_dense(each) for each in looks]), *captions())
    return asked


def _with_emphasis(begin: Start, altered: Change) -> SparseVector:
    own = keyword_vector(altered.text)
    added = _words_query(begin, altered.added)
    return sparse_mean([(own, 1.0), (added, _EMPHASIS)]) if added else own


def _words_query(begin: Start, words: str) -> SparseVector | None:
    """None for no words, for which nobody has to be asked how they are spelt."""
    return keyword_query(words, begin.fact(VOCABULARY).speller) if words.strip() else None


def _without_product(
    begin: Start, encoders: EncodesPictures, picture: RgbImage | None, understood: Understood
) -> tuple[_Asked, Mapping[Space, float]]:
    """What looks as ``picture`` and has the words; either may be missing.

    What the picture is a picture of, the product that looks most like it says in its title: as inverting it to a text
    would, with the catalogue's own words.
    """
    words = understood.words
    if picture is None:
        misspelt = [typed for typed, _ in understood.corrections]
        return query_of_words(begin, encoders, words, misspelt), WEIGHTS
    seeing = _seeing(begin, encoders, picture)
    meaning = _encoding(begin, encoders, Space.TEXT, [words] if words.strip() else [])
    asked: _Asked = {Space.KEYWORDS: by_words} if (by_words := _words_query(begin, words)) else {}
    asked |= ((Space.TEXT, vector) for vector in meaning())
    for vector in seeing():
        asked[Space.IMAGE] = vector
        if words.strip() and (nearest := _nearest(begin, vector)):
            asked[Space.IMAGE] = moved(_dense(vector), *_captions(begin, encoders, change(nearest, understood))())
    return asked, _PICTURED


def _nearest(begin: Start, look: Vector) -> Product | None:
    """The product whose picture is nearest to ``look``."""
    (hits,) = begin.index.search([SpaceQuery(Space.IMAGE, look, 1)])
    found = [hit.product_id for hit in hits]
    return next(iter(begin.index.products(found).values()), None) if found else None


def _captions(
    begin: Start, encoders: EncodesPictures, altered: Change
) -> Callable[[], tuple[DenseVector, DenseVector] | tuple[()]]:
    """CLIP's vectors of a product's caption before and after the change; none where nothing changes to the eye."""
    seen = [] if altered.before == altered.after else [altered.before, altered.after]
    waiting = _encoding(begin, encoders, Space.IMAGE, seen)

    def vectors() -> tuple[DenseVector, DenseVector] | tuple[()]:
        found = waiting()
        return (_dense(found[0]), _dense(found[1])) if len(found) > 1 else ()

    return vectors


def _encoding(
    begin: Start, encoders: EncodesPictures, space: Space, texts: Sequence[str]
) -> Callable[[], list[Vector]]:
    """The vectors of ``texts``, begun now; none where they cannot be had."""
    manifest = begin.index.manifest
    if not texts or space not in encoders.spaces(manifest):
        return list
    return begin.troubles.begin(Part.ENCODER, lambda: encoders.encode(space, texts, manifest), list[Vector])


def _seeing(begin: Start, encoders: EncodesPictures, picture: RgbImage | None) -> Callable[[], list[Vector]]:
    """The vector of ``picture``, begun now; none where it cannot be had."""
    manifest = begin.index.manifest
    if picture is None or Space.IMAGE not in encoders.spaces(manifest):
        return list
    return begin.troubles.begin(Part.ENCODER, lambda: [encoders.encode_picture(picture, manifest)], list[Vector])


def _dense(vector: Vector) -> DenseVector:
    return np.asarray(vector, dtype=np.float32)
