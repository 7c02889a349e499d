"""vitrine keys: who may call, and who signs the users of a browser's requests."""

import json
import os
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from local.options import AsJson, Data, settings_for
from local.output import console, say_json
from shared import wiring
from shared.domain import keys as ring
from shared.domain.access import KeyKind, Scope
from shared.domain.errors import InvalidInput
from shared.domain.keys import OVERLAP, RANDOM_BYTES, Key, KeyTerms
from shared.domain.user_tokens import LONGEST_LIFE, Issuer, sign_user
from shared.services.audit import note
from shared.services.keyring import change_keyring, read_keyring

keys = typer.Typer(help="Keys: who may call what.", no_args_is_help=True)
KeyId = Annotated[str, typer.Argument(metavar="ID", help="The key's id, as vitrine keys list says it.")]
_DURATION = re.compile(r"([0-9]{1,6})([mhd])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}
_LARGEST_SET = 200_000


@keys.command("create")
def create(
    publishable: Annotated[bool, typer.Option("--publishable", help="For pages: everybody can read it.")] = False,
    secret: Annotated[bool, typer.Option("--secret", help="For your servers alone.")] = False,
    scope: Annotated[list[Scope] | None, typer.Option(help="What it is good for; may be repeated.")] = None,
    origin: Annotated[
        list[str] | None, typer.Option(metavar="ORIGIN", help="Pages that may use it: https://shop.example, or *.")
    ] = None,
    label: Annotated[str, typer.Option(metavar="TEXT", help="What you call it.")] = "",
    expires: Annotated[str, typer.Option(metavar="90d", help="When it ends by itself; never if left out.")] = "",
    per_minute: Annotated[
        int,
        typer.Option(
            min=0, show_default=False, help="Most requests a minute; 30,000 if left out, 6,000 of a secret key."
        ),
    ] = 0,
    per_user: Annotated[
        int,
        typer.Option(
            min=0, show_default=False, help="Most a minute of one user, with a publishable key; 300 if left out."
        ),
    ] = 0,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Make a key, and show it this once."""
    if publishable == secret:
        raise InvalidInput("What kind of key is not clear: say either --publishable, for pages, or --secret.")
    if secret and per_user:
        raise InvalidInput("A secret key speaks for any user and bounds none: leave --per-user out.")
    kind = KeyKind.SECRET if secret else KeyKind.PUBLISHABLE
    shop, parts = _opened(data)
    terms = KeyTerms(kind, shop, frozenset(scope or ()), tuple(origin or ()), per_minute, per_user, label)
    now = parts.clock.now()
    until = now + duration(expires) if expires else None
    randomness = os.urandom(RANDOM_BYTES)

    def made(before: ring.Keyring) -> tuple[ring.Keyring, tuple[Key, str]]:
        after, key, text = ring.create(before, terms, randomness, now, until)
        return after, (key, text)

    key, text = change_keyring(parts.state, made)
    _say_new(key, text, now, as_json)  # before anything else that could fail: nobody can be shown it again
    note(parts.blobs, now, "key-created", key=key.id, kind=kind.value, shop=shop)


@keys.command("list")
def list_keys(data: Data = None, as_json: AsJson = False) -> None:
    """Every key of the shop, and what has become of it."""
    shop, parts = _opened(data)
    found, now = read_keyring(parts.state), parts.clock.now()
    listed = [key for key in found.keys.values() if key.terms.shop == shop]
    issuer = found.issuers.get(shop)
    if as_json:
        trusted = {"issuer": issuer.name, "audience": issuer.audience, "claim": issuer.claim} if issuer else None
        say_json({"keys": [_record(each, now) for each in listed], "jwt": trusted})
        return
    if not listed and found.keys:
        console.print("This shop has no key, and its calls need one, for others have: make one by vitrine keys create.")
    elif not listed:
        console.print("No key yet: make one by vitrine keys create.")
    for key in listed:
        console.print(escape(_spoken(key, now)))
    if issuer:
        console.print(escape(f"JWTs of {issuer.name} for {issuer.audience} are taken."))


@keys.command("rotate")
def rotate(
    key_id: KeyId,
    overlap: Annotated[str, typer.Option(metavar="7d", help="For how long the old key stays good.")] = "7d",
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Make a key that takes the place of another one, and show it this once."""
    _, parts = _opened(data)
    now, lasts = parts.clock.now(), duration(overlap) if overlap else OVERLAP
    randomness = os.urandom(RANDOM_BYTES)

    def made(before: ring.Keyring) -> tuple[ring.Keyring, tuple[Key, str]]:
        after, key, text = ring.rotate(before, key_id, randomness, now, lasts)
        return after, (key, text)

    key, text = change_keyring(parts.state, made)
    _say_new(key, text, now, as_json)
    note(parts.blobs, now, "key-rotated", key=key_id, followed_by=key.id)


@keys.command("revoke")
def revoke(key_id: KeyId, data: Data = None, as_json: AsJson = False) -> None:
    """Have a key refused, within 15 seconds, and the signatures made with it."""
    _, parts = _opened(data)
    now = parts.clock.now()
    key = change_keyring(parts.state, lambda before: ring.revoke(before, key_id, now))
    note(parts.blobs, now, "key-revoked", key=key.id)
    if as_json:
        say_json(_record(key, now))
    else:
        console.print(f"The key {key.id} is refused within 15 seconds, and so is what was signed with it.")


@keys.command("sign")
def sign(
    user: Annotated[str, typer.Argument(help="The user id.")],
    hours: Annotated[float, typer.Option(min=0.01, help="For how long.")] = 24,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Sign a user id as your server would, to try it out: the token goes into X-User-Token."""
    life = timedelta(hours=min(hours, 1e6))
    if life > LONGEST_LIFE:
        raise InvalidInput(f"A signature is good for {LONGEST_LIFE.days * 24} hours at most: sign for a shorter time.")
    shop, parts = _opened(data)
    now = parts.clock.now()
    live = [key for key in read_keyring(parts.state).keys.values() if key.signer and key.is_live(now)]
    signers = [key for key in live if key.terms.shop == shop]
    if not signers:
        raise InvalidInput("The shop has no secret key to sign with: make one by vitrine keys create --secret.")
    newest = max(signers, key=lambda key: key.created_at)
    token = sign_user(newest.signer, newest.id, user, now + life)
    note(parts.blobs, now, "user-signed", key=newest.id)
    if as_json:
        say_json({"token": token, "key_id": newest.id, "expires_at": now + life})
    else:
        print(token)


@keys.command("jwks")
def jwks(
    issuer: Annotated[str, typer.Option(metavar="NAME", help="Who makes the tokens: their iss.")] = "",
    audience: Annotated[str, typer.Option(metavar="NAME", help="For whom they are: their aud.")] = "",
    url: Annotated[str, typer.Option(metavar="URL", help="Where the issuer publishes its keys; https.")] = "",
    file: Annotated[Path | None, typer.Option(metavar="FILE", help="Its keys, in place of --url.", exists=True)] = None,
    claim: Annotated[str, typer.Option(metavar="NAME", help="Which claim is the user id.")] = "sub",
    none: Annotated[bool, typer.Option("--none", help="Take no JWTs any more.")] = False,
    data: Data = None,
) -> None:
    """Say whose JWTs prove a user to the shop, in place of your own signatures."""
    trusted = None if none else Issuer(issuer, audience, claim, url, _keys_of(file) if file else ())
    shop, parts = _opened(data)
    change_keyring(parts.state, lambda before: (ring.trust(before, shop, trusted), None))
    note(parts.blobs, parts.clock.now(), "jwt-issuer-changed", issuer=issuer, shop=shop)
    console.print(escape(f"JWTs of {issuer} are taken within 15 seconds." if trusted else "No JWTs are taken."))


def duration(text: str) -> timedelta:
    """``30m``, ``24h`` or ``7d``. Raises InvalidInput."""
    found = _DURATION.fullmatch(text)
    if not found:
        raise InvalidInput(f"'{text}' is no time: write a number and m, h or d, such as 90d.")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


def _opened(data: Path | None) -> tuple[str, wiring.Parts]:
    """The shop that is meant, and the parts of the first one, which keeps everybody's keys."""
    settings = settings_for(data)
    return settings.shop, wiring.parts(settings.of_shop(""), patient=True)


def _keys_of(file: Path) -> tuple[Mapping[str, Any], ...]:
    """Of a JSON Web Key Set; a private key in it is refused, for it has no business here."""
    try:
        with file.open("rb") as content:
            found = json.loads(content.read(_LARGEST_SET + 1))["keys"]
        keys = tuple({str(name): value for name, value in each.items()} for each in found)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise InvalidInput(f'{file} holds no JSON Web Key Set, {{"keys": […]}}: get it from the issuer.') from None
    if any({"d", "k"} & key.keys() for key in keys):
        raise InvalidInput(f"{file} holds a private key: give the public ones alone, and keep that one to its issuer.")
    return keys


def _say_new(key: Key, text: str, now: datetime, as_json: bool) -> None:
    if as_json:
        say_json({"key": text, **_record(key, now)})
        return
    console.print(escape(_spoken(key, now)))
    print(text)
    console.print("It is shown this once and kept nowhere: write it down where your secrets are." if key.signer else "")


def _record(key: Key, now: datetime) -> dict[str, Any]:
    terms = key.terms
    return {
        "id": key.id, "kind": terms.kind.value, "shop": terms.shop, "label": terms.label,
        "scopes": sorted(terms.scopes), "origins": list(terms.origins), "per_minute": terms.per_minute,
        "per_user": None if key.signer else terms.per_user, "created_at": key.created_at, "expires_at": key.expires_at,
        "revoked_at": key.revoked_at, "live": key.is_live(now),
    }  # fmt: skip


def _spoken(key: Key, now: datetime) -> str:
    terms = key.terms
    facts = [f"{key.id}: {terms.kind.value}", " ".join(sorted(terms.scopes))]
    facts += [f"of {terms.shop}"] * bool(terms.shop)
    facts += [f"from {' '.join(terms.origins)}"] * bool(terms.origins) + [f'"{terms.label}"'] * bool(terms.label)
    facts.append(f"{terms.per_minute:,} a minute")
    if key.revoked_at:
        facts.append(f"revoked {key.revoked_at:%Y-%m-%d %H:%M}")
    elif key.expires_at:
        facts.append(f"{'good until' if key.is_live(now) else 'expired'} {key.expires_at:%Y-%m-%d %H:%M} UTC")
    return "; ".join(facts)
