"""Keys, the ring they are on, and the signatures of users."""

import hashlib
import json
import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import Headers

from shared import wiring
from shared.adapters.jwks import Jwks
from shared.adapters.sqlite_state import SqliteState
from shared.domain import keys
from shared.domain.access import OPEN, PUBLISHABLE_SCOPES, KeyKind, Scope
from shared.domain.errors import InvalidInput, KeyRefused, NotAllowed, NotFound, TooMany, Unavailable
from shared.domain.keys import KEPT_WHEN_DEAD, MOST_KEYS, RANDOM_BYTES, Key, Keyring, KeyTerms
from shared.domain.loopback import is_loopback
from shared.domain.user_tokens import Issuer, sign_user, signed_user, signer_of
from shared.http.gate import Gate
from shared.ports import State
from shared.services.access import EVERY, KEPT, FromThisMachine, Keys, UntilKeys
from shared.services.keyring import change_keyring, read_keyring
from shared.services.rate_limits import RateLimits
from shared.settings import Settings
from tests.support import NOW, StillClock

SECRET = KeyTerms(KeyKind.SECRET)
PAGES = KeyTerms(KeyKind.PUBLISHABLE, origins=("https://shop.example",))


def randomness(seed: int) -> bytes:
    return hashlib.shake_256(str(seed).encode()).digest(RANDOM_BYTES)


def ring_of(*terms: KeyTerms, **more: Any) -> tuple[Keyring, list[Key], list[str]]:
    ring, made, texts = Keyring(), [], []
    for number, each in enumerate(terms):
        ring, key, text = keys.create(ring, each, randomness(number), NOW, **more)
        made.append(key)
        texts.append(text)
    return ring, made, texts


class TestKey:
    def test_its_text_is_kept_nowhere(self) -> None:
        ring, (key,), (text,) = ring_of(SECRET)
        assert text.startswith(f"vt_sk_{key.id}_")
        assert len(text.split("_", 3)[3]) == 43  # 32 bytes
        assert ring.find(text) == key
        assert text not in repr(ring)
        assert key.digest not in repr(ring)
        assert key.signer not in repr(ring)

    @pytest.mark.parametrize(
        "change",
        [lambda t: t[:-1], lambda t: t + "x", lambda t: t.replace("_sk_", "_pk_"), lambda t: "", lambda t: "_" * 9,
         lambda t: t * 9, lambda t: "vt_sk_x_y"],
        ids=["cut", "longer", "of the other kind", "nothing", "empty parts", "long", "another"],
    )  # fmt: skip
    def test_nothing_but_the_whole_text_finds_it(self, change: Callable[[str], str]) -> None:
        ring, _, (text,) = ring_of(SECRET)
        assert ring.find(change(text)) is None

    def test_an_unknown_id_takes_the_steps_of_a_known_one(self) -> None:
        ring, _, (text,) = ring_of(SECRET)
        with patch.object(keys.hmac, "compare_digest", wraps=keys.hmac.compare_digest) as compared:
            for wrong in (text[:-1] + "?", "vt_sk_000000000000_" + text[-43:], "nothing of the kind"):
                ring.find(wrong)
        assert [(len(a), len(b)) for (a, b), _ in compared.call_args_list] == [(64, 64)] * 3

    def test_kinds_are_good_for_what_they_may_be(self) -> None:
        assert PAGES.scopes == PUBLISHABLE_SCOPES
        assert SECRET.scopes == frozenset(Scope)
        with pytest.raises(InvalidInput, match="not good for catalogue"):
            KeyTerms(KeyKind.PUBLISHABLE, scopes=frozenset({Scope.CATALOGUE}), origins=("*",))

    @pytest.mark.parametrize(
        "origin",
        ["shop.example", "https://shop.example/path", "https://*.shop.example", "null", "https://me@shop.example",
         "javascript:alert(1)", "https://", "https://a b"],
    )  # fmt: skip
    def test_an_origin_is_scheme_and_host(self, origin: str) -> None:
        with pytest.raises(InvalidInput, match="is no origin"):
            KeyTerms(KeyKind.PUBLISHABLE, origins=(origin,))

    def test_any_page_is_to_be_said(self) -> None:
        with pytest.raises(InvalidInput, match=r"or \* for all pages"):
            KeyTerms(KeyKind.PUBLISHABLE)
        with pytest.raises(InvalidInput, match="names none"):
            KeyTerms(KeyKind.SECRET, origins=("https://shop.example",))
        assert KeyTerms(KeyKind.PUBLISHABLE, origins=("*",)).admits_page("https://anywhere.example")
        assert PAGES.admits_page("https://SHOP.example")
        assert not PAGES.admits_page("https://shop.example.evil")
        assert not PAGES.admits_page("null")


