"""Tokens of slots: what is believed, for how long, and what stands in which place of an email."""

import random
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.adapters.sqlite_state import SqliteState
from shared.domain.errors import LinkExpired, NotFound
from shared.domain.open_time import home_of, shown_at, standing_in
from shared.domain.products import Product
from shared.domain.sends import Send, SendState, SentPick
from shared.domain.slot_tokens import is_genuine, parsed, signed
from shared.ports import State
from shared.services.link_secrets import EVERY, LIFE, RECORD, RENEWED, LinkSecrets
from tests.support import NOW

REF = "0123456789abcdef0123456789abcdef"
SECRET = b"s" * 32
DAY = timedelta(days=1)


@pytest.fixture
def state(tmp_path):
    return SqliteState(tmp_path / "state.sqlite")


@pytest.fixture
def secrets(state, clock):
    return LinkSecrets(state, clock)


class TestTokens:
    @pytest.mark.parametrize("shop", ["", "north", "a-1"])
    def test_what_was_signed_reads_as_it_was(self, shop):
        token = signed(SECRET, shop, REF, NOW)
        slot = parsed(token)
        assert (slot.shop, slot.ref, slot.expires) == (shop, REF, NOW)
        assert is_genuine(slot, [b"x" * 32, SECRET])
        assert not is_genuine(slot, [b"x" * 32])
        assert not is_genuine(slot, [])

    @pytest.mark.parametrize("place", range(0, len(signed(SECRET, "north", REF, NOW)), 3))
    def test_any_change_is_found(self, place):
        token = signed(SECRET, "north", REF, NOW)
        other = "b" if token[place] != "b" else "c"
        slot = parsed(token[:place] + other + token[place + 1 :])
        assert slot is None or not is_genuine(slot, [SECRET])

    @given(st.text(max_size=300) | st.from_regex(r"\A(-|a)\.[A-Za-z0-9_-]{16,20}\.[0-9]{1,12}\.[A-Za-z0-9_-]{22}\Z"))
    def test_nothing_made_up_is_believed(self, text):
        slot = parsed(text)
        assert slot is None or not is_genuine(slot, [SECRET])

    def test_a_ref_that_would_not_read_back_is_not_signed(self):
        with pytest.raises(ValueError, match="ref"):
            signed(SECRET, "", "u#someone", NOW)


class TestSecrets:
    def test_a_shops_own_token_is_good_until_its_time(self, secrets, clock):
        token = secrets.token(REF)
        assert secrets.verified(token) == REF
        clock.forward(days=LIFE.days - 1)
        assert secrets.verified(token) == REF
        clock.forward(days=1)
        with pytest.raises(LinkExpired, match="June 2026"):
            secrets.verified(token)

    def test_another_shops_token_is_nothing(self, secrets, state, tmp_path, clock):
        token = secrets.token(REF)
        other = LinkSecrets(SqliteState(tmp_path / "other.sqlite"), clock, "other")
        own = other.token(REF)
        assert other.verified(own) == REF
        for text in (token, token.replace("-.", "other.", 1), own[:-1], own + "A", "", "x" * 10_000, "ü.ü.ü.ü"):
            with pytest.raises(NotFound):
                other.verified(text)
        # Not even with the same secret: the name is signed too.
        assert signed(SECRET, "other", REF, NOW).rpartition(".")[2] != signed(SECRET, "", REF, NOW).rpartition(".")[2]

    def test_a_new_secret_signs_in_time_and_the_old_ones_are_believed_until_their_tokens_are_out(
        self, secrets, state, clock
    ):
        tokens = []
        for _ in range(24):
            tokens.append((clock.now(), secrets.token(REF)))
            clock.forward(days=20)
            for made, token in tokens:
                if clock.now() - made < LIFE:
                    assert secrets.verified(token) == REF
        kept = state.get(RECORD).value["secrets"]
        assert 1 < len(kept) <= 3
        assert all(len(each["id"]) == 8 for each in kept)
        ages = [clock.now() - made for made, _ in tokens]
        assert max(ages) > 4 * RENEWED

    def test_processes_agree_on_the_secret(self, state, clock):
        one, two, three = (LinkSecrets(state, clock) for _ in range(3))
        with pytest.raises(NotFound):
            three.verified(signed(SECRET, "", REF, NOW + DAY))  # it has read that there is none
        first = one.token(REF)
        assert two.token(REF) == first
        clock.forward(seconds=6)
        assert three.verified(first) == REF

    def test_who_writes_at_the_same_moment_takes_the_others(self, state, clock):
        class Late:
            """Another process writes between reading and writing."""

            def __getattr__(self, name):
                return getattr(state, name)

            def put(self, name, value, revision):
                if state.get(name) is None:
                    LinkSecrets(state, clock).token(REF)
                return state.put(name, value, revision)

        token = LinkSecrets(Late(), clock).token(REF)
        assert LinkSecrets(state, clock).token(REF) == token
        assert len(state.get(RECORD).value["secrets"]) == 1

    def test_strangers_do_not_make_it_read_the_store_at_every_turn(self, secrets, state, clock, monkeypatch):
        secrets.token(REF)
        reads = []
        real = state.get
        monkeypatch.setattr(state, "get", lambda name: reads.append(name) or real(name))
        forged = signed(SECRET, "", REF, NOW + DAY)
        for _ in range(50):
            with pytest.raises(NotFound):
                secrets.verified(forged)
            clock.forward(seconds=EVERY.seconds / 50)
        assert len(reads) <= EVERY.seconds / 5 + 1

    def test_no_secret_stands_in_a_token(self, secrets, state):
        token = secrets.token(REF)
        (kept,) = state.get(RECORD).value["secrets"]
        assert kept["secret"] not in token
        assert isinstance(state.get(RECORD), State)


