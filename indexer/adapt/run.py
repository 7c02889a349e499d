"""``vitrine adapt``: from a shop's feed and photos to an encoder that has shown that it finds more."""

import hashlib
import json
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexer.adapt.captions import captions
from indexer.adapt.feed import Feed, read_products
from indexer.adapt.interpolate import interpolate
from indexer.adapt.lessons import Examples, Mixture, ShopLessons
from indexer.adapt.loop import Course, Schedule, normaliser, train
from indexer.adapt.measure import LIVE, NEW, TITLE, Finding, better, compare
from indexer.adapt.models import STARTER, Beginning, Starters, begin, lock, require_torch
from indexer.adapt.photos import Photos, keep_photos
from indexer.adapt.split import families, held_out
from indexer.adapt.starter_weights import settle_norms
from indexer.adapt.validation import Validation
from indexer.adapt.views import as_pixels
from indexer.export import quantise
from indexer.export.clip import export_model, image_preprocessing
from indexer.export.graph import require_place, staging
from indexer.images import ImageSource
from indexer.progress import Progress
from shared.adapters.encoder_folder import MANIFEST, load_image_encoder
from shared.adapters.file_turns import FileTurns
from shared.domain.errors import GateRefused, InvalidInput
from shared.domain.spaces import EncoderInfo
from shared.ports import ImageEncoder

LEAST = 120
"""Products with a photo below which there is nothing to learn from and nothing to measure on."""

SPLIT_SEED = 1
DEVICES = ("auto", "cpu", "cuda")
_MODEL, _PHOTOS, _ENCODER, _PLAN = "model", "photos", "encoder", "plan.json"
_JUDGEMENTS, _PATIENCE = 25, 8
_LEAST_MEASURED, _MOST_MEASURED = 30, 1_000
_SETTLED_ON = 256


