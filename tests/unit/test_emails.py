"""Emails: what they say, that feeds cannot break them, and that they stay small."""

import re
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from local.email_samples import ABOUT, sample_rows
from shared.domain.errors import InvalidInput, NotFound
from shared.domain.wording import plain, printed, web_address
from shared.emails.colours import READABLE, contrast, lightened, on
from shared.emails.context import PLACEHOLDER, EmailContext, context_from
from shared.emails.language import read
from shared.emails.rendering import render
from shared.emails.sources import TEMPLATES, Source, compiled, source_of
from shared.emails.variables import MOST_ROWS, variables
from shared.services.pick_rows import PickRow
from tests.html_shape import shape

_CLIPPED = 102 * 1024
"""Bytes of HTML after which Gmail hides the rest."""

_UNSPEAKABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
"""Control characters, ends of lines, and what changes the direction of text."""

_HOSTILE = (
    "</title><script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</mj-text></mj-column><mj-raw><script>alert(1)</script></mj-raw>",
    "<![endif]--><script>alert(1)</script><!--[if mso]>",
    "--><!-- ]]> <![CDATA[ <?php ?>",
    "{{ 7*7 }}{{ self.__init__.__globals__ }}{% for x in range(10**9) %}{% endfor %}{# c #}",
    "&lt;script&gt;alert(1)&lt;/script&gt; &amp;lt;b&amp;gt; &#60;i&#62; &NotAnEntity;",
    "\u202egnp.exe\u202c \u2066x\u2069 \u200f\u0000\u0007\u001b[31m\x85",
    "W" * 400,
    "a\r\nBcc: all@shop.example\r\n\r\n<b>body</b>",
    "{{{raw}}} <%= x %> *|NAME|* %recipient.email% ${x}",
)
_HOSTILE_ADDRESSES = (
    "javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    'https://shop.example/" onclick="alert(1)',
    "https://shop.example/{{7*7}}/<script>",
    "https://user:word@evil.example/",
    "//evil.example/x",
    "https://",
    "https://[::1",
    "https://shop.example/\r\nX: y",
    "java\tscript:alert(1)",
    "vbscript:x",
    "",
)


def _rows(words: list[str], addresses: list[str]) -> list[PickRow]:
    """Four rows with those words and addresses in every field that a feed fills."""
    return [
        replace(
            sample_rows("picks")[0],
            position=place,
            block="first" if place < 3 else "second",
            id=f"p{place}",
            title=f"x{words[place % len(words)]}",
            currency=words[(place + 1) % len(words)][:3],
            reason=f"x{words[(place + 2) % len(words)]}",
            image=addresses[place % len(addresses)],
            link=addresses[(place + 1) % len(addresses)],
        )
        for place in range(4)
    ]


def _harmless(rows: list[PickRow]) -> list[PickRow]:
    """The same rows from a kind feed: pictures are where theirs are."""
    return [
        replace(row, title="Title", currency="EUR", reason="Reason", link="https://shop.example/p",
                image="https://shop.example/p.jpg" if web_address(row.image) else "")
        for row in rows
    ]  # fmt: skip


def _scheme_blind(found: list[object]) -> str:
    """http and https are both fine."""
    return repr(found).replace("'http'", "'https'").replace("'HTTP'", "'https'").replace("'HTTPS'", "'https'")


@pytest.mark.parametrize("template", TEMPLATES)
@pytest.mark.parametrize("word", _HOSTILE)
def test_a_hostile_feed_changes_nothing_but_words(template: str, word: str) -> None:
    rows = _rows([word, f"{word} again"], list(_HOSTILE_ADDRESSES))
    email = render(template, rows, ABOUT)
    assert _scheme_blind(shape(email.html)) == _scheme_blind(shape(render(template, _harmless(rows), ABOUT).html))
    _nothing_to_run(email.html)
    for line in (email.subject, email.preheader):
        assert not _UNSPEAKABLE.search(line)
    assert not _UNSPEAKABLE.search(email.text.replace("\n", ""))


