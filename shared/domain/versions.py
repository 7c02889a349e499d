"""An index version: what it was made of, and by which encoders."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from shared.domain.spaces import EncoderInfo, Space
from shared.domain.tuning import UNTUNED, Tuning


@dataclass(frozen=True, slots=True)
class Manifest:
    """The record beside an immutable index version.

    ``version`` sorts by age. ``digest`` is of the content (product ids, content hashes, encoders):
    two versions of equal digest answer alike. ``counts`` is the number of products that have each space.
    ``as_of`` is when the version was begun. ``feed_at`` is how old the feed is: when it was last changed, where that
    was told, or when it was read; what is known of prices and stock since then counts more than the feed. ``likeness``
    is the median cosine of two products picked at random, for each dense space: where "nothing in common" lies for
    this encoder and this catalogue. ``tuning`` is how the version's scores are put together.
    """

    version: str
    digest: str
    as_of: datetime
    products: int
    encoders: Mapping[Space, EncoderInfo]
    counts: Mapping[Space, int] = field(default_factory=dict)
    likeness: Mapping[Space, float] = field(default_factory=dict)
    tuning: Tuning = UNTUNED
    feed_at: datetime | None = None

    @property
    def offers_as_of(self) -> datetime:
        return self.feed_at or self.as_of
