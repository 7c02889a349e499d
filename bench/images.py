"""Full-size product photos: how fast they are decoded and encoded, and which of the two is the limit."""

import time
from pathlib import Path
from typing import Any

from indexer.images import ImageProblem, ImageSource
from shared import wiring
from shared.domain.products import Product
from shared.intake.fetch import FetchPolicy
from shared.settings import Settings


def measure(data: Path, _: Path) -> dict[str, Any]:
    folder = data / "fashion_photos" / "images"
    products = [Product(path.stem, path.stem, image=path.name) for path in sorted(folder.glob("*.jpg"))]
    encoder = wiring.image_encoder(Settings())
    source = ImageSource(folder, None, FetchPolicy(), encoder.image_size)
    started = time.perf_counter()
    decoded = [image for _, image in source.load(products) if not isinstance(image, ImageProblem)]
    decoding = time.perf_counter() - started
    encoder.encode_images(decoded[:32])
    started = time.perf_counter()
    encoder.encode_images(decoded)
    encoding = time.perf_counter() - started
    return {
        "photos": len(decoded),
        "decoded a second (to the encoder's size)": len(decoded) / decoding,
        "encoded a second (starter encoder)": len(decoded) / encoding,
        "the limit": "decoding" if decoding > encoding else "encoding",
    }
