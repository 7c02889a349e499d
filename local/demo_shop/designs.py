"""A design: everything that decides how a product looks, shared by the catalogue and the drawing."""

from dataclasses import dataclass
from random import Random

from local.demo_shop.colours import ACCENTS, COLOURS
from local.demo_shop.kinds import KINDS

SHAPE_PARAMETERS = 8


@dataclass(frozen=True, slots=True)
class Design:
    """How one product looks.

    ``kind`` is a key of ``KINDS``, ``colour`` and ``accent`` are names of the palette, ``pattern`` one of
    ``kinds.kind.PATTERNS``. ``shape`` holds ``SHAPE_PARAMETERS`` numbers in [0, 1]; what each of the first six
    means (sleeve length, heel height, number of drawers) belongs to the silhouette, the seventh varies the
    pattern and the eighth the backdrop.
    """

    kind: str
    colour: str
    accent: str
    pattern: str
    shape: tuple[float, ...]


def random_shape(rng: Random) -> tuple[float, ...]:
    """Shape parameters, evenly spread, rounded so that they survive a text file."""
    return tuple(round(rng.random(), 3) for _ in range(SHAPE_PARAMETERS))


def random_design(rng: Random, kind: str | None = None) -> Design:
    """Any product the shop could sell: a kind (or the given one), a colour, a pattern that suits it, a shape."""
    chosen = KINDS[kind or rng.choice(tuple(KINDS))]
    colour = rng.choice(chosen.colours or COLOURS)
    # Patterned and plain things as a shop has them: plain ones are about two fifths where a kind comes in patterns.
    patterned = [pattern for pattern in chosen.patterns if pattern != "plain"]
    pattern = rng.choice(patterned) if patterned and rng.random() < 0.6 else "plain"
    return Design(chosen.key, colour, rng.choice(ACCENTS[colour]), pattern, random_shape(rng))
