"""The demo shop is the same every time, complete, and pleasant to look at."""

import json
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from random import Random

import numpy as np
import pytest
from PIL import Image

from local.demo_shop.build import DemoShop, Plan, build
from local.demo_shop.captions import caption, captions
from local.demo_shop.catalogue import catalogue
from local.demo_shop.colours import PALETTE
from local.demo_shop.designs import Design, random_design
from local.demo_shop.drawing import picture, svg
from local.demo_shop.kinds import KINDS, PATTERNS
from local.demo_shop.pen import symmetric
from local.demo_shop.sessions import DAYS, simulate
from local.demo_shop.shoppers import shoppers
from local.demo_shop.silhouettes import SILHOUETTES
from shared.domain.events import EventType

NOW = datetime(2026, 3, 14, 9, 26, 53, tzinfo=UTC)
SMALL = Plan(per_kind=1, shoppers=30, picture_size=48)


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def lines(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> DemoShop:
    return build(tmp_path_factory.mktemp("demo") / "shop", NOW, plan=SMALL)


def pixels(design: Design, size: int = 96) -> np.ndarray:
    return np.asarray(Image.open(BytesIO(picture(design, size))).convert("RGB"), dtype=np.float32)


class TestCatalogue:
    products = catalogue()

    def test_is_as_large_as_promised(self):
        assert len(self.products) >= 800
        assert len({product.kind.key for product in self.products}) >= 40
        assert len({product.brand.name for product in self.products}) >= 20
        for facts in ("id", "title"):
            assert len({getattr(product, facts) for product in self.products}) == len(self.products)

    def test_rows_hold_what_a_feed_needs(self):
        rows = [product.row(NOW) for product in self.products]
        optional = {"gender", "sale_price", "item_group_id"}
        assert all(value != "" for row in rows for column, value in row.items() if column not in optional)
        out_of_stock = [row for row in rows if row["availability"] == "out_of_stock"]
        assert 0.02 < len(out_of_stock) / len(rows) < 0.09
        assert all((row["stock"] == 0) == (row["availability"] == "out_of_stock") for row in rows)
        ages = [NOW - datetime.fromisoformat(str(row["added_at"])) for row in rows]
        assert min(ages) > timedelta(0)
        assert timedelta(days=370) < max(ages) <= timedelta(days=400)
        assert all(product.sale_price is None or product.sale_price < product.price for product in self.products)

    def test_variants_share_a_group_and_differ_in_colour(self):
        groups: dict[str, list] = {}
        for product in self.products:
            if product.group:
                groups.setdefault(product.group, []).append(product)
        assert len(groups) > 50
        for family in groups.values():
            assert 2 <= len(family) <= 4
            assert len({(each.kind.key, each.brand.name, each.design.shape) for each in family}) == 1
            assert len({each.design.colour for each in family}) == len(family)

    def test_kinds_name_only_kinds_and_each_has_a_silhouette(self):
        assert set(SILHOUETTES) == set(KINDS)
        for kind in KINDS.values():
            assert set(kind.goes_with) <= set(KINDS)
            assert set(kind.patterns) <= set(PATTERNS)
            assert kind.prices[0] < kind.prices[1]


class TestDrawing:
    def test_every_kind_decodes_in_any_shape(self):
        rng = Random(1)
        for kind in KINDS:
            for shape in ((0.0,) * 8, (1.0,) * 8):
                design = replace(random_design(rng, kind), shape=shape)
                assert Image.open(BytesIO(picture(design, 32))).size == (32, 32)
                assert "nan" not in svg(design)

    def test_colours_patterns_kinds_and_shapes_show(self):
        red = Design("mug", "red", "white", "plain", (0.3,) * 8)
        others = (
            replace(red, colour="navy"),
            replace(red, pattern="striped"),
            replace(red, kind="teapot"),
            replace(red, shape=(0.9, 0.1, 0.9, 0.1, 0.3, 0.3, 0.3, 0.3)),
        )
        for other in others:
            assert np.abs(pixels(red) - pixels(other)).mean() > 4

    @pytest.mark.parametrize("colour", PALETTE)
    def test_a_plain_thing_has_its_colour_in_the_middle(self, colour: str):
        shown = pixels(Design("cushion", colour, "white", "plain", (0.5,) * 8))[54:60, 36:60]
        shown = np.median(shown, axis=(0, 1))
        distances = {
            name: np.abs(shown - [int(code[i : i + 2], 16) for i in (1, 3, 5)]).sum() for name, code in PALETTE.items()
        }
        assert min(distances, key=lambda name: distances[name]) == colour

    def test_the_same_design_gives_the_same_bytes(self):
        design = random_design(Random(5))
        assert picture(design, 64) == picture(design, 64)

    def test_captions_say_what_is_there(self):
        design = Design("shirt", "navy", "white", "striped", (0.5,) * 8)
        assert caption(design) == "a navy striped shirt"
        assert caption(replace(design, kind="gloves", colour="red", pattern="plain")) == "a pair of red gloves"
        paraphrases = captions(design, Random(1), 40)
        assert len(set(paraphrases)) > 15
        assert paraphrases == captions(design, Random(1), 40)

    def test_a_half_outline_is_mirrored(self):
        assert (
            symmetric("M200,0 L250,10 L200,90")
            == "M200.0,0.0 L250.0,10.0 L200.0,90.0 L200.0,90.0 L150.0,10.0 L200.0,0.0 Z"
        )


class TestShoppers:
    people = shoppers()
    products = catalogue()
    events = simulate(people, products, NOW)

    def test_there_are_enough_of_them_and_of_what_they_do(self):
        assert len(self.people) >= 300
        assert len(self.events) >= 20_000
        assert {event.type for event in self.events} == set(EventType)
        assert len({event.event_id for event in self.events}) == len(self.events)
        assert all(NOW - timedelta(days=DAYS) <= event.occurred_at <= NOW for event in self.events)
        per_shopper = Counter(event.user_id for event in self.events)
        assert min(per_shopper.values()) < 8 < max(per_shopper.values())

    def test_events_keep_to_what_a_shop_allows(self):
        known = {product.id: product for product in self.products}
        seen: set[tuple[str, EventType, str]] = set()
        needs = {EventType.PURCHASE: EventType.ADD_TO_CART, EventType.REFUND: EventType.PURCHASE}
        for event in self.events:
            assert (event.type is EventType.SEARCH) == bool(event.query) == (not event.product_id)
            if event.type is EventType.SEARCH:
                continue
            if before := needs.get(event.type):
                assert (event.user_id, before, event.product_id) in seen
                assert known[event.product_id].stock
            if event.type is EventType.RATE:
                assert 1 <= event.value <= 5
            seen.add((event.user_id, event.type, event.product_id))

    def test_popularity_is_skewed(self):
        views = Counter(event.product_id for event in self.events if event.type is EventType.VIEW)
        ranked = [count for _, count in views.most_common()]
        assert sum(ranked[: len(self.products) // 10]) > 0.3 * sum(ranked)

    def test_a_showcase_shopper_is_plain_to_see(self):
        known = {product.id: product for product in self.products}
        showcase = [who for who in self.people if who.showcase]
        assert len(showcase) >= 5
        for who in showcase:
            recent = [event for event in self.events if event.user_id == who.id and event.product_id][-6:]
            assert recent[0].occurred_at > NOW - timedelta(days=1)
            fitting = [known[event.product_id].design.colour in who.colours for event in recent]
            assert sum(fitting) >= 4
            assert all(known[event.product_id].kind.key in who.interests[0].kinds for event in recent)

    def test_there_is_something_left_to_recommend(self):
        bought = {(e.user_id, e.product_id) for e in self.events if e.type is EventType.PURCHASE}
        for who in self.people:
            if who.showcase:
                loved = [
                    p for p in self.products if p.kind.key in who.interests[0].kinds and p.design.colour in who.colours
                ]
                assert sum((who.id, product.id) not in bought for product in loved if product.stock) >= 6


class TestBuild:
    def test_writes_feed_pictures_events_and_shoppers(self, shop: DemoShop):
        rows, events = lines(shop.feed), lines(shop.events)
        assert len(rows) == len(KINDS)
        assert {path.name for path in shop.images.iterdir()} == {row["image"] for row in rows}
        for row in rows:
            assert Image.open(shop.images / row["image"]).size == (48, 48)
        assert {event["product_id"] for event in events if "product_id" in event} <= {row["id"] for row in rows}
        listed = json.loads((shop.feed.parent / "shoppers.json").read_text("utf-8"))
        assert [who["id"] for who in listed] == [who.id for who in shop.shoppers]
        assert {event["user_id"] for event in events} <= {who["id"] for who in listed}

    def test_two_builds_are_byte_identical(self, shop: DemoShop, tmp_path: Path):
        again = build(tmp_path / "again", NOW, plan=SMALL)
        assert files(again.feed.parent) == files(shop.feed.parent)

    def test_a_second_build_keeps_the_first_ones_now(self, shop: DemoShop):
        before = {path: path.stat().st_mtime_ns for path in shop.images.iterdir()}
        drawn: list[int] = []
        again = build(shop.feed.parent, NOW + timedelta(days=3), lambda done, total: drawn.append(done), SMALL)
        assert again == shop
        assert again.built_at == NOW
        assert not drawn
        assert before == {path: path.stat().st_mtime_ns for path in shop.images.iterdir()}

    def test_a_half_built_folder_is_built_again(self, shop: DemoShop, tmp_path: Path):
        folder = tmp_path / "shop"
        (folder / "images").mkdir(parents=True)
        (folder / "products.jsonl").write_text("{", "utf-8")
        (folder / "stamp.json").write_text('{"generator": ', "utf-8")
        progress: list[tuple[int, int]] = []
        build(folder, NOW, lambda done, total: progress.append((done, total)), SMALL)
        assert files(folder) == files(shop.feed.parent)
        assert progress[-1] == (len(KINDS), len(KINDS))
        assert [path.name for path in tmp_path.iterdir()] == ["shop"]

    def test_a_failed_build_leaves_nothing(self, tmp_path: Path):
        def interrupt(done: int, total: int) -> None:
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            build(tmp_path / "shop", NOW, interrupt, SMALL)
        assert not list(tmp_path.iterdir())