def _nothing_to_run(html: str) -> None:
    assert "<script" not in html.lower()
    assert "javascript:" not in re.sub(r">[^<]*<", "><", html).lower()
    for merge_tag in ("{{", "{%", "<%", "*|", "%recipient.email%"):
        assert merge_tag not in html


_text = st.text(max_size=60) | st.lists(
    st.sampled_from(
        [*"<>&\"'`={}%#|-/![]; \n", "{{", "}}", "{%", "<!--", "-->", "</td>", "&lt;", "&#", "mj-text", "on", "x"]
    ),
    max_size=25,
).map("".join)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(_text, min_size=1, max_size=4),
    st.lists(_text.map("https://shop.example/".__add__) | _text, min_size=1, max_size=4),
)
def test_no_string_at_all_changes_the_structure(words: list[str], addresses: list[str]) -> None:
    rows = _rows(words, addresses)
    email = render("price_drop", rows, ABOUT)
    assert _scheme_blind(shape(email.html)) == _scheme_blind(shape(render("price_drop", _harmless(rows), ABOUT).html))
    assert not _UNSPEAKABLE.search(email.subject + email.preheader)


@pytest.mark.parametrize("template", TEMPLATES)
def test_says_what_is_offered(template: str) -> None:
    rows = sample_rows(template)
    email = render(template, rows, ABOUT)
    for part in (email.html.replace("&#39;", "'").replace("&amp;", "&"), email.text):
        joined = " ".join(part.split())
        for row in rows:
            assert row.title in joined
            assert row.reason in joined
            assert row.link in joined
    assert rows[0].title in email.subject
    assert "https://shop.example/unsubscribe" in email.html
    assert "Unsubscribe: https://shop.example/unsubscribe" in email.text
    assert "12 Harbour Street" in email.text
    assert max(len(line) for line in email.text.splitlines() if "://" not in line) <= 76
    assert email.headers == {"List-Unsubscribe": "<https://shop.example/unsubscribe>"}
    assert not re.search(r"\{[{%]|[%}]\}", re.sub(r"<style.*?</style>", "", email.html, flags=re.S))


def test_the_sale_price_and_the_one_before() -> None:
    reduced = replace(sample_rows("picks")[0], price=1299.0, sale_price=999.5, currency="EUR")
    email = render("price_drop", [reduced], ABOUT)
    assert re.search(r"<b[^>]*>€999\.50</b> <s[^>]*>€1,299\.00</s>", email.html)
    assert "€999.50 (was €1,299.00)" in email.text
    assert "You save €299.50." in email.text
    assert email.subject.endswith("is now €999.50")
    dearer = render("picks", [replace(reduced, sale_price=1400.0)], ABOUT)
    assert "<s " not in dearer.html
    assert "€1,400.00" in dearer.html
    assert "€" not in render("picks", [replace(reduced, price=None, sale_price=None)], ABOUT).html


@pytest.mark.parametrize(
    ("amount", "currency", "said"),
    [
        (1234.5, "EUR", "€1,234.50"), (0.005, "USD", "$0.01"), (1200.0, "jpy", "¥1,200"), (12.0, "SEK", "12.00 SEK"),
        (1.2345, "KWD", "1.235 KWD"), (9.99, "", "9.99"), (5.0, "CAD", "CA$5.00"), (None, "EUR", None),
        (float("nan"), "EUR", None), (-1.0, "EUR", None), (float("inf"), "EUR", None), (1e-7, "EUR", "€0.00"),
    ],
)  # fmt: skip
def test_prices_as_they_are_printed(amount: float | None, currency: str, said: str | None) -> None:
    assert printed(amount, currency) == said


@given(st.floats(0, 1e11), st.sampled_from(["EUR", "JPY", "KWD", "XYZ"]))
def test_a_printed_price_is_the_price(amount: float, currency: str) -> None:
    digits = Decimal(re.sub(r"[^\d.]", "", printed(amount, currency) or ""))
    assert abs(digits - Decimal(repr(amount))) <= Decimal("0.5")


