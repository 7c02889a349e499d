"""vitrine email: what is written to look at, what is exported, and what a shop keeps of its emails."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from local.cli import app
from local.commands.demo import speak_of_the_demo
from local.email_samples import ABOUT, sample_rows
from shared import wiring
from shared.domain.errors import InvalidInput, NotFound, Unavailable
from shared.emails.context import EmailContext
from shared.emails.kept import Kept, keep, kept
from shared.emails.rendering import render
from shared.emails.sources import Source
from shared.settings import Settings

_PAGE = """<mjml><mj-head><mj-title>{subject}</mj-title></mj-head><mj-body><mj-section><mj-column><mj-text>{body}
</mj-text></mj-column></mj-section></mj-body></mjml>"""
_GOOD = _PAGE.format(
    subject="New for you: {{ first.title }}",
    body='{% for row in hero %}<p>{{ row.title }}</p>{% endfor %}<a href="{{ unsubscribe }}">Stop</a>',
)


def said(*arguments: str) -> str:
    ran = CliRunner().invoke(app, ["email", *arguments], catch_exceptions=False)
    assert ran.exit_code == 0
    return ran.stdout


def _folder(path: Path, about: str = "shop: Kontor\nhome: https://shop.example\n", page: str = _GOOD) -> Path:
    path.mkdir(exist_ok=True)
    (path / "about.yaml").write_text(about)
    (path / "postcard.mjml").write_text(page)
    (path / "postcard.txt").write_text("{{ first.title }}\nStop: {{ unsubscribe }}\n")
    return path


def test_a_preview_is_whole(tmp_path: Path) -> None:
    spoken = said("preview", "price_drop", "--to", str(tmp_path / "out"), "--data", str(tmp_path / "data"))
    assert "Subject: Velvet Fox Wool Blend Trousers, Black is now €57.90" in spoken
    page = (tmp_path / "out" / "price_drop.html").read_text()
    assert 'src="trousers-03.jpg"' in page
    assert (tmp_path / "out" / "trousers-03.jpg").read_bytes().startswith(b"\xff\xd8")
    assert "€57.90 (was €87.90)" in (tmp_path / "out" / "price_drop.txt").read_text()


def test_an_export_is_a_file_for_each_field(tmp_path: Path) -> None:
    out, data = str(tmp_path / "out"), str(tmp_path / "data")
    files = json.loads(said("export", "picks", "--for", "klaviyo", "--to", out, "--data", data, "--json"))["files"]
    assert [Path(each).name for each in files] == [
        "picks.klaviyo.subject.txt", "picks.klaviyo.preheader.txt", "picks.klaviyo.html", "picks.klaviyo.txt",
    ]  # fmt: skip
    assert "{% for block in event.blocks %}" in Path(files[2]).read_text()
    with pytest.raises(InvalidInput, match="address of your API"):
        said("export", "picks", "--for", "braze", "--to", out, "--data", data)


def test_what_is_applied_is_what_emails_then_say(tmp_path: Path) -> None:
    data = tmp_path / "data"
    blobs = wiring.parts(Settings(data=data)).blobs
    assert kept(blobs) == Kept()
    assert "1 templates of your own" in said("apply", str(_folder(tmp_path / "mine")), "--data", str(data))
    now = kept(blobs)
    assert now.about == EmailContext(shop="Kontor", home="https://shop.example")
    email = render("postcard", sample_rows("picks"), now.about, now.own)
    assert email.subject.startswith("New for you: Maison Brindille")
    assert "Subject: New for you" in said("preview", "postcard", "--to", str(tmp_path / "out"), "--data", str(data))


@pytest.mark.parametrize(
    ("page", "why"),
    [
        (_PAGE.format(subject="x", body="no way out"), "unsubscribe"),
        (_PAGE.format(subject="", body="{{ unsubscribe }}"), "subject"),
        (_PAGE.format(subject="x", body="{{ unsubscribe }}{{ first.colour.name }}"), "cannot be filled"),
        (_PAGE.format(subject="x", body="{{ unsubscribe }}{{ who }}"), "'who' is undefined"),
        (_PAGE.format(subject="x", body="{{ unsubscribe }}{{ first.title|upper }}"), "names with dots"),
        (_PAGE.format(subject="x", body="{{ unsubscribe }}" + "<p>x</p>" * 15_000), "Gmail"),
        ("<mjml><mj-body>", "MJML"),
    ],
)
def test_what_cannot_be_sent_is_not_kept(tmp_path: Path, page: str, why: str) -> None:
    blobs = wiring.parts(Settings(data=tmp_path / "data")).blobs
    keep(blobs, ABOUT, {})
    with pytest.raises(InvalidInput, match=f"postcard.*{why}"):
        said("apply", str(_folder(tmp_path / "mine", page=page)), "--data", str(tmp_path / "data"))
    assert kept(blobs) == Kept(ABOUT)


def test_a_folder_that_lacks_something(tmp_path: Path) -> None:
    folder = _folder(tmp_path / "mine")
    (folder / "postcard.txt").unlink()
    with pytest.raises(NotFound, match=r"postcard\.txt"):
        said("preview", "postcard", "--from", str(folder), "--data", str(tmp_path / "data"))
    (folder / "about.yaml").unlink()
    with pytest.raises(NotFound, match=r"about\.yaml"):
        said("apply", str(folder), "--data", str(tmp_path / "data"))
    with pytest.raises(InvalidInput, match="accent"):
        said("apply", str(_folder(folder, about="shop: K\nhome: https://k.example\naccent: red\n")))


def test_names_and_number_of_templates_are_bounded(tmp_path: Path) -> None:
    blobs = wiring.parts(Settings(data=tmp_path / "data")).blobs
    for name in ("../x", "a b", "", "x" * 65):
        with pytest.raises(InvalidInput, match="no name for a template"):
            keep(blobs, ABOUT, {name: Source(_GOOD, "x")})
    with pytest.raises(InvalidInput, match="21 templates"):
        keep(blobs, ABOUT, {f"t{n}": Source(_GOOD, "x") for n in range(21)})


@pytest.mark.parametrize("content", [b"", b"[]", b'{"about": {}, "own": {}}', b'{"own": {"a": {"x": 1}}}', b"\xff"])
def test_a_broken_blob_says_so(tmp_path: Path, content: bytes) -> None:
    blobs = wiring.parts(Settings(data=tmp_path / "data")).blobs
    blobs.put("emails/kept.json", content)
    with pytest.raises(Unavailable, match="apply it again"):
        kept(blobs)


def test_a_preview_has_its_own_pictures_where_others_are_chosen_when_an_email_is_opened(tmp_path: Path) -> None:
    about = "shop: Kontor\nhome: https://shop.example\nslots: https://api.shop.example/v1/slots\n"
    said("apply", str(_folder(tmp_path / "own", about)), "--data", str(tmp_path / "data"))
    said("preview", "--to", str(tmp_path / "out"), "--data", str(tmp_path / "data"))
    page = (tmp_path / "out" / "picks.html").read_text()
    assert "/v1/slots" not in page
    assert 'src="sneakers-01.jpg"' in page


def test_the_demos_emails_speak_of_the_demo_until_the_shop_says_something_else(tmp_path: Path) -> None:
    blobs = wiring.parts(Settings(data=tmp_path / "data")).blobs
    for port in (8000, 8080):
        speak_of_the_demo(blobs, port)
        assert kept(blobs).about == replace(ABOUT, slots=f"http://127.0.0.1:{port}/v1/slots")
    own = EmailContext("Other", "https://other.example")
    keep(blobs, own, {})
    speak_of_the_demo(blobs, 8000)
    assert kept(blobs).about == own
