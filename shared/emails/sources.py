"""Where templates come from, and how MJML becomes the HTML that they are filled into."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from shared.domain.errors import InvalidInput, MissingExtra, NotFound
from shared.emails import language

TEMPLATES = ("picks", "back_in_stock", "price_drop")
_FOLDER = Path(__file__).parent / "templates"
_INCLUDE = re.compile(r'<mj-include path="([a-z_]{1,40}\.(?:mjml|txt))" ?/>')
_MOST_SOURCE = 200_000


@dataclass(frozen=True, slots=True)
class Source:
    """``page`` is MJML, its ``mj-title`` the subject and its ``mj-preview`` the preheader; ``text`` is plain."""

    page: str
    text: str


@dataclass(frozen=True, slots=True)
class Compiled:
    """Templates of the four parts of an email, each in the language of :mod:`shared.emails.language`."""

    subject: str
    preheader: str
    html: str
    text: str


def source_of(template: str, own: Mapping[str, Source]) -> Source:
    """The shop's own template of that name, or ours. Raises NotFound."""
    if template in own:
        return own[template]
    if template not in TEMPLATES:
        known = ", ".join(sorted({*TEMPLATES, *own}))
        raise NotFound(f"There is no template '{template[:80]}': use one of {known}.")
    return Source(_part(f"{template}.mjml"), _part(f"{template}.txt"))


@cache
def compiled(source: Source) -> Compiled:
    """``source`` compiled, once in the life of a process. Raises InvalidInput, with what is wrong with it."""
    try:
        from mrml import RenderOptions, to_html
    except ImportError as error:
        raise MissingExtra("Emails need the library mrml: install vitrine[emails].") from error

    if len(source.page) + len(source.text) > _MOST_SOURCE:
        raise InvalidInput(f"The template has more than {_MOST_SOURCE:,} characters: shorten it.")
    page = _complete(source.page)
    if "<mj-include" in page:
        raise InvalidInput('A template includes our parts alone, such as <mj-include path="grid.mjml" />: mend it.')
    try:
        made = to_html(page, render_options=RenderOptions(fonts={}))
    except (OSError, ValueError) as error:
        raise InvalidInput(f"The template's MJML cannot be compiled: {error}.") from error
    whole = Compiled(made.title or "", made.preview or "", made.content, _complete(source.text))
    for part in (whole.subject, whole.preheader, whole.html, whole.text):
        language.read(part)
    return whole


def _complete(text: str) -> str:
    """With our parts in place of their names. MRML's own include would lose the width of what surrounds it."""
    return _INCLUDE.sub(lambda found: _part(found[1]).rstrip("\n"), text)


@cache
def _part(name: str) -> str:
    path = _FOLDER / name
    if not path.is_file():
        raise NotFound(f"There is no part '{name}' to include: use one of {', '.join(_parts())}.")
    return path.read_text("utf-8")


def _parts() -> list[str]:
    whole = {f"{each}.{kind}" for each in TEMPLATES for kind in ("mjml", "txt")}
    return sorted(path.name for path in _FOLDER.iterdir() if path.name not in whole)