@pytest.mark.parametrize("template", TEMPLATES)
def test_twelve_products_are_not_clipped(template: str) -> None:
    """With titles, reasons and addresses longer than those of any real catalogue that was looked at."""
    long = {"title": "Ünïcode title & more " * 20, "reason": "Because you viewed it " * 20}
    path = f"https://shop.example/{'p' * 400}?a=1&b=2"
    rows = [replace(sample_rows("picks")[0], position=n, link=path, image=path, **long) for n in range(12)]
    assert len(render(template, rows, ABOUT).html.encode()) < _CLIPPED


def test_pictures_chosen_when_opened_come_without_words() -> None:
    rows = sample_rows("picks")
    email = render("picks", rows, replace(ABOUT, slots="https://api.shop.example/v1/slots/token/"))
    for place in range(len(rows)):
        assert f'src="https://api.shop.example/v1/slots/token/{place}.jpg"' in email.html
        assert f'href="https://api.shop.example/v1/slots/token/{place}/link"' in email.html
    for row in rows:
        assert row.title not in f"{email.html}{email.text}{email.subject}"
        assert row.reason not in email.html
    assert email.subject == "Picked for you at Kontor"


def test_one_click_is_said_where_it_holds() -> None:
    assert render("picks", sample_rows("picks"), replace(ABOUT, one_click=True)).headers == {
        "List-Unsubscribe": "<https://shop.example/unsubscribe>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


@pytest.mark.parametrize(
    "placeholder",
    [PLACEHOLDER, "{% unsubscribe_link %}", "<%asm_group_unsubscribe_raw_url%>", "*|UNSUB|*", "%unsubscribe_url%"],
)
def test_a_sending_services_placeholder_arrives_whole(placeholder: str) -> None:
    email = render("picks", sample_rows("picks"), replace(ABOUT, unsubscribe=placeholder))
    assert f'<a href="{placeholder}"' in email.html
    assert f"Unsubscribe: {placeholder}" in email.text
    assert email.headers == {}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("shop", " "), ("home", "javascript:x"), ("logo", "logo.png"), ("accent", "red"), ("accent", "#fff;}"),
        ("unsubscribe", "click here"), ("unsubscribe", '{{x}}" onclick="y'), ("unsubscribe", "javascript:x"),
        ("slots", "ftp://x"), ("address", "x" * 501), ("titles", ["x"]), ("titles", {"a": 1}), ("one_click", "yes"),
        ("shop", 7), ("colour", "x"),
    ],
)  # fmt: skip
def test_a_context_that_cannot_be_used_is_refused_by_name(field: str, value: Any) -> None:
    document = {"shop": "Kontor", "home": "https://shop.example"}
    assert context_from(document) == EmailContext(**document)
    with pytest.raises(InvalidInput, match=field):
        context_from(document | {field: value})


def test_what_there_is_to_render() -> None:
    with pytest.raises(NotFound, match="postcard"):
        render("postcard", sample_rows("picks"), ABOUT)
    for count in (0, MOST_ROWS + 1):
        with pytest.raises(InvalidInput, match=f"not {count}"):
            render("picks", [sample_rows("picks")[0]] * count, ABOUT)


def test_blocks_keep_their_order_and_go_by_twos() -> None:
    said = variables(sample_rows("picks"), ABOUT)
    assert [(block["title"], [len(line) for line in block["lines"]]) for block in said["blocks"]] == [
        ("For you", [2, 2]),
        ("Trending this week", [2, 1]),
    ]
    assert said["others"] == "6"
    untitled = variables(sample_rows("picks")[:1], replace(ABOUT, titles={}))
    assert (untitled["blocks"][0]["title"], untitled["others"]) == ("For you", None)