class TestRing:
    def test_the_old_key_is_good_for_the_overlap_and_no_longer(self) -> None:
        ring, (old,), (old_text,) = ring_of(PAGES)
        ring, new, new_text = keys.rotate(ring, old.id, randomness(9), NOW, timedelta(days=2))
        assert new.terms == old.terms
        for text in (old_text, new_text):
            found = ring.find(text)
            assert found
            assert found.is_live(NOW + timedelta(days=2) - timedelta(seconds=1))
        found = ring.find(old_text)
        assert found
        assert not found.is_live(NOW + timedelta(days=2))
        assert new.is_live(NOW + timedelta(days=900))

    def test_what_follows_a_key_lasts_as_long_and_never_prolongs_it(self) -> None:
        ends = NOW + timedelta(days=3)
        ring, (old,), _ = ring_of(SECRET, expires_at=ends)
        ring, new, _ = keys.rotate(ring, old.id, randomness(9), NOW + timedelta(days=1))
        assert ring.get(old.id).expires_at == ends
        assert new.expires_at == NOW + timedelta(days=4)

    def test_a_key_that_is_followed_twice_has_followers_that_last(self) -> None:
        """Who has lost what rotating said asks again; the overlap of the first time is no end of the key's own."""
        ring, (old,), _ = ring_of(SECRET)
        for seed in (8, 9):
            ring, new, _ = keys.rotate(ring, old.id, randomness(seed), NOW)
            assert new.expires_at is None
        with_end, (old,), _ = ring_of(SECRET, expires_at=NOW + timedelta(days=90))
        for seed in (8, 9):
            with_end, new, _ = keys.rotate(with_end, old.id, randomness(seed), NOW + timedelta(days=1))
            assert new.expires_at == NOW + timedelta(days=91)

    def test_a_dead_key_is_not_followed(self) -> None:
        ring, (key,), _ = ring_of(SECRET)
        ring, _ = keys.revoke(ring, key.id, NOW)
        with pytest.raises(InvalidInput, match="no longer good"):
            keys.rotate(ring, key.id, randomness(9), NOW)
        with pytest.raises(NotFound, match="no key 'nobody'"):
            keys.revoke(ring, "nobody", NOW)

    def test_dead_keys_go_after_a_while_and_revoking_again_does_not_keep_them(self) -> None:
        ring, (key, _), _ = ring_of(SECRET, PAGES)
        ring, _ = keys.revoke(ring, key.id, NOW)
        ring, again = keys.revoke(ring, key.id, NOW + timedelta(days=1))
        assert again.revoked_at == NOW
        assert key.id in keys.pruned(ring, NOW + KEPT_WHEN_DEAD).keys
        assert key.id not in keys.pruned(ring, NOW + KEPT_WHEN_DEAD + timedelta(seconds=1)).keys

    def test_there_is_an_end_of_keys(self) -> None:
        _, (key,), _ = ring_of(SECRET)
        full = Keyring({str(number): replace(key, id=str(number)) for number in range(MOST_KEYS)})
        with pytest.raises(InvalidInput, match="no more are kept"):
            keys.create(full, SECRET, randomness(1), NOW)
        for number, ago in ((7, 1), (8, 2)):  # a leaked key of a full ring can be replaced at once
            full, _ = keys.revoke(full, str(number), NOW - timedelta(hours=ago))
        after, _, _ = keys.create(full, SECRET, randomness(1), NOW)
        assert full.keys.keys() - after.keys.keys() == {"8"}
        assert len(after.keys) == MOST_KEYS

    def test_it_is_kept_whole(self, parts: wiring.Parts) -> None:
        issuer = Issuer("https://idp.example", "shop", keys=({"kid": "1", "kty": "OKP"},))
        ring, made, _ = ring_of(SECRET, PAGES, KeyTerms(KeyKind.SECRET, "b", frozenset({Scope.PICKS}), label="b’s"))
        ring, _ = keys.revoke(keys.trust(ring, "b", issuer), made[1].id, NOW)
        change_keyring(parts.state, lambda _: (ring, None))
        assert read_keyring(parts.state) == ring

    def test_two_who_change_it_at_once_lose_nothing(self, tmp_path: Path) -> None:
        state = SqliteState(tmp_path / "state.sqlite")
        both = threading.Barrier(2)
        waited: set[int] = set()

        def add(seed: int) -> None:
            def made(before: Keyring) -> tuple[Keyring, None]:
                after, _, _ = keys.create(before, SECRET, randomness(seed), NOW)
                if seed not in waited:  # both have read the ring that neither has written
                    waited.add(seed)
                    both.wait(10)
                return after, None

            change_keyring(state, made)

        threads = [threading.Thread(target=add, args=(seed,)) for seed in (1, 2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(read_keyring(state).keys) == 2

    def test_it_does_not_outgrow_its_record(self, parts: wiring.Parts) -> None:
        wide = KeyTerms(KeyKind.PUBLISHABLE, origins=tuple(f"https://{n}.{'a' * 200}.example" for n in range(20)))

        def filled(ring: Keyring) -> tuple[Keyring, None]:
            for number in range(100):
                ring, _, _ = keys.create(ring, wide, randomness(number), NOW)
            return ring, None

        with pytest.raises(InvalidInput, match="more than 300,000 bytes"):
            change_keyring(parts.state, filled)
        assert not read_keyring(parts.state).keys


class TestSignature:
    KEY = "vt_sk_0123456789ab_of-the-shop"

    def read(self, token: str, after: timedelta = timedelta(0)) -> str:
        return signed_user(token, lambda key_id: signer_of(self.KEY) if key_id == "0123456789ab" else "", NOW + after)

    def signed(self, user: str = "maria", **life: float) -> str:
        return sign_user(signer_of(self.KEY), "0123456789ab", user, NOW + timedelta(**(life or {"hours": 1})))

    @given(st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=128))
    def test_any_user_id_comes_back(self, user: str) -> None:
        assert self.read(self.signed(user)) == user

    def test_it_is_over_in_time_with_a_minute_for_the_clocks(self) -> None:
        token = self.signed(minutes=5)
        assert self.read(token, timedelta(minutes=6)) == "maria"
        with pytest.raises(KeyRefused, match="has expired"):
            self.read(token, timedelta(minutes=6, seconds=1))
        with pytest.raises(KeyRefused, match="more than 30 days"):
            self.read(self.signed(days=31))

    @given(st.data())
    def test_no_character_of_it_can_be_changed(self, data: st.DataObject) -> None:
        token = self.signed()
        at = data.draw(st.integers(0, len(token) - 1))
        other = data.draw(st.sampled_from("abcXYZ019._-=").filter(lambda each: each != token[at]))
        with pytest.raises(KeyRefused):
            self.read(token[:at] + other + token[at + 1 :])

    @pytest.mark.parametrize("token", ["", "v1", "v1....", "v1.a.b.c.d", "v1." * 5000, "v1.0123456789ab.٣.eA.x",
                                       "v2.0123456789ab.1.eA.x", "v1.0123456789ab.1.eA.\u00fc"])  # fmt: skip
    def test_rubbish_is_refused(self, token: str) -> None:
        with pytest.raises(KeyRefused):
            self.read(token)

    def test_what_expired_is_told_to_those_who_have_a_genuine_one(self) -> None:
        forged = sign_user(signer_of("another"), "0123456789ab", "maria", NOW - timedelta(days=1))
        with pytest.raises(KeyRefused, match="not made with a secret key"):
            self.read(forged)


@dataclass
class Desk:
    """The keys of two shops, as a process has them."""

    state: Any
    clock: StillClock
    per_minute: int = 0
    texts: dict[str, str] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for seed, (name, shop) in enumerate([("server", ""), ("server of b", "b"), ("page", ""), ("page of b", "b")]):
            kind = KeyKind.SECRET if "server" in name else KeyKind.PUBLISHABLE
            origins = ("https://shop.example",) if kind is KeyKind.PUBLISHABLE else ()
            self.add(name, KeyTerms(kind, shop, origins=origins, per_minute=self.per_minute), seed)
        self.access = self.process()

    def add(self, name: str, terms: KeyTerms, seed: int) -> None:
        def made(ring: Keyring) -> tuple[Keyring, tuple[Key, str]]:
            after, key, text = keys.create(ring, terms, randomness(seed), self.clock.now())
            return after, (key, text)

        key, self.texts[name] = change_keyring(self.state, made)
        self.ids[name] = key.id

    def process(self) -> Keys:
        return Keys(lambda: self.state, self.clock, RateLimits(self.clock), Jwks(self.clock), {"", "b"}.__contains__)

    def revoke(self, name: str) -> None:
        change_keyring(self.state, lambda ring: keys.revoke(ring, self.ids[name], self.clock.now()))

    def sign(self, name: str, user: str, **life: float) -> str:
        until = self.clock.now() + timedelta(**(life or {"hours": 1}))
        return sign_user(read_keyring(self.state).keys[self.ids[name]].signer, self.ids[name], user, until)

    def caller(self, name: str, path: str = "/v1/trending", **headers: str) -> Any:
        sent = {"x-api-key": self.texts[name], **{key.replace("_", "-"): value for key, value in headers.items()}}
        return self.access.caller(Headers(sent), path)


class Breakable:
    """A real store that can be away."""

    def __init__(self, state: SqliteState) -> None:
        self._state = state
        self.is_down = False
        self.reads = 0

    def get(self, name: str) -> State | None:
        self.reads += 1
        if self.is_down:
            raise Unavailable("The store is away.")
        return self._state.get(name)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._state, name)


