"""Whether the shop's index can be had, and which version of it is live."""

from dataclasses import dataclass

from shared.domain.recommendations import Part
from shared.domain.versions import Manifest
from shared.services.degradation import Troubles
from shared.services.shop import Shop


@dataclass(frozen=True, slots=True)
class Health:
    """``manifest`` is the live version's; None while nothing has been published, or where the index is down."""

    manifest: Manifest | None
    degraded: tuple[Part, ...] = ()


def health(shop: Shop) -> Health:
    """Never fails for a part that is down: that is what it is asked for."""
    troubles = Troubles(shop.calls, shop.telemetry)
    manifest = troubles.attempt(Part.INDEX, shop.live.manifest, lambda: None)
    return Health(manifest, troubles.parts)
