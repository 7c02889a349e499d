"""Keys: what a caller shows, what is kept of it, and the ring that all keys of a deployment are on.

Of a key's text a digest is kept, so who reads the ring cannot call; the digest of a random text of 256 bits needs no
salt and no slow hash. Beside it, a secret key leaves its signer: what the users' signatures are checked with, a one-way
derivation of the key (see :mod:`shared.domain.user_tokens`).
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from types import MappingProxyType

from shared.domain.access import PUBLISHABLE_SCOPES, KeyKind, Scope
from shared.domain.errors import InvalidInput, NotFound
from shared.domain.user_tokens import Issuer, signer_of

RANDOM_BYTES = 38
"""That a new key is made of: six for its id, 32 for what nobody can guess."""
MOST_KEYS = 500
KEPT_WHEN_DEAD = timedelta(days=30)
"""A key that is no longer good is listed for so long, and refused in words of its own."""
OVERLAP = timedelta(days=7)
LONGEST_TEXT = 200
"""Characters of what may be a key; those made here have 63."""
ANY_ORIGIN = "*"
MOST_ORIGINS = 20
LONGEST_LABEL = 60
MOST_A_MINUTE = 10_000_000

_ID_BYTES = 6
SECRET_MARK = "vt_sk"
"""What a secret key begins with."""

_PREFIXES = {KeyKind.PUBLISHABLE: "vt_pk", KeyKind.SECRET: SECRET_MARK}
_ORIGIN = re.compile(r"https?://(?=.{1,253}(:|$))[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?")
_NOBODYS = hashlib.sha256(b"nobody's").hexdigest()

PER_MINUTE: Mapping[KeyKind, int] = {KeyKind.PUBLISHABLE: 30_000, KeyKind.SECRET: 6_000}
"""Requests of a key, unless it is made with another limit. A publishable key is all shoppers' at once: 500 a second, as
much as the busiest route of the API takes in. A secret one is a few servers': 100 a second."""
PER_USER = 300
"""Requests a minute of one user with a publishable key: a page of six lists and its events every ten seconds, with
room for who types in the search box."""


@dataclass(frozen=True, slots=True)
class KeyTerms:
    """What a key is good for, and where. ``origins`` are the pages' that a publishable key may be used from.

    ``per_minute`` bounds the key's requests, ``per_user`` those of each user; 0 stands for the defaults. Raises
    InvalidInput for terms that no key can have.
    """

    kind: KeyKind
    shop: str = ""
    scopes: frozenset[Scope] = frozenset()
    origins: tuple[str, ...] = ()
    per_minute: int = 0
    per_user: int = 0
    label: str = ""

    def __post_init__(self) -> None:
        publishable = self.kind is KeyKind.PUBLISHABLE
        object.__setattr__(self, "scopes", self.scopes or (PUBLISHABLE_SCOPES if publishable else frozenset(Scope)))
        object.__setattr__(self, "per_minute", self.per_minute or PER_MINUTE[self.kind])
        object.__setattr__(self, "per_user", self.per_user or PER_USER)
        object.__setattr__(self, "origins", tuple(dict.fromkeys(each.lower().rstrip("/") for each in self.origins)))
        if publishable and not self.scopes <= PUBLISHABLE_SCOPES:
            extra = ", ".join(sorted(self.scopes - PUBLISHABLE_SCOPES))
            raise InvalidInput(f"A publishable key is not good for {extra}: everybody can read it; make a secret one.")
        if publishable != bool(self.origins):
            raise InvalidInput(
                "A publishable key names the pages that may use it, such as https://shop.example, or * for all pages; "
                "a secret key is used by no page and names none."
            )
        if len(self.origins) > MOST_ORIGINS:
            raise InvalidInput(f"There are {len(self.origins)} origins: a key takes {MOST_ORIGINS}; make another key.")
        for origin in self.origins:
            if origin != ANY_ORIGIN and not _ORIGIN.fullmatch(origin):
                raise InvalidInput(f"'{origin}' is no origin: write scheme and host alone, as https://shop.example.")
        if len(self.label) > LONGEST_LABEL or not self.label.isprintable():
            raise InvalidInput(f"The label cannot be kept: write up to {LONGEST_LABEL} printable characters.")
        if not all(0 < each <= MOST_A_MINUTE for each in (self.per_minute, self.per_user)):
            raise InvalidInput(f"A limit is out of range: write 1 to {MOST_A_MINUTE:,} requests a minute.")

    def admits_page(self, origin: str) -> bool:
        """Whether a page of that origin may use the key. The word of a page's browser: nobody else says where it is."""
        return ANY_ORIGIN in self.origins or origin.lower() in self.origins


@dataclass(frozen=True, slots=True)
class Key:
    """What is kept of a key. ``digest`` is the SHA-256 of its text, in hex; a publishable one has no ``signer``.

    ``lasts`` is for how long it was made, None for ever; ``expires_at`` comes sooner where another has taken its place.
    """

    id: str
    terms: KeyTerms
    created_at: datetime
    digest: str = field(repr=False)
    signer: str = field(default="", repr=False)
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    lasts: timedelta | None = None

    def is_live(self, now: datetime) -> bool:
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)

    def died_at(self) -> datetime | None:
        """When it was revoked, or ends by itself, whichever is sooner."""
        return min((each for each in (self.revoked_at, self.expires_at) if each), default=None)