@pytest.fixture
def state(tmp_path: Path) -> Breakable:
    return Breakable(SqliteState(tmp_path / "state.sqlite"))


@pytest.fixture
def desk(state: Breakable, clock: StillClock) -> Desk:
    return Desk(state, clock)


class TestAccess:
    def test_a_key_tells_shop_kind_and_scopes(self, desk: Desk) -> None:
        caller = desk.caller("server of b")
        assert (caller.shop, caller.kind, caller.scopes) == ("b", KeyKind.SECRET, frozenset(Scope))
        assert desk.caller("page").scopes == PUBLISHABLE_SCOPES
        bearer = Headers({"Authorization": f"bearer  {desk.texts['page']}"})
        assert desk.access.caller(bearer, "/").key_id == desk.ids["page"]
        assert desk.access.caller(Headers({}), "/v1/trending") is None
        assert desk.access.caller(Headers({"authorization": "Basic eA=="}), "/") is None

    def test_a_revoked_key_is_refused_within_15_seconds(self, desk: Desk) -> None:
        assert desk.caller("page")
        desk.revoke("page")
        desk.clock.forward(seconds=EVERY.total_seconds() - 1)
        assert desk.caller("page")
        desk.clock.forward(seconds=1)
        with pytest.raises(KeyRefused, match="was revoked"):
            desk.caller("page")
        assert desk.caller("server")

    def test_so_is_what_was_signed_with_it(self, desk: Desk) -> None:
        token = desk.sign("server", "maria")
        assert desk.caller("page", x_user_token=token).user_id == "maria"
        desk.revoke("server")
        desk.clock.forward(seconds=15)
        with pytest.raises(KeyRefused, match="not made with a secret key of this shop"):
            desk.caller("page", x_user_token=token)

    def test_while_a_key_is_replaced_signatures_of_both_are_good(self, desk: Desk) -> None:
        old = desk.sign("server", "maria", days=10)

        def rotated(ring: Keyring) -> tuple[Keyring, Key]:
            after, key, _ = keys.rotate(ring, desk.ids["server"], randomness(77), NOW)
            return after, key

        desk.ids["new server"] = change_keyring(desk.state, rotated).id
        desk.clock.forward(seconds=15)
        for token in (old, desk.sign("new server", "maria")):
            assert desk.caller("page", x_user_token=token).user_id == "maria"
        desk.clock.forward(days=7)
        with pytest.raises(KeyRefused, match="not made with a secret key"):
            desk.caller("page", x_user_token=old)

    def test_a_signature_of_another_shop_proves_nothing(self, desk: Desk) -> None:
        with pytest.raises(KeyRefused, match="of this shop"):
            desk.caller("page", x_user_token=desk.sign("server of b", "maria"))

    def test_each_refusal_says_why_and_quotes_nothing(self, desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.DEBUG)
        desk.add("short", KeyTerms(KeyKind.SECRET), 50)
        change_keyring(desk.state, lambda ring: (keys.rotate(ring, desk.ids["short"], randomness(51), NOW)[0], None))
        desk.revoke("page")
        desk.clock.forward(days=8)
        wrong = desk.texts["server"][:-4] + "Oops"
        said = []
        for text in (wrong, desk.texts["short"], desk.texts["page"]):
            with pytest.raises(KeyRefused) as refused:
                desk.access.caller(Headers({"x-api-key": text}), "/")
            said.append(str(refused.value))
        with pytest.raises(KeyRefused) as refused:
            desk.caller("page of b", x_user_token="v1.secretive.1.eA.secretive")
        said.append(str(refused.value))
        assert [" ".join(each.split()[:4]) for each in said] == [
            "The key is not", "The key has expired:", "The key was revoked:", "The user's signature was",
        ]  # fmt: skip
        digests = [hashlib.sha256(text.encode()).hexdigest() for text in desk.texts.values()]
        written = caplog.text + " ".join(said)
        assert not [each for each in (*desk.texts.values(), *digests, wrong, "secretive") if each in written]

    def test_a_key_of_pages_is_used_by_its_own(self, desk: Desk) -> None:
        assert desk.caller("page", origin="https://shop.example")
        for origin in ("https://evil.example", "null", "http://shop.example"):
            with pytest.raises(NotAllowed, match="not for pages of this origin"):
                desk.caller("page", origin=origin)
        assert desk.caller("server", origin="https://shop.example")
        assert desk.access.origins() == {"https://shop.example"}

    def test_pictures_of_emails_need_no_key(self, desk: Desk) -> None:
        for path, shop in (("/v1/slots/-.ref.9.mac/1.png", ""), ("/v1/slots/b.ref.9.mac/1/link", "b")):
            caller = desk.access.caller(Headers({}), path)
            assert caller
            assert (caller.shop, caller.scopes, caller.is_trusted) == (shop, frozenset(), False)
        for path in ("/v1/slots/other.ref.9.mac/1.png", "/v1/slots/", "/v1/slots/.ref", "/v1/slot/b.x"):
            assert desk.access.caller(Headers({}), path) is None


