"""Links, summaries, cursors over users, and what a campaign may ask for."""

import base64
import hashlib
import itertools
import json
import random
import zlib

import pytest

from shared.domain.errors import InvalidInput
from shared.domain.links import tracked
from shared.domain.pick_summary import Summary, summary_from_record, summary_of, summary_record
from shared.domain.picks import Block, BlockKind, Campaign, Pick, Skipped, UserPicks
from shared.domain.products import Product
from shared.domain.recommendations import Reason, ReasonKind
from shared.domain.user_cursor import decode_users, encode_users
from shared.services.pick_campaigns import checked
from shared.services.pick_rows import rows_of
from tests.support import NOW

REASON = Reason(ReasonKind.POPULAR, "Popular in the shop")
ADDED = "utm_source=s&utm_medium=m&utm_campaign=c&utm_content=b&vt_rec=r&vt_product=p%2F1"


def link(address: str) -> str:
    return tracked(address, "c", "b", "r", "p/1", "s", "m")


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://shop.example/p", f"https://shop.example/p?{ADDED}"),
        ("https://shop.example/p?", f"https://shop.example/p?{ADDED}"),
        ("https://shop.example/p?a=1&b=%20x#top", f"https://shop.example/p?a=1&b=%20x&{ADDED}#top"),
        (" https://shop.example/red shoe ", f"https://shop.example/red%20shoe?{ADDED}"),
        ("http://shop.example#a?b", f"http://shop.example?{ADDED}#a?b"),
        ("HTTPS://shop.example/%7Eü", f"HTTPS://shop.example/%7Eü?{ADDED}"),
        ("https://shop.example/p?utm_source=own&x", "https://shop.example/p?utm_source=own&x&" + ADDED[13:]),
    ],
)
def test_a_link_keeps_what_it_has(address: str, expected: str) -> None:
    assert link(address) == expected


NO_LINKS = """shop.example/p|/p|javascript:alert(1)|data:text/html,x|ftp://shop.example/|https://|//x/y|https://[::1
https://x/"onclick=|https://x/<b>|https://x y/|https://x/\x01""".replace("\n", "|")


@pytest.mark.parametrize("address", ["", *NO_LINKS.split("|"), "https://x/" + "y" * 2_000])
def test_what_is_no_address_on_the_web_is_no_link(address: str) -> None:
    assert link(address) == ""


def made(user: str, *ids: str, fell_back: bool = False) -> UserPicks:
    picks = [Pick("b", Product(each, each), "x:y", REASON, "r", fell_back, place) for place, each in enumerate(ids)]
    return UserPicks(user, tuple(picks), skipped=None if ids else Skipped.NOTHING)


def test_overlap_from_counts_is_that_of_all_pairs() -> None:
    rng = random.Random(1)
    lists = [rng.sample(range(30), 6) for _ in range(40)]
    summary = summary_of(made(f"u{n}", *map(str, each)) for n, each in enumerate(lists))
    pairs = list(itertools.combinations(lists, 2))
    assert summary.overlap == pytest.approx(sum(len(set(a) & set(b)) / 6 for a, b in pairs) / len(pairs))
    assert summary_of([made("a", "1", "2"), made("b", "1", "2")]).overlap == 1
    assert summary_of([made("a", "1", "2"), made("b", "3", "4")]).overlap == 0
    assert summary_of([made("a", "1")]).overlap == Summary().overlap == 0


def test_a_summary_is_the_sum_of_its_parts_also_when_kept() -> None:
    users = [
        made("a", "1", "2"),
        made("b"),
        made("c", "2", "3", fell_back=True),
        UserPicks("d", skipped=Skipped.CAPPED),
    ]
    whole = summary_of(users)
    parts = [json.loads(json.dumps(summary_record(summary_of([each])))) for each in users]
    assert sum(map(summary_from_record, parts), Summary()) == whole
    assert (whole.users, whole.with_picks, whole.picks, whole.fell_back, whole.picks_fell_back) == (4, 2, 4, 1, 2)
    assert whole.skipped == {Skipped.NOTHING: 1, Skipped.CAPPED: 1}
    assert whole.share_fell_back == 0.5


def test_rows_keep_their_places() -> None:
    rows = rows_of(made("a", "1", "2"), Campaign("may", (Block("b"),)))
    assert [(row.user_id, row.campaign, row.block, row.position, row.id) for row in rows] == [
        ("a", "may", "b", 0, "1"), ("a", "may", "b", 1, "2"),
    ]  # fmt: skip


def test_a_cursor_over_users_comes_back_as_it_went() -> None:
    users = [f"user-{n}-é" for n in range(1_000)]
    assert decode_users(encode_users(users, "asked"), "asked") == users
    text = encode_users(["a"], "asked")
    with pytest.raises(InvalidInput, match="another question"):
        decode_users(text, "other")
    for broken in ("", "x", text[:-3], text[:5] + ("A" if text[5] != "A" else "B") + text[6:], text * 2):
        with pytest.raises(InvalidInput, match="cannot be read"):
            decode_users(broken, "asked")


@pytest.mark.parametrize(
    "plain", [b"[" * 200_000, b" " * 50_000_000, b'["asked"]', b"5"], ids=["deep", "huge", "none", "5"]
)
def test_a_cursor_that_was_made_up_is_one_sentence(plain: bytes) -> None:
    packed = zlib.compress(plain)
    text = base64.urlsafe_b64encode(hashlib.sha256(packed).digest()[:8] + packed).decode().rstrip("=")
    with pytest.raises(InvalidInput, match="cannot be read"):
        decode_users(text, "asked")


def test_a_block_falls_back_where_another_list_or_only_popularity_filled_it() -> None:
    campaign = Campaign("c", (Block("like", BlockKind.SIMILAR), Block("hot", BlockKind.TRENDING)), trigger="p")
    assert not campaign.fell_back("like", "similar:text")
    assert campaign.fell_back("like", "similar_to_viewed:text")
    assert not campaign.fell_back("hot", "trending:trending")
    assert campaign.fell_back("hot", "trending:lately")
    assert not Campaign("c", campaign.blocks).fell_back("like", "similar_to_viewed:text")


def test_spares_meet_the_filters_of_all_blocks() -> None:
    blocks = (
        Block("a", filter="price < 3"),
        Block("b", filter=" price < 3 "),
        Block("c", filter="brand = x or size = y"),
    )
    assert Campaign("c", blocks).whole_filter == "(price < 3) and (brand = x or size = y)"
    assert checked(Campaign("c", blocks), NOW).whole_filter
    with pytest.raises(InvalidInput, match="characters"):
        checked(Campaign("c", (Block("a", filter="brand =" + " " * 980 + "y"), *blocks[1:])), NOW)
