"""The photos of a shop, decoded once, at the size a model looks at, in a file that is mapped and not loaded."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexer.images import ImageProblem, ImageSource
from indexer.progress import Progress
from shared.adapters.encoder_folder import ImagePreprocessing
from shared.adapters.onnx_image import preprocess
from shared.domain.errors import Unavailable
from shared.domain.products import Product
from shared.domain.spaces import RgbImage

CHUNK = 512
_PIXELS, _LISTING = "photos.npy", "photos.jsonl"


@dataclass(frozen=True, slots=True)
class Photos:
    """Products that have a photo, and their photos: uint8 (n, size, size, 3), mapped from a file.

    ``digest`` is another one as soon as any product or picture is.
    """

    products: Sequence[Product]
    pixels: NDArray[np.uint8]
    digest: str


def keep_photos(
    products: Sequence[Product], source: ImageSource, rules: ImagePreprocessing, work: Path, progress: Progress
) -> Photos:
    """The photos of ``products`` as squares by ``rules``, kept in ``work``; those without one are left out.

    What an earlier run with the same products and pictures has decoded is taken as it is. Memory holds one chunk.
    """
    work.mkdir(parents=True, exist_ok=True)
    digest = _digest(products, source, rules)
    chunks = _listed(work, digest)
    progress.stage("Reading the photos", len(products))
    progress.advance(min(len(chunks) * CHUNK, len(products)))
    shape = (max(1, len(products)), rules.size, rules.size, 3)
    pixels = _mapped(work / _PIXELS, shape, anew=not chunks)
    with (work / _LISTING).open("a" if chunks else "w", encoding="utf-8") as listing:
        if not chunks:
            listing.write(json.dumps({"digest": digest}) + "\n")
        kept = sum(map(len, chunks))
        for first in range(len(chunks) * CHUNK, len(products), CHUNK):
            squares = _squares(source, products[first : first + CHUNK], rules)
            for row, square in enumerate(squares.values(), start=kept):
                pixels[row] = square
            kept += len(squares)
            pixels.flush()  # before the listing says that they are there
            listing.write(json.dumps(list(squares)) + "\n")
            listing.flush()
            chunks.append(list(squares))
            progress.advance(len(products[first : first + CHUNK]))
    by_id = {product.id: product for product in products}
    return Photos([by_id[product_id] for chunk in chunks for product_id in chunk], pixels[:kept], digest)


def square(picture: RgbImage, rules: ImagePreprocessing) -> NDArray[np.uint8]:
    """``picture`` as the encoder will see it, before its numbers are normalised: uint8 (size, size, 3)."""
    plain = ImagePreprocessing(rules.size, (0, 0, 0), (1, 1, 1), rules.resize, rules.interpolation, rules.fill)
    return np.rint(preprocess(picture, plain).transpose(1, 2, 0) * 255).astype(np.uint8)


def _squares(
    source: ImageSource, products: Sequence[Product], rules: ImagePreprocessing
) -> dict[str, NDArray[np.uint8]]:
    """By product id, in the order of ``products``: pictures come as they are ready, and a run must repeat."""
    found = {
        product_id: square(picture, rules)
        for product_id, picture in source.load(products)
        if not isinstance(picture, ImageProblem)
    }
    return {product.id: found[product.id] for product in products if product.id in found}


def _digest(products: Iterable[Product], source: ImageSource, rules: ImagePreprocessing) -> str:
    digest = hashlib.sha256(json.dumps([asdict(rules), CHUNK]).encode())
    for product in products:
        digest.update(json.dumps([product.id, source.fingerprint(product)]).encode())
    return digest.hexdigest()


def _listed(work: Path, digest: str) -> list[list[str]]:
    """The ids of each chunk that is whole; none where the file is of other products or pictures."""
    if not (work / _LISTING).exists() or not (work / _PIXELS).exists():
        return []
    lines = (work / _LISTING).read_text(encoding="utf-8").splitlines(keepends=True)
    whole = [line for line in lines if line.endswith("\n")]
    if not whole or json.loads(whole[0]) != {"digest": digest}:
        return []
    if len(whole) < len(lines):
        (work / _LISTING).write_text("".join(whole), encoding="utf-8")
    return [json.loads(line) for line in whole[1:]]


def _mapped(path: Path, shape: tuple[int, ...], anew: bool) -> Any:
    try:
        if anew:
            return np.lib.format.open_memmap(path, mode="w+", dtype=np.uint8, shape=shape)
        return np.lib.format.open_memmap(path, mode="r+")
    except (OSError, ValueError) as problem:
        raise Unavailable(
            f"The photos cannot be kept in {path} ({problem}): make room, or delete the file."
        ) from problem
