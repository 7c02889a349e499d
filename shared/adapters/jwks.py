"""JSON Web Tokens (RFC 7519) of an identity provider, checked with its published keys."""

import json
import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from shared.domain.errors import KeyRefused, Unavailable, VitrineError
from shared.domain.user_tokens import LONGEST_TOKEN, SKEW, Issuer, require_user
from shared.ports import Clock

ALGORITHMS = {"RS256": "RSA", "ES256": "EC", "EdDSA": "OKP"}
"""What is taken, and the kind of key that goes with it: signatures by a private key alone, so that nothing public can
make one (RFC 8725, 3.1)."""
MOST_KEYS = 50
LARGEST_SET = 200_000
"""Bytes."""
FRESH_FOR = timedelta(hours=1)
"""That keys are taken as the provider's without asking again: one that it withdraws is good for so long."""
AGAIN = timedelta(minutes=1)
"""Before an address is asked again, for an unknown key or after it did not answer: anybody can make up a token."""
_LEAST_RSA = 2048
_NOT_GENUINE = "The JWT is not one of the issuer's that this shop takes: send the token as the issuer made it."
_TIMES_BELOW: Any = {"verify_exp": False, "verify_nbf": False, "verify_iat": False}
"""They are held against the clock that everything here goes by."""
_FAR = 10**12
"""Seconds: what is no less counts in milliseconds, or is a whole number longer than any float."""
_log = logging.getLogger("vitrine.jwks")

JsonWebKeys = tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class _Known:
    """``asked_at`` is the last time the address was asked, with success or without."""

    keys: JsonWebKeys
    read_at: datetime | None
    asked_at: datetime


class Jwks:
    """A :class:`shared.ports.JwtReader`. Keeps the last keys that an address had while it does not answer."""

    def __init__(self, clock: Clock, get: Callable[[str], bytes] | None = None) -> None:
        self._clock = clock
        self._get = get or _fetched
        self._known: dict[str, _Known] = {}
        self._asking = threading.Lock()

    def user_of(self, token: str, issuer: Issuer) -> str:
        import jwt

        if len(token) > LONGEST_TOKEN:
            raise KeyRefused(
                f"The JWT has more than {LONGEST_TOKEN:,} characters: send one without what is not needed."
            )
        try:
            header = jwt.get_unverified_header(token)
            algorithm, key_id = header.get("alg"), header.get("kid")
            if algorithm not in ALGORITHMS or not isinstance(key_id, str):
                raise KeyRefused(
                    f"A JWT is signed by {', '.join(ALGORITHMS)} and names its key (kid): this one is not."
                )
            key = _usable(self._key(issuer, key_id), algorithm)
            claims = jwt.decode(
                token,
                key,
                algorithms=[algorithm],
                audience=issuer.audience,
                issuer=issuer.name,
                options={"require": ["exp", "iss", "aud"]} | _TIMES_BELOW,
            )
        except (jwt.PyJWTError, ValueError, TypeError, RecursionError) as error:
            raise KeyRefused(_NOT_GENUINE) from error
        _require_time(claims, self._clock.now())
        return require_user(claims.get(issuer.claim))

    def _key(self, issuer: Issuer, key_id: str) -> Mapping[str, Any]:
        found = _named(key_id, issuer.keys or self._read(issuer.url, FRESH_FOR))
        if found is None and issuer.url:
            found = _named(key_id, self._read(issuer.url, AGAIN))
        if found is None:
            raise KeyRefused("The JWT names a key that the issuer does not publish: get a new token from it.")
        return found

    def _read(self, url: str, no_older_than: timedelta) -> JsonWebKeys:
        """Raises Unavailable where the keys were never had."""
        known = self._known.get(url)
        if self._is_due(known, no_older_than):
            with self._asking:  # whoever waits here finds it done
                known = self._known.get(url)
                if self._is_due(known, no_older_than):
                    known = self._known[url] = self._ask(url, known)
        assert known is not None
        if known.read_at is None:
            raise Unavailable("The keys of the JWTs' issuer cannot be had now: try again in a minute.")
        return known.keys

    def _is_due(self, known: _Known | None, no_older_than: timedelta) -> bool:
        now = self._clock.now()
        if known is None:
            return True
        is_old = known.read_at is None or not timedelta(0) <= now - known.read_at < no_older_than
        return is_old and not timedelta(0) <= now - known.asked_at < AGAIN

    def _ask(self, url: str, known: _Known | None) -> _Known:
        now = self._clock.now()
        try:
            return _Known(keys_in(self._get(url)), now, now)
        except VitrineError as error:
            _log.warning("the keys of the JWTs' issuer could not be read: %s", error)
            return _Known(known.keys, known.read_at, now) if known else _Known((), None, now)


def _fetched(url: str) -> bytes:
    """From the public internet alone, by https, at once or not at all: a shopper waits for it."""
    from shared.intake.fetch import FetchPolicy, fetch

    policy = FetchPolicy(
        connect_timeout=1.0,
        read_timeout=1.0,
        total_timeout=1.5,
        max_bytes=LARGEST_SET,
        max_redirects=0,
        attempts=1,
        concurrency=1,
        ports=(443,),
        user_agent="vitrine",
    )
    return fetch(url, policy)


def keys_in(content: bytes) -> JsonWebKeys:
    """The keys of a JSON Web Key Set (RFC 7517, 5). Raises Unavailable for what is none."""
    try:
        keys = json.loads(content)["keys"]
        if not isinstance(keys, list) or not all(isinstance(each, dict) for each in keys):
            raise TypeError
    except (ValueError, TypeError, KeyError, RecursionError):
        raise Unavailable(
            'The issuer\'s keys are no JSON Web Key Set, {"keys": […]}: give the address of one.'
        ) from None
    return tuple(keys[:MOST_KEYS])


def _named(key_id: str, keys: JsonWebKeys) -> Mapping[str, Any] | None:
    return next((key for key in keys if key.get("kid") == key_id), None)


def _usable(key: Mapping[str, Any], algorithm: str) -> Any:
    """The key itself, where it is for signatures of the algorithm. Raises KeyRefused, and what the library does."""
    import jwt

    fits = key.get("kty") == ALGORITHMS[algorithm] and key.get("alg", algorithm) == algorithm
    if not fits or key.get("use", "sig") != "sig" or "d" in key:  # a private one that got out signs for anybody
        raise KeyRefused(_NOT_GENUINE)
    usable = jwt.PyJWK.from_dict(dict(key), algorithm=algorithm).key
    if getattr(usable, "key_size", _LEAST_RSA) < _LEAST_RSA and algorithm == "RS256":
        raise KeyRefused(f"The issuer's RSA key is shorter than {_LEAST_RSA} bits: it has to use a longer one.")
    return usable


def _require_time(claims: Mapping[str, Any], now: datetime) -> None:
    seconds, skew = now.timestamp(), SKEW.total_seconds()
    if _second(claims["exp"]) + skew < seconds:
        raise KeyRefused("The JWT has expired: get a new one from its issuer.")
    if _second(claims.get("nbf", 0)) - skew > seconds:
        raise KeyRefused("The JWT is not good yet: the clock of its issuer may be wrong.")


def _second(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < _FAR:
        raise KeyRefused(_NOT_GENUINE)
    return float(value)
