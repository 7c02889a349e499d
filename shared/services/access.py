"""Who may call what."""

import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import cached_property

from shared.domain.access import OPEN, Caller, KeyKind
from shared.domain.errors import KeyRefused, NotAllowed, TooMany, Unavailable, VitrineError
from shared.domain.keys import Key, Keyring
from shared.domain.loopback import why_refused
from shared.domain.user_tokens import looks_signed, signed_user
from shared.ports import Access, Clock, JwtReader, StateStore
from shared.services.keyring import read_keyring
from shared.services.rate_limits import RateLimits
from shared.services.watched import Watched

EVERY = timedelta(seconds=15)
"""How often the keyring is looked at: a key that is revoked is refused everywhere after so long."""
KEPT = timedelta(minutes=5)
"""For which the last keyring is good while the store does not answer. A revocation must not wait for longer."""

_TOKEN = "x-user-token"
_SLOTS = "/v1/slots/"
_USERS = "/v1/users/"
_UNKNOWN = (
    "The key is not known here: check that it is whole and of this deployment, or make one by vitrine keys create."
)
_READ = tuple[Keyring, datetime | None]


class Keys:
    """Nobody does anything without a key, but what is for everybody. Safe to use from several threads.

    ``open_state`` opens the first shop's store, at the first question; ``is_shop`` says whether a shop is of this
    deployment.
    """

    def __init__(
        self,
        open_state: Callable[[], StateStore],
        clock: Clock,
        limits: RateLimits,
        jwts: JwtReader,
        is_shop: Callable[[str], bool],
    ) -> None:
        self._open_state = open_state
        self._clock = clock
        self._limits = limits
        self._jwts = jwts
        self._is_shop = is_shop
        self._watched: Watched[_READ] = Watched(self._look, clock, EVERY, (Keyring(), None))

    def caller(self, headers: Mapping[str, str], path: str) -> Caller | None:
        text = key_in(headers)
        if not text:
            return self.of_a_slot(path)
        ring, now = self.ring(), self._clock.now()
        key = ring.find(text)
        if key is None:
            raise KeyRefused(_UNKNOWN)
        _require_good(key, headers, now)
        self._limits.spend(f"rate-{key.id}", key.terms.per_minute, "this key")
        user_id = self._proved(ring, key, headers.get(_TOKEN, ""), now)
        self._count_user(key, user_id or _user_in(path))
        return Caller(key.terms.shop, key.terms.kind, key.terms.scopes, key.id, user_id)

    def origins(self) -> frozenset[str]:
        try:
            return self.ring().origins(self._clock.now())
        except VitrineError:
            return frozenset()

    def is_at_hand(self, headers: Mapping[str, str], path: str) -> bool:
        """As long as no other process is told how much is asked, the keyring is fresh, and nothing else is needed."""
        token = headers.get(_TOKEN, "")
        needs_more = path.startswith(_SLOTS) or (token and not looks_signed(token))
        return not needs_more and self._limits.is_quick() and not self._watched.is_due()

    def ring(self) -> Keyring:
        """As at most :data:`EVERY` ago, or :data:`KEPT` while the store is down. Raises Unavailable after that."""
        try:
            ring, _ = self._watched.newest()
        except Exception as error:  # whatever a store that is broken raises
            ring, read_at = self._watched.last
            if read_at is None or not timedelta(0) <= self._clock.now() - read_at < KEPT:
                raise Unavailable("The keys cannot be read now, so nobody is let in: try again in a moment.") from error
        return ring

    def look_again(self) -> None:
        """Take the keyring as unread."""
        self._watched.look_again()

    def _look(self) -> _READ:
        now = self._clock.now()
        return read_keyring(self._state), now

    @cached_property
    def _state(self) -> StateStore:
        return self._open_state()

    def of_a_slot(self, path: str) -> Caller | None:
        """A slot's token is all the key that a picture in an email has; it begins with its shop, the first one as -."""
        if not path.startswith(_SLOTS):
            return None
        name = path.removeprefix(_SLOTS).partition(".")[0]
        shop = "" if name == "-" else name
        return Caller(shop, KeyKind.PUBLISHABLE, frozenset()) if name and self._is_shop(shop) else None

    def _proved(self, ring: Keyring, key: Key, token: str, now: datetime) -> str:
        """The user that a browser's request is of; a secret key speaks for all, and nothing is to be proved."""
        if not token or key.terms.kind is KeyKind.SECRET:
            return ""
        shop = key.terms.shop
        if looks_signed(token):
            return signed_user(token, lambda key_id: ring.signer(key_id, shop, now), now)
        issuer = ring.issuers.get(shop)
        if issuer is None:
            raise KeyRefused(
                "X-User-Token is no user's signature, and the shop takes no JWTs: have your server sign the user id, "
                "or name the JWTs' issuer by vitrine keys jwks."
            )
        return self._jwts.user_of(token, issuer)

    def _count_user(self, key: Key, user_id: str) -> None:
        if user_id and key.terms.kind is KeyKind.PUBLISHABLE:
            try:
                self._limits.spend(f"rate-{key.id}-{_digest(user_id)}", key.terms.per_user, "one user of this key")
            except TooMany:  # a page that asks in a loop is not to use up what the key has for everybody
                self._limits.give_back(f"rate-{key.id}")
                raise


