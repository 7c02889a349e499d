"""An evaluation as one HTML page that needs no network."""

from pathlib import Path
from typing import Any

from indexer.evaluation import charts
from indexer.evaluation.run import OURS, Evaluation
from shared.domain.errors import MissingExtra

_TEMPLATE = "report.html"
_ACCURACY = ("hr", "recall", "precision", "ndcg", "map", "mrr")


def write_report(evaluation: Evaluation, to: Path) -> None:
    """Write the page; without matplotlib it has the tables, and says what the curves need."""
    to.write_text(render(evaluation), encoding="utf-8")


def render(evaluation: Evaluation) -> str:
    from jinja2 import Environment, FileSystemLoader, select_autoescape

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=select_autoescape(), trim_blocks=True
    )
    environment.filters["spoken"] = spoken
    try:
        drawn, notes = _charts(evaluation), evaluation.notes
    except MissingExtra as missing:
        drawn, notes = [], [*evaluation.notes, str(missing)]
    every = dict.fromkeys(name for figures in evaluation.systems.values() for name in figures)
    accuracy = [name for name in every if name.split("@")[0] in _ACCURACY]
    return environment.get_template(_TEMPLATE).render(
        evaluation=evaluation,
        ours=OURS,
        accuracy=accuracy,
        others=[name for name in every if name not in accuracy],
        best={name: max(figures.get(name, 0.0) for figures in evaluation.systems.values()) for name in accuracy},
        cuts=[
            ("By length of history", evaluation.by_history),
            ("By fitted events of the wanted product", evaluation.by_product),
        ],
        charts=drawn,
        notes=notes,
    )


def _charts(evaluation: Evaluation) -> list[tuple[str, str]]:
    """(heading, SVG) pairs."""
    measure = "ndcg@10"
    ranges = {}
    for name, figures in evaluation.systems.items():
        low, high = evaluation.intervals[name][measure]
        ranges[spoken(name)] = (figures[measure], low, high)
    return [
        ("NDCG@10 with 95% intervals", charts.by_system(ranges, "NDCG@10")),
        ("NDCG by length of the list", charts.by_cut_off({spoken(n): c for n, c in evaluation.curves.items()})),
        (
            "NDCG@10 by length of history",
            charts.by_band(*_bands(evaluation.by_history, measure), "NDCG@10", "products in the history"),
        ),
        (
            "Recall@50 by fitted events of the wanted product",
            charts.by_band(*_bands(evaluation.by_product, "recall@50"), "recall@50", "fitted events of the product"),
        ),
    ]


def _bands(by_system: dict[str, Any], measure: str) -> tuple[dict[str, dict[str, float]], list[str]]:
    """The figures by system and band, and the bands."""
    figures = {spoken(name): {band: own[measure] for band, own in cut.items()} for name, cut in by_system.items()}
    return figures, list(dict.fromkeys(band for own in figures.values() for band in own))


def spoken(name: str) -> str:
    """A system or measure as a reader would write it."""
    known = {"item_knn": "item-kNN", "als": "ALS"}
    stem, at, cut = name.partition("@")
    if stem in ("hr", "ndcg", "map", "mrr"):
        stem = stem.upper()
    return known.get(stem, stem.replace("_", " ")) + at + cut
