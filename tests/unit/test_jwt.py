"""Users proved by JSON Web Tokens: those of the issuer, and those that only look so."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from shared.adapters.jwks import LARGEST_SET, Jwks
from shared.domain.errors import InvalidInput, KeyRefused, Unavailable
from shared.domain.user_tokens import LONGEST_TOKEN, Issuer
from shared.intake.fetch import FetchPolicy, fetch
from tests.support import NOW, StillClock

ISSUER, AUDIENCE = "https://idp.example/", "vitrine"
URL = "https://idp.example/keys"
RSA = rsa.generate_private_key(65537, 2048)
PRIVATE = {
    "RS256": RSA,
    "ES256": ec.generate_private_key(ec.SECP256R1()),
    "EdDSA": ed25519.Ed25519PrivateKey.generate(),
}


def published(algorithm: str, private: Any = None) -> dict[str, Any]:
    public = (private or PRIVATE[algorithm]).public_key()
    key = jwt.get_algorithm_by_name(algorithm).to_jwk(public, as_dict=True)
    return {**key, "kid": algorithm, "use": "sig"}


KEYS = tuple(published(algorithm) for algorithm in PRIVATE)
FROM_FILE = Issuer(ISSUER, AUDIENCE, keys=KEYS)
FROM_URL = Issuer(ISSUER, AUDIENCE, url=URL)


def token(algorithm: str = "RS256", private: Any = None, kid: Any = None, **claims: Any) -> str:
    given = {"iss": ISSUER, "aud": AUDIENCE, "sub": "maria", "exp": int(NOW.timestamp()) + 60, **claims}
    given = {name: value for name, value in given.items() if value is not None}
    return jwt.encode(given, private or PRIVATE[algorithm], algorithm, {"kid": algorithm if kid is None else kid})


def part(value: Any) -> str:
    content = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


@pytest.fixture
def reader(clock: StillClock) -> Jwks:
    return Jwks(clock)


@pytest.mark.parametrize("algorithm", PRIVATE)
def test_the_issuers_tokens_prove_a_user(reader: Jwks, algorithm: str) -> None:
    assert reader.user_of(token(algorithm), FROM_FILE) == "maria"


def test_the_user_may_be_another_claim(reader: Jwks) -> None:
    issuer = Issuer(ISSUER, AUDIENCE, "shop_user", keys=KEYS)
    assert reader.user_of(token(shop_user="u-7"), issuer) == "u-7"
    with pytest.raises(KeyRefused, match="no user id"):
        reader.user_of(token(), issuer)


def unsigned() -> str:
    claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": "maria", "exp": NOW.timestamp() + 60}
    return f"{part({'alg': 'none', 'kid': 'RS256'})}.{part(claims)}."


def signed_with_the_public_key(named: str) -> str:
    """As in CVE-2015-9235: what everybody knows, taken for a shared secret."""
    pem = RSA.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    signed = f"{part({'alg': named, 'kid': 'RS256'})}.{token().split('.')[1]}"
    return f"{signed}.{part(hmac.new(pem, signed.encode(), hashlib.sha256).digest())}"


def genuine(header: Any = None, claims: Any = None, **changed: Any) -> str:
    """With a good signature, whatever it says."""
    said = {"iss": ISSUER, "aud": AUDIENCE, "sub": "maria", "exp": NOW.timestamp() + 60, **changed}
    signed = f"{part(header or {'alg': 'RS256', 'kid': 'RS256'})}.{part(said if claims is None else claims)}"
    return f"{signed}.{part(jwt.get_algorithm_by_name('RS256').sign(signed.encode(), RSA))}"


def test_what_is_made_by_hand_is_good_where_it_says_nothing_wrong(reader: Jwks) -> None:
    assert reader.user_of(genuine(), FROM_FILE) == "maria"


HOSTILE: dict[str, Callable[[], str]] = {
    "alg none": unsigned,
    "HS256 with the public key": lambda: signed_with_the_public_key("HS256"),
    "RS256 by name, HS256 in fact": lambda: signed_with_the_public_key("RS256"),
    "another's key": lambda: token(private=rsa.generate_private_key(65537, 2048)),
    "expired": lambda: token(exp=int(NOW.timestamp()) - 61),
    "without an end": lambda: token(exp=None),
    "an end that is no time": lambda: genuine(exp="soon"),
    "an end that is a truth": lambda: genuine(exp=True),
    "an end beyond numbers": lambda: genuine(exp=float("inf")),
    "an end beyond floats": lambda: genuine(exp=10**400),
    "an end in milliseconds": lambda: genuine(exp=(int(NOW.timestamp()) + 60) * 1000),
    "not good yet": lambda: token(nbf=int(NOW.timestamp()) + 61),
    "for another audience": lambda: token(aud="another"),
    "without an audience": lambda: token(aud=None),
    "of another issuer": lambda: token(iss="https://evil.example/"),
    "without an issuer": lambda: token(iss=None),
    "an unknown key": lambda: token(kid="another"),
    "a key of another kind": lambda: token(kid="ES256"),
    "a key that is no name": lambda: genuine({"alg": "RS256", "kid": 7}),
    "without a key's name": lambda: genuine({"alg": "RS256"}),
    "demands that are not known": lambda: genuine({"alg": "RS256", "kid": "RS256", "crit": ["x"], "x": 1}),
    "of nobody": lambda: token(sub=None),
    "of a user with a line break": lambda: token(sub="a\nb"),
    "of a user that is a number": lambda: genuine(sub=7),
    "of a list": lambda: genuine(claims=[1]),
    "huge": lambda: token(sub="x" * LONGEST_TOKEN),
    "a payload that was changed": lambda: token().replace(".", ".e", 1),
    "deep": lambda: f"{part(b'[' * 2000)}.{part({})}.x",
    "nothing of the kind": lambda: "eyJ.eyJ.eyJ",
}


@pytest.mark.parametrize("made", HOSTILE.values(), ids=HOSTILE)
def test_what_only_looks_like_one_is_refused(reader: Jwks, made: Callable[[], str]) -> None:
    with pytest.raises(KeyRefused) as refused:
        reader.user_of(made(), FROM_FILE)
    assert "maria" not in str(refused.value)


def test_a_short_key_is_refused_and_one_that_is_not_for_signing(reader: Jwks) -> None:
    short = rsa.generate_private_key(65537, 1024)
    with pytest.warns(jwt.InsecureKeyLengthWarning):
        weak = token(private=short)
    with pytest.raises(KeyRefused):
        reader.user_of(weak, Issuer(ISSUER, AUDIENCE, keys=(published("RS256", short),)))
    with pytest.raises(KeyRefused):
        reader.user_of(token(), Issuer(ISSUER, AUDIENCE, keys=({**KEYS[0], "use": "enc"},)))


def test_clocks_may_differ_by_a_minute(reader: Jwks) -> None:
    seconds = int(NOW.timestamp())
    assert reader.user_of(token(exp=seconds - 60), FROM_FILE) == "maria"
    assert reader.user_of(token(nbf=seconds + 60), FROM_FILE) == "maria"


def test_an_issuer_has_keys_from_one_place_that_nobody_can_alter() -> None:
    for wrong in ({}, {"url": URL, "keys": KEYS}, {"url": "http://idp.example/keys"}, {"url": "file:///etc/passwd"}):
        with pytest.raises(InvalidInput):
            Issuer(ISSUER, AUDIENCE, **wrong)


class Provider:
    """An identity provider, over real HTTP."""

    def __init__(self) -> None:
        self.answer: bytes = json.dumps({"keys": KEYS}).encode()
        self.status = 200
        self.asked = 0
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                provider.asked += 1
                self.send_response(provider.status)
                self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", str(len(provider.answer)))
                self.end_headers()
                self.wfile.write(provider.answer)

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = Thread(target=self.server.serve_forever, args=(0.01,), daemon=True)
        self.thread.start()

    def get(self, url: str) -> bytes:
        """Through the guarded transport, which by its own rules would not connect to this machine."""
        policy = FetchPolicy(
            allow_private=True, attempts=1, total_timeout=2.0, max_redirects=0, max_bytes=LARGEST_SET, read_timeout=1.0
        )
        return fetch(url.replace("https://idp.example", f"http://127.0.0.1:{self.server.server_port}"), policy)


@pytest.fixture
def provider() -> Iterator[Provider]:
    provider = Provider()
    yield provider
    provider.server.shutdown()
    provider.server.server_close()
    provider.thread.join()


class TestPublished:
    def test_keys_are_fetched_once_an_hour(self, provider: Provider, clock: StillClock) -> None:
        reader = Jwks(clock, provider.get)
        for _ in range(3):
            assert reader.user_of(token(), FROM_URL) == "maria"
        assert provider.asked == 1
        clock.forward(hours=1)
        assert reader.user_of(token(exp=int(clock.now().timestamp()) + 9), FROM_URL) == "maria"
        assert provider.asked == 2

    def test_a_new_key_is_asked_for_at_most_once_a_minute(self, provider: Provider, clock: StillClock) -> None:
        reader = Jwks(clock, provider.get)
        assert reader.user_of(token(), FROM_URL) == "maria"
        for _ in range(9):
            with pytest.raises(KeyRefused, match="does not publish"):
                reader.user_of(token(kid="new"), FROM_URL)
        assert provider.asked == 1
        provider.answer = json.dumps({"keys": [{**KEYS[0], "kid": "new"}]}).encode()
        clock.forward(minutes=1)
        later = int(clock.now().timestamp()) + 9
        assert reader.user_of(token(kid="new", exp=later), FROM_URL) == "maria"
        assert provider.asked == 2
        with pytest.raises(KeyRefused):  # it was withdrawn
            reader.user_of(token(exp=later), FROM_URL)

    @pytest.mark.parametrize(
        ("status", "answer"),
        [(503, b""), (404, b""), (301, b""), (200, b"<html>"), (200, b"[]"), (200, b'{"keys": [1]}'),
         (200, b" " * (LARGEST_SET + 1))],
        ids=["down", "gone", "moved", "a page", "a list", "no keys", "huge"],
    )  # fmt: skip
    def test_the_last_good_keys_are_kept(
        self, provider: Provider, clock: StillClock, status: int, answer: bytes
    ) -> None:
        reader = Jwks(clock, provider.get)
        assert reader.user_of(token(), FROM_URL) == "maria"
        provider.status, provider.answer = status, answer
        clock.forward(hours=2)
        later = int((clock.now() + timedelta(minutes=5)).timestamp())
        assert reader.user_of(token(exp=later), FROM_URL) == "maria"
        asked = provider.asked
        assert reader.user_of(token(exp=later), FROM_URL) == "maria"
        assert provider.asked == asked  # not by every request

    def test_without_any_nothing_is_proved(self, provider: Provider, clock: StillClock) -> None:
        provider.status = 503
        reader = Jwks(clock, provider.get)
        for _ in range(3):
            with pytest.raises(Unavailable):
                reader.user_of(token(), FROM_URL)
        assert provider.asked == 1

    def test_an_address_within_the_house_is_not_asked(self, clock: StillClock) -> None:
        with pytest.raises(Unavailable):
            Jwks(clock).user_of(token(), Issuer(ISSUER, AUDIENCE, url="https://127.0.0.1/keys"))


def test_a_private_key_that_was_published_proves_nothing(reader: Jwks) -> None:
    whole = jwt.get_algorithm_by_name("RS256").to_jwk(RSA, as_dict=True) | {"kid": "RS256"}
    with pytest.raises(KeyRefused):
        reader.user_of(token(), Issuer(ISSUER, AUDIENCE, keys=(whole,)))
