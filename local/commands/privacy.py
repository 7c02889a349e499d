"""vitrine export-user, erase-user, audit: a person's data, for who runs the shop."""

from datetime import date, timedelta
from typing import Annotated, Any

import typer
from rich.markup import escape

from local.options import AsJson, Data, settings_for
from local.output import console, say_json
from shared import wiring
from shared.domain.errors import InvalidInput, Unavailable
from shared.http.profiles import ProfileAnswer
from shared.services.audit import entries, note
from shared.services.export import NOT_INCLUDED, export
from shared.services.privacy import erase
from shared.services.profile import profile_of

_BY = "command"
User = Annotated[str, typer.Argument(help="User id, as events name the user; of a guest with anon: before it.")]
First = Annotated[
    str,
    typer.Option(metavar="YYYY-MM-DD", show_default=False, help="The first day; a week before the last if left out."),
]
Last = Annotated[str, typer.Option(metavar="YYYY-MM-DD", show_default=False, help="The last day; today if left out.")]


def export_user(user: User, data: Data = None) -> None:
    """All that is kept of a user, as JSON: choices, declared likes, the profile, emails and events."""
    parts = wiring.parts(settings_for(data))
    people = wiring.people(parts)
    page = export(people, user)
    whole: dict[str, Any] = {
        "kept": page.kept.record() if page.kept else None,
        "profile": _profile(parts, user),
        "sends": list(page.sends),
        "events": list(page.events),
        "not_included": list(NOT_INCLUDED),
    }
    while page.cursor:
        page = export(people, user, page.cursor)
        whole["sends"] += page.sends
        whole["events"] += page.events
    note(parts.blobs, parts.clock.now(), "export", by=_BY, count=len(whole["sends"]) + len(whole["events"]))
    say_json(whole)


def erase_user(
    user: User,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask first.")] = False,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Erase everything that is kept of a user; what comes in late is not taken either."""
    if not yes and not typer.confirm("All that is kept of this user is erased, and cannot be had back. Go on?"):
        raise typer.Exit(1)
    parts = wiring.parts(settings_for(data), patient=True)
    count, more = 0, True
    while more:
        erased = erase(wiring.people(parts), user)
        count, more = count + erased.count, erased.more
    note(parts.blobs, parts.clock.now(), "erase", by=_BY, count=count, more=False)
    if as_json:
        say_json({"erased": True, "more": False})
    else:
        console.print("Nothing of this user is kept any more.")


def audit(first: First = "", last: Last = "", data: Data = None, as_json: AsJson = False) -> None:
    """Who erased, exported or changed what, and when; oldest first. It names no person."""
    parts = wiring.parts(settings_for(data))
    today = parts.clock.now().date()
    until = _day(last) if last else today
    since = _day(first) if first else until - timedelta(days=7)
    if since > until:
        raise InvalidInput(f"--first is {since}, after --last, which is {until}: give the earlier day first.")
    found = list(entries(parts.blobs, since, until))
    if as_json:
        say_json({"entries": [{"at": each.at, "action": each.action, **each.facts} for each in found]})
        return
    for each in found:
        facts = " ".join(f"{name}={fact}" for name, fact in each.facts.items())
        console.print(escape(f"{each.at:%Y-%m-%d %H:%M:%S}  {each.action:<18}  {facts}"))
    if not found:
        console.print(f"Nothing was noted from {since} to {until}.")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidInput(f"'{text}' is not a day: write it as 2026-05-31.") from None


def _profile(parts: wiring.Parts, user: str) -> dict[str, Any] | None:
    try:
        return ProfileAnswer.of(profile_of(wiring.shop(parts), user)).model_dump()
    except Unavailable:
        return None