@dataclass(frozen=True, slots=True)
class Keyring:
    """All keys of a deployment, by their ids, and whose JWTs each shop takes."""

    keys: Mapping[str, Key] = field(default_factory=lambda: MappingProxyType({}))
    issuers: Mapping[str, Issuer] = field(default_factory=lambda: MappingProxyType({}))

    def find(self, text: str) -> Key | None:
        """The key of that text, live or not. It takes as long for an id that is on no key as for a wrong rest."""
        digest = hashlib.sha256(text[: LONGEST_TEXT + 1].encode()).hexdigest()
        key = self.keys.get(id_in(text))
        same = hmac.compare_digest(digest, key.digest if key else _NOBODYS)
        return key if key and same else None

    def get(self, key_id: str) -> Key:
        """Raises NotFound."""
        key = self.keys.get(key_id)
        if key is None:
            raise NotFound(f"There is no key '{key_id[:40]}': vitrine keys list says which there are.")
        return key

    def origins(self, now: datetime) -> frozenset[str]:
        """Of the pages that may use some key that is live."""
        return frozenset(origin for key in self.keys.values() if key.is_live(now) for origin in key.terms.origins)

    def signer(self, key_id: str, shop: str, now: datetime) -> str:
        """Of a live secret key of the shop; empty where there is none of that id."""
        key = self.keys.get(key_id)
        return key.signer if key and key.terms.shop == shop and key.is_live(now) else ""


def id_in(text: str) -> str:
    """The id that a key's text names; empty for what is no key."""
    parts = text.split("_", 3)
    return parts[2] if len(parts) == 4 and len(text) <= LONGEST_TEXT else ""


def create(
    ring: Keyring, terms: KeyTerms, randomness: bytes, now: datetime, expires_at: datetime | None = None
) -> tuple[Keyring, Key, str]:
    """The ring with a new key on it, the key, and its text, which is not kept. ``randomness`` is RANDOM_BYTES long."""
    ring = pruned(ring, now)
    if len(randomness) != RANDOM_BYTES:
        raise InvalidInput(f"A key is made of {RANDOM_BYTES} random bytes, not {len(randomness)}.")
    if len(ring.keys) >= MOST_KEYS:
        ring = _with_room(ring, now)
    if expires_at is not None and expires_at <= now:
        raise InvalidInput(f"The key would have expired at {expires_at.isoformat()}: give a time that is to come.")
    key_id = randomness[:_ID_BYTES].hex()
    if key_id in ring.keys:
        raise InvalidInput(f"There is a key {key_id} by chance: make the new one again.")
    rest = base64.urlsafe_b64encode(randomness[_ID_BYTES:]).rstrip(b"=").decode()
    text = f"{_PREFIXES[terms.kind]}_{key_id}_{rest}"
    signer = signer_of(text) if terms.kind is KeyKind.SECRET else ""
    digest, lasts = hashlib.sha256(text.encode()).hexdigest(), expires_at - now if expires_at else None
    key = Key(key_id, terms, now, digest, signer, expires_at, lasts=lasts)
    return _with(ring, key), key, text


def rotate(
    ring: Keyring, key_id: str, randomness: bytes, now: datetime, overlap: timedelta = OVERLAP
) -> tuple[Keyring, Key, str]:
    """A new key on the terms of another, which is good for ``overlap`` from now, and for no longer.

    A key with an end is followed by one that lasts as long, however often it is asked: only the old one's own end
    counts for that, not the one that a follower gave it. Raises NotFound, and InvalidInput for a key that is dead.
    """
    old = ring.get(key_id)
    if not old.is_live(now):
        raise InvalidInput(f"The key {key_id} is no longer good, so nothing takes its place: make a new one.")
    if overlap < timedelta(0):
        raise InvalidInput("The overlap is negative: give 0 or more.")
    ends = now + overlap
    ring = _with(ring, replace(old, expires_at=min(ends, old.expires_at or ends)))
    return create(ring, old.terms, randomness, now, now + old.lasts if old.lasts else None)


def revoke(ring: Keyring, key_id: str, now: datetime) -> tuple[Keyring, Key]:
    """From now on the key is refused. Raises NotFound; a key that was revoked before stays as it is."""
    key = ring.get(key_id)
    revoked = key if key.revoked_at else replace(key, revoked_at=now)
    return pruned(_with(ring, revoked), now), revoked


def trust(ring: Keyring, shop: str, issuer: Issuer | None) -> Keyring:
    """The ring by which ``shop`` takes JWTs of ``issuer`` alone, or none at all."""
    others = {name: each for name, each in ring.issuers.items() if name != shop}
    return replace(ring, issuers={**others, shop: issuer} if issuer else others)


def pruned(ring: Keyring, now: datetime) -> Keyring:
    """Without the keys that have been dead for :data:`KEPT_WHEN_DEAD`."""
    return replace(ring, keys={key.id: key for key in ring.keys.values() if not _long_dead(key, now)})


def _with_room(ring: Keyring, now: datetime) -> Keyring:
    """Without the key that has been dead for longest: what is listed for its own sake never keeps a new one away."""
    dead = [(died, key.id) for key in ring.keys.values() if (died := key.died_at()) is not None and died <= now]
    if not dead:
        raise InvalidInput(f"There are {MOST_KEYS} keys, and no more are kept: revoke those that nobody uses.")
    _, longest = min(dead)
    return replace(ring, keys={key.id: key for key in ring.keys.values() if key.id != longest})


def _long_dead(key: Key, now: datetime) -> bool:
    died = key.died_at()
    return died is not None and died + KEPT_WHEN_DEAD < now


def _with(ring: Keyring, key: Key) -> Keyring:
    return replace(ring, keys={**ring.keys, key.id: key})
