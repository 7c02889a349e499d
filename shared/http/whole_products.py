"""All that a feed said of a product, as it travels: lists have less of it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Self

from shared.domain.products import Product
from shared.http.schemas import ProductAnswer


class WholeProductAnswer(ProductAnswer):
    """All but the number of pieces left: a shop's competitors read pages too."""

    description: str = ""
    gender: str = ""
    material: str = ""
    size: str = ""
    attributes: Mapping[str, str] = {}
    added_at: datetime | None = None

    @classmethod
    def of(cls, product: Product, **more: Any) -> Self:
        """``more`` are the fields that a class made of this one adds."""
        return cls(
            **dict(ProductAnswer.of(product)),
            description=product.description,
            gender=product.gender,
            material=product.material,
            size=product.size,
            attributes=product.attributes,
            added_at=product.added_at,
            **more,
        )
