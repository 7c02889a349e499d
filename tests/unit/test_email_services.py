"""The templates of sending services, filled in by real engines of their languages: Django, Liquid and Handlebars."""

import json
from dataclasses import replace
from typing import Any

import pytest

from local.email_samples import ABOUT, sample_rows
from shared.domain.errors import InvalidInput
from shared.emails.rendering import render
from shared.emails.services import SERVICES, Api, Exported, export
from shared.emails.sources import TEMPLATES, Source
from shared.emails.variables import Variables, variables
from shared.services.pick_rows import PickRow
from tests.email_engines import API, as_braze, as_handlebars, as_klaviyo
from tests.html_shape import shape

_API = Api(API, "autumn sale")
_STOPPED = "Vitrine has no picks for this user"
_HOSTILE = "<script>alert('1')</script> {{7*7}} {% now %} & \"quoted\" 'single' `tick` = <b>bold</b>"


def _as_braze(part: str, said: Any) -> str:
    def answer(path: str) -> Any:
        assert path.startswith("/v1/users/ana%20%26%20co%2F1/picks?campaign=autumn%20sale&template=")
        return {"email": {"variables": said}} if said else None

    return as_braze(part, answer)


_ENGINES = {"klaviyo": as_klaviyo, "braze": _as_braze, "handlebars": as_handlebars}


def _filled(service: str, exported: Exported, said: Variables | None) -> list[str]:
    over_the_wire = json.loads(json.dumps(said))
    return [_ENGINES[service](part, over_the_wire) for part in _parts(exported)]


def _parts(exported: Exported) -> list[str]:
    return [exported.subject, exported.preheader, exported.html, exported.text]


def _words(text: str) -> list[str]:
    return text.split()


def _rows_of_all_kinds(template: str) -> list[PickRow]:
    first, second, third, *rest = sample_rows(template)
    return [
        replace(first, title=_HOSTILE),
        replace(second, image="", price=None, sale_price=None),
        replace(third, reason="", link=""),
        *rest,
    ]


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("template", TEMPLATES)
def test_says_what_ours_says(template: str, service: str) -> None:
    for rows in (sample_rows(template), _rows_of_all_kinds(template), sample_rows(template)[:1]):
        ours = render(template, rows, ABOUT)
        exported = export(template, service, ABOUT, _API)
        subject, preheader, html, text = _filled(service, exported, variables(rows, ABOUT))
        assert _words(subject) == _words(ours.subject)
        assert _words(preheader) == _words(ours.preheader)
        assert shape(html, words=True) == shape(ours.html, words=True)
        assert _words(text) == _words(ours.text)


@pytest.mark.parametrize("service", SERVICES)
def test_with_slots_and_with_a_logo(service: str) -> None:
    about = replace(ABOUT, slots="https://api.shop.example/v1/slots/token", logo="https://shop.example/a&b.png")
    ours = render("picks", sample_rows("picks"), about)
    exported = export("picks", service, about, _API)
    _, _, html, text = _filled(service, exported, variables(sample_rows("picks"), about))
    assert "https://api.shop.example/v1/slots/token/6.jpg" in html
    assert shape(html, words=True) == shape(ours.html, words=True)
    assert _words(text) == _words(ours.text)


@pytest.mark.parametrize("service", SERVICES)
def test_without_picks_nothing_is_claimed(service: str) -> None:
    """Braze stops; the others are not asked to send, and show no product if they are."""
    _, _, html, _ = _filled(service, export("picks", service, ABOUT, _API), None)
    assert (f"ABORTED: {_STOPPED}" in html) == (service == "braze")
    assert "See it" not in html
    assert "Unsubscribe" in html


def test_no_key_stands_in_a_template() -> None:
    """Braze keeps the key, under a name, and sends it along."""
    for part in _parts(export("picks", "braze", ABOUT, _API)):
        assert "X-API-Key" not in part
        assert "Authorization" not in part


def test_refusals() -> None:
    with pytest.raises(InvalidInput, match="mailpigeon"):
        export("picks", "mailpigeon", ABOUT)
    with pytest.raises(InvalidInput, match="Braze fetches the picks itself"):
        export("picks", "braze", ABOUT)
    outer = Source(
        "<mjml><mj-body></mj-body></mjml>",
        "{% for b in blocks %}{% for l in b.lines %}{{ b.title }}{% endfor %}{% endfor %}",
    )
    assert "b.title" in export("mine", "klaviyo", ABOUT, own={"mine": outer}).text
    with pytest.raises(InvalidInput, match=r"'b\.title' cannot be said in Handlebars"):
        export("mine", "handlebars", ABOUT, own={"mine": outer})
