"""Pins: products at the places that the shop gave them."""

from collections import deque
from collections.abc import Callable, Mapping, Sequence

from shared.domain.recommendations import Candidate
from shared.domain.rules import Rule, RuleKind


def places(rules: Sequence[Rule], decided: Mapping[str, Rule]) -> dict[int, str]:
    """The product for each pinned place, from 1, in ascending order.

    ``rules`` as they win conflicts, ``decided`` as :func:`shared.domain.rules.rulings` says: only a pin that decides
    for its product counts. A place that is taken gives way to the next free one.
    """
    taken: dict[int, str] = {}
    for rule in rules:
        if rule.kind is not RuleKind.PIN:
            continue
        for offset, product_id in enumerate(rule.products):
            if decided.get(product_id) is rule:
                place = rule.position + offset
                while place in taken:
                    place += 1
                taken[place] = product_id
    return dict(sorted(taken.items()))


def with_pins(
    ranking: Sequence[Candidate], pins: Mapping[int, Candidate], group: Callable[[str], str]
) -> list[Candidate]:
    """``ranking`` with each pin at its place; those beyond the end come at the end.

    A list shows one product of each group, so what shares a pin's ``group`` steps behind it: there it shows only where
    the pin itself may not.
    """
    waiting, pinned = deque(ranking), deque(pins.items())
    awaited = {group(pin.product_id) for pin in pins.values()}
    behind: dict[str, list[Candidate]] = {}
    placed: list[Candidate] = []
    while waiting or pinned:
        if pinned and (not waiting or pinned[0][0] == len(placed) + 1):
            _, pin = pinned.popleft()
            placed.append(pin)
            shared_by = group(pin.product_id)
            awaited.discard(shared_by)
            waiting.extendleft(reversed(behind.pop(shared_by, [])))
            continue
        candidate = waiting.popleft()
        if (shared_by := group(candidate.product_id)) in awaited:
            behind.setdefault(shared_by, []).append(candidate)
        else:
            placed.append(candidate)
    return placed