class TestStoreDown:
    def test_the_last_keyring_is_good_for_minutes(self, desk: Desk, state: Breakable) -> None:
        assert desk.caller("page")
        state.is_down = True
        desk.clock.forward(seconds=KEPT.total_seconds() - 1)
        assert desk.caller("page")
        desk.clock.forward(seconds=1)
        with pytest.raises(Unavailable, match="nobody is let in"):
            desk.caller("page")
        assert desk.access.origins() == frozenset()
        state.is_down = False
        desk.clock.forward(seconds=1)
        assert desk.caller("page")

    def test_without_one_nobody_is_let_in(self, desk: Desk, state: Breakable) -> None:
        state.is_down = True
        with pytest.raises(Unavailable):
            desk.caller("page")
        with pytest.raises(Unavailable):
            UntilKeys(desk.process()).caller(Headers({}), "/")

    def test_a_keyring_that_cannot_be_understood_lets_nobody_in(self, desk: Desk) -> None:
        desk.state.put("keyring", {"keys": [{"id": 1}], "issuers": {}}, desk.state.get("keyring").revision)
        with pytest.raises(Unavailable):
            desk.caller("page")

    def test_it_is_read_every_15_seconds_whatever_is_asked(self, desk: Desk, state: Breakable) -> None:
        before = state.reads
        for _ in range(30):
            desk.caller("page")
            with pytest.raises(KeyRefused):
                desk.access.caller(Headers({"x-api-key": "unknown"}), "/")
            desk.clock.forward(seconds=1)
        assert state.reads - before == 2


