"""What an email says of the shop that sends it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from shared.domain.errors import InvalidInput
from shared.domain.wording import web_address
from shared.emails.colours import is_colour

PLACEHOLDER = "{{unsubscribe_url}}"
_PLACEHOLDERS = re.compile(r"(\{\{.+\}\}|\{%.+%\}|<%.+%>|%[\w.]+%|\*\|.+\|\*|\[[\w.]+\])")
"""How sending services write what they fill in: Liquid, Django and Handlebars; SendGrid; Mailgun; Mailchimp; others."""
_NEVER_IN_ONE = re.compile(r"[\"'\s]")
_MOST_CHARACTERS = 500
_MOST_TITLES = 50
_ADDRESSES = ("logo", "preferences", "images")


@dataclass(frozen=True, slots=True)
class EmailContext:
    """``home``, ``logo`` and ``preferences`` are addresses on the web; ``accent`` is the buttons' colour, ``#rrggbb``.
    ``address`` is the sender's by post, which several laws ask for; ``why`` says why one gets this, where the sentence
    that stands there else is not true.

    ``unsubscribe`` is an address, or what the sending service puts one in place of; ``one_click`` is for an address to
    which a mail program may send a bare POST that unsubscribes (RFC 8058). ``titles`` has the headings of
    blocks by their names. ``slots`` is where the pictures and links of this one email are chosen at open time, without
    the place and the slash before it; empty for pictures and links as they are when the email is made. ``images`` is
    the folder on the web of the pictures that the feed names by their files.

    Raises InvalidInput for what cannot be used, with the name of the field.
    """

    shop: str
    home: str
    logo: str = ""
    accent: str = "#1f3a5f"
    unsubscribe: str = PLACEHOLDER
    preferences: str = ""
    address: str = ""
    why: str = ""
    titles: Mapping[str, str] = field(default_factory=dict)
    slots: str = ""
    one_click: bool = False
    images: str = ""

    def __post_init__(self) -> None:
        for name in (
            "shop",
            "home",
            "logo",
            "accent",
            "unsubscribe",
            "preferences",
            "address",
            "why",
            "slots",
            "images",
        ):
            if not isinstance(text := getattr(self, name), str) or len(text) > _MOST_CHARACTERS:
                raise InvalidInput(f"'{name}' is not a text of up to {_MOST_CHARACTERS} characters: shorten it.")
        if not self.shop.strip():
            raise InvalidInput("'shop' is empty: give the shop's name as it is to be read in emails.")
        if not web_address(self.home):
            raise InvalidInput(f"'home' is '{self.home[:80]}': give an address that starts with https://.")
        for name in (*_ADDRESSES, "slots"):
            if (text := getattr(self, name)) and not web_address(text):
                raise InvalidInput(f"'{name}' is '{text[:80]}': give an address that starts with https://, or nothing.")
        if not isinstance(self.one_click, bool):
            raise InvalidInput("'one_click' is neither true nor false: give one of them.")
        if not is_colour(self.accent):
            raise InvalidInput(f"'accent' is '{self.accent[:80]}': write the colour as #rrggbb.")
        if not (web_address(self.unsubscribe) or is_placeholder(self.unsubscribe)):
            raise InvalidInput(
                f"'unsubscribe' is '{self.unsubscribe[:80]}': give an address that starts with https://, or your "
                f"sending service's placeholder for one, such as {PLACEHOLDER}."
            )
        if len(self.titles) > _MOST_TITLES or not all(_is_title(*each) for each in self.titles.items()):
            raise InvalidInput(f"'titles' takes up to {_MOST_TITLES} names of blocks, each with a heading: mend it.")


def is_placeholder(text: str) -> bool:
    """Whether it is something that a sending service replaces, and nothing that could end an attribute of HTML."""
    written = text.removeprefix("{%").removesuffix("%}").strip()  # Django's tags are written with spaces inside
    return _PLACEHOLDERS.fullmatch(text) is not None and not _NEVER_IN_ONE.search(written)


def context_from(document: object) -> EmailContext:
    """The context that a JSON object describes; its keys are the fields. Raises InvalidInput."""
    known = {each.name for each in fields(EmailContext)}
    if not isinstance(document, Mapping) or not {"shop", "home"} <= document.keys():
        raise InvalidInput("An email needs to know at least 'shop' and 'home': the shop's name and its address.")
    if strange := sorted(str(each) for each in document.keys() - known):
        raise InvalidInput(f"'{strange[0][:80]}' is not known of an email: use {', '.join(sorted(known))}.")
    if not isinstance(document.get("titles", {}), Mapping):
        raise InvalidInput("'titles' is not an object: give headings by the names of blocks.")
    given: dict[str, Any] = dict(document)
    return EmailContext(**given)


def _is_title(name: object, title: object) -> bool:
    return isinstance(name, str) and isinstance(title, str) and len(name) + len(title) <= _MOST_CHARACTERS
