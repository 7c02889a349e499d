"""The campaigns that a shop has written down: a blob for each."""

import json
from collections.abc import Mapping

from shared.domain.campaigns import CampaignSettings
from shared.domain.errors import NotFound
from shared.ports import BlobStore
from shared.services.campaign_document import SETTINGS_NAME, read_campaigns, read_settings, settings_record

_FOLDER = "campaigns"


def apply_campaigns(blobs: BlobStore, document: object) -> tuple[CampaignSettings, ...]:
    """Put the document's campaigns in the place of all that were; returns them. Runs that are planned stay as they are.

    Raises InvalidInput, before anything is changed.
    """
    campaigns = read_campaigns(document)
    for settings in campaigns:
        blobs.put(_name(settings.name), json.dumps(settings_record(settings), ensure_ascii=False).encode())
    for name in set(blobs.names(_FOLDER)) - {_name(settings.name) for settings in campaigns}:
        blobs.remove(name)
    return campaigns


def campaigns_of(blobs: BlobStore) -> tuple[CampaignSettings, ...]:
    """All of them, by name."""
    names = (name.rpartition("/")[2].removesuffix(".json") for name in blobs.names(_FOLDER))
    return tuple(campaign_named(blobs, name) for name in names)


def campaign_named(blobs: BlobStore, name: str) -> CampaignSettings:
    """Raises NotFound."""
    content = blobs.get(_name(name)) if SETTINGS_NAME.fullmatch(name) else None
    if content is None:
        raise NotFound(f"There is no campaign '{name[:40]}': write it down, and say vitrine picks apply FILE.")
    record: Mapping[str, object] = json.loads(content)
    return read_settings(name, record)


def _name(name: str) -> str:
    return f"{_FOLDER}/{name}.json"
