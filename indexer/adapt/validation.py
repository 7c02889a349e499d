"""How good a model in training is, on products that it does not learn from."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexer.adapt.loop import normaliser
from indexer.adapt.models import Beginning
from indexer.adapt.photos import Photos
from indexer.adapt.recall import CUTS, ranks
from indexer.adapt.views import as_pixels
from shared.domain.spaces import Matrix

_BATCH = 128


class Validation:
    """Recall@10 of titles among the photos of the rows given."""

    def __init__(self, beginning: Beginning, photos: Photos, families: list[str], rows: NDArray[np.intp]) -> None:
        self._tokenizer = beginning.tokenizer
        self._pixels = photos.pixels
        self._rows = rows
        self._titles = [photos.products[row].title for row in rows]
        self._families = [families[row] for row in rows]

    def judge(self, model: Any) -> float:
        return float(np.mean(ranks(self._scores(model), self._families, self._families) < CUTS[-1]))

    def _scores(self, model: Any) -> Matrix:
        """Each title beside each photo, by the model in its present state."""
        import torch

        device = model.logit_scale.device
        normalise = normaliser(model)
        images, texts = [], []
        with torch.inference_mode():
            for first in range(0, len(self._rows), _BATCH):
                rows = self._rows[first : first + _BATCH]
                pixels = as_pixels(self._pixels[rows], device.type)
                images.append(model.encode_image(normalise(pixels), normalize=True))
                tokens = self._tokenizer(self._titles[first : first + _BATCH]).to(device)
                texts.append(model.encode_text(tokens, normalize=True))
            scores: Matrix = (torch.cat(texts).float() @ torch.cat(images).float().T).cpu().numpy()
        return scores
