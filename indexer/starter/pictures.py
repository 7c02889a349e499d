"""Pictures with captions to train on, and what is done to them so that the model does not trust the drawing too much.

A training set is a folder with ``designs.jsonl``: a line a picture, ``{"picture": file name, "captions": [...],
"group": text, "colour": text, "held_out": bool, "catalogue": bool}``. Pictures are RGBA PNGs of one size, transparent
around the product. Designs of one ``group`` differ only in details that captions hardly tell.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from shared.domain.errors import InvalidInput

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True, slots=True)
class TrainingSet:
    """``pixels`` is uint8 (n, side, side, 4); the rest has one entry a picture."""

    pixels: NDArray[np.uint8]
    captions: Sequence[tuple[str, ...]]
    groups: Sequence[str]
    colours: NDArray[np.str_]
    held_out: NDArray[np.bool_]
    catalogue: NDArray[np.bool_]

    def rows(self, held_out: bool, catalogue: bool) -> NDArray[np.intp]:
        return np.flatnonzero((self.held_out == held_out) & (self.catalogue == catalogue))


def read_training_set(folder: Path) -> TrainingSet:
    """Read the whole set into memory; raises InvalidInput where ``folder`` holds none."""
    from PIL import Image

    listing = folder / "designs.jsonl"
    if not listing.is_file():
        raise InvalidInput(f"{folder} holds no designs.jsonl: make one with `python -m local.demo_shop.training_set`.")
    lines = [json.loads(line) for line in listing.read_text(encoding="utf-8").splitlines()]
    pixels = np.stack([np.asarray(Image.open(folder / line["picture"]).convert("RGBA")) for line in lines])
    return TrainingSet(
        pixels=pixels,
        captions=[tuple(line["captions"]) for line in lines],
        groups=[line["group"] for line in lines],
        colours=np.array([line["colour"] for line in lines]),
        held_out=np.array([line["held_out"] for line in lines]),
        catalogue=np.array([line["catalogue"] for line in lines]),
    )


def on_backdrop(pixels: NDArray[np.uint8], colours: NDArray[np.float64]) -> NDArray[np.uint8]:
    """RGBA pictures (n, side, side, 4) laid on plain ``colours`` (n, 3) in 0..255: RGB (n, side, side, 3)."""
    alpha = pixels[..., 3:].astype(np.float32) / 255
    mixed = pixels[..., :3] * alpha + colours[:, None, None, :].astype(np.float32) * (1 - alpha)
    return np.clip(mixed + 0.5, 0, 255).astype(np.uint8)


class Augmenter:
    """Random views of RGBA pictures, as a shop's photos differ: framing, backdrop, light, sharpness, noise."""

    def __init__(self, size: int, seed: int) -> None:
        import torch

        self._size = size
        self._torch = torch
        self._random = torch.Generator().manual_seed(seed)

    def __call__(self, pixels: NDArray[np.uint8], strength: float = 1.0) -> "torch.Tensor":
        """Views of ``pixels`` (n, side, side, 4): float32 (n, 3, size, size) in 0..1; at ``strength`` 0 all alike."""
        torch = self._torch
        pictures = torch.from_numpy(pixels).permute(0, 3, 1, 2).float() / 255
        # Colours are mixed with their opacity before they are moved, or edges would turn dark.
        pictures[:, :3] *= pictures[:, 3:]
        moved = torch.nn.functional.grid_sample(pictures, self._frames(len(pixels), strength), align_corners=False)
        views = moved[:, :3] + self._backdrops(len(pixels), strength) * (1 - moved[:, 3:])
        return self._soften(self._light(views, strength), strength).clamp(0, 1)

    def _uniform(self, low: float, high: float, *shape: int) -> "torch.Tensor":
        return self._torch.empty(shape).uniform_(low, high, generator=self._random)

    def _about(self, middle: float, spread: float, *shape: int) -> "torch.Tensor":
        return self._uniform(middle - spread, middle + spread, *shape)

    def _maybe(self, chance: float, count: int) -> "torch.Tensor":
        return self._torch.lt(self._uniform(0, 1, count, 1, 1, 1), chance).float()

    def _frames(self, count: int, strength: float) -> Any:
        """Where each view looks: turned a little, mirrored, nearer or farther, wider or narrower, off the middle."""
        torch = self._torch
        zoom = self._about(1, 0.3 * strength, count)
        stretch = self._about(0, 0.2 * strength, count).exp()
        turn = self._about(0, 0.25 * strength, count) * (self._uniform(0, 1, count) < 0.6)
        mirror = torch.where(self._uniform(0, 1, count) < 0.5, -1.0, 1.0)
        frames = torch.zeros(count, 2, 3)
        frames[:, 0, 0], frames[:, 0, 1] = zoom * stretch * turn.cos() * mirror, -zoom * turn.sin()
        frames[:, 1, 0], frames[:, 1, 1] = zoom * turn.sin() * mirror, zoom / stretch * turn.cos()
        frames[:, :, 2] = self._about(0, 0.2 * strength, count, 2)
        size = [count, 4, self._size, self._size]
        return torch.nn.functional.affine_grid(frames, size, align_corners=False)

    def _backdrops(self, count: int, strength: float) -> Any:
        """White, as shops use, nearly as often as anything else; else a pale tone, or one tone into another."""
        torch = self._torch
        first, second = (self._uniform(1 - 0.8 * strength, 1, count, 3, 1, 1) for _ in range(2))
        grey = first.mean(dim=1, keepdim=True)
        pale = grey + (first - grey) * self._uniform(0, 0.8, count, 1, 1, 1)
        ramp = torch.linspace(0, 1, self._size).view(1, 1, -1, 1)
        tone = pale + (second - pale) * ramp * self._maybe(0.4, count)
        return tone + (1 - tone) * self._maybe(0.45, count)

    def _light(self, views: "torch.Tensor", strength: float) -> "torch.Tensor":
        count = len(views)
        brightness, contrast, saturation = (
            self._about(1, spread * strength, count, 1, 1, 1) for spread in (0.2, 0.25, 0.3)
        )
        tint = self._about(1, 0.05 * strength, count, 3, 1, 1)
        mean = views.mean(dim=(1, 2, 3), keepdim=True)
        views = ((views - mean) * contrast + mean) * brightness * tint
        grey = views.mean(dim=1, keepdim=True)
        return grey + (views - grey) * saturation

    def _soften(self, views: "torch.Tensor", strength: float) -> "torch.Tensor":
        """Some views as small thumbnails that were enlarged, some with a camera's noise."""
        functional = self._torch.nn.functional
        count, side = len(views), self._size
        small = functional.interpolate(views, size=side // 2, mode="bilinear", antialias=True)
        blurred = functional.interpolate(small, size=side, mode="bilinear")
        views = views + (blurred - views) * self._maybe(0.25 * strength, count)
        noise: torch.Tensor = self._torch.randn(views.shape, generator=self._random)
        return views + noise * self._uniform(0, 0.04, count, 1, 1, 1) * self._maybe(0.4 * strength, count)
