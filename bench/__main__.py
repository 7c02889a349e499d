"""``make bench``: the long measurements, on the real data beside the project. Prints tables; --json for machines.

Machines differ and are noisy, so wherever it can be done a figure stands beside another one of the same run.
"""

import argparse
import json
import tempfile
from collections.abc import Callable
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import Any

from bench import (
    adapt,
    answers,
    baskets,
    behaviour,
    cold_start,
    composed,
    consent,
    encoders,
    guests,
    images,
    indexing,
    newcomers,
    online_retail,
    photos,
    picks,
    reports,
    search_speed,
    search_text,
    segments,
    shops,
    slots,
    storefront,
    suggest,
)
from shared.settings import PROJECT

Measurement = dict[str, Any]
MEASUREMENTS: dict[str, Callable[[Path, Path], Measurement]] = {
    "indexing": indexing.measure,
    "answers": answers.measure,
    "cold-start": cold_start.measure,
    "images": images.measure,
    "photos": photos.measure,
    "behaviour": behaviour.measure,
    "online-retail": online_retail.measure,
    "baskets": baskets.measure,
    "newcomers": newcomers.measure,
    "guests": guests.measure,
    "consent": consent.measure,
    "segments": segments.measure,
    "suggest": suggest.measure,
    "slots": slots.measure,
    "storefront": storefront.measure,
    "shops": shops.measure,
    "reports": reports.measure,
    "search-text": search_text.measure,
    "composed": composed.measure,
    "encoders": encoders.measure,
    "search-speed": search_speed.measure,
    "picks": picks.measure,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("only", nargs="*", help=f"which of {', '.join(MEASUREMENTS)}, adapt; all when left out")
    parser.add_argument("--data-dir", type=Path, default=PROJECT.parent / "shared" / "data")
    parser.add_argument("--image-encoder", type=Path, help="the encoder folder that composed is measured with")
    parser.add_argument("--steps", type=int, default=adapt.STEPS, help="adapt: how many steps to train")
    parser.add_argument("--work", type=Path, help="a folder to keep: what was stopped goes on there")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    measurements = MEASUREMENTS | {
        "adapt": partial(adapt.measure, steps=arguments.steps),
        "composed": partial(composed.measure, image_encoder=arguments.image_encoder),
    }
    unknown = set(arguments.only) - measurements.keys()
    if unknown:
        parser.error(f"no measurement is called {', '.join(sorted(unknown))}")
    if not (arguments.data_dir / "fashion").is_dir():
        parser.error(f"there is no data at {arguments.data_dir}: say --data-dir")
    results: dict[str, Measurement] = {}
    on_index = {"answers", "cold-start", "suggest", "search-text", "picks"}  # measured on the index that indexing made
    with (
        nullcontext(arguments.work) if arguments.work else tempfile.TemporaryDirectory(prefix="vitrine-bench-") as work
    ):
        for name, measure in measurements.items():
            if not arguments.only or name in arguments.only or (name == "indexing" and on_index & set(arguments.only)):
                results[name] = measure(arguments.data_dir, Path(work))
                if not arguments.json:
                    show(name, results[name])
    if arguments.json:
        print(json.dumps(results, indent=2))


def show(name: str, measurement: Measurement) -> None:
    print(f"\n{name}")
    for what, figure in measurement.items():
        print(f"  {what:<58} {figure:>12,.3f}" if isinstance(figure, float) else f"  {what:<58} {figure!s:>12}")


main()
