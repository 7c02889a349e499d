"""What the ledger of sends says of its users."""

from datetime import timedelta

from shared.domain.sends import Send, SendState, SentPick
from shared.services.sends import capped, exposed
from tests.support import NOW

DAY = timedelta(days=1)


def pick(product_id, group=""):
    return SentPick("top", product_id, group, "for_you:text", "similar", "")


def send(days, *products, **more):
    picks = tuple(pick(each, f"group of {each}") for each in products)
    return Send("u", f"{days} days ago", "email", SendState.SENT, NOW - days * DAY, "ref", picks, **more)


def test_what_the_last_sends_have_shown():
    own = [send(1, "a"), send(2, "b"), send(9, "c")]
    assert exposed({"u": own, "v": []}, 2) == {
        "u": {"a", "group of a", "b", "group of b"}, "v": frozenset(),
    }  # fmt: skip
    assert exposed({"u": own}, 0) == {"u": frozenset()}
    assert "c" in exposed({"u": own}, 99)["u"]


def test_what_was_put_in_its_place_when_the_email_was_opened_was_shown_too():
    own = [send(1, "a", spares=(pick("s", "gs"), pick("t")), shown={0: "s"})]
    # Of a place the ledger knows the last that stood there: once a spare was needed, all may have been shown.
    assert exposed({"u": own}, 1) == {"u": {"a", "group of a", "s", "gs", "t"}}


def test_a_product_without_a_group_is_its_own():
    assert exposed({"u": [send(1, spares=(pick("s"),), shown={0: "s"})]}, 1) == {"u": {"s"}}


def test_who_has_had_enough_this_week():
    sends = {"two": [send(1), send(6.9)], "one": [send(1), send(7)], "none": []}
    assert capped(sends, 2, NOW) == {"two"}
    assert capped(sends, 1, NOW) == {"two", "one"}
    assert capped(sends, None, NOW) == frozenset()
