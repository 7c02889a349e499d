"""Context as answers use it: a page that led here was looked at, and what is popular is weighed by the situation."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from shared.domain import explain
from shared.domain.context import Context, ContextModel, context_from_bytes, shifts, situation_of
from shared.domain.events import Event, EventType
from shared.domain.recommendations import Candidate, Reason
from shared.services.facts import FactKind
from shared.services.pages import Start

CONTEXTS: FactKind[ContextModel] = FactKind("contexts", context_from_bytes, ContextModel())
SOURCE = "context"
_REFERRED = "referred"


def referred(context: Context, events: Sequence[Event], user_id: str, as_of: datetime) -> list[Event]:
    """The look at the product whose page led here, unless ``events`` know of it already."""
    product_id = context.referrer_product
    if not product_id or any(event.product_id == product_id for event in events):
        return []
    return [Event(f"{_REFERRED}-{product_id}", user_id, EventType.VIEW, as_of, as_of, product_id)]


def in_context(
    begin: Start, context: Context, candidates: Sequence[Candidate]
) -> tuple[list[Candidate], dict[str, Reason]]:
    """Popular products in the order of this situation, and a reason for each that it clearly raises.

    None is left out; the best score stays what it was.
    """
    model = begin.fact(CONTEXTS)
    if not candidates or not model.lifts:
        return list(candidates), {}
    situation = situation_of(context, begin.as_of)
    factors, strongest = shifts([each.product_id for each in candidates], model, situation, begin.as_of)
    shifted, why = [], {}
    for candidate, factor, dimension in zip(candidates, factors.tolist(), strongest, strict=True):
        score = candidate.score * factor
        sources = dict(candidate.sources)
        if dimension is not None and factor > 1:
            sources[SOURCE] = score - candidate.score
            why[candidate.product_id] = explain.popular_in(dimension)
        shifted.append(replace(candidate, score=score, sources=sources))
    best = max(each.score for each in shifted)
    scale = candidates[0].score / best if best > 0 else 1.0
    shifted.sort(key=lambda each: -each.score)  # stable: ties stay as popularity has them
    return [replace(each, score=each.score * scale) for each in shifted], why
