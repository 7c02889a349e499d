"""What a search by words finds first, and where it ends: through the real indexer, index and starter encoders."""

import csv
import json
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from bench.search_text import SEED, Case, by_kind, by_title, damaged, misspelt, precision, recall, share_found
from indexer.encode import Encoders
from shared import wiring
from shared.domain.exact import EXACT
from shared.domain.recommendations import Recommendation, SpaceQuery
from shared.domain.rules import Scenario
from shared.domain.spaces import Space
from shared.services.kept_catalogue import catalogue_products
from shared.services.matching import query_of_words
from shared.services.pages import Question, start
from shared.services.query_encoders import QueryEncoders
from shared.services.search import search
from shared.services.shop import Shop
from shared.services.wanted import Wanted
from shared.settings import Settings
from tests.support import StillClock, reindex

Ask = Callable[..., Recommendation]

GERMAN = (
    *("Küchenmesser aus Edelstahl", "Gießkanne für Balkon und Garten", "Fußball für Kinder und Erwachsene"),
    *("Handtücher mit Fransen", "Bücherregal aus Eiche", "Weiße Müslischüssel mit Deckel", "Gürtel aus Leder"),
    *("Kerzenständer mit Griff und Teller", "Grüne Wärmflasche mit Bezug", "Schlüsselbrett aus Holz"),
)
ENGLISH = (
    *("Kitchen knife of steel", "Watering can for balconies", "Football for children", "Towels with fringes"),
    *("Oak bookcase", "White cereal bowl with a lid", "Leather belt", "Candle holder", "Café au lait cups"),
    *("Key holder made of wood", "Piñata for parties", "Crème brûlée torch"),
)
ELECTRONICS = (
    ("wh4", "Sony WH-1000XM4 wireless headphones", "Sony", "4548736112117"),
    ("wh3", "Sony WH-1000XM3 wireless headphones, unlike the WH-1000XM2", "Sony", "4548736081000"),
    *((f"i12-{size}", f"Apple iPhone 12 {size}GB", "Apple", "") for size in (64, 128, 256)),
    *((f"i11-{size}", f"Apple iPhone 11 {size}GB iPhone", "Apple", "") for size in (64, 128, 256)),
    *((f"g{number}", f"Galaxy S{number} with 12 megapixels", "Samsung", "") for number in range(8, 13)),
)
SHOES = (
    *((f"puma{number}", f"Puma {kind}", "Puma", "") for number, kind in enumerate(("runner", "boot", "cap"))),
    ("cleaner", "Cleaner for Puma, for Puma runner and for Puma boot", "Shine", ""),
    ("polish", "Polish, as Puma has it", "Shine", ""),
)


def open_shop(folder: Path, rows: list[dict[str, object]]) -> tuple[wiring.Parts, Shop, QueryEncoders]:
    feed = folder / "feed.jsonl"
    feed.write_text("".join(json.dumps(row) + "\n" for row in rows))
    settings = Settings(data=folder / "data")
    parts = wiring.parts(settings, StillClock())
    reindex(parts, feed, folder / "work", Encoders(wiring.text_encoder(settings), wiring.image_encoder(settings)))
    return parts, wiring.shop(parts), wiring.query_encoders(settings)


def asker(shop: Shop, encoders: QueryEncoders) -> Ask:
    def ask(text: str, limit: int = 10, understand: bool = False, user_id: str = "") -> Recommendation:
        return search(
            shop, encoders, Wanted(text=text, understand=understand, user_id=user_id), Question(limit=limit)
        ).list

    return ask


def ids(found: Recommendation) -> list[str]:
    return [item.product.id for item in found.items]


@pytest.fixture(scope="module")
def corner_shop(tmp_path_factory: pytest.TempPathFactory) -> tuple[Shop, QueryEncoders]:
    """Things whose names say much, in two languages."""
    rows: list[dict[str, object]] = [
        {
            "id": product_id,
            "title": title,
            "brand": brand,
            "mpn": f"{product_id}-0815",
            "ean": code,
            "price": "10 EUR",
        }
        for product_id, title, brand, code in (*ELECTRONICS, *SHOES)
    ]
    for language, titles in (("de", GERMAN), ("en", ENGLISH)):
        rows += [{"id": f"{language}{n}", "title": title, "price": "5 EUR"} for n, title in enumerate(titles)]
    _, shop, encoders = open_shop(tmp_path_factory.mktemp("corner"), rows)
    return shop, encoders


