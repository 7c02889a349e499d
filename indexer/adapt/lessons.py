"""What a model learns of a shop: views of its photos beside captions of the products, with open_clip's own loss."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from indexer.adapt.captions import drawn
from indexer.adapt.loop import input_size, normaliser
from indexer.adapt.loss import captioned_views
from indexer.adapt.views import Views

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True, slots=True)
class Examples:
    """What may be learnt from, one entry a product. ``rows`` says where its photo is in ``pixels``, uint8
    (photos, side, side, 3), which may be mapped from a file.

    Of a ``family`` no two stand in one batch: each would be the other's counter-example. Those of a ``category`` are
    each other's hard ones.
    """

    pixels: NDArray[np.uint8]
    rows: NDArray[np.intp]
    captions: Sequence[tuple[str, ...]]
    families: Sequence[str]
    categories: Sequence[str]

    def __len__(self) -> int:
        return len(self.captions)


@dataclass(frozen=True, slots=True)
class Mixture:
    """How batches are made: ``batch`` products, two views of each.

    ``alike`` of the batches are half of one category: beside its like, what tells a product from others is its
    details. ``titles`` of the captions are titles, the rest made of fields. ``view_weight`` is what telling views
    of one photo from those of others counts beside telling captions.
    """

    batch: int = 128
    alike: float = 0.3
    titles: float = 0.5
    view_weight: float = 0.5
    strength: float = 1.0
    seed: int = 20


class ShopLessons:
    """The :class:`indexer.adapt.loop.Lessons` of a shop."""

    def __init__(self, model: Any, tokenizer: Any, examples: Examples, mixture: Mixture) -> None:
        self._device = str(model.logit_scale.device.type)
        self._normalise = normaliser(model)
        self._views = Views(input_size(model), mixture.strength)
        self._tokenizer = tokenizer
        self._examples = examples
        self._mixture = mixture

    def batches(self, done: int) -> "Iterator[tuple[torch.Tensor, torch.Tensor]]":
        """Two views of each photo, one of each first, and the tokens of a caption each."""
        for step, (rows, captions) in enumerate(batches(self._examples, self._mixture, done), start=done):
            pixels = self._examples.pixels[self._examples.rows[rows]]
            seed = self._mixture.seed * 1_000_003 + step
            views = self._views(np.concatenate([pixels, pixels]), seed, self._device)
            yield self._normalise(views), self._tokenizer(captions).to(self._device)

    def loss(self, model: Any, batch: "tuple[torch.Tensor, torch.Tensor]") -> "torch.Tensor":
        return captioned_views(model, *batch, self._mixture.view_weight)


def batches(examples: Examples, mixture: Mixture, done: int) -> Iterator[tuple[NDArray[np.intp], list[str]]]:
    """Rows in rising order and a caption each, from step ``done`` on, without end.

    An epoch goes through a permutation of all, so that each is seen as often as the others. Everything is drawn from
    the seed and the step: a run that goes on draws what it would have drawn.
    """
    categories = np.asarray(examples.categories, dtype=object)
    size = min(mixture.batch, len(set(examples.families)))
    a_step = max(1, len(examples) // size)
    step = done
    order, epoch = np.zeros(0, dtype=np.intp), -1
    while True:
        random = np.random.default_rng((mixture.seed, step))
        if step // a_step != epoch:
            epoch = step // a_step
            order = np.random.default_rng((mixture.seed, 1 << 32, epoch)).permutation(len(examples))
        chosen: dict[str, int] = {}
        if random.random() < mixture.alike:
            like = np.flatnonzero(categories == categories[random.integers(len(examples))])
            _add(chosen, random.permutation(like), examples.families, size // 2)
        start = step % a_step * size
        _add(chosen, np.roll(order, -start), examples.families, size)
        rows = np.sort(np.fromiter(chosen.values(), dtype=np.intp))
        yield rows, [drawn(examples.captions[row], mixture.titles, random) for row in rows]
        step += 1


def _add(chosen: dict[str, int], rows: NDArray[np.intp], families: Sequence[str], most: int) -> None:
    for row in rows:
        if len(chosen) >= most:
            return
        chosen.setdefault(families[row], int(row))
