"""Encode what has no vector yet. A batch is kept as soon as it is encoded, so a killed run loses one batch at most."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from indexer.images import ImageProblem, ImageSource
from indexer.progress import Progress
from indexer.staging import Staged, Staging
from indexer.vectors import VectorCache
from shared.domain.encoder_files import EncoderFiles
from shared.domain.spaces import RgbImage, Space
from shared.ports import ImageEncoder, TextEncoder

TEXT_BATCH = 512
IMAGE_BATCH = 64


@dataclass(frozen=True, slots=True)
class Encoders:
    """``files`` are what they are made of: they go with the versions that they make."""

    text: TextEncoder
    image: ImageEncoder
    files: tuple[EncoderFiles, ...] = ()


@dataclass(frozen=True, slots=True)
class Encoded:
    """How many vectors had to be made anew."""

    texts: int
    images: int


def encode_missing(
    staging: Staging,
    cache: VectorCache,
    encoders: Encoders,
    images: ImageSource,
    on_image_problem: Callable[[str, str], None],
    progress: Progress,
) -> Encoded:
    """Afterwards the cache has a vector for every product's text, and staging knows which pictures have one.

    ``on_image_problem`` hears the product id and a sentence for each picture that could not be had.
    """
    progress.stage("Encoding texts", staging.count())
    texts = 0
    for page in staging.all():
        for batch in _slices(_missing(page, cache, Space.TEXT, encoders.text), TEXT_BATCH):
            matrix = encoders.text.encode_texts([each.product.text() for each in batch])
            rows = [(each.product.id, each.text_content, row) for each, row in zip(batch, matrix, strict=True)]
            cache.put(Space.TEXT, encoders.text.info, rows)
            texts += len(batch)
        progress.advance(len(page))
    return Encoded(texts, _encode_images(staging, cache, encoders.image, images, on_image_problem, progress))


def _encode_images(
    staging: Staging,
    cache: VectorCache,
    encoder: ImageEncoder,
    images: ImageSource,
    on_image_problem: Callable[[str, str], None],
    progress: Progress,
) -> int:
    progress.stage("Encoding images", staging.count())
    encoded = 0
    for page in staging.all():
        pictured = [each for each in page if each.image_content]
        missing = _missing(pictured, cache, Space.IMAGE, encoder)
        lacking = {each.product.id for each in missing}
        staging.mark_images(each.product.id for each in pictured if each.product.id not in lacking)
        progress.advance(len(page) - len(missing))
        contents = {each.product.id: each.image_content for each in missing}
        for batch in _slices(missing, IMAGE_BATCH):
            loaded: list[tuple[str, RgbImage]] = []
            for product_id, image in images.load([each.product for each in batch]):
                if isinstance(image, ImageProblem):
                    on_image_problem(product_id, image.reason)
                else:
                    loaded.append((product_id, image))
            if loaded:
                matrix = encoder.encode_images([image for _, image in loaded])
                ids = [product_id for product_id, _ in loaded]
                rows = [(each, contents[each], row) for each, row in zip(ids, matrix, strict=True)]
                cache.put(Space.IMAGE, encoder.info, rows)
                staging.mark_images(ids)
                encoded += len(ids)
            progress.advance(len(batch))
    return encoded


def _missing(page: Sequence[Staged], cache: VectorCache, space: Space, encoder: TextEncoder) -> list[Staged]:
    known = cache.known(space, encoder.info, {each.product.id: each.content(space) for each in page})
    return [each for each in page if each.product.id not in known]


def _slices(items: Sequence[Staged], size: int) -> Iterator[Sequence[Staged]]:
    return (items[first : first + size] for first in range(0, len(items), size))
