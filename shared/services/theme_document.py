"""The themes of a shop as people and programs write them: a mapping of ``themes``, from YAML or JSON.

Whatever it says is checked here, and nowhere else. Each complaint is one sentence that names the theme, the value and
what to do. Whether a product that a theme names is in the catalogue is not looked at: feeds come and go.
"""

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from string import Template
from typing import Any

from shared.domain.errors import InvalidInput
from shared.domain.themes import LARGEST, PLACEHOLDERS, SLUG, SMALLEST, Theme, Tone
from shared.services.documents import Fields, lowered, refuse_others, require_product_id
from shared.services.event_formats.draft import show
from shared.services.filter_language import parse_filter

MOST_THEMES = 50
LONGEST_TITLE = 80
LONGEST_PROMPT = 300
LONGEST_AUDIENCE = 60
LONGEST_STORY = 200
_RESERVED = "book"
"""``/v1/collections/book`` is the path of all themes."""

_KEYS = tuple(field.name for field in fields(Theme) if field.name != "condition")


def read_themes(document: object, now: datetime) -> tuple[Theme, ...]:
    """The themes, in the order written. Raises InvalidInput for the first thing wrong."""
    if not isinstance(document, Mapping):
        raise InvalidInput(f"The book of themes is {show(document)}: write a mapping with a list of themes.")
    refuse_others(document, ("snapshot", "themes"), "The book of themes")
    records = document.get("themes")
    if not isinstance(records, list):
        raise InvalidInput(f"The themes are {show(records)}: write a list of themes, or themes: [] to have none.")
    if len(records) > MOST_THEMES:
        raise InvalidInput(f"The book has {len(records):,} themes: keep at most {MOST_THEMES}.")
    themes = tuple(_theme(record, place, now) for place, record in enumerate(records, 1))
    seen: set[str] = set()
    for theme in themes:
        if theme.slug in seen:
            raise InvalidInput(f"Two themes have the slug '{theme.slug}': give each its own.")
        seen.add(theme.slug)
    return themes


def theme_record(theme: Theme) -> dict[str, Any]:
    """JSON-ready, without what is at its default; :func:`read_themes` reads it back."""
    default = Theme(theme.slug, theme.title)
    values = {key: getattr(theme, key) for key in _KEYS}
    return {key: value for key, value in values.items() if key in ("slug", "title") or value != getattr(default, key)}


def _theme(record: object, place: int, now: datetime) -> Theme:
    if not isinstance(record, Mapping):
        raise InvalidInput(f"Theme number {place} is {show(record)}: write a mapping with slug, title and the rest.")
    slug = record.get("slug")
    if slug == _RESERVED:
        raise InvalidInput(f"Theme number {place} has the slug '{slug}', where the book itself is found: give another.")
    if not isinstance(slug, str) or not SLUG.fullmatch(slug):
        raise InvalidInput(
            f"Theme number {place} has the slug {show(slug)}: give it 1 to 64 small letters, digits and dashes."
        )
    try:
        return _read(Fields(record), slug, now)
    except InvalidInput as error:
        raise InvalidInput(f"In theme '{slug}', {lowered(error)}") from None


def _read(given: Fields, slug: str, now: datetime) -> Theme:
    refuse_others(given.given, _KEYS, "the theme")
    title, prompt = _line(given, "title", LONGEST_TITLE), _line(given, "prompt", LONGEST_PROMPT)
    if not title:
        raise InvalidInput("there is no title: give the one that shoppers read.")
    product = require_product_id(given.given["product"]) if "product" in given.given else ""
    if not prompt and not product:
        raise InvalidInput("neither a prompt nor a product says what belongs to it: give one of them, or both.")
    text = given.text("filter")
    return Theme(
        slug=slug,
        title=title,
        prompt=prompt,
        product=product,
        filter=text,
        condition=parse_filter(text, now) if text else None,
        tone=_tone(given.given.get("tone", Tone.PLAIN.value)),
        audience=_line(given, "audience", LONGEST_AUDIENCE),
        story=_story(given),
        size=given.whole("size", SMALLEST, LARGEST, LARGEST),
    )


def _line(given: Fields, key: str, longest: int) -> str:
    text = given.text(key, longest)
    if not text.isprintable():
        raise InvalidInput(f"{key} is {show(text)}: write it on one line, without control characters.")
    return text


def _tone(value: object) -> Tone:
    try:
        return Tone(value)  # type: ignore[arg-type]
    except ValueError:
        raise InvalidInput(f"tone is {show(value)}: write {', '.join(Tone)}.") from None


def _story(given: Fields) -> str:
    text = _line(given, "story", LONGEST_STORY)
    template = Template(text)
    if not template.is_valid():
        raise InvalidInput(f"story is {show(text)}, where a $ has no name behind it: write $$ for the sign itself.")
    for name in template.get_identifiers():
        if name not in PLACEHOLDERS:
            known = ", ".join(f"${each}" for each in PLACEHOLDERS)
            raise InvalidInput(f"story speaks of ${name[:40]}, which is none of {known}: mend or remove it.")
    return text
