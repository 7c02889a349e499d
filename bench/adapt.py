"""An encoder trained from scratch on 7,000 of 8,000 fashion photos, on this machine, and measured on the 1,000 others.

``python -m bench adapt`` takes about 25 minutes on two cores; ``--steps 240`` gives a first look in a few. The curve is
of the validation part; the held-out products are read once, at the end. A model that an earlier call has trained with
the same data and steps is not trained again while ``--work`` is the same folder.
"""

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexer.adapt.feed import Feed
from indexer.adapt.measure import KEYWORDS, LIVE, NEW, Finding, keyword_scores
from indexer.adapt.models import SCRATCH
from indexer.adapt.recall import CUTS, same_label_share
from indexer.adapt.run import SPLIT_SEED, Plan
from indexer.adapt.split import held_out
from indexer.images import ImageProblem, ImageSource
from local.commands.adapt import adaptation_for
from local.output import bars
from shared.adapters.encoder_folder import load_image_encoder
from shared.domain.products import Product
from shared.domain.spaces import Matrix
from shared.intake.fetch import FetchPolicy
from shared.settings import Settings

STEPS = 2_600
HELD_OUT = 1_000
_LABELS = ("articleType", "baseColour")


def measure(data: Path, work: Path, steps: int = STEPS) -> dict[str, Any]:
    feed, images = data / "fashion" / "catalogue.csv", data / "fashion" / "images"
    plan = Plan(SCRATCH, HELD_OUT, steps)
    with (
        bars(quiet=False) as progress,
        adaptation_for(Settings(data=work / "adapt"), Feed(str(feed)), images, progress) as adaptation,
    ):
        adapted = adaptation.run(plan, work / "adapt" / "encoder", replace=True)
    figures: dict[str, Any] = {
        **{f"products {side}": count for side, count in adapted.sides.items()},
        "steps": adapted.course.done,
        "seconds": adapted.seconds,
        "better than the starter by the interval": adapted.accepted,
    }
    for step, found in adapted.course.curve:
        figures[f"validation: title to photo, recall@10 after {step:,} steps"] = found
    for finding in adapted.findings:
        figures.update(_lines(finding))
    rows = _held_out_rows(feed)
    photos = _photos(rows, images)
    looks = {
        NEW: load_image_encoder(adapted.encoder).encode_images(photos),
        "starter": load_image_encoder(Settings().image_encoder).encode_images(photos),
    }
    figures.update(_alike(rows, looks))
    return figures


def _lines(finding: Finding) -> dict[str, Any]:
    systems = {"chance": finding.chance, **finding.shares}
    named = {"starter" if name == LIVE else name: shares for name, shares in systems.items()}
    lines = {
        f"{finding.question}, recall@{cut}: {name}": shares[number]
        for name, shares in named.items()
        for number, cut in enumerate(CUTS)
    }
    if finding.gain:
        mean, low, high = finding.gain[-1]
        lines[f"{finding.question}, recall@10: new less starter"] = f"{mean:+.3f} ({low:+.3f} to {high:+.3f})"
    return {f"{finding.question}: queries": finding.queries, **lines}


def _held_out_rows(feed: Path) -> list[dict[str, str]]:
    with feed.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    chosen = held_out([row["productDisplayName"] for row in rows], HELD_OUT, SPLIT_SEED)
    return [row for row, out in zip(rows, chosen, strict=True) if out]


def _photos(rows: Sequence[dict[str, str]], images: Path) -> list[NDArray[np.uint8]]:
    products = [Product(row["id"], row["productDisplayName"]) for row in rows]
    with ImageSource(images, None, FetchPolicy(), 224) as source:
        found = dict(source.load(products))
    return [picture for product in products if not isinstance(picture := found[product.id], ImageProblem)]


def _alike(rows: Sequence[dict[str, str]], looks: dict[str, Matrix]) -> dict[str, float]:
    """Of the ten products nearest to each held-out one: how many have its type, its colour, both."""
    titles = [row["productDisplayName"] for row in rows]
    scores = {name: vectors @ vectors.T for name, vectors in looks.items()}
    scores[f"{KEYWORDS}, asked for the title"] = keyword_scores(titles, titles)
    labels = {label: [row[label] for row in rows] for label in _LABELS}
    labels["both"] = [" ".join(row[label] for label in _LABELS) for row in rows]
    figures = {}
    for label, values in labels.items():
        for name, own in scores.items():
            share, chance = same_label_share(own, values)
            figures[f"photo to ten others, same {label}: {name}"] = share
        figures[f"photo to ten others, same {label}: chance"] = chance
    return figures
