"""Rows into emails."""

import re
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from shared.domain.errors import MissingExtra
from shared.domain.wording import plain, web_address
from shared.emails.context import EmailContext, is_placeholder
from shared.emails.sources import Compiled, Source, compiled, source_of
from shared.emails.variables import Variables, of_shop, variables
from shared.services.pick_rows import PickRow

if TYPE_CHECKING:
    from jinja2 import Template

_MOST_SUBJECT = 150
_LINE = 76
"""Characters of a line of plain text (RFC 5322 asks for at most 78); an address is never broken."""


@dataclass(frozen=True, slots=True)
class Email:
    """``headers`` are those to send beside the subject; ``variables`` is what a sending service's template reads."""

    subject: str
    preheader: str
    html: str
    text: str
    headers: Mapping[str, str]
    variables: Variables


@dataclass(frozen=True, slots=True)
class _Filled:
    """Templates ready to be filled: of HTML, where what is put in is escaped, and of plain text."""

    subject: "Template"
    preheader: "Template"
    html: "Template"
    text: "Template"


def render(
    template: str, rows: Sequence[PickRow], about: EmailContext, own: Mapping[str, Source] | None = None
) -> Email:
    """The email that shows ``rows``, all of one user's, in their order; ``own`` has the shop's own templates.

    Raises NotFound for a template that there is not, InvalidInput for no rows or too many, and MissingExtra.
    """
    from markupsafe import Markup

    ready = _ready(compiled(source_of(template, own or {})))
    said = variables(rows, about)
    unsubscribe = about.unsubscribe if is_placeholder(about.unsubscribe) else web_address(about.unsubscribe)
    of_text: dict[str, Any] = {**said, "shop": of_shop(about), "unsubscribe": unsubscribe}
    of_page = of_text | {"unsubscribe": Markup(unsubscribe) if is_placeholder(unsubscribe) else unsubscribe}
    return Email(
        subject=plain(ready.subject.render(of_text), _MOST_SUBJECT),
        preheader=plain(ready.preheader.render(of_text), _MOST_SUBJECT),
        html=ready.html.render(of_page),
        text=_wrapped(ready.text.render(of_text)),
        headers=_headers(about),
        variables=said,
    )


def _headers(about: EmailContext) -> dict[str, str]:
    """RFC 2369, and RFC 8058 where it holds. A sending service with a placeholder of its own sends its own headers."""
    if is_placeholder(about.unsubscribe):
        return {}
    headers = {"List-Unsubscribe": f"<{web_address(about.unsubscribe)}>"}
    return headers | {"List-Unsubscribe-Post": "List-Unsubscribe=One-Click"} if about.one_click else headers


@cache
def _ready(templates: Compiled) -> _Filled:
    try:
        from jinja2 import StrictUndefined
        from jinja2.sandbox import ImmutableSandboxedEnvironment
    except ImportError as error:
        raise MissingExtra("Emails need the library Jinja2: install vitrine[emails].") from error

    page = ImmutableSandboxedEnvironment(autoescape=True, undefined=StrictUndefined)
    words = ImmutableSandboxedEnvironment(
        autoescape=False, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True, undefined=StrictUndefined
    )
    return _Filled(
        words.from_string(templates.subject),
        words.from_string(templates.preheader),
        page.from_string(templates.html),
        words.from_string(templates.text),
    )


def _wrapped(text: str) -> str:
    lines = [wrapped for line in text.splitlines() for wrapped in _folded(line)]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip() + "\n"


def _folded(line: str) -> list[str]:
    if len(line) <= _LINE or "://" in line:
        return [line.rstrip()]
    indent = re.match(r"[* ]*", line)[0].replace("*", " ")  # type: ignore[index]
    return textwrap.wrap(line, _LINE, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