class TestLimits:
    def test_a_key_that_asks_too_often_is_told_how_long_to_wait(self, state: Breakable, clock: StillClock) -> None:
        desk = Desk(state, clock, per_minute=5)
        for _ in range(5):
            desk.caller("page")
        with pytest.raises(TooMany, match="More than 5 requests a minute for this key: wait") as refused:
            desk.caller("page")
        assert desk.caller("server")
        clock.forward(seconds=refused.value.retry_after - 1)
        with pytest.raises(TooMany):
            desk.caller("page")
        clock.forward(seconds=1)
        assert desk.caller("page")

    def test_one_user_does_not_use_up_what_is_everybodys(self, desk: Desk) -> None:
        mine, hers = desk.sign("server", "me"), desk.sign("server", "her")
        for _ in range(keys.PER_USER):
            desk.caller("page", x_user_token=mine)
        with pytest.raises(TooMany, match="one user"):
            desk.caller("page", x_user_token=mine)
        assert desk.caller("page", x_user_token=hers)
        with pytest.raises(TooMany):
            desk.caller("page", path="/v1/users/me/recommendations")
        assert desk.caller("server", path="/v1/users/me/recommendations")

    def test_a_user_who_asks_in_a_loop_does_not_stop_the_others(self, desk: Desk, clock: StillClock) -> None:
        desk.add("small page", replace(PAGES, per_minute=8, per_user=5), 4)
        desk.access.look_again()
        mine, let_in = desk.sign("server", "me"), 0
        for _ in range(50):
            with suppress(TooMany):
                desk.caller("small page", x_user_token=mine)
                let_in += 1
        assert let_in == 5
        for user in ("her", "him", "them"):
            assert desk.caller("small page", x_user_token=desk.sign("server", user))
        with pytest.raises(TooMany, match="this key"):
            desk.caller("small page", x_user_token=desk.sign("server", "you"))


