"""Lending: what is known of products says something of one like them that nobody has turned to yet."""

from collections.abc import Collection, Sequence

from shared.domain.recommendations import Hit


def lent_weights(near: Sequence[Hit], random: float, steep: float, without: Collection[str]) -> dict[str, float]:
    """The say of each product ``near`` in ``text``, 0 to 1: its likeness above that of two ``random`` products, the
    less alike counting the less the more ``steep``."""
    return {
        hit.product_id: max((hit.score - random) / (1 - random), 0.0) ** steep
        for hit in near
        if hit.product_id not in without
    }
