"""What an encoder finds among products that no model has learnt from, beside others and beside chance."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from indexer.adapt.captions import description
from indexer.adapt.recall import CUTS, ranks
from indexer.adapt.views import another_view
from indexer.evaluation.intervals import intervals
from indexer.images import ImageProblem, ImageSource
from indexer.progress import Progress
from shared.domain.keywords import keyword_vector
from shared.domain.products import Product
from shared.domain.spaces import Matrix
from shared.ports import ImageEncoder

NEW, LIVE, KEYWORDS = "new", "live", "keywords"
TITLE, DESCRIPTION, VIEW, SIBLING = "title to photo", "description to photo", "photo to photo", "photo to its like"
_BATCH = 64
_SEED = 5


@dataclass(frozen=True, slots=True)
class Asked:
    """Queries over one pool: what each wants by name, what each row of the pool is called."""

    wanted: Sequence[str]
    names: Sequence[str]
    itself: bool = False
    """Whether query and row of one number are the same photo, which is then not in the pool."""


@dataclass(frozen=True, slots=True)
class Finding:
    """The shares of ``queries`` that found what they wanted within CUTS, by system; ``gain`` is new less live.

    Each gain is a mean with its 95% interval.
    """

    question: str
    queries: int
    pool: int
    shares: Mapping[str, tuple[float, ...]]
    chance: tuple[float, ...]
    gain: tuple[tuple[float, float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Looks:
    """One encoder's vectors of the photos, of another view of each, of the titles, and of the descriptions asked."""

    photos: Matrix
    views: Matrix
    titles: Matrix
    descriptions: Matrix


def compare(
    encoders: Mapping[str, ImageEncoder],
    products: Sequence[Product],
    families: Sequence[str],
    source: ImageSource,
    progress: Progress,
) -> list[Finding]:
    """Ask ``encoders`` (NEW, LIVE and others) and keywords for the held-out ``products``.

    Four questions: the title, for a photo of its family; a description made of the fields, for any product of the
    same; another view of a photo, for the photo; a photo, for another of its family. Keywords search the titles:
    asked for a title they find it, which says nothing of photos and is the bar that words set; of photos they know
    nothing. A question that nobody can ask is left out.
    """
    described = [description(product) for product in products]
    asked = {
        TITLE: Asked(families, families),
        DESCRIPTION: Asked(sorted(set(filter(None, described))), described),
        VIEW: Asked([product.id for product in products], [product.id for product in products]),
        SIBLING: Asked(families, families, itself=True),
    }
    looks = look(encoders, products, asked[DESCRIPTION].wanted, source, progress)
    titles = [product.title for product in products]
    scores = {name: _scores(own) for name, own in looks.items()}
    scores[KEYWORDS] = {
        TITLE: keyword_scores(titles, titles),
        DESCRIPTION: keyword_scores(asked[DESCRIPTION].wanted, titles),
    }
    findings = (_finding(question, each, scores) for question, each in asked.items())
    return [finding for finding in findings if finding.queries]


def look(
    encoders: Mapping[str, ImageEncoder],
    products: Sequence[Product],
    descriptions: Sequence[str],
    source: ImageSource,
    progress: Progress,
) -> dict[str, Looks]:
    """Each encoder's vectors, row by row those of ``products``; zeros for a photo that is gone."""
    progress.stage("Measuring", len(products))
    row_of = {product.id: row for row, product in enumerate(products)}
    looks = {
        name: Looks(
            np.zeros((len(products), encoder.info.dimensions), dtype=np.float32),
            np.zeros((len(products), encoder.info.dimensions), dtype=np.float32),
            encoder.encode_texts([product.title for product in products]),
            encoder.encode_texts(descriptions),
        )
        for name, encoder in encoders.items()
    }
    loaded = source.load(products)
    while batch := list(islice(loaded, _BATCH)):
        pictures = {row_of[name]: picture for name, picture in batch if not isinstance(picture, ImageProblem)}
        rows = list(pictures)
        views = [another_view(pictures[row], _random(products[row])) for row in rows]
        for name, encoder in encoders.items():
            if rows:
                looks[name].photos[rows] = encoder.encode_images(list(pictures.values()))
                looks[name].views[rows] = encoder.encode_images(views)
        progress.advance(len(batch))
    return looks


