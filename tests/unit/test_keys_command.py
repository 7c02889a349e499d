"""vitrine keys, as an operator uses it."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from local.cli import app
from local.commands.keys import duration
from shared import wiring
from shared.domain.errors import InvalidInput, NotFound
from shared.domain.user_tokens import signed_user
from shared.services.audit import entries
from shared.services.keyring import read_keyring
from shared.settings import Settings
from tests.unit.test_jwt import AUDIENCE, FROM_FILE, ISSUER, KEYS, RSA


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data=tmp_path / "data")


def vitrine(settings: Settings, *arguments: str) -> str:
    ran = CliRunner().invoke(app, ["keys", *arguments, "--data", str(settings.data)])
    if ran.exception:
        raise ran.exception
    return ran.stdout


def told(settings: Settings, *arguments: str) -> Any:
    return json.loads(vitrine(settings, *arguments, "--json"))


def test_a_key_is_shown_once(settings: Settings) -> None:
    made = told(settings, "create", "--secret", "--label", "server", "--scope", "picks", "--expires", "90d")
    assert (made["kind"], made["scopes"], made["live"]) == ("secret", ["picks"], True)
    listed = vitrine(settings, "list") + vitrine(settings, "list", "--json")
    assert made["id"] in listed
    assert made["key"] not in listed
    ring = read_keyring(wiring.parts(settings).state)
    found = ring.find(made["key"])
    assert found is not None
    assert found.digest not in listed
    assert found.signer not in listed
    assert found.expires_at == found.created_at + timedelta(days=90)


def test_people_are_shown_it_too(settings: Settings) -> None:
    said = vitrine(settings, "create", "--publishable", "--origin", "https://shop.example")
    text = next(line for line in said.splitlines() if line.startswith("vt_pk_"))
    found = read_keyring(wiring.parts(settings).state).find(text)
    assert found is not None
    assert found.terms.origins == ("https://shop.example",)


def test_a_key_is_followed_by_another_and_revoked(settings: Settings) -> None:
    first = told(settings, "create", "--secret")
    second = told(settings, "rotate", first["id"], "--overlap", "2h")
    assert second["key"] != first["key"]
    listed = {each["id"]: each for each in told(settings, "list")["keys"]}
    assert listed[first["id"]]["expires_at"] is not None
    assert told(settings, "revoke", first["id"])["live"] is False
    assert {each["id"]: each["live"] for each in told(settings, "list")["keys"]} == {
        first["id"]: False, second["id"]: True,
    }  # fmt: skip
    with pytest.raises(NotFound):
        vitrine(settings, "revoke", "nobody")


def test_a_user_is_signed_by_the_newest_key(settings: Settings) -> None:
    with pytest.raises(InvalidInput, match="keys create --secret"):
        vitrine(settings, "sign", "maria")
    told(settings, "create", "--secret")
    newest = told(settings, "create", "--secret")
    signed = told(settings, "sign", "maria", "--hours", "2")
    assert signed["key_id"] == newest["id"]
    ring, now = read_keyring(wiring.parts(settings).state), datetime.now(UTC)
    assert signed_user(signed["token"], lambda key_id: ring.signer(key_id, "", now), now) == "maria"
    with pytest.raises(InvalidInput, match="720 hours at most"):
        vitrine(settings, "sign", "maria", "--hours", "721")


def test_keys_of_another_shop_are_its_own(settings: Settings) -> None:
    wiring.shops(settings).add("b")
    own = told(settings, "create", "--secret", "--shop", "b")
    assert own["shop"] == "b"
    assert told(settings, "list")["keys"] == []
    assert "its calls need one" in vitrine(settings, "list")
    assert [each["id"] for each in told(settings, "list", "--shop", "b")["keys"]] == [own["id"]]
    with pytest.raises(NotFound, match="no shop 'c'"):
        vitrine(settings, "create", "--secret", "--shop", "c")


def test_jwts_are_taken_by_their_issuers_keys(settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "jwks.json"
    file.write_text(json.dumps({"keys": KEYS}))
    named = ("jwks", "--issuer", ISSUER, "--audience", AUDIENCE)
    vitrine(settings, *named, "--file", str(file))
    assert read_keyring(wiring.parts(settings).state).issuers[""] == FROM_FILE
    assert told(settings, "list")["jwt"] == {"issuer": ISSUER, "audience": AUDIENCE, "claim": "sub"}
    vitrine(settings, "jwks", "--none")
    assert not read_keyring(wiring.parts(settings).state).issuers

    private = {**KEYS[0], "d": str(RSA.private_numbers().d)}
    for content, why in ((json.dumps({"keys": [private]}), "a private key"), ("[]", "no JSON Web Key Set"),
                         ("[" * 3000, "no JSON Web Key Set"), ('{"keys": [1]}', "no JSON Web Key Set")):  # fmt: skip
        file.write_text(content)
        with pytest.raises(InvalidInput, match=why):
            vitrine(settings, *named, "--file", str(file))
    with pytest.raises(InvalidInput, match="say one of them"):
        vitrine(settings, *named)


def test_what_was_done_is_in_the_audit_log_without_secrets_or_people(settings: Settings) -> None:
    key = told(settings, "create", "--secret")
    token = told(settings, "sign", "maria")["token"]
    follower = told(settings, "rotate", key["id"])
    vitrine(settings, "revoke", key["id"])
    today = datetime.now(UTC).date()
    noted = list(entries(wiring.parts(settings).blobs, today - timedelta(days=1), date.max.replace(year=today.year)))
    assert [each.action for each in noted] == ["key-created", "user-signed", "key-rotated", "key-revoked"]
    written = repr(noted)
    assert key["id"] in written
    assert not [each for each in (key["key"], follower["key"], token, "maria") if each in written]


@pytest.mark.parametrize(
    ("arguments", "why"),
    [((), "either --publishable"), (("--secret", "--publishable"), "either --publishable"),
     (("--publishable",), "names the pages"), (("--secret", "--origin", "https://a.example"), "names none"),
     (("--secret", "--expires", "soon"), "no time"), (("--secret", "--expires", "0d"), "would have expired"),
     (("--secret", "--per-user", "9"), "bounds none"),
     (("--secret", "--label", "a\nb"), "label"), (("--secret", "--per-minute", "99999999"), "out of range")],
)  # fmt: skip
def test_what_cannot_be_made_is_said(settings: Settings, arguments: tuple[str, ...], why: str) -> None:
    with pytest.raises(InvalidInput, match=why):
        vitrine(settings, "create", *arguments)
    assert not read_keyring(wiring.parts(settings).state).keys


def test_times_are_written_short() -> None:
    assert duration("30m") == timedelta(minutes=30)
    assert duration("7d") == timedelta(days=7)
    for wrong in ("", "7", "d", "-7d", "7.5d", "7 d", "٣d", "9999999d"):
        with pytest.raises(InvalidInput):
            duration(wrong)
