"""Whether what visitors turn to, and what the shop sells, is still what it was."""

from collections.abc import Mapping
from dataclasses import dataclass
from sys import intern
from typing import Any

from shared.domain.comparison import Comparison
from shared.domain.drift import Tally, TasteDrift, said_of_catalogue
from shared.domain.events import TELLING_TYPES
from shared.ports import BlobStore
from shared.services.kept_catalogue import catalogue_lines
from shared.services.live_index import nothing_published
from shared.services.shop import Shop
from shared.services.version_report import BEFORE_DAMAGED, comparison_of

LONGEST_DAYS = 30
_NO_KIND = "without a category"


@dataclass(frozen=True, slots=True)
class Drift:
    """``compared`` is the live version beside the one before it, as measured when it was published; None where it was
    not."""

    tastes: TasteDrift
    compared: Comparison | None

    @property
    def verdict(self) -> str:
        """Of the catalogue."""
        if self.compared is None:
            return "Nothing was measured when the live version was published."
        change = self.compared.change
        if change is None and self.compared.previous:
            return BEFORE_DAMAGED
        if change is None:
            return "There is no version before the live one to compare it with."
        shifts = {space.value: by for space, by in change.shifts.items()}
        return said_of_catalogue(change.before, change.added, change.removed, change.changed, shifts)


def drift(shop: Shop, blobs: BlobStore, days: int) -> Drift:
    """Tastes of the last ``days`` days, today among them, beside those of four times as many before; by the narrowest
    category of each product. What has left the catalogue has no say. Raises Unavailable."""
    manifest = shop.live.manifest()
    if manifest is None:
        raise nothing_published()
    kinds = {line["product"]["id"]: _kind(line) for line in catalogue_lines(blobs, manifest.version)}
    tally = Tally(shop.clock.now().date(), days)
    for part in shop.events.activity(tally.since):
        if part.type in TELLING_TYPES and part.product_id in kinds:
            tally.add(part.day, kinds[part.product_id], part.count)
    return Drift(tally.drift(), comparison_of(blobs, manifest.version))


def _kind(line: Mapping[str, Any]) -> str:
    """The narrowest category; each name is kept once, however many products have it."""
    return intern((line["product"].get("categories") or [_NO_KIND])[-1])
