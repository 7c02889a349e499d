"""The report's curves as SVG that takes its ink from the page, so that it reads on light and on dark."""

import io
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from shared.domain.errors import MissingExtra

NEEDS_EXTRA = "The curves of the report need matplotlib: pip install 'vitrine[evaluate]'."
COLOURS = ("#c8553d", "#5b8def", "#3f9c72", "#b0873b", "#9467bd", "#7a8290")
"""The first is ours. Middle tones, legible on white and on near-black."""

_INK = "#010203"
_BESIDE_THE_POINT = re.compile(r"\A.*?(?=<svg)|<metadata>.*?</metadata>", re.DOTALL)
"""The head of an XML file, and who drew it."""

Figures = Mapping[str, Sequence[float]]


def by_cut_off(curves: Figures) -> str:
    """NDCG at each length of list; one curve a system."""

    def draw(axes: Any) -> None:
        for (name, curve), colour in zip(curves.items(), _colours(len(curves)), strict=True):
            axes.plot(range(1, len(curve) + 1), curve, color=colour, label=name, linewidth=2)
        axes.set_xlabel("length of the list")
        axes.set_ylabel("NDCG")
        axes.set_ylim(bottom=0)
        _legend(axes, len(curves))

    return _svg(draw)


def by_system(figures: Mapping[str, tuple[float, float, float]], measure: str) -> str:
    """A point with its interval (figure, low, high) for each system, the first on top."""

    def draw(axes: Any) -> None:
        for row, (colour, (figure, low, high)) in enumerate(zip(_colours(len(figures)), figures.values(), strict=True)):
            axes.plot([low, high], [row, row], color=colour, linewidth=3, solid_capstyle="round")
            axes.plot([figure], [row], "o", color=colour, markersize=8)
        axes.set_yticks(range(len(figures)), list(figures))
        axes.invert_yaxis()
        axes.set_xlim(left=0)
        axes.set_xlabel(measure)

    return _svg(draw, height=0.8 + 0.5 * len(figures))


def by_band(figures: Mapping[str, Mapping[str, float]], bands: Sequence[str], measure: str, what: str) -> str:
    """A bar for each system in each band of ``what``; a system without a figure there has none."""

    def draw(axes: Any) -> None:
        width = 0.8 / max(len(figures), 1)
        for place, (colour, (name, own)) in enumerate(zip(_colours(len(figures)), figures.items(), strict=True)):
            offset = (place + 0.5) * width - 0.4
            places = [row + offset for row, band in enumerate(bands) if band in own]
            axes.bar(places, [own[band] for band in bands if band in own], width * 0.9, color=colour, label=name)
        axes.set_xticks(range(len(bands)), bands)
        axes.set_xlabel(what)
        axes.set_ylabel(measure)
        _legend(axes, len(figures))

    return _svg(draw)


def _legend(axes: Any, systems: int) -> None:
    """In a row above the drawing, where it hides nothing."""
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=systems, frameon=False, labelcolor=_INK, fontsize=8.5)


def _colours(count: int) -> list[str]:
    return [COLOURS[place % len(COLOURS)] for place in range(count)]


def _svg(draw: Callable[[Any], None], height: float = 3.4) -> str:
    """Raises MissingExtra. Equal figures give equal text: no date, no random ids."""
    try:
        import matplotlib as mpl
        from matplotlib.figure import Figure
    except ImportError as error:
        raise MissingExtra(NEEDS_EXTRA) from error
    style: dict[Any, Any] = {
        "svg.fonttype": "none",
        "svg.hashsalt": "vitrine",
        "font.family": "sans-serif",
        "font.size": 10,
        "text.color": _INK,
        "axes.edgecolor": _INK,
        "axes.labelcolor": _INK,
        "xtick.color": _INK,
        "ytick.color": _INK,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.grid": True,
        "axes.axisbelow": True,
        "grid.color": _INK,
        "grid.alpha": 0.12,
    }
    with mpl.rc_context(style):
        figure = Figure(figsize=(7.2, height), layout="constrained")
        draw(figure.add_subplot())
        drawn = io.StringIO()
        figure.savefig(drawn, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    return _BESIDE_THE_POINT.sub("", drawn.getvalue()).replace(_INK, "currentColor")