@pytest.fixture(scope="module")
def ask(corner_shop: tuple[Shop, QueryEncoders]) -> Ask:
    return asker(*corner_shop)


class TestExact:
    @pytest.mark.parametrize(
        ("text", "product_id"),
        [
            ("wh4", "wh4"),
            ("WH4", "wh4"),
            ("WH-1000XM4", "wh4"),
            ("wh1000xm4", "wh4"),
            ("headphones wh-1000xm4 sony", "wh4"),
            ("4548736081000", "wh3"),
            ("ean 4548736081000", "wh3"),
            ("04548736081000", "wh3"),
            ("wh4-0815", "wh4"),
            ("puma RUNNER", "puma0"),
            ("Cafe au Lait Cups!", "en8"),
            ("Gießkanne für Balkon und Garten", "de1"),
        ],
    )
    def test_what_is_named_comes_first_and_says_so(self, ask: Ask, text: str, product_id: str) -> None:
        best, *rest = ask(text).items
        assert best.product.id == product_id
        assert EXACT in best.source.split("+")
        assert best.reason.sentence == "Exactly what you searched for"
        assert all(EXACT not in each.source.split("+") and each.score < best.score for each in rest)

    def test_a_brand_comes_before_what_only_mentions_it(self, ask: Ask) -> None:
        found = ask("puma")
        assert set(ids(found)[:3]) == {"puma0", "puma1", "puma2"}
        assert {"cleaner", "polish"} <= set(ids(found)[3:])
        assert all((EXACT in item.source) == item.product.id.startswith("puma") for item in found.items)

    def test_another_model_is_not_above_the_one_that_was_asked_for(self, ask: Ask) -> None:
        for text in ("iphone 12", "apple iphone 12", "12 iphone"):
            assert set(ids(ask(text))[:3]) == {"i12-64", "i12-128", "i12-256"}, text
        assert ids(ask("iphone 12 128gb"))[0] == "i12-128"
        assert ids(ask("iphone 11 256gb"))[0] == "i11-256"

    def test_exact_matches_are_gone_through_before_the_rest_over_pages(
        self, ask: Ask, corner_shop: tuple[Shop, QueryEncoders]
    ) -> None:
        first = ask("puma", limit=2)
        again = search(
            *corner_shop, Wanted(text="puma", understand=False), Question(limit=3, cursor=first.cursor or "")
        )
        assert len({*ids(first), ids(again.list)[0]} & {"puma0", "puma1", "puma2"}) == 3


SCARVES = (
    {"id": "both", "title": "Acme Red & Blue Wool Scarf", "color": "Red", "category": "Scarves", "price": "20 EUR"},
    *(
        {"id": f"blue{n}", "title": f"Blue Scarf {n}", "color": "Blue", "category": "Scarves", "price": f"{9 + n} EUR"}
        for n in range(12)
    ),
    *(
        {"id": f"red{n}", "title": f"Red Wool Hat {n}", "color": "Red", "category": "Hats", "price": "15 EUR"}
        for n in range(12)
    ),
)


@pytest.fixture(scope="module")
def among_scarves(tmp_path_factory: pytest.TempPathFactory) -> Ask:
    _, shop, encoders = open_shop(tmp_path_factory.mktemp("scarves"), [dict(row) for row in SCARVES])
    return asker(shop, encoders)


class TestTitlesAgainstWhatWasReadOutOfWords:
    def test_a_title_that_has_all_the_words_is_found_though_its_fields_say_otherwise(self, among_scarves: Ask) -> None:
        assert ids(among_scarves("blue wool scarf acme", understand=True))[0] == "both"
        assert ids(among_scarves("blue wool scraf acme", understand=True))[0] == "both"

    def test_two_words_are_too_few_to_overrule_a_field(self, among_scarves: Ask) -> None:
        found = ids(among_scarves("blue scarf", limit=30, understand=True))
        assert "blue0" in found
        assert "both" not in found

    def test_a_price_and_what_is_not_wanted_hold_for_it_too(self, among_scarves: Ask) -> None:
        assert ids(among_scarves("blue wool scarf acme under 10", limit=30, understand=True)) == ["blue0"]
        assert "both" not in ids(among_scarves("blue wool scarf acme not red", limit=30, understand=True))


