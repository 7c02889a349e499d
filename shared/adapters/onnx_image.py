"""Pictures and texts to embeddings in one space, through an exported CLIP model (Radford et al., 2021)."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from shared.adapters.encoder_folder import IMAGE_GRAPH, EncoderFolder, ImagePreprocessing, ResizeMode
from shared.adapters.onnx_graph import OnnxGraph
from shared.adapters.onnx_text import OnnxTextEncoder
from shared.domain.errors import EncoderUnavailable, InvalidInput, MissingExtra
from shared.domain.spaces import EncoderInfo, Matrix, RgbImage

if TYPE_CHECKING:
    from PIL import Image

IMAGES_PER_BATCH = 32
MAX_ASPECT = 8
"""Beyond it the ends of a picture are cut off first: its central square stays the same, and a hair of a picture
does not grow to gigabytes when its short side is enlarged."""


class OnnxClipEncoder:
    """The ImageEncoder port over an encoder folder. Needs onnxruntime, tokenizers, Pillow and numpy, and no torch."""

    def __init__(self, folder: EncoderFolder, threads: int = 0) -> None:
        manifest = folder.manifest
        if manifest.image is None:
            raise EncoderUnavailable(
                f"The encoder at {folder.path} is for texts only: point at the folder of a CLIP encoder."
            )
        self._rules = manifest.image
        self._texts = OnnxTextEncoder(folder, threads)
        self._graph = OnnxGraph(folder.path / IMAGE_GRAPH, manifest.dimensions, threads)

    @property
    def info(self) -> EncoderInfo:
        return self._texts.info

    @property
    def image_size(self) -> int:
        return self._rules.size

    def encode_texts(self, texts: Sequence[str]) -> Matrix:
        """Embeddings of ``texts``, shape (n, dimensions), rows L2-normalised."""
        return self._texts.encode_texts(texts)

    def encode_images(self, images: Sequence[RgbImage]) -> Matrix:
        """Embeddings of ``images``, each uint8 (height, width, 3): shape (n, dimensions), rows L2-normalised.

        Raises InvalidInput for an array of another kind.
        """
        vectors = np.zeros((len(images), self.info.dimensions), dtype=np.float32)
        for start in range(0, len(images), IMAGES_PER_BATCH):
            batch = images[start : start + IMAGES_PER_BATCH]
            pixels = np.stack([preprocess(image, self._rules) for image in batch])
            vectors[start : start + len(batch)] = self._graph.run({"pixels": pixels})
        return vectors


def preprocess(image: RgbImage, rules: ImagePreprocessing) -> NDArray[np.float32]:
    """What open_clip's inference transform makes of ``image``: float32 (3, size, size)."""
    if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8 or 0 in image.shape:
        raise InvalidInput(
            f"A picture of shape {image.shape} and type {image.dtype} cannot be encoded: give uint8 (height, width, 3)."
        )
    square = np.asarray(_square(image, rules), dtype=np.float32)
    mean, std = (np.asarray(numbers, dtype=np.float32) for numbers in (rules.mean, rules.std))
    return np.ascontiguousarray(((square / np.float32(255) - mean) / std).transpose(2, 0, 1))


def _square(image: RgbImage, rules: ImagePreprocessing) -> "Image.Image":
    try:
        from PIL import Image
    except ImportError as problem:
        raise MissingExtra("Encoding pictures needs Pillow: install vitrine[encode].") from problem
    kernel = Image.Resampling.BICUBIC if rules.interpolation == "bicubic" else Image.Resampling.BILINEAR
    size = rules.size
    if rules.resize is ResizeMode.SQUASH:
        return Image.fromarray(image).resize((size, size), kernel)
    if rules.resize is ResizeMode.LONGEST:
        height, width = image.shape[:2]
        scale = max(height, width) / size
        fitted = (max(1, round(width / scale)), max(1, round(height / scale)))
        canvas = Image.new("RGB", (size, size), (rules.fill,) * 3)
        canvas.paste(Image.fromarray(image).resize(fitted, kernel), ((size - fitted[0]) // 2, (size - fitted[1]) // 2))
        return canvas
    image = _without_ends(image)
    height, width = image.shape[:2]
    shorter = min(height, width)
    fitted = (int(size * width / shorter), int(size * height / shorter))
    left, top = round((fitted[0] - size) / 2), round((fitted[1] - size) / 2)
    return Image.fromarray(image).resize(fitted, kernel).crop((left, top, left + size, top + size))


def _without_ends(image: RgbImage) -> RgbImage:
    height, width = image.shape[:2]
    longest = MAX_ASPECT * min(height, width)
    top, left = max(0, (height - longest) // 2), max(0, (width - longest) // 2)
    return np.ascontiguousarray(image[top : height - top, left : width - left])
