"""vitrine picks: campaigns and their runs, each user's picks for an email."""

import csv
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import typer

from local.campaign_output import copy_files, say_manifest, say_rows, watched
from local.campaign_workers import MOST_WORKERS, campaign_desk, make_all
from local.options import AsJson, Data, settings_for
from local.output import console, say_aside, say_json
from local.yaml_files import read_yaml
from shared import wiring
from shared.domain.campaigns import CampaignSettings, Plan
from shared.domain.errors import InvalidInput, NotFound, Unavailable
from shared.domain.picks import Block, Campaign, Recording, Skipped
from shared.ports import BlobStore
from shared.services import campaign_files as files
from shared.services.campaign_book import apply_campaigns, campaign_named, campaigns_of
from shared.services.campaign_document import read_campaigns
from shared.services.campaign_plan import find_plan
from shared.services.campaign_sends import confirm_run, undo_run
from shared.services.campaigns import finish, plan_for, plan_for_active, to_do
from shared.services.event_formats.bounds import person_id
from shared.services.pick_rows import rows_of
from shared.services.picks import picks_for
from shared.services.sends import MOST_USERS, confirm, undo

picks = typer.Typer(help="Each user's picks for an email, of a whole shop at a time.", no_args_is_help=True)
_NOT_AN_ID = "user_id"
"""The heading of a column of ids."""
_WHY_NONE: Mapping[Skipped, str] = {
    Skipped.NO_CONSENT: "the user has not agreed to any",
    Skipped.CAPPED: "the campaign's weekly_cap is used up",
    Skipped.NOTHING: "nothing is left that may be shown",
}
Run = Annotated[str, typer.Argument(help="A run's name, such as nightly-2026-05-01.")]
File = Annotated[Path, typer.Argument(help="YAML, as docs/picks.md describes it.")]
Users = Annotated[
    Path | None,
    typer.Option("--users", metavar="FILE", help="These users alone: an id a line, or what vitrine segments writes."),
]


@picks.command("apply")
def apply_file(file: File, data: Data = None) -> None:
    """Keep a file's campaigns, in place of all that were."""
    parts = wiring.parts(settings_for(data))
    campaigns = apply_campaigns(parts.blobs, read_yaml(file, "document of campaigns"))
    console.print(f"[bold]Kept:[/] {_campaigns(campaigns)}.")


