"""What a campaign may ask for."""

import re
from datetime import datetime

from shared.domain.errors import InvalidInput
from shared.domain.picks import BlockKind, Campaign
from shared.services.filter_language import parse_filter

MOST_BLOCKS = 10
MOST_OF_BLOCK = 20
MOST_PICKS = 60
MOST_SPARES = 20
MOST_SENDS = 20
"""Sends that are looked back on."""
NAME = r"^[A-Za-z0-9._-]{1,64}$"
_NAME = re.compile(NAME)


def checked(campaign: Campaign, now: datetime) -> Campaign:
    """``campaign`` as it is. Raises InvalidInput for the first thing wrong with it, filters at ``now`` among it."""
    _require_names(campaign)
    for block in campaign.blocks:
        if not 1 <= block.count <= MOST_OF_BLOCK:
            raise InvalidInput(f"Block '{block.name}' asks for {block.count} products: 1 to {MOST_OF_BLOCK} will do.")
        if block.kind is BlockKind.COMPLEMENTS and not campaign.trigger:
            raise InvalidInput(f"Block '{block.name}' is of complements: say of which trigger_product.")
        if block.filter.strip():
            parse_filter(block.filter, now)
    if campaign.count > MOST_PICKS:
        raise InvalidInput(f"The blocks ask for {campaign.count} products together: {MOST_PICKS} at most.")
    if campaign.spares and campaign.whole_filter:
        parse_filter(campaign.whole_filter, now)
    cap = campaign.weekly_cap
    if not (0 <= campaign.spares <= MOST_SPARES and 0 <= campaign.last_sends <= MOST_SENDS):
        raise InvalidInput(f"spares is at most {MOST_SPARES}, last_sends at most {MOST_SENDS}, and neither below 0.")
    if cap is not None and not 1 <= cap <= MOST_SENDS:
        raise InvalidInput(f"weekly_cap is {cap}: 1 to {MOST_SENDS}, or leave it out for no limit.")
    return campaign


def _require_names(campaign: Campaign) -> None:
    blocks = [block.name for block in campaign.blocks]
    for name in (campaign.name, campaign.channel, campaign.utm_source, campaign.utm_medium, *blocks):
        if not _NAME.fullmatch(name):
            raise InvalidInput(f"'{name[:80]}' is no name: take 1 to 64 letters, digits, dots, dashes and underscores.")
    if not 1 <= len(blocks) <= MOST_BLOCKS:
        raise InvalidInput(f"blocks holds {len(blocks)}: send 1 to {MOST_BLOCKS}.")
    if twice := next((name for place, name in enumerate(blocks) if name in blocks[:place]), None):
        raise InvalidInput(f"Two blocks are called '{twice}': give each a name of its own.")