def pick(product_id, block="top", group=""):
    return SentPick(block, product_id, group or product_id, "for_you:text", "similar", "")


def send(picks, spares=(), shown=None):
    return Send("u", "may", "email", SendState.SENT, NOW, REF, tuple(picks), tuple(spares), shown or {})


def products(*ids, **groups):
    return {each: Product(each, each, item_group_id=groups.get(each, "")) for each in ids}


def places(found):
    return {place: pick.product_id for place, pick in found.items()}


class TestPlaces:
    def test_picks_stay_where_they_are(self):
        email = send([pick("a"), pick("b")], [pick("s")])
        assert places(standing_in(email, products("a", "b", "s"))) == {0: "a", 1: "b"}

    def test_spares_take_their_turn_each_once(self):
        email = send([pick("a"), pick("b"), pick("c"), pick("d")], [pick("s"), pick("t")])
        assert places(standing_in(email, products("b", "s", "t"))) == {0: "s", 1: "b", 2: "t"}

    def test_a_spare_of_the_block_goes_first(self):
        email = send([pick("a", "top"), pick("b", "new")], [pick("s", "top"), pick("t", "new"), pick("x", "")])
        assert places(standing_in(email, products("s", "t", "x"))) == {0: "s", 1: "t"}
        assert places(standing_in(email, products("a", "s", "x"))) == {0: "a", 1: "s"}

    def test_never_two_of_a_group(self):
        email = send([pick("a"), pick("b")], [pick("s"), pick("t")])
        assert places(standing_in(email, products("b", "s", "t", b="g", s="g"))) == {0: "t", 1: "b"}
        assert places(standing_in(email, products("a", "b", a="g", b="g"))) == {0: "a"}

    def test_what_was_shown_stays_also_when_the_pick_is_back(self):
        email = send([pick("a"), pick("b")], [pick("s"), pick("t")], {0: "t"})
        assert places(standing_in(email, products("a", "b", "s", "t"))) == {0: "t", 1: "b"}
        assert places(standing_in(email, products("a", "b", "s"))) == {0: "a", 1: "b"}
        assert shown_at(email, 0).product_id == "t"
        assert shown_at(email, 1).product_id == "b"

    def test_a_stranger_among_the_shown_is_passed_over(self):
        email = send([pick("a")], [], {0: "never picked"})
        assert places(standing_in(email, products("a", "never picked"))) == {0: "a"}
        assert shown_at(email, 0).product_id == "a"

    @pytest.mark.parametrize("seed", range(20))
    def test_over_any_history_of_stock_no_email_shows_a_design_twice(self, seed):
        chance = random.Random(seed)
        ids = [f"p{number}" for number in range(12)]
        groups = {each: f"g{chance.randrange(9)}" for each in ids}
        email = send([pick(each) for each in ids[:6]], [pick(each) for each in ids[6:]])
        for _ in range(20):
            there = products(*chance.sample(ids, chance.randrange(13)), **groups)
            found = standing_in(email, there)
            shown = [there[each.product_id] for each in found.values()]
            assert len({product.group for product in shown}) == len(shown)
            assert standing_in(email, there) == found
            for place in chance.sample(sorted(found), min(2, len(found))):  # only some of the pictures are asked for
                email.shown[place] = found[place].product_id
            assert places(standing_in(email, there)) == places(found)


@pytest.mark.parametrize(
    ("link", "home"),
    [
        ("https://shop.example/p/1?x=1#y", "https://shop.example/"),
        ("HTTP://Shop.Example:8080/p", "http://shop.example:8080/"),
        ("https://me:secret@shop.example/p", "https://shop.example/"),
        ("http://[::1]:80/p", "http://[::1]:80/"),
        ("javascript:alert(1)", ""),
        ("//shop.example/p", ""),
        ("https:///p", ""),
        ("https://shop.example:99999999/", ""),
        ("http://[::1", ""),
        ("", ""),
    ],
)
def test_the_front_page_of_a_products_site(link, home):
    assert home_of(link) == home