@picks.command("run")
def run(
    name: Annotated[str, typer.Argument(help="A campaign, for its run of today; or a run, to go on with it.")] = "",
    file: Annotated[Path | None, typer.Option(metavar="FILE", help="Take the campaign from it and keep none.")] = None,
    users: Users = None,
    segment: Annotated[str, typer.Option(metavar="NAME", help="The users of this kept segment alone.")] = "",
    to: Annotated[Path | None, typer.Option("--to", metavar="DIR", help="Copy the files there at the end.")] = None,
    workers: Annotated[int, typer.Option(min=1, max=MOST_WORKERS, help="Processes that make picks.")] = 2,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Make everybody's picks, each once; stopped or killed, the next call goes on."""
    settings = settings_for(data)
    parts = wiring.parts(settings, patient=True)
    plan = _planned(parts, name, file, users, segment)
    waiting, began, peak = to_do(parts.blobs, plan), time.monotonic(), 0
    if waiting:
        with watched(plan.users, as_json) as heard:
            peak = make_all(settings, plan.name, waiting, workers, heard)
    manifest = finish(parts.blobs, parts.campaign_turns, plan)
    if manifest is None:
        raise Unavailable(f"The run '{plan.name}' is not done yet: run it again.")
    if to:
        copy_files(parts.blobs, manifest, to)
    _say_done(manifest | {"seconds": round(time.monotonic() - began, 3), "peak_memory_mb": peak}, as_json)
    if not as_json:
        console.print(f"The files are in {to}." if to else f"The files are in picks/files/{plan.name}/ of the blobs.")


@picks.command("status")
def status(
    name: Annotated[str, typer.Argument(help="A run; all of them where none is named.")] = "",
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """How far a run is, and what it came to; or which campaigns and runs there are."""
    blobs = wiring.parts(settings_for(data)).blobs
    if name and find_plan(blobs, name) and (manifest := files.read_manifest(blobs, name)):
        _say_done(manifest, as_json)
        return
    known = [_progress(blobs, each) for each in ([name] if name else files.runs(blobs))]
    written_down = [each.name for each in campaigns_of(blobs)]
    if as_json:
        say_json({"campaigns": written_down, "runs": known})
        return
    console.print(f"Campaigns: {', '.join(written_down) or 'none; write one as docs/picks.md describes'}.")
    for each in known:
        console.print(
            f"  {each['run']}: {each['users']:,} users, {each['done']} of {each['partitions']} partitions done"
        )


@picks.command("confirm")
def confirm_sends(name: Run, users: Users = None, data: Data = None) -> None:
    """A run's emails were sent: what they show counts as shown."""
    parts = wiring.parts(settings_for(data))
    now = parts.clock.now()
    if users:
        count = sum(confirm(parts.sends, name, some, now) for some in _lots(users))
    else:
        count = confirm_run(parts.blobs, parts.sends, name, now)
    console.print(f"{count:,} users' picks of {name} count as sent.")


@picks.command("undo")
def undo_sends(name: Run, users: Users = None, data: Data = None) -> None:
    """A run's emails were not sent: it is as if it had never been. With --users, for these users alone."""
    parts = wiring.parts(settings_for(data))
    if users:
        count = sum(undo(parts.sends, name, some) for some in _lots(users))
    else:
        count = undo_run(parts.blobs, parts.sends, parts.campaign_turns, name)
    console.print(f"{count:,} users' picks of {name} count for nothing any more.")


@picks.command("for")
def picks_of(
    user: Annotated[str, typer.Argument(help="User id.")],
    campaign: Annotated[str, typer.Option(metavar="NAME", help="As this campaign has it.")] = "",
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """What an email would show to a user now; nothing is kept of it."""
    parts = wiring.parts(settings_for(data))
    if campaign:
        wanted = campaign_named(parts.blobs, campaign).of(parts.clock.now().date()).campaign
    else:
        wanted = Campaign("preview", (Block("for_you"),))
    wanted = replace(wanted, record=Recording.NEVER)
    (made,) = picks_for(campaign_desk(parts).mailing, wanted, [user]).picks
    rows = rows_of(made, wanted)
    if as_json:
        say_json({"skipped": made.skipped, "picks": files.line_of(user, rows)["picks"] if rows else []})
    elif made.skipped:
        console.print(f"No email: {_WHY_NONE[made.skipped]}.")
    else:
        say_rows(rows)


def _planned(parts: wiring.Parts, name: str, file: Path | None, users: Path | None, segment: str) -> Plan:
    """The run's plan, made where there is none: one that is there holds, whatever is said of it now."""
    if users and segment:
        raise InvalidInput("Whom the run is for is not clear: say either --users FILE or --segment NAME.")
    if name and file is None and (plan := find_plan(parts.blobs, name)):
        return _as_planned(plan, users is not None or bool(segment))
    desk = campaign_desk(parts)
    settings = _settings_of(parts.blobs, name, file).of(parts.clock.now().date())
    there = find_plan(parts.blobs, settings.campaign.name)
    if users is None:
        plan = plan_for_active(desk, parts.events, replace(settings, segment=segment or settings.segment))
    else:
        plan = plan_for(desk, settings, lambda: _ids(users))
    return _as_planned(plan, users is not None or bool(segment)) if plan == there else plan


def _as_planned(plan: Plan, others: bool) -> Plan:
    """Says so where it was asked for others now: who takes the run's files for theirs would write to everybody."""
    if others:
        users = f"{plan.users:,} user{'s' * (plan.users != 1)}"
        say_aside(
            f"The run {plan.name} was planned for {users} at {plan.made_at:%Y-%m-%d %H:%M} UTC, and that holds; for "
            f"others, undo it first, by vitrine picks undo {plan.name}."
        )
    return plan


def _campaigns(found: Sequence[CampaignSettings]) -> str:
    if not found:
        return "no campaign"
    return f"{len(found)} campaign{'s' * (len(found) > 1)}: {', '.join(each.name for each in found)}"


def _settings_of(blobs: BlobStore, name: str, file: Path | None) -> CampaignSettings:
    if file is None:
        if not name:
            raise InvalidInput("Which campaign is meant is not clear: name one, or give --file FILE.")
        return campaign_named(blobs, name)
    found = {each.name: each for each in read_campaigns(read_yaml(file, "document of campaigns"))}
    if not name and len(found) == 1:
        return next(iter(found.values()))
    if name not in found:
        raise NotFound(f"{file} has no campaign '{name[:40]}': name one of {', '.join(found) or 'none'}.")
    return found[name]


def _ids(file: Path) -> Iterator[str]:
    """The first column of each line, but for its heading. Raises InvalidInput where that is an address, not an id."""
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            rows = (row[0] for row in csv.reader(lines) if row)
            yield from (person_id(each, f"A user in {file.name}") for each in rows if each != _NOT_AN_ID)
    except (FileNotFoundError, IsADirectoryError):
        raise NotFound(f"{file} is not a file: give the path of a list of user ids.") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise InvalidInput(f"{file} is no list of user ids ({error}): write one id a line, in UTF-8.") from None


def _lots(file: Path) -> Iterator[list[str]]:
    users = _ids(file)
    while some := list(islice(users, MOST_USERS)):
        yield some


def _progress(blobs: BlobStore, run: str) -> dict[str, Any]:
    plan = find_plan(blobs, run)
    if plan is None:
        if run not in files.runs(blobs):
            raise NotFound(f"There is no run '{run[:64]}': vitrine picks status says which there are.")
        return {"run": run, "users": 0, "partitions": 0, "done": 0}
    done = len(plan.partitions) - len(to_do(blobs, plan))
    return {"run": run, "users": plan.users, "partitions": len(plan.partitions), "done": done}


def _say_done(manifest: Mapping[str, Any], as_json: bool) -> None:
    if as_json:
        say_json(manifest)
    else:
        say_manifest(manifest)