@dataclass(frozen=True, slots=True)
class Plan:
    """How to learn. ``held_out`` products are measured on, 0 for an eighth of them, within 30 and 1,000.

    ``learning_rate`` and ``epochs`` of 0 are what suits the model's beginning; ``steps`` of 0 are those epochs'.
    ``layers`` above 0 locks all layers of each tower but the top ones.
    """

    source: str = STARTER
    held_out: int = 0
    steps: int = 0
    epochs: int = 0
    layers: int = 0
    learning_rate: float = 0.0
    device: str = "auto"
    mixture: Mixture = field(default_factory=Mixture)

    def schedule(self, tuned: bool, products: int) -> Schedule:
        steps = self.steps or max(1, (self.epochs or (10 if tuned else 50)) * products // self.mixture.batch)
        return Schedule(
            steps=steps,
            learning_rate=self.learning_rate or (1e-5 if tuned else 2e-3),
            weight_decay=0.1,
            every=max(1, min(steps, max(10, steps // _JUDGEMENTS))),
            patience=_PATIENCE,
            seed=self.mixture.seed,
        )


@dataclass(frozen=True, slots=True)
class Adapted:
    """What came of it. ``sides`` counts the products learnt from, validated and measured on. ``encoder``
    is where it lies: at the target, or in the work folder where it was refused."""

    info: EncoderInfo
    encoder: Path
    accepted: bool
    sides: Mapping[str, int]
    course: Course
    kept_share: float
    findings: list[Finding]
    seconds: float

    def require_better(self) -> None:
        """Raises GateRefused for an encoder that has not shown a gain."""
        if not self.accepted:
            mean, low, high = next(finding.gain[-1] for finding in self.findings if finding.question == TITLE)
            raise GateRefused(
                f"The new encoder is not better than the live one by the interval (recall@10 of titles {mean:+.3f}, "
                f"95% {low:+.3f} to {high:+.3f}), so nothing was replaced: it lies in {self.encoder} if you want it."
            )


@dataclass(frozen=True, slots=True)
class _Sides:
    """Rows of the photos: what is learnt from, what decides when to stop, and what is read once at the end."""

    learn: NDArray[np.intp]
    validate: NDArray[np.intp]
    measure: NDArray[np.intp]

    def sizes(self) -> dict[str, int]:
        return {"learnt": len(self.learn), "validated": len(self.validate), "measured": len(self.measure)}


class Adaptation:
    """One run with the parts passed in: the shop's feed and pictures, the live encoder, and a folder to work in."""

    def __init__(
        self, feed: Feed, source: ImageSource, live: ImageEncoder, starters: Starters, work: Path, progress: Progress
    ) -> None:
        self._feed = feed
        self._source = source
        self._live = live
        self._starters = starters
        self._work = work
        self._progress = progress

    def run(self, plan: Plan, target: Path, replace: bool = False) -> Adapted:
        """Write the encoder folder ``target`` if the new encoder is better than the live one.

        A run that was stopped goes on from its last checkpoint. Raises InvalidInput for a folder that holds something
        and for too few products, MissingExtra without torch, EncoderUnavailable for a model that cannot be had, and
        Busy where another run is at work in the folder: each forgets the other's model.
        """
        with FileTurns(self._work).take("adapt"):
            return self._run(plan, target, replace)

    def _run(self, plan: Plan, target: Path, replace: bool) -> Adapted:
        started = time.perf_counter()
        require_torch()
        _require_free(target, replace)
        device = _device(plan.device)
        products = read_products(self._feed, self._progress)
        beginning, folder = self._begin(plan, [product.title for product in products])
        rules = image_preprocessing(beginning.model.visual.preprocess_cfg)
        photos = keep_photos(products, self._source, rules, self._work / _PHOTOS, self._progress)
        names = families([each.title for each in photos.products], [each.item_group_id for each in photos.products])
        sides = _sides(names, plan.held_out)
        examples = _examples(photos, names, sides.learn)
        schedule = plan.schedule(beginning.tuned, len(examples))
        _settle(folder, plan, schedule, examples, photos.digest)
        if plan.source == STARTER:
            _settle_norms(beginning.model, examples)
        validation = Validation(beginning, photos, names, sides.validate)
        before = {name: weight.clone() for name, weight in beginning.model.state_dict().items()}
        if plan.layers:
            lock(beginning, plan.layers)
        beginning.model.to(device)
        lessons = ShopLessons(beginning.model, beginning.tokenizer, examples, plan.mixture)
        course = train(beginning.model, lessons, schedule, folder, self._watch(schedule), validation.judge)
        share = interpolate(beginning.model, before, validation.judge) if beginning.tuned else 1.0
        info = self._export(beginning, target.name)
        findings = self._compare(photos, names, sides.measure)
        accepted = better(findings)
        return Adapted(
            info,
            self._install(target) if accepted else self._work / _ENCODER,
            accepted,
            sides.sizes(),
            course,
            share,
            findings,
            time.perf_counter() - started,
        )

    def _begin(self, plan: Plan, titles: list[str]) -> tuple[Beginning, Path]:
        """The model before it has learnt anything, and the folder that keeps it: one for each beginning and feed."""
        said = json.dumps([plan.source, plan.mixture.seed, sorted(set(titles))])
        folder = self._work / _MODEL / hashlib.sha256(said.encode()).hexdigest()[:16]
        for other in folder.parent.glob("*"):
            if other != folder:
                shutil.rmtree(other)
        folder.mkdir(parents=True, exist_ok=True)
        import torch

        torch.manual_seed(plan.mixture.seed)
        return begin(plan.source, self._starters, titles, folder), folder

    def _watch(self, schedule: Schedule) -> Callable[[Course], None]:
        shown = 0

        def watch(course: Course) -> None:
            nonlocal shown
            if not shown:
                self._progress.stage("Learning", schedule.steps)
            self._progress.advance(course.done - shown)
            shown = course.done

        return watch

    def _export(self, beginning: Beginning, name: str) -> EncoderInfo:
        self._progress.stage("Exporting")
        model = beginning.model.to("cpu").eval()
        ways = quantise.WAYS if beginning.tuned else (quantise.store,)
        target = self._work / _ENCODER
        return export_model(model, beginning.transform, beginning.tokenizer, target, quantise_by=ways, name=name)

    def _compare(self, photos: Photos, names: list[str], rows: NDArray[np.intp]) -> list[Finding]:
        encoders: Mapping[str, ImageEncoder] = {NEW: load_image_encoder(self._work / _ENCODER), LIVE: self._live}
        products = [photos.products[row] for row in rows]
        return compare(encoders, products, [names[row] for row in rows], self._source, self._progress)

    def _install(self, target: Path) -> Path:
        with staging(target) as folder:
            shutil.copytree(self._work / _ENCODER, folder, dirs_exist_ok=True)
        return target


def _require_free(target: Path, replace: bool) -> None:
    if (target / MANIFEST).exists() and not replace:
        raise InvalidInput(f"{target} holds an encoder already: give another folder, or say --replace.")
    require_place(target)


def _device(asked: str) -> str:
    import torch

    if asked not in DEVICES:
        raise InvalidInput(f"--device {asked} is not known: say {' or '.join(DEVICES)}.")
    if asked == "cuda" and not torch.cuda.is_available():
        raise InvalidInput("There is no GPU that torch can use: leave --device out, or say --device cpu.")
    return asked if asked != "auto" else "cuda" if torch.cuda.is_available() else "cpu"


def _sides(names: list[str], count: int) -> _Sides:
    """Whole families on each side; the validation part is of what is left to learn from."""
    if len(names) < LEAST:
        raise InvalidInput(f"{len(names)} products have a photo that can be read: at least {LEAST} are needed.")
    count = count or max(_LEAST_MEASURED, min(_MOST_MEASURED, len(names) // 8))
    if count > len(names) // 2:
        raise InvalidInput(
            f"--held-out {count} is more than half of the {len(names)} products with a photo: give less."
        )
    measured = held_out(names, count, SPLIT_SEED)
    left = np.flatnonzero(~measured)
    judged = held_out([names[row] for row in left], min(_MOST_MEASURED // 2, len(left) // 10), SPLIT_SEED + 1)
    return _Sides(left[~judged], left[judged], np.flatnonzero(measured))


def _examples(photos: Photos, names: list[str], rows: NDArray[np.intp]) -> Examples:
    own = [photos.products[row] for row in rows]
    return Examples(
        pixels=photos.pixels,
        rows=rows,
        captions=[captions(product) for product in own],
        families=[names[row] for row in rows],
        categories=[product.categories[-1] if product.categories else "" for product in own],
    )


def _settle_norms(model: Any, examples: Examples) -> None:
    pixels = as_pixels(examples.pixels[examples.rows[:_SETTLED_ON]], "cpu")
    settle_norms(model, normaliser(model)(pixels))


def _settle(folder: Path, plan: Plan, schedule: Schedule, examples: Examples, photos: str) -> None:
    """Forget what was learnt under another plan, or from other products or photos: it would go on to another end."""
    digest = hashlib.sha256(json.dumps([examples.captions, examples.families, photos]).encode()).hexdigest()
    settled = json.dumps({"plan": asdict(plan), "schedule": asdict(schedule), "examples": digest})
    if (folder / _PLAN).exists() and (folder / _PLAN).read_text(encoding="utf-8") != settled:
        for file in folder.glob("*.pt"):
            file.unlink()
    (folder / _PLAN).write_text(settled, encoding="utf-8")


def record(adapted: Adapted) -> dict[str, Any]:
    """For programs."""
    return {
        "encoder": adapted.info.name,
        "revision": adapted.info.revision,
        "dimensions": adapted.info.dimensions,
        "folder": str(adapted.encoder),
        "accepted": adapted.accepted,
        "products": dict(adapted.sides),
        "steps": adapted.course.done,
        "curve": adapted.course.curve,
        "learnt_share": adapted.kept_share,
        "findings": [asdict(finding) for finding in adapted.findings],
        "seconds": round(adapted.seconds, 1),
    }
