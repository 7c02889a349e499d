"""What re-ranking looks at besides the candidates."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from shared.domain.products import Product
from shared.domain.rerank.exploration import Exposure
from shared.domain.rerank.prices import PriceAffinity
from shared.domain.spaces import Space, Vectors


@dataclass(frozen=True, slots=True)
class Scene:
    """All of it frozen with the ranking, or page two would not continue page one.

    ``products`` holds the candidates and what rules pin; one that is not in it is met by no rule and not pinned.
    ``vectors`` are of the candidates, and may lack some; ``likeness`` is :attr:`Manifest.likeness`. ``exposure`` is
    what exploration knows of the products; it draws from ``seed``, and from nothing else.
    """

    now: datetime
    products: Mapping[str, Product]
    vectors: Mapping[str, Vectors] = field(default_factory=dict)
    likeness: Mapping[Space, float] = field(default_factory=dict)
    seed: int | str = ""
    paid: PriceAffinity = field(default_factory=PriceAffinity)
    exposure: Exposure = field(default_factory=Exposure)
