"""vitrine secret-key: a key for the calls that change catalogue and rules."""

import secrets

from local.options import AsJson
from local.output import console, say_json
from shared.http.auth import digest_of

_BYTES = 32


def secret_key(as_json: AsJson = False) -> None:
    """Make a secret key. It is shown once and kept nowhere; only its digest is configured."""
    key = secrets.token_urlsafe(_BYTES)
    if as_json:
        say_json({"key": key, "digest": digest_of(key)})
        return
    console.print(f"[bold]Key:[/]    {key}   for your servers, as Authorization: Bearer KEY. It is not shown again.")
    console.print(f"[bold]Digest:[/] {digest_of(key)}   for VITRINE_SECRET_KEYS; several are joined by commas.")