class TestThisMachine:
    def access(self, desk: Desk) -> FromThisMachine:
        return FromThisMachine(UntilKeys(desk.access))

    def test_keys_are_off_until_there_is_one(self, tmp_path: Path) -> None:
        access = FromThisMachine(wiring.access(Settings(data=tmp_path)))
        assert access.caller(Headers({"host": "localhost:8000"}), "/v1/rules") == OPEN
        assert access.origins() == frozenset()

    def test_the_first_key_ends_that_and_its_end_does_not_bring_it_back(self, desk: Desk) -> None:
        for name in desk.ids:
            desk.revoke(name)
        assert self.access(desk).caller(Headers({"host": "localhost"}), "/v1/rules") is None

    @pytest.mark.parametrize(
        ("headers", "why"),
        [({"host": "evil.example"}, "another host"), ({}, "another host"),
         ({"host": "127.0.0.1.evil.example"}, "another host"),
         ({"host": "localhost:8000", "origin": "https://evil.example"}, "other site's page"),
         ({"host": "localhost", "origin": "null"}, "other site's page"),
         ({"host": "localhost", "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"}, "other site's page"),
         ({"host": "localhost", "x-forwarded-for": "192.0.2.1"}, "proxy"),
         ({"host": "localhost", "via": "1.1 proxy"}, "proxy")],
    )  # fmt: skip
    def test_a_strangers_page_is_refused_by_whatever_name_it_calls(
        self, tmp_path: Path, headers: dict[str, str], why: str
    ) -> None:
        access = FromThisMachine(wiring.access(Settings(data=tmp_path)))
        with pytest.raises(NotAllowed, match=why):
            access.caller(Headers(headers), "/v1/rules")

    def test_the_pictures_of_an_email_are_shown_in_any_page(self, tmp_path: Path) -> None:
        settings = Settings(data=tmp_path)
        wiring.shops(settings).add("b")
        access = FromThisMachine(wiring.access(settings))
        shown = {"host": "localhost", "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"}
        for token, shop in (("-.ref.1.sign", ""), ("b.ref.1.sign", "b")):
            caller = access.caller(Headers(shown), f"/v1/slots/{token}/0.jpg")
            assert caller is not None
            assert (caller.shop, caller.scopes) == (shop, frozenset())
        with pytest.raises(NotAllowed):
            access.caller(Headers(shown), "/v1/slotsmith")

    @pytest.mark.parametrize("host", ["127.0.0.1:8000", "[::1]:8000", "LOCALHOST:1"])
    def test_who_sits_here_is_not(self, tmp_path: Path, host: str) -> None:
        access = FromThisMachine(wiring.access(Settings(data=tmp_path)))
        for sent in ({"origin": "http://localhost:3000"}, {"sec-fetch-site": "same-origin"},
                     {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}):  # fmt: skip
            assert access.caller(Headers({"host": host, **sent}), "/v1/rules") == OPEN

    @pytest.mark.parametrize(
        ("host", "is_own"),
        [("127.0.0.9", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("", False), ("::", False),
         ("localhost.example", False)],
    )  # fmt: skip
    def test_loopback_is_told_by_its_address(self, host: str, is_own: bool) -> None:
        assert is_loopback(host) is is_own


class TestAtHand:
    """What is said at once is said in the loop that serves everybody: it may wait for nothing."""

    def test_only_what_is_known_and_fresh(self, desk: Desk, clock: StillClock) -> None:
        plain = {"x-api-key": desk.texts["page"]}
        assert not desk.access.is_at_hand(Headers(plain), "/v1/trending")
        desk.caller("page")
        assert desk.access.is_at_hand(Headers(plain), "/v1/trending")
        assert desk.access.is_at_hand(Headers({**plain, "x-user-token": desk.sign("server", "me")}), "/v1/trending")
        assert not desk.access.is_at_hand(Headers({**plain, "x-user-token": "ey.a.jwt"}), "/v1/trending")
        assert not desk.access.is_at_hand(Headers({}), "/v1/slots/b.x/0.jpg")  # the register of shops is asked
        clock.forward(seconds=EVERY.total_seconds())
        assert not desk.access.is_at_hand(Headers(plain), "/v1/trending")

    def test_nothing_where_other_processes_are_told(self, desk: Desk) -> None:
        class Counter:
            def add(self, name: str, amount: int, expires_at: object) -> int:
                return amount

        limits = RateLimits(desk.clock, Counter())
        access = Keys(lambda: desk.state, desk.clock, limits, Jwks(desk.clock), lambda _: True)
        access.ring()
        assert not access.is_at_hand(Headers({}), "/v1/trending")

    @pytest.mark.parametrize("at_hand", [True, False])
    def test_the_gate_asks_elsewhere_for_what_is_not(self, at_hand: bool) -> None:
        asked: list[int] = []

        class Access:
            def caller(self, headers: object, path: str) -> None:
                asked.append(threading.get_ident())

            def origins(self) -> frozenset[str]:
                asked.append(threading.get_ident())
                return frozenset()

            def is_at_hand(self, headers: object, path: str) -> bool:
                return at_hand

        app = FastAPI()
        app.get("/here")(here)
        client = TestClient(Gate(Access(), lambda _: app))
        loop = client.get("/here", headers={"origin": "https://shop.example"}).json()
        assert [each == loop for each in asked] == [at_hand, at_hand]


async def here() -> int:
    return threading.get_ident()


def test_a_record_is_plain_json(desk: Desk) -> None:
    kept = desk.state.get("keyring").value
    assert json.loads(json.dumps(kept)) == kept
    assert not [text for text in desk.texts.values() if text in json.dumps(kept)]
