"""One training loop: a CLIP model (Radford et al., 2021) that learns from batches, can be stopped and goes on."""

import math
import pickle
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from shared.domain.errors import EncoderUnavailable

if TYPE_CHECKING:
    import torch

CHECKPOINT, BEST = "checkpoint.pt", "best.pt"
WARM_UP = 0.05
MAX_SCALE = math.log(100)
"""CLIP's own bound of the logit scale: beyond it training becomes unstable."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """The learning rate warms up and then falls along half a cosine; ``every`` steps there is a checkpoint.

    ``patience`` is how many judgements in a row may bring nothing better before training stops; 0 never stops it.
    """

    steps: int
    learning_rate: float
    weight_decay: float
    every: int = 50
    patience: int = 0
    seed: int = 20

    def rate(self, step: int) -> float:
        warm = max(1, int(self.steps * WARM_UP))
        if step < warm:
            return self.learning_rate * (step + 1) / warm
        return self.learning_rate * (0.5 + 0.5 * math.cos(math.pi * (step - warm) / max(1, self.steps - warm)))


class Lessons(Protocol):
    """What a model learns from."""

    def batches(self, done: int) -> Iterator[Any]:
        """The batches from step ``done`` on, one a step."""

    def loss(self, model: Any, batch: Any) -> "torch.Tensor": ...


@dataclass(slots=True)
class Course:
    """How training went: steps done, the last loss, and (step, judgement) pairs, of which a higher one is better."""

    done: int = 0
    loss: float = math.nan
    curve: list[tuple[int, float]] = field(default_factory=list)

    @property
    def best(self) -> tuple[int, float]:
        """The first of the best judgements; (0, -inf) where there was none."""
        return max(self.curve, key=lambda point: (point[1], -point[0]), default=(0, -math.inf))

    def waited(self) -> int:
        """Judgements since the best one."""
        return sum(step > self.best[0] for step, _ in self.curve)


def train(
    model: Any,
    lessons: Lessons,
    schedule: Schedule,
    work: Path,
    watch: Callable[[Course], None],
    judge: Callable[[Any], float] | None = None,
) -> Course:
    """Train the weights of ``model`` that ask for it, in place, where ``model`` is (CPU or GPU).

    A checkpoint in ``work`` lets a run that was stopped go on where it was, to the same end. With ``judge``, the model
    is judged at every checkpoint and ends as it was when judged best. ``watch`` sees the course before the first step
    and after each. Raises EncoderUnavailable for a checkpoint that cannot be read.
    """
    import torch

    torch.manual_seed(schedule.seed)
    model.visual.to(memory_format=torch.channels_last)
    optimiser = torch.optim.AdamW(_groups(model, schedule.weight_decay), lr=schedule.learning_rate, betas=(0.9, 0.98))
    course = _resume(model, optimiser, work)
    watch(course)
    batches = lessons.batches(course.done)
    model.train()
    while course.done < schedule.steps and not _stalled(course, schedule):
        for group in optimiser.param_groups:
            group["lr"] = schedule.rate(course.done)
        course.loss = _learn(model, optimiser, lessons, next(batches))
        course.done += 1
        if course.done % schedule.every == 0 or course.done == schedule.steps:
            _keep(model, optimiser, course, work, judge)
        watch(course)
    if judge and (work / BEST).exists():
        model.load_state_dict(_read(work / BEST, _device(model)))
    model.eval()
    return course


def _learn(model: Any, optimiser: Any, lessons: Lessons, batch: Any) -> float:
    import torch

    device = _device(model)
    # Eight-bit exponents keep float32's range, so bfloat16 needs no scaling of the loss.
    with torch.autocast(device, torch.bfloat16, enabled=device == "cuda"):
        loss: Any = lessons.loss(model, batch)
    optimiser.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimiser.step()
    with torch.no_grad():
        model.logit_scale.clamp_(0, MAX_SCALE)
    return float(loss.item())


def _stalled(course: Course, schedule: Schedule) -> bool:
    return 0 < schedule.patience <= course.waited()


def _keep(model: Any, optimiser: Any, course: Course, work: Path, judge: Callable[[Any], float] | None) -> None:
    """Judge, then keep the model, the best one first: a kill in between costs one judgement, made again."""
    import torch

    random = torch.get_rng_state()
    if judge:
        model.eval()
        course.curve.append((course.done, judge(model)))
        model.train()
        if course.waited() == 0:
            _write(model.state_dict(), work / BEST)
    state = {"model": model.state_dict(), "optimiser": optimiser.state_dict(), "random": random}
    course_state = {"done": course.done, "loss": course.loss, "curve": [list(point) for point in course.curve]}
    _write({**state, **course_state}, work / CHECKPOINT)
    torch.set_rng_state(random)


def _resume(model: Any, optimiser: Any, work: Path) -> Course:
    import torch

    if not (work / CHECKPOINT).exists():
        return Course()
    state = _read(work / CHECKPOINT, _device(model))
    try:
        model.load_state_dict(state["model"])
        optimiser.load_state_dict(state["optimiser"])
        torch.set_rng_state(state["random"].cpu())
        curve = [(int(step), float(value)) for step, value in state["curve"]]
        return Course(int(state["done"]), float(state["loss"]), curve)
    except (KeyError, TypeError, ValueError, RuntimeError) as problem:
        raise _broken(work / CHECKPOINT, "it is of another model") from problem


def _read(path: Path, device: str) -> Any:
    import torch

    try:
        return torch.load(path, weights_only=True, map_location=device)
    except (OSError, RuntimeError, EOFError, ValueError, KeyError, pickle.UnpicklingError) as problem:
        raise _broken(path, str(problem).strip().partition("\n")[0][:100] or "it breaks off") from problem


def _broken(path: Path, why: str) -> EncoderUnavailable:
    return EncoderUnavailable(f"The checkpoint {path} cannot be used ({why}): delete its folder to start anew.")


def _write(state: Any, path: Path) -> None:
    import torch

    torch.save(state, path.with_suffix(".partial"))
    path.with_suffix(".partial").replace(path)


def _groups(model: Any, weight_decay: float) -> Sequence[dict[str, Any]]:
    """Weights decay; biases, norms and the scale do not, nor what is looked up, or words that no caption uses fade."""
    learnt = [(name, weight) for name, weight in model.named_parameters() if weight.requires_grad]
    free = {name for name, weight in learnt if weight.ndim < 2 or _table(name)}
    return [
        {"params": [weight for name, weight in learnt if name not in free], "weight_decay": weight_decay},
        {"params": [weight for name, weight in learnt if name in free], "weight_decay": 0.0},
    ]


def _table(name: str) -> bool:
    return "positional" in name or "token_embedding" in name


def _device(model: Any) -> str:
    return str(model.logit_scale.device.type)


def input_size(model: Any) -> int:
    """The side in pixels of what ``model`` looks at."""
    size = model.visual.preprocess_cfg["size"]
    return int(size if isinstance(size, int) else size[0])


def normaliser(model: Any) -> "Callable[[torch.Tensor], torch.Tensor]":
    """Turns RGB in 0..1, shape (n, 3, size, size), into what the image tower takes."""
    import torch

    settings = model.visual.preprocess_cfg
    mean, std = (torch.tensor(settings[key], device=_device(model)).view(1, 3, 1, 1) for key in ("mean", "std"))
    return lambda views: ((views - mean) / std).contiguous(memory_format=torch.channels_last)