class UntilKeys:
    """Whoever can connect may do everything until the first key is made; from then on, keys say who may do what."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    def caller(self, headers: Mapping[str, str], path: str) -> Caller | None:
        if self._keys.ring().keys:
            return self._keys.caller(headers, path)
        return self._keys.of_a_slot(path) or OPEN

    def origins(self) -> frozenset[str]:
        return self._keys.origins()

    def is_at_hand(self, headers: Mapping[str, str], path: str) -> bool:
        return self._keys.is_at_hand(headers, path)


class FromThisMachine:
    """While keys are off, for those alone who sit at this machine, and for no page of a stranger's in their browser.

    The pictures of an email are in such a page. Their token is all the key they need, with keys or without.
    """

    def __init__(self, access: Access) -> None:
        self._access = access

    def caller(self, headers: Mapping[str, str], path: str) -> Caller | None:
        caller = self._access.caller(headers, path)
        if caller is not None and caller.kind is None and (why := why_refused(headers)):
            raise NotAllowed(why)
        return caller

    def origins(self) -> frozenset[str]:
        return self._access.origins()

    def is_at_hand(self, headers: Mapping[str, str], path: str) -> bool:
        return self._access.is_at_hand(headers, path)


def key_in(headers: Mapping[str, str]) -> str:
    """What a request brings as its key; empty where it brings none."""
    if key := headers.get("x-api-key", "").strip():
        return key
    scheme, _, rest = headers.get("authorization", "").partition(" ")
    return rest.strip() if scheme.lower() == "bearer" else ""


def _require_good(key: Key, headers: Mapping[str, str], now: datetime) -> None:
    """Only who has the whole key hears what has become of it."""
    if key.revoked_at is not None:
        raise KeyRefused("The key was revoked: use the one that took its place.")
    if not key.is_live(now):
        raise KeyRefused("The key has expired: use the one that took its place, or make one by vitrine keys create.")
    origin = headers.get("origin")
    if origin is not None and key.terms.kind is KeyKind.PUBLISHABLE and not key.terms.admits_page(origin):
        raise NotAllowed(
            "The key is not for pages of this origin: make one that is, by vitrine keys create --publishable --origin."
        )


def _digest(user_id: str) -> str:
    return hashlib.sha256(user_id.encode()).hexdigest()[:20]


def _user_in(path: str) -> str:
    """By whose id requests are counted; for that, the part of it before a slash will do."""
    return path.removeprefix(_USERS).partition("/")[0] if path.startswith(_USERS) else ""
