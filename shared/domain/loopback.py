"""Telling who sits at this machine from who only reaches it: a page in its browser, or a proxy that runs on it."""

import ipaddress
from collections.abc import Mapping
from urllib.parse import urlsplit

_PASSED_ON = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip", "via")


def is_loopback(host: str) -> bool:
    """Whether a name or an address is this machine's own, which nobody else can connect to."""
    if host.lower() in ("localhost", "localhost."):
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def why_refused(headers: Mapping[str, str]) -> str:
    """Why a request that came over loopback is not of who sits here; empty where nothing speaks against it.

    A page that has its own name resolve to 127.0.0.1 is told by the Host that its browser sends, any other page by its
    Origin or, where it has none, by what browsers say of where a request comes from (Fetch Metadata); a proxy by the
    headers in which it says for whom it asks. To follow a link to this machine is no other page's asking.
    """
    host = _host_of(f"//{headers.get('host', '')}")
    if not is_loopback(host):
        return (
            "While there are no keys, Vitrine answers under localhost and 127.0.0.1 alone, and another host was asked "
            "for: make a key by vitrine keys create."
        )
    origin = headers.get("origin")
    # A picture or a frame of another site's page brings no Origin, but every browser of today says that it is one's.
    is_embedded = headers.get("sec-fetch-site") == "cross-site" and headers.get("sec-fetch-mode") != "navigate"
    if is_embedded or (origin is not None and not is_loopback(_host_of(origin))):
        return "While there are no keys, no other site's page may ask: make one by vitrine keys create --publishable."
    if any(name in headers for name in _PASSED_ON):
        return "The request came through a proxy, and there are no keys: make one by vitrine keys create."
    return ""


def _host_of(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