class TestTwoLanguages:
    @pytest.mark.parametrize(
        ("text", "title"),
        [
            *(("küchenmesser", GERMAN[0]), ("kuchenmesser", GERMAN[0]), ("Kuechenmesser", GERMAN[0])),
            *(("gießkanne", GERMAN[1]), ("giesskanne", GERMAN[1]), ("Giesskannen", GERMAN[1])),
            *(
                ("fußball", GERMAN[2]),
                ("fussball kinder", GERMAN[2]),
                ("handtuch", GERMAN[3]),
                ("Handtuecher", GERMAN[3]),
            ),
            *(
                ("bucherregal", GERMAN[4]),
                ("Bücheregal", GERMAN[4]),
                ("muslischussel", GERMAN[5]),
                ("gurtel", GERMAN[6]),
            ),
            *(("kerzenstander", GERMAN[7]), ("warmflasche grune", GERMAN[8]), ("schluesselbrett", GERMAN[9])),
            *(("kitchen knives", ENGLISH[0]), ("watering cans", ENGLISH[1]), ("towel", ENGLISH[3])),
            *(("bookcases", ENGLISH[4]), ("belts leather", ENGLISH[6]), ("cafe", ENGLISH[8]), ("café", ENGLISH[8])),
            *(("pinata", ENGLISH[10]), ("piñata", ENGLISH[10]), ("creme brulee", ENGLISH[11]), ("brûlée", ENGLISH[11])),
        ],
    )
    def test_words_of_either_find_theirs_with_diacritics_and_without(
        self, corner_shop: tuple[Shop, QueryEncoders], text: str, title: str
    ) -> None:
        shop, encoders = corner_shop
        begin = start(shop, Scenario.SEARCH, Question(), text)
        asked = query_of_words(begin, encoders, text)
        (hits,) = begin.index.search([SpaceQuery(Space.KEYWORDS, asked[Space.KEYWORDS], 1)])
        found = begin.index.products([hit.product_id for hit in hits])
        assert [product.title for product in found.values()] == [title]


@pytest.fixture(scope="module")
def fashion(
    data_dir: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Shop, QueryEncoders, list[Case], list[Case]]:
    """Every twentieth product or so of a real catalogue, by its words alone."""

    with (data_dir / "fashion" / "catalogue.csv").open() as lines:
        rows: list[dict[str, object]] = list(csv.DictReader(lines))
    parts, shop, encoders = open_shop(tmp_path_factory.mktemp("fashion"), random.Random(1).sample(rows, 300))
    products = sorted(catalogue_products(parts.blobs, parts.versions.live() or ""), key=lambda product: product.id)
    titles = by_title(products, random.Random(SEED), 150)
    return shop, encoders, titles, by_kind(products, random.Random(SEED), 8)


class TestDamagedTitles:
    def test_titles_are_damaged_in_every_way(self) -> None:
        rng = random.Random(1)
        words = {misspelt("sandal", rng) for _ in range(300)}
        assert {len(word) for word in words} == {5, 6, 7}
        assert {"asndal", "sandla"} <= words
        texts = [damaged("Nike Men Air Max Blue Sandals", rng) for _ in range(50)]
        assert {len(text.split()) for text in texts} == {5}
        assert len({*texts}) == 50
        assert len(damaged("Red wool hat", rng).split()) == 3

    def test_products_are_found_again_by_what_is_left_of_their_titles(
        self, fashion: tuple[Shop, QueryEncoders, list[Case], list[Case]]
    ) -> None:
        shop, encoders, titles, _ = fashion
        ask = asker(shop, encoders)
        assert recall(lambda text: ids(ask(text)), titles) >= 0.95
        assert recall(lambda text: ids(ask(text, understand=True)), titles) >= 0.95

    def test_what_is_listed_is_mostly_what_was_asked_for_and_nearly_all_of_it(
        self, fashion: tuple[Shop, QueryEncoders, list[Case], list[Case]]
    ) -> None:
        shop, encoders, _, kinds = fashion
        ask = asker(shop, encoders)

        def listed(text: str) -> list[str]:
            return ids(ask(text, limit=100))

        assert share_found(listed, kinds) >= 0.95
        assert precision(listed, kinds) >= 0.4

    def test_words_that_mean_nothing_here_find_a_few_and_not_the_shop(
        self, fashion: tuple[Shop, QueryEncoders, list[Case], list[Case]]
    ) -> None:
        shop, encoders, _, _ = fashion
        found = asker(shop, encoders)("asdfgh qwerty", limit=100)
        assert 0 < len(found.items) <= 30
        assert found.cursor is None
        assert all("keywords" not in item.source for item in found.items)
