"""Campaigns as people write them: a mapping of names and settings, from YAML or JSON; and the records that are kept.

Whatever a document says is checked here. Keys without a value (null) count as left out. Each complaint is one sentence
that names the campaign, the value and what to do.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TypeVar

from shared.domain.campaigns import DATE, PARTITION_USERS, CampaignSettings, FileFormat, Plan
from shared.domain.errors import InvalidInput
from shared.domain.picks import Block, BlockKind, Campaign, Recording
from shared.domain.segments import require_segment_name
from shared.services.documents import Fields, lowered, refuse_others, require_product_id
from shared.services.event_formats.draft import show
from shared.services.pick_campaigns import MOST_BLOCKS, MOST_OF_BLOCK, MOST_SENDS, MOST_SPARES, checked

MOST_CAMPAIGNS = 100
MOST_ACTIVE_DAYS = 3_650
MOST_KEEP_DAYS = 365

Record = dict[str, Any]
_Word = TypeVar("_Word", bound=StrEnum)
RUN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
"""A run's name is a folder's too."""
SETTINGS_NAME = re.compile(r"[A-Za-z0-9_-]{1,40}")
_KEYS = (
    "run", "blocks", "channel", "trigger_product", "last_sends", "weekly_cap", "record", "spares",
    "utm_source", "utm_medium", "segment", "active_days", "keep_days", "formats", "partition_users",
)  # fmt: skip
_BLOCK_KEYS = ("name", "scenario", "count", "filter")
_ANY_TIME = datetime(2000, 1, 1, tzinfo=UTC)


def read_campaigns(document: object) -> tuple[CampaignSettings, ...]:
    """In the order written. Raises InvalidInput for the first thing wrong."""
    if not isinstance(document, Mapping):
        raise InvalidInput(f"The campaigns are {show(document)}: write campaigns: and below it a name for each.")
    refuse_others(document, ("campaigns",), "The document")
    given = document.get("campaigns")
    if not isinstance(given, Mapping):
        raise InvalidInput(f"campaigns is {show(given)}: write a mapping of names and settings, or {{}} to have none.")
    if len(given) > MOST_CAMPAIGNS:
        raise InvalidInput(f"The document has {len(given):,} campaigns: keep at most {MOST_CAMPAIGNS}.")
    return tuple(read_settings(name, record) for name, record in given.items())


def read_settings(name: object, record: object) -> CampaignSettings:
    """One campaign; :func:`settings_record` is its inverse."""
    if not isinstance(name, str) or not SETTINGS_NAME.fullmatch(name):
        raise InvalidInput(
            f"A campaign is called {show(name)}: give it 1 to 40 letters, digits, dashes or underscores, in quotes."
        )
    try:
        if not isinstance(record, Mapping):
            raise InvalidInput(f"The settings are {show(record)}: write a mapping with blocks and the rest.")
        refuse_others(record, _KEYS, "the campaign")
        return _settings(name, Fields(record))
    except InvalidInput as error:
        raise InvalidInput(f"In campaign '{name}', {lowered(error)}") from None


def settings_record(settings: CampaignSettings) -> Record:
    """JSON-ready, all of it written out."""
    campaign = settings.campaign
    return {
        "run": campaign.name,
        "blocks": [
            {"name": each.name, "scenario": each.kind.value, "count": each.count, "filter": each.filter}
            for each in campaign.blocks
        ],
        "channel": campaign.channel,
        "trigger_product": campaign.trigger,
        "last_sends": campaign.last_sends,
        "weekly_cap": campaign.weekly_cap,
        "record": campaign.record.value,
        "spares": campaign.spares,
        "utm_source": campaign.utm_source,
        "utm_medium": campaign.utm_medium,
        "segment": settings.segment,
        "active_days": settings.active_days,
        "keep_days": settings.keep_days,
        "formats": [each.value for each in settings.formats],
        "partition_users": settings.partition_users,
    }


def plan_record(plan: Plan) -> Record:
    """JSON-ready; :func:`plan_from_record` takes it back."""
    return {
        "settings": {"name": plan.settings.name, **settings_record(plan.settings)},
        "made_at": plan.made_at.isoformat(),
        "mark": plan.mark,
        "users": plan.users,
        "bounds": list(plan.bounds),
    }


def plan_from_record(record: Mapping[str, Any]) -> Plan:
    """Raises InvalidInput, KeyError or ValueError for what :func:`plan_record` did not make."""
    given = dict(record["settings"])
    settings = read_settings(given.pop("name"), given)
    made_at = datetime.fromisoformat(record["made_at"])
    return Plan(settings, made_at, record["mark"], record["users"], tuple(record["bounds"]))


def _settings(name: str, fields: Fields) -> CampaignSettings:
    default = Campaign("", ())
    campaign = Campaign(
        name=_run(fields.text("run") or f"{name}-{DATE}"),
        blocks=_blocks(fields.given.get("blocks")),
        channel=fields.text("channel") or default.channel,
        trigger=require_product_id(trigger) if (trigger := fields.given.get("trigger_product", "")) != "" else "",
        last_sends=fields.whole("last_sends", 0, MOST_SENDS, default.last_sends),
        weekly_cap=fields.whole("weekly_cap", 1, MOST_SENDS, 1) if "weekly_cap" in fields.given else None,
        record=_word("record", fields.text("record") or default.record.value, Recording),
        spares=fields.whole("spares", 0, MOST_SPARES, default.spares),
        utm_source=fields.text("utm_source") or default.utm_source,
        utm_medium=fields.text("utm_medium") or default.utm_medium,
    )
    settings = CampaignSettings(
        name=name,
        campaign=campaign,
        active_days=fields.whole("active_days", 1, MOST_ACTIVE_DAYS, 90),
        keep_days=fields.whole("keep_days", 1, MOST_KEEP_DAYS, 30),
        formats=_formats(fields.given.get("formats")),
        partition_users=fields.whole("partition_users", 1, 10 * PARTITION_USERS, PARTITION_USERS),
        segment=require_segment_name(segment) if (segment := fields.text("segment")) else "",
    )
    checked(settings.of(_ANY_TIME.date()).campaign, _ANY_TIME)
    return settings


def _blocks(given: object) -> tuple[Block, ...]:
    if not isinstance(given, list) or not 1 <= len(given) <= MOST_BLOCKS:
        raise InvalidInput(f"blocks is {show(given)}: write a list of 1 to {MOST_BLOCKS} blocks.")
    return tuple(_block(each, place) for place, each in enumerate(given, 1))


def _block(record: object, place: int) -> Block:
    if not isinstance(record, Mapping):
        raise InvalidInput(f"block number {place} is {show(record)}: write a mapping with name, scenario and count.")
    refuse_others(record, _BLOCK_KEYS, f"block number {place}")
    fields = Fields(record)
    kind = _word("scenario", fields.text("scenario") or BlockKind.FOR_YOU.value, BlockKind)
    count = fields.whole("count", 1, MOST_OF_BLOCK, 6)
    return Block(fields.text("name") or kind.value, kind, count, fields.text("filter"))


def _formats(given: object) -> tuple[FileFormat, ...]:
    if given is None:
        return tuple(FileFormat)
    if not isinstance(given, list):
        raise InvalidInput(f"formats is {show(given)}: write a list of {_listed(FileFormat)}.")
    formats = tuple(_word("a format", each, FileFormat) for each in given)
    if len(set(formats)) < len(formats):
        raise InvalidInput(f"formats is {show(given)}: name each once.")
    if FileFormat.JSONL not in formats:
        raise InvalidInput(f"formats is {show(given)}, without jsonl: add it, for the others are made from it.")
    return formats


def _run(name: str) -> str:
    if not RUN_NAME.fullmatch(name.replace(DATE, _ANY_TIME.date().isoformat())):
        raise InvalidInput(
            f"run is {show(name)}: write 1 to 64 letters, digits, dots, dashes or underscores, a letter or digit "
            f"first, with {DATE} for the day."
        )
    return name


def _word(what: str, given: object, words: type[_Word]) -> _Word:
    for word in words:
        if word.value == given:
            return word
    raise InvalidInput(f"{what} is {show(given)}: write one of {_listed(words)}.")


def _listed(words: type[StrEnum]) -> str:
    return ", ".join(word.value for word in words)
