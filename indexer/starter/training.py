"""What the starter image encoder learns from: views of drawn pictures, and captions, with open_clip's own loss."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexer.adapt.loop import Course, Schedule, input_size, normaliser
from indexer.adapt.loop import train as learn
from indexer.adapt.loss import captioned_views
from indexer.starter.pictures import Augmenter, TrainingSet

SAY_EVERY = 50


@dataclass(frozen=True, slots=True)
class Plan:
    """``batch`` counts designs, of which each shows two views, a mild and a strong one.

    ``view_weight`` is what telling views of one picture from those of others counts beside telling captions: it
    teaches details that captions leave out. ``few_colours`` of the first batches, and fewer and fewer of the later
    ones, have products of two colours only: colour is what such a model learns first, and where it tells nothing,
    kind and pattern have to.
    """

    steps: int = 1900
    batch: int = 128
    learning_rate: float = 2e-3
    weight_decay: float = 0.05
    view_weight: float = 0.5
    few_colours: float = 0.8
    mild: float = 0.35
    plain_captions: float = 0.35
    seed: int = 20


def train(model: Any, tokenizer: Any, pictures: TrainingSet, plan: Plan, work: Path) -> None:
    """Train ``model`` in place; a checkpoint in ``work`` lets a run that was stopped go on where it was."""
    model.token_embedding.weight.requires_grad_(False)  # its words keep their meanings
    schedule = Schedule(plan.steps, plan.learning_rate, plan.weight_decay, SAY_EVERY, seed=plan.seed)
    learn(model, _Drawings(model, tokenizer, pictures, plan), schedule, work, _say)


def _say(course: Course) -> None:
    if course.done and course.done % SAY_EVERY == 0:
        print(f"step {course.done}: loss {course.loss:.3f}", flush=True)


class _Drawings:
    def __init__(self, model: Any, tokenizer: Any, pictures: TrainingSet, plan: Plan) -> None:
        self._size = input_size(model)
        self._normalise = normaliser(model)
        self._tokenizer = tokenizer
        self._pictures = pictures
        self._plan = plan

    def batches(self, done: int) -> Iterator[tuple[Any, Any]]:
        """Two views of each picture, the mild ones first, and the tokens of a caption each."""
        import torch

        augment = Augmenter(self._size, self._plan.seed + done)
        for rows, captions in _batches(self._pictures, self._plan, done):
            pixels = self._pictures.pixels[rows]
            views = torch.cat([augment(pixels, self._plan.mild), augment(pixels)])
            yield self._normalise(views), self._tokenizer(captions)

    def loss(self, model: Any, batch: tuple[Any, Any]) -> Any:
        return captioned_views(model, *batch, self._plan.view_weight)


def _batches(pictures: TrainingSet, plan: Plan, done: int) -> Iterator[tuple[NDArray[np.intp], list[str]]]:
    """Rows and a caption each. No group comes twice in a batch: it would be its own counter-example."""
    every = pictures.rows(held_out=False, catalogue=False)
    colours = np.unique(pictures.colours[every])
    for step in range(done, plan.steps):
        random = np.random.default_rng((plan.seed, step))
        rows = every
        if random.random() < plan.few_colours * (1 - step / plan.steps):
            rows = every[np.isin(pictures.colours[every], random.permutation(colours)[:2])]
        chosen: dict[str, int] = {}
        for row in random.permutation(rows):
            chosen.setdefault(pictures.groups[row], int(row))
            if len(chosen) == plan.batch:
                break
        batch = np.array(list(chosen.values()))
        yield batch, [_caption(pictures.captions[row], plan, random) for row in batch]


def _caption(captions: Sequence[str], plan: Plan, random: np.random.Generator) -> str:
    """The plain caption, which comes first, or a paraphrase."""
    return captions[0] if random.random() < plan.plain_captions else str(random.choice(captions[1:] or captions))
