"""The bounds of every value an event may carry. Each check returns the clean value or raises ``InvalidInput``.

Personal data is left out of properties: keys that name a person, a way to reach one or a device (email, name, phone,
address, ip, userAgent …), and values that are an e-mail or IP address or a user agent whatever their key. A user id
is the shop's own word for somebody, and never an address of theirs.
"""

import ipaddress
import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from shared.domain.errors import InvalidInput
from shared.domain.events import ANONYMOUS_PREFIX, COLLECTION_PREFIX, LONGEST_ID, NOBODY_PREFIX
from shared.services.event_formats.draft import key, show

MAX_ID = LONGEST_ID
MAX_QUERY = 500
MAX_PROPERTIES = 16
MAX_PROPERTY_NAME = 64
MAX_PROPERTY_VALUE = 200
MAX_QUANTITY = 10_000.0
MAX_RATING = 5.0
MAX_AHEAD = timedelta(hours=24)
MAX_AGE = timedelta(days=5 * 366)

_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]+")
_SLUG = re.compile(r"[a-z0-9-]{1,64}")
_EMAIL = re.compile(r"[^@\s]@[^@\s]+\.[^@\s]")
_PHONE = re.compile(r"\+[\d\s().-]{6,}")
_USER_AGENT = re.compile(r"\w+/\d[\w.]*\s+\(")
_PERSONAL = re.compile(
    r"mail|phone|mobile|address|^street|postcode|postalcode|zipcode|useragent|firstname|lastname|surname|fullname"
    r"|username|customername|birth|passw|secret|token|latitude|longitude|creditcard|cardnumber|iban|passport|recipient"
    r"|^(name|ip|ipv4|ipv6|clientip|userip|remoteip|city|zip|dob|age|gender|lat|lon|lng|ssn|ua)$"
)


def identifier(value: object, what: str) -> str:
    """An id of 1 to :data:`MAX_ID` printable characters; whole numbers are ids too, and nothing is ""."""
    if value is None or value == "":
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**MAX_ID:
        value = f"{value:d}"
    if not isinstance(value, str):
        raise InvalidInput(f"{what} is {show(value)}: send a string of at most {MAX_ID} characters.")
    text = value.strip()
    if len(text) > MAX_ID:
        raise InvalidInput(f"{what} {show(text)} has {len(text)} characters: send at most {MAX_ID}.")
    if not text.isprintable():
        raise InvalidInput(f"{what} {show(text)} holds control or invisible characters: send printable ones.")
    return text


def person_id(value: object, what: str) -> str:
    """As :func:`identifier`, of a user or guest: refused where it is an e-mail or IP address or a phone number."""
    text = identifier(value, what)
    own = text.removeprefix(ANONYMOUS_PREFIX)
    if own.startswith(NOBODY_PREFIX):
        raise InvalidInput(f"{what} begins with {NOBODY_PREFIX!r}, which stands for nobody: send another id.")
    if _EMAIL.search(own) or _PHONE.fullmatch(own) or _is_ip_address(own):
        raise InvalidInput(
            f"{what} is an e-mail address, a phone number or an IP address: send an id that says nothing of the "
            "person, such as the shop's customer number or a digest."
        )
    return text


def collection_id(slug: object) -> str:
    """The slug of a collection, in the place of a product's id."""
    if not isinstance(slug, str) or not _SLUG.fullmatch(slug):
        raise InvalidInput(f"collection is {show(slug)}: send its slug, 1 to 64 of a-z, 0-9 and hyphens.")
    return COLLECTION_PREFIX + slug


def query_text(value: object) -> str:
    """A search text on one line, cut at :data:`MAX_QUERY`: what is beyond adds nothing to a search."""
    if value is None:
        return ""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return identifier(value, "query")
    if not isinstance(value, str):
        raise InvalidInput(f"query is {show(value)}: send the searched words as a string.")
    return " ".join(_CONTROLS.sub(" ", value[: 4 * MAX_QUERY]).split())[:MAX_QUERY].rstrip()


def number(value: object, what: str, highest: float) -> float | None:
    """A finite number from 1 to ``highest``, also as a string; nothing is None."""
    if value is None or value == "":
        return None
    try:
        found = math.nan if isinstance(value, bool) else float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        found = math.nan
    if not 1.0 <= found <= highest:
        raise InvalidInput(f"{what} is {show(value)}: send a number from 1 to {highest:g}.")
    return found


def moment(value: object) -> datetime | None:
    """A time in UTC from ISO 8601, or from epoch seconds, milliseconds or microseconds told apart by their size.

    A time without a zone is taken as UTC. Nothing is None.
    """
    if value is None or value == "":
        return None
    try:
        if isinstance(value, str) and re.fullmatch(r"\d{10,17}(\.\d{1,9})?", value.strip()):
            value = float(value)
        if isinstance(value, int | float) and not isinstance(value, bool):
            size = abs(value)
            return datetime.fromtimestamp(value / (1 if size < 1e11 else 1e3 if size < 1e14 else 1e6), UTC)
        if isinstance(value, str) and len(value) <= 40:
            return in_utc(datetime.fromisoformat(value.strip()))
    except (ValueError, OverflowError, OSError):
        pass
    raise InvalidInput(
        f"time {show(value)} cannot be read: send ISO 8601 such as 2025-01-31T12:00:00Z, or epoch seconds."
    )


def in_utc(when: datetime) -> datetime:
    return when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)


def occurrence(stated: datetime | None, received_at: datetime) -> datetime:
    """When it happened: as stated, but never after it was received, since clocks of shops run up to a day ahead."""
    if stated is None:
        return received_at
    if stated - received_at > MAX_AHEAD:
        raise InvalidInput(f"time {stated.isoformat()} is more than 24 hours ahead: check the sender's clock and zone.")
    if received_at - stated > MAX_AGE:
        raise InvalidInput(f"time {stated.isoformat()} is more than 5 years ago: send newer events.")
    return min(stated, received_at)


def clean_properties(values: Mapping[str, object]) -> dict[str, str]:
    """The first :data:`MAX_PROPERTIES` short scalars that are not personal; the rest is left out without an error."""
    clean: dict[str, str] = {}
    for name, value in values.items():
        if len(clean) == MAX_PROPERTIES:
            break
        text = _scalar(value)
        if text and _is_plain(name, MAX_PROPERTY_NAME) and _is_plain(text, MAX_PROPERTY_VALUE):
            if _is_personal(name) or _EMAIL.search(text) or _USER_AGENT.search(text) or _has_ip_address(text):
                continue
            clean[name] = text
    return clean


def _scalar(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return f"{value:d}" if abs(value) < 10**20 else ""
        case float():
            return repr(value) if math.isfinite(value) else ""
        case str():
            return value
        case _:
            return ""


def _is_plain(text: object, longest: int) -> bool:
    return isinstance(text, str) and 0 < len(text) <= longest and text.isprintable()


def _is_personal(name: str) -> bool:
    return _PERSONAL.search(key(name)) is not None


def _has_ip_address(text: str) -> bool:
    """Proxies write several into one header."""
    return any(_is_ip_address(each) for each in re.split(r"[,;\s]+", text))


def _is_ip_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text.strip())
    except ValueError:
        return False
    return True
