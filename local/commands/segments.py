"""vitrine segments: who is most likely to want a product or a category, or is most like a user."""

import csv
import io
import json
import os
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from indexer.segments import Member, Wanted, category_wanted, likeliest, likeness_wanted, product_wanted
from local.options import Data, settings_for
from local.output import bars, console
from shared import wiring
from shared.domain.errors import InvalidInput
from shared.domain.segments import require_segment_name
from shared.ports import ProductIndex
from shared.services.kept_catalogue import catalogue_products
from shared.services.recommend import RECENT_EVENTS
from shared.services.segments import drop_segment, keep_segment

MOST_USERS = 1_000_000


def segments(
    product: Annotated[str, typer.Option(metavar="ID", help="Users likely to want this product.")] = "",
    category: Annotated[str, typer.Option(metavar="NAME", help="Users likely to want something of it.")] = "",
    like_user: Annotated[str, typer.Option(metavar="ID", help="Users whose taste is most like this one's.")] = "",
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=MOST_USERS, help="How many users at most.")] = 1_000,
    csv_to: Annotated[Path | None, typer.Option("--csv", metavar="FILE", help="Write user_id,score there.")] = None,
    json_to: Annotated[Path | None, typer.Option("--json", metavar="FILE", help="Write JSON there.")] = None,
    keep: Annotated[str, typer.Option(metavar="NAME", help="Keep them under this name, for picks.")] = "",
    drop: Annotated[str, typer.Option(metavar="NAME", help="Keep the segment of this name no more.")] = "",
    data: Data = None,
) -> None:
    """Find users, best first, each with a score. Say one of --product, --category, --like-user."""
    settings = settings_for(data)
    if drop:
        _drop(wiring.parts(settings), drop, (product, category, like_user, csv_to, json_to, keep))
        return
    if sum(map(bool, (product, category, like_user))) != 1:
        raise InvalidInput("Who is looked for is not clear: say one of --product ID, --category NAME, --like-user ID.")
    if sum(map(bool, (csv_to, json_to, keep))) != 1:
        raise InvalidInput("Where the users go is not clear: say one of --csv FILE, --json FILE, --keep NAME.")
    if keep:
        require_segment_name(keep)
    parts = wiring.parts(settings)
    index, now = wiring.shop(parts).live.live(), parts.clock.now()
    with bars(quiet=False) as progress:
        wanted = _wanted(parts, index, product, category, like_user, now)
        histories = wiring.learnable(parts).histories(now)
        members = likeliest(histories, wanted, now, index.manifest.tuning.fading, limit, progress)
    if keep:
        users = [each.user_id for each in members]
        kept = keep_segment(wiring.segments(parts), parts.campaign_turns, keep, users, now, settings.retention_days)
        console.print(f"{kept.places:,} users, best first, are kept as {keep}, until {kept.expires_at:%Y-%m-%d}.")
        return
    if csv_to:
        _write_private(csv_to, _as_csv(members))
    elif json_to:
        _write_private(json_to, json.dumps({"users": [_record(each) for each in members]}, ensure_ascii=False))
    # Who they are is for the file alone: a terminal has a memory, and a job a log.
    console.print(f"{len(members):,} users, best first, are in {csv_to or json_to}, which only you can read.")


def _drop(parts: wiring.Parts, name: str, others: Sequence[object]) -> None:
    if any(others):
        raise InvalidInput("What is to be done is not clear: say --drop NAME alone.")
    drop_segment(wiring.segments(parts), parts.campaign_turns, name)
    console.print(f"No segment {name} is kept any more.")


def _wanted(
    parts: wiring.Parts,
    index: ProductIndex,
    product: str,
    category: str,
    like_user: str,
    now: datetime,
) -> Wanted:
    if like_user:
        return likeness_wanted(index, parts.events.recent(like_user, RECENT_EVENTS, now), now)
    products = catalogue_products(parts.blobs, index.manifest.version)
    return product_wanted(index, products, product) if product else category_wanted(index, products, category)


def _as_csv(members: Sequence[Member]) -> str:
    lines = io.StringIO(newline="")
    writer = csv.writer(lines)
    writer.writerow(["user_id", "score"])
    writer.writerows([each.user_id, round(each.score, 6)] for each in members)
    return lines.getvalue()


def _record(member: Member) -> dict[str, str | float]:
    return {"user_id": member.user_id, "score": round(member.score, 6)}


def _write_private(target: Path, content: str) -> None:
    """All of it or nothing, readable by its owner alone also where a file of wider rights was there before."""
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}-")  # its mode is 0600
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(content)
        Path(name).replace(target)
    except BaseException:
        with suppress(FileNotFoundError):
            Path(name).unlink()
        raise
