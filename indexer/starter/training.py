"""Train a small CLIP model (Radford et al., 2021) on pictures and captions, with open_clip's own loss."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexer.starter.pictures import Augmenter, TrainingSet

CHECKPOINT_EVERY = 50
WARM_UP = 0.05
MAX_SCALE = math.log(100)


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
    import torch

    torch.manual_seed(plan.seed)
    model.visual.to(memory_format=torch.channels_last)
    optimiser = torch.optim.AdamW(_groups(model, plan.weight_decay), lr=plan.learning_rate, betas=(0.9, 0.98))
    checkpoint = work / "checkpoint.pt"
    done = 0
    if checkpoint.exists():
        state = torch.load(checkpoint, weights_only=True)
        model.load_state_dict(state["model"])
        optimiser.load_state_dict(state["optimiser"])
        done = int(state["done"])
    normalise = _normaliser(model)
    augment = Augmenter(_size(model), plan.seed + done)
    model.train()
    for step, (rows, captions) in enumerate(_batches(pictures, plan, done), start=done):
        for group in optimiser.param_groups:
            group["lr"] = _rate(step, plan)
        pixels = pictures.pixels[rows]
        views = normalise(torch.cat([augment(pixels, plan.mild), augment(pixels)]))
        loss = _loss(model, views, tokenizer(captions), plan.view_weight)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        with torch.no_grad():
            model.logit_scale.clamp_(0, MAX_SCALE)
        if (step + 1) % CHECKPOINT_EVERY == 0 or step + 1 == plan.steps:
            print(f"step {step + 1} of {plan.steps}: loss {loss.item():.3f}", flush=True)
            state = {"model": model.state_dict(), "optimiser": optimiser.state_dict(), "done": step + 1}
            torch.save(state, checkpoint.with_suffix(".partial"))
            checkpoint.with_suffix(".partial").replace(checkpoint)
    model.eval()


def _loss(model: Any, views: Any, tokens: Any, view_weight: float) -> Any:
    import torch
    from open_clip.loss import ClipLoss

    measure = ClipLoss()
    images = model.encode_image(views, normalize=True)
    # Tokens are padded to the full context; no caption comes near it.
    texts = model.encode_text(tokens, normalize=True)
    scale = model.logit_scale.exp()
    one, other = images.chunk(2)
    captioned: torch.Tensor = (measure(one, texts, scale) + measure(other, texts, scale)) / 2
    return captioned + view_weight * measure(one, other, scale)


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


def _groups(model: Any, weight_decay: float) -> Sequence[dict[str, Any]]:
    """Weights decay; biases, norms, positions and the scale do not, and the table of meanings stays as it is."""
    model.token_embedding.weight.requires_grad_(False)
    learnt = [(name, weight) for name, weight in model.named_parameters() if weight.requires_grad]
    free = {name for name, weight in learnt if weight.ndim < 2 or "positional" in name}
    return [
        {"params": [weight for name, weight in learnt if name not in free], "weight_decay": weight_decay},
        {"params": [weight for name, weight in learnt if name in free], "weight_decay": 0.0},
    ]


def _rate(step: int, plan: Plan) -> float:
    warm = max(1, int(plan.steps * WARM_UP))
    if step < warm:
        return plan.learning_rate * (step + 1) / warm
    return plan.learning_rate * (0.5 + 0.5 * math.cos(math.pi * (step - warm) / max(1, plan.steps - warm)))


def _size(model: Any) -> int:
    size = model.visual.preprocess_cfg["size"]
    return int(size if isinstance(size, int) else size[0])


def _normaliser(model: Any) -> Any:
    import torch

    settings = model.visual.preprocess_cfg
    mean, std = (torch.tensor(settings[key]).view(1, 3, 1, 1) for key in ("mean", "std"))
    return lambda views: ((views - mean) / std).contiguous(memory_format=torch.channels_last)
