"""Where an event came from: country, kind of device and campaign, out of the places where the formats have them.

Nothing nearer to a person is read: no city, no IP address, no user agent.
"""

import re
from collections.abc import Mapping
from urllib.parse import parse_qs, urlsplit

from shared.domain.events import CONTEXT
from shared.services.event_formats.draft import Fields, key

_DEVICES = {
    key(name): device
    for device, names in {
        "mobile": ("mobile", "phone", "smartphone", "iphone", "ios", "android"),
        "tablet": ("tablet", "ipad"),
        "desktop": ("desktop", "web", "pc", "computer", "laptop"),
        "tv": ("tv", "smart tv", "connected tv"),
        "watch": ("watch", "wearable"),
        "console": ("console",),
    }.items()
    for name in names
}
_LONGEST_ADDRESS = 4_096
_COUNTRY = re.compile(r"[A-Za-z]{2}")


def of_segment(raw: Fields) -> dict[str, object]:
    context = raw.inner("context")
    return {
        "country": context.inner("location").first("country_code", "country"),
        "device": context.inner("device").first("type"),
        "campaign": context.inner("campaign").first("name"),
    }


def of_ga4(raw: Fields, parameters: Fields) -> dict[str, object]:
    return {
        "country": raw.inner("user_location").first("country_id") or raw.inner("geo").first("country_id", "country"),
        "device": raw.inner("device").first("category"),
        "campaign": parameters.first("campaign") or raw.inner("traffic_source").first("name"),
    }


def of_shopify(raw: Fields) -> dict[str, object]:
    """The campaign stands in the page's address; country and device, where the forwarding pixel or a checkout says."""
    checkout = raw.inner("data", "checkout")
    document = raw.inner("context", "document", "location")
    return {
        "country": raw.first("country")
        or checkout.inner("localization", "country").first("iso_code")
        or checkout.inner("shipping_address").first("country_code"),
        "device": raw.first("device"),
        "campaign": _campaign_in(document.first("search", "href")),
    }


def clean_context(properties: Mapping[str, object]) -> dict[str, object]:
    """``properties`` with those of :data:`CONTEXT` first, as Vitrine writes them, and left out where they say nothing.

    A country has two capital letters; a device is mobile, tablet, desktop, tv, watch or console; of a campaign only
    what surrounds its name is taken off.
    """
    fields = Fields({name: value for name, value in properties.items() if key(name) in CONTEXT})
    country, device, campaign = (fields.first(name) for name in CONTEXT)
    context: dict[str, object] = {}
    if isinstance(country, str) and _COUNTRY.fullmatch(country.strip()):
        context["country"] = country.strip().upper()
    if isinstance(device, str) and key(device) in _DEVICES:
        context["device"] = _DEVICES[key(device)]
    if isinstance(campaign, str) and campaign.strip():
        context["campaign"] = campaign.strip()
    return context | {name: value for name, value in properties.items() if key(name) not in CONTEXT}


def _campaign_in(address: object) -> object:
    """The ``utm_campaign`` of an address or of its query."""
    if not isinstance(address, str) or len(address) > _LONGEST_ADDRESS:
        return None
    try:
        query = urlsplit(address).query
        return next(iter(parse_qs(query, max_num_fields=64).get("utm_campaign", ())), None)
    except ValueError:
        return None
