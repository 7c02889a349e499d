"""Why a product is, or is not, in a user's list: what was found, what added to its score, where it stood, what kept it
out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from shared.domain.events import EventType
from shared.domain.products import Product
from shared.domain.rules import Rule
from shared.domain.spaces import Space


class CauseKind(StrEnum):
    """The rules of the house that keep a product out of a user's list, in the order in which they are told."""

    UNKNOWN = "unknown"
    BOUGHT = "bought"
    IN_CART = "in_cart"
    DISLIKED = "disliked"
    TURNED_DOWN = "turned_down"
    SEEN_LATELY = "seen_lately"
    HIDDEN = "hidden"
    SOLD_OUT = "sold_out"
    FILTER = "filter"
    VARIANT_OF_SHOWN = "variant_of_shown"
    VARIANT_OF_EXCLUDED = "variant_of_excluded"
    VARIANT_PASSED = "variant_passed"
    BEYOND = "beyond_500"
    NO_LEAVE = "no_leave"
    NOTHING_KNOWN = "nothing_known"
    NOT_IN_VERSION = "not_in_version"
    NOT_FOUND = "not_found"
    NOT_ENOUGH = "not_enough"
    DEGRADED = "degraded"


@dataclass(frozen=True, slots=True)
class Cause:
    """``product_id`` and ``place`` are of the other product that it speaks of, ``rule`` of the shop's rule."""

    kind: CauseKind
    sentence: str
    product_id: str = ""
    place: int | None = None
    rule: str = ""


class Stage(StrEnum):
    """Where a candidate's place changes, in order."""

    RETRIEVAL = "retrieval"
    SUM = "sum"
    RANKER = "ranker"
    INTERESTS = "interests"
    DECLARED = "declared"
    RERANKING = "reranking"
    FINAL = "final"


@dataclass(frozen=True, slots=True)
class Standing:
    """The place after a stage, from 1, of so many; None where the product is not among them."""

    stage: Stage
    place: int | None
    of: int


@dataclass(frozen=True, slots=True)
class Found:
    """One question of retrieval: of the whole taste, or of the ``interest`` of that number, for ``asked`` products.

    Where the product is not among the hits, ``place`` is None and ``score`` what it would have had to be held against
    ``last_score``, that of the last hit; None where it has no such vector.
    """

    space: Space
    interest: int | None
    asked: int
    place: int | None
    score: float | None
    last_score: float | None


@dataclass(frozen=True, slots=True)
class SpacePart:
    """What a space adds to the weighted sum: ``weight`` · (``raw`` − ``background``, at least 0) / ``tenth_best``."""

    space: Space
    raw: float
    background: float
    tenth_best: float
    weight: float
    adds: float


@dataclass(frozen=True, slots=True)
class DeedPart:
    """What a deed adds to the product's score, in all and by space. ``type`` is None for what was only declared."""

    product_id: str
    type: EventType | None
    weight: float
    adds: float
    spaces: Mapping[Space, float]


@dataclass(frozen=True, slots=True)
class Scored:
    """How a candidate's score came about; see :class:`shared.services.trace.Trace`. ``raised`` are its sources besides
    the spaces, with what they add."""

    parts: Sequence[SpacePart] = ()
    sum: float | None = None
    learned: float | None = None
    lost_to_dislikes: float = 0.0
    interest: int | None = None
    deeds: Sequence[DeedPart] = ()
    raised: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Met:
    """A rule that speaks of the product; of several, one ``decides``."""

    rule: Rule
    decides: bool


def named(product: Product | None, product_id: str) -> str:
    """How sentences call a product: by its title, where it has one."""
    return product.title if product and product.title else f"Product '{product_id}'"
