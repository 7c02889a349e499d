"""vitrine train: what shoppers go on to, learnt from the events, without the feed."""

from indexer.jobs import jobs
from indexer.train import Retrained
from local.indexing import work_folder
from local.options import AsJson, Data, settings_for
from local.output import bars, console, say_json
from shared import wiring
from shared.services.popularity import refresh_popularity
from shared.services.retention import forget_old


def train(data: Data = None, as_json: AsJson = False) -> None:
    """Learn from all events what goes after what, and make that live."""
    settings = settings_for(data)
    parts = wiring.parts(settings)
    forget_old(parts.upkeep)
    with bars(quiet=as_json) as progress:
        retrained = jobs(parts, progress).retrain().run(work_folder(settings))
    refresh_popularity(parts.events, parts.blobs, parts.clock.now())
    if as_json:
        say_json(
            {
                "version": retrained.manifest.version,
                "published": retrained.published,
                "learnt_products": retrained.products,
                "solved_rows": retrained.solved,
            }
        )
    else:
        say_retrained(retrained)


def say_retrained(retrained: Retrained) -> None:
    if retrained.published:
        console.print(
            f"[bold]Live:[/] version {retrained.manifest.version}, with what follows each of "
            f"{retrained.products:,} products learnt from the events ({retrained.solved:,} learnt anew)."
        )
    else:
        console.print(
            f"Nothing changed: version {retrained.manifest.version} stays live, with what follows each of "
            f"{retrained.products:,} products learnt before."
        )
