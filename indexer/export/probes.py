"""A few texts and pictures that every export is checked on before it is handed out."""

import numpy as np

from shared.domain.spaces import RgbImage

TEXTS = (
    "Red cotton shirt with long sleeves",
    "Nike Men Black Running Shoes",
    "Women's quilted winter jacket, waterproof, hooded, size M",
    "Stainless steel kitchen knife set of five",
    "wooden train for toddlers",
    "Sofa cushion 45 × 45 cm, sage green linen",
    "A slim leather wallet. Brand: Fossil. Accessories > Wallets > Brown. Holds eight cards and folded notes.",
    "garden hose",
    "blue",
    "Something to wear at a summer wedding by the sea",
    "USB-C charger 65W",
    "ceramic mug, dishwasher-safe",
)


def images(count: int = 8, seed: int = 7) -> list[RgbImage]:
    """Pictures of different shapes: a gradient of two colours with rectangles and a little noise."""
    rng = np.random.default_rng(seed)
    pictures = []
    for _ in range(count):
        height, width = (int(side) for side in rng.integers(120, 360, size=2))
        ramp = np.linspace(0, 1, height)[:, None, None] * np.linspace(0, 1, width)[None, :, None]
        picture = rng.uniform(0, 255, 3) * ramp + rng.uniform(0, 255, 3) * (1 - ramp)
        for _ in range(4):
            top, left = int(rng.integers(height)), int(rng.integers(width))
            picture[top : top + height // 3, left : left + width // 3] = rng.uniform(0, 255, 3)
        noise = rng.normal(0, 6, (height, width, 3))
        pictures.append(np.clip(picture + noise, 0, 255).astype(np.uint8))
    return pictures
