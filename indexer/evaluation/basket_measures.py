"""The figures of the basket protocol, and what they are taken of."""

import numpy as np

from indexer.evaluation.encoded import Catalogue
from indexer.evaluation.intervals import intervals
from indexer.evaluation.metrics import Lists, Targets, accuracy, hits_of
from shared.domain.errors import Unavailable
from shared.domain.recommendations import Recommendation

MEASURES = {"hr@10": "hit@10", "ndcg@10": "ndcg@10", "mrr@10": "mrr@10", "hr@20": "hit@20"}


def measured(lists: Lists, targets: Targets, seed: int) -> tuple[dict[str, float], dict[str, list[float]]]:
    """The figures and their intervals; a target that the catalogue has not got is missed."""
    by_case = accuracy(hits_of(lists, targets), np.maximum(targets.counts(len(lists)), 1))
    shown = {name: by_case[measure] for measure, name in MEASURES.items()}
    figures = {name: round(float(values.mean()), 6) for name, values in shown.items()}
    return figures, {name: [round(a, 6), round(b, 6)] for name, (a, b) in intervals(shown, seed).items()}


def numbers_of(made: Recommendation, catalogue: Catalogue) -> list[int]:
    """The products of an answer. Raises Unavailable where it had to make do."""
    if made.degraded:
        raise Unavailable(f"The {made.degraded[0]} failed during the evaluation: look into the log and run it again.")
    return [catalogue.number[item.product.id] for item in made.items]
