"""Events that a browser sends while its page goes away (W3C Beacon).

``navigator.sendBeacon`` sets no headers: the key stands in the address, and the type of what it sends is text, for
anything else would need a browser to ask first, which a page that is gone cannot wait for.
"""

from urllib.parse import parse_qs

from starlette.types import Scope

from shared.domain.errors import NotAllowed
from shared.domain.keys import SECRET_MARK

EVENTS = "/v1/events"
_TEXT = b"text/plain"
_JSON = b"application/json"


def as_call(scope: Scope) -> Scope:
    """A beacon as the call that it would be with headers; all else as it is, and so a form that somebody's page sends
    as text: it comes as a navigation, for which browsers have not always named the page.

    Raises NotAllowed for a secret key, which has no place in an address.
    """
    if scope["type"] != "http" or scope["method"] != "POST" or scope["path"] != EVENTS:
        return scope
    if (b"sec-fetch-mode", b"navigate") in scope["headers"]:
        return scope
    headers = [(name, _JSON if _is_text(name, value) else value) for name, value in scope["headers"]]
    keys = [key.strip() for key in parse_qs(scope.get("query_string", b"").decode("latin-1")).get("key", [])]
    if any(key.startswith(SECRET_MARK) for key in keys):
        raise NotAllowed("A secret key stands in the address, where logs keep it: revoke it, and send it in a header.")
    if keys and not any(name in (b"x-api-key", b"authorization") for name, _ in headers):
        headers.append((b"x-api-key", keys[0].encode("latin-1", "replace")))  # what is no Latin-1 is no key either
    scope["headers"] = headers  # in place: who stands before the gate reads in it which route was taken
    return scope


def _is_text(name: bytes, value: bytes) -> bool:
    return name == b"content-type" and value.split(b";")[0].strip().lower() == _TEXT
