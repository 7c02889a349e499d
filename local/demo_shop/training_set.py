"""Pictures and captions to train the starter image encoder on: ``python -m local.demo_shop.training_set FOLDER``.

Random designs, never those of the catalogue, each drawn with a transparent backdrop. About one in eight combinations
of kind, colour and pattern is held out: training must not use it. The catalogue's own designs come last, for
measuring only.
"""

import argparse
import json
import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from random import Random
from zlib import crc32

from local.demo_shop.captions import caption, captions
from local.demo_shop.designs import Design, random_design
from local.demo_shop.drawing import svg

SIDE = 128
DESIGNS = 12_000
PARAPHRASES = 6
SEED = 404
HELD_OUT_ONE_IN = 8
_BACKDROP = re.compile(r"</defs><rect [^>]*/><circle [^>]*/>")


def write_training_set(folder: Path, count: int = DESIGNS) -> None:
    """Write ``count`` random designs and the catalogue's to ``folder``, as ``indexer.starter.pictures`` reads them."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "designs.jsonl").open("w", encoding="utf-8") as listing:
        rng = Random(SEED + 1)
        for number, (design, catalogue) in enumerate(_designs(count)):
            name = f"{number:05}.png"
            (folder / name).write_bytes(_cut_out(design))
            group = f"{design.kind} {design.colour} {design.pattern}"
            line = {
                "picture": name,
                "captions": [caption(design), *captions(design, rng, PARAPHRASES)],
                "group": group,
                "colour": design.colour,
                "held_out": crc32(group.encode()) % HELD_OUT_ONE_IN == 0,
                "catalogue": catalogue,
            }
            listing.write(json.dumps(line) + "\n")


def _designs(count: int) -> Iterator[tuple[Design, bool]]:
    from local.demo_shop.catalogue import designs

    rng = Random(SEED)
    for _ in range(count):
        yield random_design(rng), False
    for design in designs():
        yield design, True


def _cut_out(design: Design) -> bytes:
    """The picture without its backdrop, as an RGBA PNG."""
    from PIL import Image
    from resvg_py import svg_to_bytes

    drawn, backdrops = _BACKDROP.subn("</defs>", svg(design))
    if backdrops != 1:
        raise ValueError(f"the drawing of {design} has {backdrops} backdrops")
    pixels = svg_to_bytes(svg_string=drawn, width=SIDE, height=SIDE, skip_system_fonts=True)
    buffer = BytesIO()
    Image.open(BytesIO(pixels)).convert("RGBA").save(buffer, "PNG", compress_level=3)
    return buffer.getvalue()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=DESIGNS)
    options = parser.parse_args()
    write_training_set(options.folder, options.count)


if __name__ == "__main__":
    main()
