"""Addresses that strangers chose: which may be asked at all, before anything is resolved, and how they are quoted."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from shared.domain.errors import InvalidInput

if TYPE_CHECKING:
    import httpx

MAX_URL = 2_048
_PORTS = {"http": 80, "https": 443}


def checked(url: str, ports: Sequence[int]) -> "httpx.URL":
    """``url``, read. Raises InvalidInput unless it is of http or https, without credentials, and names one of
    ``ports``, any where there are none."""
    import httpx

    if len(url) > MAX_URL:
        raise InvalidInput(f"The address {shown(url)} is longer than {MAX_URL:,} characters.")
    try:
        parsed = httpx.URL(url)
        host = parsed.host
    except (httpx.InvalidURL, ValueError, TypeError) as error:
        raise InvalidInput(f"{shown(url)} is not a valid address.") from error
    if parsed.scheme not in ("http", "https") or not host or not 0 < (parsed.port or 80) < 65_536:
        raise InvalidInput(f"{shown(url)} is not an http or https address.")
    if ports and (parsed.port or _PORTS[parsed.scheme]) not in ports:
        raise InvalidInput(f"{shown(url)} names another port than {' and '.join(map(str, ports))}: leave it out.")
    if parsed.userinfo:
        raise InvalidInput("An address with a user name or password in it is refused: serve the file without them.")
    return parsed


def joined(url: str, location: str) -> str:
    """Where a redirect from ``url`` to ``location`` leads. Raises InvalidInput."""
    import httpx

    try:
        return str(httpx.URL(url).join(location))
    except (httpx.InvalidURL, ValueError) as error:
        raise InvalidInput(f"{shown(url)} redirects to something that is not an address.") from error


def shown(url: str) -> str:
    """``url``, fit for a message: short, printable, without a query that may hold a secret."""
    text = "".join(char for char in url.partition("?")[0][:120] if char.isprintable())
    scheme, separator, rest = text.partition("://")
    return f"'{scheme}{separator}{rest.rpartition('@')[2] if '@' in rest.partition('/')[0] else rest}'"
