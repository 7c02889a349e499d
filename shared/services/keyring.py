"""The keyring as it is kept: one record of the first shop's state store, so that every change of it is one write."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, TypeVar

from shared.domain.access import KeyKind, Scope
from shared.domain.errors import InvalidInput, StateConflict, Unavailable
from shared.domain.keys import Key, Keyring, KeyTerms
from shared.domain.user_tokens import Issuer
from shared.ports import StateStore

RECORD = "keyring"
LARGEST = 300_000
"""Bytes: an item of DynamoDB holds 400 KB. Five hundred usual keys have half of it."""
_ATTEMPTS = 20

Told = TypeVar("Told")


def read_keyring(state: StateStore) -> Keyring:
    """As it is now; without keys where there has never been one."""
    found = state.get(RECORD)
    try:
        return _ring(found.value) if found else Keyring()
    except (KeyError, TypeError, ValueError) as error:
        raise Unavailable("The keyring is of a form that this release does not know: use a newer one.") from error


def change_keyring(state: StateStore, how: Callable[[Keyring], tuple[Keyring, Told]]) -> Told:
    """Put in force what ``how`` makes of the ring, and return what else it says. It may be called several times.

    Raises InvalidInput where the ring has become too large to be kept, and Unavailable.
    """
    for _ in range(_ATTEMPTS):
        found = state.get(RECORD)
        changed, told = how(_ring(found.value) if found else Keyring())
        record = _record(changed)
        if len(json.dumps(record, ensure_ascii=False).encode()) > LARGEST:
            raise InvalidInput(f"The keys take more than {LARGEST:,} bytes: revoke some, or name fewer origins.")
        try:
            state.put(RECORD, record, found.revision if found else 0)
        except StateConflict:
            continue
        return told
    raise Unavailable("The keys are being changed by others: try again in a moment.")


def _record(ring: Keyring) -> dict[str, Any]:
    return {
        "keys": [_key_record(each) for each in ring.keys.values()],
        "issuers": {
            shop: {
                "name": each.name, "audience": each.audience, "claim": each.claim, "url": each.url,
                "keys": [dict(key) for key in each.keys],
            }
            for shop, each in ring.issuers.items()
        },
    }  # fmt: skip


def _key_record(key: Key) -> dict[str, Any]:
    terms = key.terms
    return {
        "id": key.id, "shop": terms.shop, "kind": terms.kind.value, "scopes": sorted(terms.scopes),
        "origins": list(terms.origins), "per_minute": terms.per_minute, "per_user": terms.per_user,
        "label": terms.label, "digest": key.digest, "signer": key.signer, "created_at": key.created_at.isoformat(),
        "expires_at": key.expires_at.isoformat() if key.expires_at else None,
        "revoked_at": key.revoked_at.isoformat() if key.revoked_at else None,
        "lasts": key.lasts.total_seconds() if key.lasts else None,
    }  # fmt: skip


def _ring(record: Mapping[str, Any]) -> Keyring:
    keys = map(_key, record["keys"])
    issuers = {
        shop: Issuer(each["name"], each["audience"], each["claim"], each["url"], tuple(each["keys"]))
        for shop, each in record["issuers"].items()
    }
    return Keyring({key.id: key for key in keys}, issuers)


def _key(record: Mapping[str, Any]) -> Key:
    terms = KeyTerms(
        kind=KeyKind(record["kind"]),
        shop=record["shop"],
        scopes=frozenset(map(Scope, record["scopes"])),
        origins=tuple(record["origins"]),
        per_minute=record["per_minute"],
        per_user=record["per_user"],
        label=record["label"],
    )
    return Key(
        id=record["id"],
        terms=terms,
        created_at=datetime.fromisoformat(record["created_at"]),
        digest=record["digest"],
        signer=record["signer"],
        expires_at=_moment(record["expires_at"]),
        revoked_at=_moment(record["revoked_at"]),
        lasts=timedelta(seconds=record["lasts"]) if record["lasts"] else None,
    )


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
