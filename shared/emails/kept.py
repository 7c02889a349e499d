"""What a shop keeps of its emails: what they say of it, and templates of its own; one blob, changed as a whole."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace

from shared.domain.errors import InvalidInput, Unavailable
from shared.emails.context import EmailContext, context_from
from shared.emails.rendering import render
from shared.emails.sources import Source
from shared.ports import BlobStore
from shared.services.pick_rows import PickRow

_BLOB = "emails/kept.json"
_MOST_TEMPLATES = 20
_MOST_NAME = 64
_CLIPPED = 102 * 1024
"""Bytes of HTML after which Gmail hides the rest, the link to unsubscribe among it."""
_FULL = 12

_SAMPLE = PickRow(
    user_id="sample", campaign="sample", block="for_you", position=0, id="sample-1", title="A Sample & its <Title>",
    price=20.0, sale_price=15.0, currency="EUR", image="https://shop.example/1.jpg", link="https://shop.example/1",
    reason="Because you viewed another sample", source="sample", fell_back=False, recommendation_id="sample",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Kept:
    """``about`` is None where the shop has said nothing yet; ``own`` are templates by their names."""

    about: EmailContext | None = None
    own: Mapping[str, Source] = field(default_factory=dict)


def kept(blobs: BlobStore) -> Kept:
    """What the shop has said last. Raises Unavailable where that cannot be read any more."""
    content = blobs.get(_BLOB)
    if content is None:
        return Kept()
    try:
        document = json.loads(content)
        own = {name: Source(**each) for name, each in document["own"].items()}
        return Kept(context_from(document["about"]), own)
    except (ValueError, KeyError, TypeError, InvalidInput) as error:
        raise Unavailable("What is kept of the shop's emails cannot be read: apply it again.") from error


def keep(blobs: BlobStore, about: EmailContext, own: Mapping[str, Source]) -> Kept:
    """Put ``about`` and ``own`` in the place of all that was kept. Raises InvalidInput, and keeps what was, for the
    first thing wrong with them."""
    check(about, own)
    document = {"about": asdict(about), "own": {name: asdict(each) for name, each in own.items()}}
    blobs.put(_BLOB, json.dumps(document, ensure_ascii=False).encode())
    return Kept(about, own)


def check(about: EmailContext, own: Mapping[str, Source]) -> None:
    """Renders each template for one product, for one of which hardly anything is known, and for a dozen.

    Raises InvalidInput for the first that fails, that forgets the link to unsubscribe, or that Gmail would cut off.
    """
    if len(own) > _MOST_TEMPLATES:
        raise InvalidInput(f"{len(own)} templates are more than the {_MOST_TEMPLATES} a shop may have: leave some out.")
    bare = replace(_SAMPLE, price=None, sale_price=None, image="", reason="", link="")
    dozen = [replace(_SAMPLE, position=place, block=f"block_{place // 6}") for place in range(_FULL)]
    for name in own:
        if not name.replace("_", "").isalnum() or not name.isascii() or len(name) > _MOST_NAME:
            raise InvalidInput(f"'{name[:80]}' is no name for a template: use letters, digits and underscores.")
        for rows in ([_SAMPLE], [bare], dozen):
            _check_one(name, rows, about, own)


def _check_one(name: str, rows: list[PickRow], about: EmailContext, own: Mapping[str, Source]) -> None:
    from jinja2 import TemplateError
    from markupsafe import escape

    try:
        email = render(name, rows, about, own)
    except InvalidInput as error:
        raise InvalidInput(f"Template '{name}': {error}") from error
    except TemplateError as error:
        raise InvalidInput(f"Template '{name}' cannot be filled: {error}; see docs for the names there are.") from error
    if about.unsubscribe not in email.html and escape(about.unsubscribe) not in email.html:
        raise InvalidInput(f"Template '{name}' does not say {{{{ unsubscribe }}}}: every email must.")
    if not email.subject:
        raise InvalidInput(f"Template '{name}' has no subject: say it in its mj-title.")
    if (size := len(email.html.encode())) > _CLIPPED:
        raise InvalidInput(
            f"Template '{name}' takes {size:,} bytes for {len(rows)} products; Gmail cuts at {_CLIPPED:,}."
        )
