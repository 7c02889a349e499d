"""vitrine tune: what each space counts, chosen on the shop's own last days."""

from functools import partial
from typing import Annotated

import typer

from indexer.jobs import jobs
from indexer.tuning.tune import DAYS
from local.indexing import work_folder
from local.options import AsJson, Data, settings_for
from local.output import bars, console, say_json
from shared import wiring
from shared.domain.tuning import Tuning, tuning_record
from shared.ports import ProductIndex
from shared.settings import Settings


def tune(
    days: Annotated[float, typer.Option(help="The window at the end of the events that is chosen on.")] = DAYS,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Choose how tastes fade and what each space counts, and publish a version with it."""
    settings = settings_for(data)
    with bars(quiet=as_json) as progress:
        made = jobs(wiring.parts(settings), progress)
        chosen = made.tune().run(work_folder(settings), days, lambda version: partial(_open, settings, version))
        retrained = made.retrain().run(work_folder(settings), chosen.tuning)
    if as_json:
        record = tuning_record(chosen.tuning)
        say_json({"live": retrained.manifest.version, "tuning": record, "on the window": dict(chosen.figures)})
        return
    console.print(f"Chosen on {chosen.tuning.cases:,} users of the last {days:g} days:")
    for line in described(chosen.tuning):
        console.print(f"  {line}")
    for name, figure in chosen.figures.items():
        console.print(f"  [dim]{name}: {figure:.4f}[/]")
    state = "Live" if retrained.published else "Nothing changed; live is"
    console.print(f"[bold]{state}:[/] version {retrained.manifest.version}.")


def described(tuning: Tuning) -> list[str]:
    """The choices in words."""
    weights = [
        f"{scenario}: " + ", ".join(f"{space.value} {weight:g}" for space, weight in spaces.items())
        for scenario, spaces in (("for you", tuning.for_you), ("similar", tuning.similar))
    ]
    return [
        f"a deed halves in {tuning.fading.half_life:g} days, and is 1/e after {tuning.fading.memory:g} later ones",
        *weights,
        f"places are shared out between interests with strength {tuning.sharing:g}",
        f"a learned ranker of {len(tuning.ranker.trees)} trees" if tuning.ranker else "no learned ranker",
    ]


def _open(settings: Settings, version: str) -> ProductIndex:
    return wiring.index_versions(settings).open(version)
