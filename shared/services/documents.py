"""What the shop's own documents have in common: mappings that people and programs write, from YAML or JSON.

Each complaint is one sentence that names the value and what to do; those of a part begin in the middle of the sentence,
after the part's name.
"""

import re
from collections.abc import Collection, Mapping
from typing import Any

from shared.domain.errors import InvalidInput
from shared.services.event_formats.bounds import MAX_ID
from shared.services.event_formats.draft import show

_HALVES = re.compile("[\ud800-\udfff]")


class Fields:
    """The values that a part of a document gives; those without a value (null) count as left out."""

    def __init__(self, record: Mapping[str, Any]) -> None:
        self.given = {key: value for key, value in record.items() if value is not None}

    def text(self, key: str, longest: int | None = None) -> str:
        """Without the space around it; empty where there is none."""
        value = self.given.get(key, "")
        if not isinstance(value, str) or (longest is not None and len(value) > longest):
            limit = f" of at most {longest} characters" if longest else ""
            raise InvalidInput(f"{key} is {show(value)}: write a text{limit}.")
        if _HALVES.search(value):  # JSON can say it; no answer, and no query, could be written with it
            raise InvalidInput(f"{key} is {show(value)}, which has half a character (a surrogate): write whole ones.")
        return value.strip()

    def whole(self, key: str, least: int, most: int, default: int) -> int:
        value = self.given.get(key, default)
        if type(value) is not int or (key in self.given and not least <= value <= most):
            raise InvalidInput(f"{key} is {show(value)}: write a whole number from {least} to {most}.")
        return value


def require_product_id(value: object) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= MAX_ID or not value.isprintable() or not value.strip():
        raise InvalidInput(
            f"{show(value)} is not a product id: write 1 to {MAX_ID} printable characters, in quotes if digits."
        )
    return value


def refuse_others(given: Mapping[Any, Any], keys: Collection[str], what: str) -> None:
    for key in given:
        if key not in keys:
            raise InvalidInput(
                f"{what} has the key {show(key)}, which is none of {', '.join(keys)}: mend or remove it."
            )


def lowered(error: InvalidInput) -> str:
    """As the second half of a sentence."""
    text = str(error)
    return text[0].lower() + text[1:]