@given(st.from_regex(r"#[0-9a-f]{6}", fullmatch=True))
def test_any_accent_can_be_read(accent: str) -> None:
    in_dark = lightened(accent, "#1b1e22")
    assert min(contrast(on(accent), accent), contrast(on(in_dark), in_dark)) >= READABLE
    assert contrast(in_dark, "#1b1e22") >= 3


@given(st.text(max_size=300), st.integers(5, 80))
def test_plain_is_one_short_line(text: str, most: int) -> None:
    said = plain(text, most)
    assert len(said) <= most
    assert said == plain(said, most) == said.strip()
    assert "\n" not in said


@pytest.mark.parametrize(
    "source",
    [
        "{{ row.title|upper }}", "{{ row['title'] }}", "{{ f() }}", "{{ 7*7 }}", "{% set x = 1 %}", "{% include 'x' %}",
        "{% for x in range(9) %}{% endfor %}", "{% for x in y if z %}{% endfor %}", "{{ row.__class__ }}",
        "{% if a == b %}{% endif %}", "{% macro m() %}{% endmacro %}", "{% for x in y %}", "{{ loop.index }}",
        "{% if a %}" * 12 + "{% endif %}" * 12,
    ],
)  # fmt: skip
def test_templates_know_values_loops_and_choices_alone(source: str) -> None:
    with pytest.raises(InvalidInput, match="template"):
        read(source)


def test_a_shops_own_template() -> None:
    page = (
        "<mjml><mj-head><mj-title>Hi {{ first.title }}</mj-title></mj-head><mj-body><mj-section><mj-column><mj-text>"
        "{% for row in hero %}{% if row.was %}-{% elif row.price %}={% else %}?{% endif %}{{ row.title }}{% endfor %}"
        '</mj-text></mj-column></mj-section><mj-include path="footer.mjml" /></mj-body></mjml>'
    )
    own = {"mine": Source(page, "{{ first.title }}\n")}
    email = render("mine", _rows(["<b>"], ["x"])[:1], ABOUT, own)
    assert (email.subject, email.text) == ("Hi x<b>", "x<b>\n")
    assert "-x&lt;b&gt;" in email.html
    assert "Choose what you get" in email.html


@pytest.mark.parametrize(
    "page", ["<mjml>", "<p>", "<mjml><mj-body><mj-include path='/etc/passwd' /></mj-body></mjml>", "x" * 200_001]
)
def test_a_template_that_is_none(page: str) -> None:
    with pytest.raises(InvalidInput, match="template"):
        compiled(Source(page, ""))


@pytest.mark.parametrize(
    ("image", "shown"),
    [
        ("https://cdn.example/1.jpg", "https://cdn.example/1.jpg"),
        ("1.jpg", "https://shop.example/pictures/1.jpg"),
        ("/large/50% off é.jpg", "https://shop.example/pictures/large/50%25%20off%20%C3%A9.jpg"),
        ("https://müller.example:81/ä.jpg", "https://xn--mller-kva.example:81/%C3%A4.jpg"),
        ("..\\..\\x.jpg", None),
        ("javascript:alert(1)", None),
        ("a\r\nb.jpg", None),
        ("", None),
    ],
)
def test_a_picture_that_is_named_by_its_file_is_in_the_shops_folder(image: str, shown: str | None) -> None:
    (row,) = (replace(sample_rows("picks")[0], image=image),)
    assert variables([row], replace(ABOUT, images="https://shop.example/pictures/"))["first"]["image"] == shown
    if image == "1.jpg":
        assert variables([row], ABOUT)["first"]["image"] is None


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_page_asks_for_nothing_but_its_pictures(template: str) -> None:
    """No fonts, style sheets or scripts of somebody else's: they would tell them who opened it."""
    html = compiled(source_of(template, {})).html
    assert set(re.findall(r"https?://[^\"' >]+", html)) == {"http://www.w3.org/1999/xhtml"}
    assert "@import" not in html
    assert "url(" not in html
