"""What search tells besides its products: facets, and where in each product the words stand."""

from typing import Self

from pydantic import Field

from shared.domain.facets import Facet, PriceRange, Prices
from shared.domain.highlights import Highlights, Snippet
from shared.http.schemas import Answer

_RANGES = "[first character, one past the last], counted in Unicode code points, ascending"


class SnippetAnswer(Answer):
    text: str = Field(description="The part of the description that has the most of the words; plain text")
    ranges: list[tuple[int, int]] = Field(description=f"Within this text: {_RANGES}")

    @classmethod
    def of(cls, snippet: Snippet) -> Self:
        return cls(text=snippet.text, ranges=list(snippet.ranges))


class HighlightsAnswer(Answer):
    title: list[tuple[int, int]] = Field([], description=_RANGES)
    brand: list[tuple[int, int]] = Field([], description=_RANGES)
    description: SnippetAnswer | None = None

    @classmethod
    def of(cls, found: Highlights) -> Self:
        snippet = SnippetAnswer.of(found.description) if found.description else None
        return cls(title=list(found.title), brand=list(found.brand), description=snippet)


class ValueAnswer(Answer):
    value: str = Field(description="As filters take it; of a category the path, broadest level first")
    count: int = Field(description="Products that the list would have with this value; variants of one design are one")


class PriceRangeAnswer(Answer):
    start: float | None = Field(serialization_alias="from", description="None is without end")
    below: float | None = Field(description="The first price that is no longer in the range")
    count: int

    @classmethod
    def of(cls, found: PriceRange) -> Self:
        return cls(start=found.start, below=found.below, count=found.count)


class PricesAnswer(Answer):
    currency: str = Field(description="ISO 4217; empty where the feed has none")
    lowest: float
    highest: float
    ranges: list[PriceRangeAnswer] = Field(description="Ascending; filters take from and below as they are")

    @classmethod
    def of(cls, found: Prices) -> Self:
        ranges = [PriceRangeAnswer.of(each) for each in found.ranges]
        return cls(currency=found.currency, lowest=found.lowest, highest=found.highest, ranges=ranges)


class FacetAnswer(Answer):
    field: str
    values: list[ValueAnswer] = Field([], description="The most frequent first; categories as a tree, from the top")
    more: int = Field(0, description="Values besides these")
    prices: list[PricesAnswer] = Field([], description="Of the field price, for each currency")

    @classmethod
    def of(cls, facet: Facet) -> Self:
        return cls(
            field=facet.field.value,
            values=[ValueAnswer(value=each.value, count=each.count) for each in facet.values],
            more=facet.more,
            prices=[PricesAnswer.of(each) for each in facet.prices],
        )
