"""The shop's book of themes, kept as immutable snapshots of which the newest counts."""

import json
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from shared.domain.errors import InvalidInput
from shared.domain.themes import Theme
from shared.ports import BlobStore, Clock
from shared.services.snapshots import EVERY, Snapshots, keep, moment_of, next_stamp, read_newest
from shared.services.theme_document import read_themes, theme_record

_FOLDER = "themes"


@dataclass(frozen=True, slots=True)
class ThemeBook:
    """``themes`` in the shop's own order."""

    snapshot: str = ""
    themes: tuple[Theme, ...] = ()

    def theme(self, slug: str) -> Theme | None:
        return next((theme for theme in self.themes if theme.slug == slug), None)


class ThemeBooks(Snapshots[ThemeBook]):
    """Reads books for answers; the newest may be some seconds old, and is empty where there was never one."""

    def __init__(self, blobs: BlobStore, clock: Clock, every: timedelta = EVERY) -> None:
        super().__init__(blobs, clock, _FOLDER, _from_json, ThemeBook(), every)


def current_themes(blobs: BlobStore) -> ThemeBook:
    """The newest book as it is stored this moment."""
    return read_newest(blobs, _FOLDER, _from_json) or ThemeBook()


def check_themes(document: object, now: datetime) -> ThemeBook:
    """``document`` as a book that is not kept. Raises InvalidInput for the first thing wrong with it."""
    return ThemeBook("", read_themes(document, now))


def apply_themes(blobs: BlobStore, document: object, now: datetime) -> ThemeBook:
    """Make ``document`` the shop's themes, in place of all of those before.

    Of two who write at the same moment the later one's book counts, whole. Raises InvalidInput, and then nothing has
    changed.
    """
    book = replace(check_themes(document, now), snapshot=next_stamp(blobs, _FOLDER, now))
    keep(blobs, _FOLDER, book.snapshot, json.dumps(themes_record(book)).encode(), now)
    return book


def themes_record(book: ThemeBook) -> dict[str, Any]:
    """JSON-ready; :func:`apply_themes` takes it back."""
    return {"snapshot": book.snapshot, "themes": [theme_record(theme) for theme in book.themes]}


def _from_json(content: bytes) -> ThemeBook:
    record = json.loads(content)
    snapshot = record["snapshot"]
    try:
        return ThemeBook(snapshot, read_themes(record, moment_of(snapshot)))
    except InvalidInput as error:
        raise ValueError(str(error)) from error
