"""Themes: their document, the story above a collection, the token that hands one on, and the command."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from local.commands.collections import collections as command
from local.commands.demo import THEMES
from local.yaml_files import read_yaml
from shared import wiring
from shared.domain.errors import InvalidInput
from shared.domain.products import Product
from shared.domain.share_token import LONGEST_TOKEN, SharedSet, decode_share, encode_share
from shared.domain.themes import ENOUGH_TO_TELL, Theme, Tone, proof_of_purchases, story_of
from shared.services.theme_document import MOST_THEMES
from shared.services.themes import ThemeBook, ThemeBooks, apply_themes, check_themes, current_themes, themes_record
from tests.support import NOW, StillClock

COOKS = {"slug": "cooks", "title": "For cooks", "prompt": "apron, oven glove"}

WRONG = [
    (None, "nothing"),
    ([], "a list"),
    ({}, "themes: \\[\\]"),
    ({"themes": "cooks"}, "'cooks'"),
    ({"themes": [], "rules": []}, "'rules'"),
    ({"themes": [COOKS] * (MOST_THEMES + 1)}, "51 themes"),
    ({"themes": [COOKS, COOKS]}, "Two themes have the slug 'cooks'"),
    ({"themes": [7]}, "Theme number 1 is 7"),
    ({"themes": [{"title": "x"}]}, "number 1 has the slug nothing"),
    ({"themes": [COOKS | {"slug": "For Cooks"}]}, "'For Cooks'"),
    ({"themes": [COOKS | {"slug": "-a"}]}, "'-a'"),
    ({"themes": [COOKS | {"slug": "a" * 65}]}, "number 1"),
    ({"themes": [COOKS | {"slug": "book"}]}, "'book'"),
    ({"themes": [COOKS | {"titel": "x"}]}, "theme 'cooks'.*'titel'"),
    ({"themes": [COOKS | {"condition": {}}]}, "theme 'cooks'.*'condition'"),
    ({"themes": [COOKS | {"title": None}]}, "theme 'cooks'.*no title"),
    ({"themes": [COOKS | {"title": "  "}]}, "theme 'cooks'.*no title"),
    ({"themes": [COOKS | {"title": "x" * 81}]}, "theme 'cooks'.*80"),
    ({"themes": [COOKS | {"title": "a\nb"}]}, "theme 'cooks'.*one line"),
    ({"themes": [COOKS | {"prompt": None}]}, "theme 'cooks'.*neither a prompt nor a product"),
    ({"themes": [COOKS | {"prompt": 5}]}, "theme 'cooks'.*prompt is 5"),
    ({"themes": [COOKS | {"product": 4711}]}, "theme 'cooks'.*4711"),
    ({"themes": [COOKS | {"filter": "prise < 3"}]}, "theme 'cooks'.*'prise'"),
    ({"themes": [COOKS | {"tone": "loud"}]}, "theme 'cooks'.*'loud'.*plain, warm, playful"),
    ({"themes": [COOKS | {"tone": ["warm"]}]}, "theme 'cooks'.*tone"),
    ({"themes": [COOKS | {"size": 2}]}, "theme 'cooks'.*size is 2"),
    ({"themes": [COOKS | {"size": 13}]}, "theme 'cooks'.*size is 13"),
    ({"themes": [COOKS | {"size": True}]}, "theme 'cooks'.*size is true"),
    ({"themes": [COOKS | {"story": "for $5"}]}, "theme 'cooks'.*\\$\\$"),
    ({"themes": [COOKS | {"story": "$count of $customer"}]}, "theme 'cooks'.*\\$customer"),
    ({"themes": [COOKS | {"story": "x" * 201}]}, "theme 'cooks'.*200"),
    ({"themes": [COOKS | {"audience": "x" * 61}]}, "theme 'cooks'.*60"),
]


@pytest.mark.parametrize(("document", "names"), WRONG, ids=[names for _, names in WRONG])
def test_what_is_wrong_is_said_in_one_sentence(document: object, names: str) -> None:
    with pytest.raises(InvalidInput, match=names) as refused:
        check_themes(document, NOW)
    assert str(refused.value).endswith(".")
    assert str(refused.value).count(". ") == 0


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.dates(),
    lambda part: st.lists(part, max_size=3) | st.dictionaries(st.text(max_size=8), part, max_size=3),
    max_leaves=6,
)


@settings(max_examples=150, deadline=None)
@given(ANYTHING, st.sampled_from([*COOKS, "filter", "tone", "audience", "story", "size", "product"]))
def test_anything_is_read_or_refused(value: object, key: str) -> None:
    for document in (value, {"themes": value}, {"themes": [COOKS | {key: value}]}):
        try:
            book = check_themes(document, NOW)
        except InvalidInput:
            continue
        assert check_themes(json.loads(json.dumps(themes_record(book))), NOW) == book


class TestBooks:
    def test_the_last_one_applied_counts_whole(self, parts: wiring.Parts, clock: StillClock) -> None:
        assert current_themes(parts.blobs) == ThemeBook()
        first = apply_themes(parts.blobs, {"themes": [COOKS | {"filter": "price < 30", "size": 5}]}, NOW)
        books = ThemeBooks(parts.blobs, clock)
        assert books.newest() == first
        second = apply_themes(parts.blobs, {"themes": []}, NOW)
        clock.forward(minutes=1)
        assert current_themes(parts.blobs) == books.newest() == second
        assert books.at(first.snapshot) == first

    def test_a_damaged_book_leaves_the_one_before(self, parts: wiring.Parts, clock: StillClock) -> None:
        good = apply_themes(parts.blobs, {"themes": [COOKS]}, NOW)
        parts.blobs.put("themes/20990101T000000000000Z.json", b'{"snapshot": "20990101T000000000000Z", "themes": 3}')
        assert ThemeBooks(parts.blobs, clock).newest() == good


def priced(*prices: float | None, currency: str = "EUR") -> list[Product]:
    return [Product(f"p{i}", "A thing", price=price, currency=currency) for i, price in enumerate(prices)]


class TestStory:
    def test_each_tone_has_its_own_and_its_numbers_are_true(self) -> None:
        told = {
            tone: story_of(Theme("a", "A", tone=tone, audience="people who cook"), priced(9.9, 5, 30)) for tone in Tone
        }
        assert told[Tone.PLAIN] == "3 products for people who cook from 5.00 EUR."
        assert len(set(told.values())) == len(Tone)
        assert all("3 " in each and "for people who cook" in each and "5.00 EUR" in each for each in told.values())

    @pytest.mark.parametrize(
        "products",
        [priced(9.9, None), [*priced(9.9), *priced(3, currency="USD")], priced()],
        ids=["one without", "two currencies", "none"],
    )
    def test_a_price_that_is_not_known_of_all_is_not_told(self, products: list[Product]) -> None:
        assert story_of(Theme("a", "A"), products) == f"{len(products)} products."
        own = Theme("a", "A", story="From $lowest to $highest.")
        assert story_of(own, products) == f"{len(products)} products."

    def test_the_shop_s_own_is_filled_in_once(self) -> None:
        theme = Theme("a", "Only $5", story="$title: $count for $$1, from $lowest to $highest", audience="$count")
        assert story_of(theme, priced(2, 3)) == "Only $5: 2 for $1, from 2.00 EUR to 3.00 EUR"
        assert story_of(Theme("a", "A", audience="$count <b>"), priced(None, 1)) == "2 products for $count <b>."

    def test_few_purchases_are_not_told(self) -> None:
        assert proof_of_purchases(ENOUGH_TO_TELL - 1) == ""
        assert proof_of_purchases(1_400) == "Bought 1,400 times this week"


IDS = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S"]), min_size=1, max_size=128)


class TestToken:
    @settings(max_examples=100, deadline=None)
    @given(st.lists(IDS.filter(str.isprintable), min_size=1, max_size=12, unique=True))
    def test_it_says_what_was_put_in(self, ids: list[str]) -> None:
        shared = SharedSet("for-cooks", tuple(ids))
        token = encode_share(shared)
        assert decode_share(token) == shared
        assert len(token) <= LONGEST_TOKEN
        assert token.replace("-", "").replace("_", "").isalnum()

    def test_the_longest_one_fits(self) -> None:
        ids = tuple(chr(0x1F600 + i) * 128 for i in range(12))
        assert decode_share(encode_share(SharedSet("s" * 64, ids))).product_ids == ids

    @settings(max_examples=200, deadline=None)
    @given(st.data())
    def test_every_change_is_noticed(self, data: st.DataObject) -> None:
        token = encode_share(SharedSet("for-cooks", ("p1", "p2", "p3")))
        place = data.draw(st.integers(0, len(token) - 1))
        letter = data.draw(st.sampled_from("AZaz09-_=. é"))
        for changed in (token[:place] + letter + token[place + 1 :], token[:place], token + letter):
            if changed != token:
                with pytest.raises(InvalidInput, match="damaged"):
                    decode_share(changed)

    @pytest.mark.parametrize(
        "forged",
        [
            SharedSet("for-cooks", ()),
            SharedSet("for-cooks", tuple(f"p{i}" for i in range(13))),
            SharedSet("for-cooks", ("p1", "p1")),
            SharedSet("for-cooks", ("x" * 129,)),
            SharedSet("for-cooks", ("p\n1",)),
            SharedSet("../book", ("p1",)),
            SharedSet("", ("p1",)),
            SharedSet("for-cooks", ({"a": 1},)),  # type: ignore[arg-type]
        ],
        ids=["no product", "too many", "one twice", "too long", "unprintable", "path", "no slug", "no text"],
    )
    def test_one_that_was_made_up_with_a_right_digest_is_refused_for_what_it_holds(self, forged: SharedSet) -> None:
        with pytest.raises(InvalidInput, match="damaged"):
            decode_share(encode_share(forged))

    def test_what_is_no_token_is_refused(self) -> None:
        for text in ("", "1", "x" * 9_000, "2" + encode_share(SharedSet("a", ("p1",)))[1:], "1" + "AAAA" * 20):
            with pytest.raises(InvalidInput, match="damaged"):
                decode_share(text)


class TestCommand:
    def test_the_demo_shop_s_file_is_checked_applied_and_shown(self, tmp_path: Path) -> None:
        data, run = ["--data", str(tmp_path / "data")], CliRunner().invoke
        themes = check_themes(read_yaml(THEMES, "book of themes"), NOW).themes
        assert 4 <= len(themes) <= 6
        assert "No themes yet" in run(command, ["show", *data]).stdout
        assert f"{len(themes)} themes" in run(command, ["check", str(THEMES)]).stdout
        applied = json.loads(run(command, ["apply", str(THEMES), *data, "--json"]).stdout)
        assert json.loads(run(command, ["show", *data, "--json"]).stdout) == applied
        assert [theme["slug"] for theme in applied["themes"]] == [theme.slug for theme in themes]
        spoken = run(command, ["show", *data]).stdout
        assert all(theme.title in spoken for theme in themes)

    def test_a_file_with_something_wrong_changes_nothing(self, tmp_path: Path) -> None:
        data, run = ["--data", str(tmp_path / "data")], CliRunner().invoke
        run(command, ["apply", str(THEMES), *data])
        bad = tmp_path / "bad.yaml"
        bad.write_text("themes: [{slug: a}]")
        assert isinstance(run(command, ["apply", str(bad), *data]).exception, InvalidInput)
        assert len(json.loads(run(command, ["show", *data, "--json"]).stdout)["themes"]) >= 4
