"""Measure an image encoder on labelled photos: ``python -m indexer.starter.measure ENCODER CATALOGUE IMAGES``.

CATALOGUE is a CSV with the columns ``id`` and ``--label``; IMAGES holds ``<id>.jpg``. Prints photos a second, and how
often a photo's ten nearest others have its own label, beside what chance would give.
"""

import argparse
import csv
import time
from pathlib import Path

import numpy as np

from indexer.adapt.recall import same_label_share
from shared.adapters.encoder_folder import load_image_encoder


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure an image encoder on labelled photos.")
    parser.add_argument("encoder", type=Path)
    parser.add_argument("catalogue", type=Path)
    parser.add_argument("images", type=Path)
    parser.add_argument("--label", default="articleType")
    parser.add_argument("--sample", type=int, default=2000)
    parser.add_argument("--threads", type=int, default=0)
    options = parser.parse_args()
    from PIL import Image

    with options.catalogue.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if (options.images / f"{row['id']}.jpg").is_file()]
    chosen = np.random.default_rng(1).permutation(len(rows))[: options.sample]
    photos = [np.asarray(Image.open(options.images / f"{rows[row]['id']}.jpg").convert("RGB")) for row in chosen]
    encoder = load_image_encoder(options.encoder, options.threads)
    encoder.encode_images(photos[:1])
    started = time.perf_counter()
    vectors = encoder.encode_images(photos)
    seconds = time.perf_counter() - started
    found, chance = same_label_share(vectors @ vectors.T, [rows[row][options.label] for row in chosen])
    print(f"{len(photos) / seconds:.0f} photos a second")
    print(f"of the ten nearest, {found:.3f} share {options.label}; by chance {chance:.3f}")


if __name__ == "__main__":
    main()
