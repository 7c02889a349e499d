"""Random views of product photos, as another photo of the same thing may differ."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from shared.domain.spaces import RgbImage

if TYPE_CHECKING:
    import torch

TURN = 0.12
"""Radians. Products lie and hang straight, nearly."""

COLOUR = 0.12
"""How far light, contrast and saturation go, relative. Little, and no tint: colour is what titles speak of."""


class Views:
    """Framing, mirror, a slight turn and light of its own for each photo. What lies outside repeats the edge, which
    on a shop's photo is the backdrop."""

    def __init__(self, size: int, strength: float = 1.0) -> None:
        self._size = size
        self._strength = strength

    def __call__(self, pixels: NDArray[np.uint8], seed: int, device: str = "cpu") -> "torch.Tensor":
        """Views of ``pixels`` (n, side, side, 3), float32 (n, 3, size, size) in 0..1; the same again with the seed."""
        import torch

        random = torch.Generator().manual_seed(seed)
        photos = as_pixels(pixels, device)
        frames = self._frames(len(pixels), random).to(device)
        grid = torch.nn.functional.affine_grid(frames, [len(pixels), 3, self._size, self._size], align_corners=False)
        views = torch.nn.functional.grid_sample(photos, grid, align_corners=False, padding_mode="border")
        light, contrast, saturation = (
            (1 + self._about(COLOUR, len(pixels), random)).view(-1, 1, 1, 1).to(device) for _ in range(3)
        )
        mean = views.mean(dim=(1, 2, 3), keepdim=True)
        views = ((views - mean) * contrast + mean) * light
        grey = views.mean(dim=1, keepdim=True)
        return (grey + (views - grey) * saturation).clamp(0, 1)

    def _about(self, spread: float, count: int, random: "torch.Generator") -> "torch.Tensor":
        import torch

        reach = spread * self._strength
        return torch.empty(count).uniform_(-reach, reach, generator=random)

    def _frames(self, count: int, random: "torch.Generator") -> "torch.Tensor":
        """The affine maps from view to photo, shape (n, 2, 3)."""
        import torch

        zoom = 0.92 + self._about(0.18, count, random)
        stretch, turn = self._about(0.12, count, random).exp(), self._about(TURN, count, random)
        mirror = torch.where(torch.rand(count, generator=random) < 0.5, -1.0, 1.0)
        frames = torch.zeros(count, 2, 3)
        frames[:, 0, 0], frames[:, 0, 1] = zoom * stretch * turn.cos() * mirror, -zoom * turn.sin()
        frames[:, 1, 0], frames[:, 1, 1] = zoom * turn.sin() * mirror, zoom / stretch * turn.cos()
        frames[:, :, 2] = torch.stack([self._about(0.12, count, random) for _ in range(2)], dim=1)
        return frames


def as_pixels(photos: NDArray[np.uint8], device: str) -> "torch.Tensor":
    """uint8 (n, side, side, 3) as float32 (n, 3, side, side) in 0..1."""
    import torch

    return torch.from_numpy(photos).to(device).permute(0, 3, 1, 2).float() / 255


def another_view(picture: RgbImage, random: np.random.Generator) -> RgbImage:
    """``picture`` as somebody else would crop, mirror and light it: 75 to 95% of each side, light by up to 15%.

    What encoders are measured with: plain numpy, so that no encoder is asked for just what it was trained on.
    """
    height, width = picture.shape[:2]
    rows, columns = (max(1, round(side * random.uniform(0.75, 0.95))) for side in (height, width))
    top, left = int(random.integers(height - rows + 1)), int(random.integers(width - columns + 1))
    cropped = picture[top : top + rows, left : left + columns]
    mirrored = cropped[:, ::-1] if random.random() < 0.5 else cropped
    lit = np.clip(mirrored * random.uniform(0.85, 1.15), 0, 255).astype(np.uint8)
    return np.ascontiguousarray(lit)
