"""The kinds of product the demo shop sells, by everyday noun."""

from local.demo_shop.kinds import carried, clothing, garden, home, kitchen, shoes, sport, stationery, toys
from local.demo_shop.kinds.kind import PATTERNS, Kind

__all__ = ["KINDS", "PATTERNS", "Kind"]

_DEPARTMENTS = (clothing, shoes, carried, home, kitchen, garden, toys, sport, stationery)
KINDS: dict[str, Kind] = {kind.key: kind for department in _DEPARTMENTS for kind in department.KINDS}