def better(findings: Sequence[Finding]) -> bool:
    """Whether the new encoder may replace the live one.

    At CUTS' last: more titles find their photo, by the whole interval, and photos are not found surely less often.
    """
    gains = {finding.question: finding.gain[-1] for finding in findings if finding.gain}
    _, low, _ = gains[TITLE]
    _, _, high = gains[VIEW]
    return low > 0 and high >= 0


def keyword_scores(queries: Sequence[str], documents: Sequence[str]) -> Matrix:
    """BM25 (Robertson & Zaragoza, 2009) as the index counts it, shape (queries, documents)."""
    vectors = [keyword_vector(document) for document in documents]
    holding = Counter(dimension for vector in vectors for dimension in vector.indices)
    column = {dimension: number for number, dimension in enumerate(holding)}
    weights = np.zeros((len(documents), len(column) + 1), dtype=np.float32)
    for row, vector in enumerate(vectors):
        weights[row, [column[dimension] for dimension in vector.indices]] = vector.values
    rarity = {term: np.log(1 + (len(documents) - n + 0.5) / (n + 0.5)) for term, n in holding.items()}
    scores = np.zeros((len(queries), len(documents)), dtype=np.float32)
    for row, query in enumerate(queries):
        for dimension in keyword_vector(query).indices:
            if dimension in column:
                scores[row] += rarity[dimension] * weights[:, column[dimension]]
    return scores


def _scores(looks: Looks) -> dict[str, Matrix]:
    return {
        TITLE: looks.titles @ looks.photos.T,
        DESCRIPTION: looks.descriptions @ looks.photos.T,
        VIEW: looks.views @ looks.photos.T,
        SIBLING: looks.photos @ looks.photos.T,
    }


def _finding(question: str, asked: Asked, scores: Mapping[str, Mapping[str, Matrix]]) -> Finding:
    counts = Counter(asked.names)
    right = np.array([counts[name] - asked.itself for name in asked.wanted], dtype=np.int64)
    answerable = np.flatnonzero(right > 0)
    pool = len(asked.names) - asked.itself
    hits: dict[str, NDArray[np.float64]] = {}
    for system, own in scores.items():
        if question in own and len(answerable):
            found = np.array(own[question])
            if asked.itself:
                np.fill_diagonal(found, -np.inf)
            rank = ranks(found[answerable], [asked.wanted[int(query)] for query in answerable], asked.names)
            hits[system] = (rank[:, None] < np.array(CUTS)).astype(np.float64)
    return Finding(
        question,
        len(answerable),
        pool,
        {system: tuple(float(share) for share in own.mean(axis=0)) for system, own in hits.items()},
        tuple(float(by_chance(right[answerable], pool, cut).mean()) for cut in CUTS) if len(answerable) else (),
        _gain(hits[NEW] - hits[LIVE]) if NEW in hits and LIVE in hits else (),
    )


def _gain(differences: NDArray[np.float64]) -> tuple[tuple[float, float, float], ...]:
    columns = {str(cut): differences[:, number] for number, cut in enumerate(CUTS)}
    found = intervals(columns, _SEED)
    return tuple((float(columns[name].mean()), *found[name]) for name in columns)


def by_chance(right: NDArray[np.int64], pool: int, cut: int) -> NDArray[np.float64]:
    """How often ``cut`` rows drawn of ``pool`` hold one of the ``right`` ones."""
    missed = np.ones(len(right))
    for drawn in range(min(cut, pool)):
        missed *= np.maximum(0, pool - right - drawn) / (pool - drawn)
    return 1 - missed


def _random(product: Product) -> np.random.Generator:
    """A product's view is the same in every run."""
    return np.random.default_rng((_SEED, crc32(product.id.encode())))
