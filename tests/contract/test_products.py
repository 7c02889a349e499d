"""What every product store promises."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from shared.adapters import dynamodb_replacement
from shared.adapters.aws import Connections
from shared.adapters.dynamodb_products import DynamoProducts
from shared.adapters.sqlite_products import SqliteProducts
from shared.domain.errors import TurnLost, Unavailable
from shared.domain.offers import OfferChange, OfferValue
from shared.domain.products import Availability, Product
from shared.ports import ProductStore
from shared.settings import Aws
from tests.aws_stand_in import AwsStandIn, Call, Fault
from tests.support import NOW, StillClock

HOUR = timedelta(hours=1)
FIRST = Product("a", "A", price=10.0, sale_price=8.0, availability=Availability.PREORDER, stock=3)
SECOND = Product("b", "B", categories=("X", "Y"), attributes={"z": "1", "a": "2"})


@pytest.fixture(params=["sqlite", "dynamodb"])
def products(request: pytest.FixtureRequest, tmp_path: Path, clock: StillClock) -> ProductStore:
    if request.param == "sqlite":
        return SqliteProducts(tmp_path / "products.sqlite", clock)
    return request.getfixturevalue("table")


@pytest.fixture
def table(aws: AwsStandIn, aws_names: Aws, clock: StillClock, monkeypatch: pytest.MonkeyPatch) -> DynamoProducts:
    monkeypatch.setattr(dynamodb_replacement, "_BATCH", 25)  # so that few products are several batches
    return DynamoProducts(aws.connections, aws_names.products_table, clock)


def change(product_id: str, at_hours: float = 0, **values: OfferValue) -> OfferChange:
    return OfferChange(product_id, NOW + at_hours * HOUR, values)


def many(count: int, title: str = "P") -> list[Product]:
    return [Product(f"p{i}", f"{title} {i}") for i in range(count)]


class TestReplace:
    def test_it_makes_the_catalogue_exactly_this(self, products: ProductStore) -> None:
        assert products.version() is None
        assert (products.get(["a"]), products.groups(["a"]), products.newest(3), products.count()) == (
            {}, frozenset(), [], 0,
        )  # fmt: skip
        products.replace("v1", NOW, iter([FIRST]))
        products.replace("v2", NOW, iter([SECOND]))
        assert products.get(["a", "b", "c", "b"]) == {"b": SECOND}
        assert products.get(["b"])["b"].text() == SECOND.text()
        assert (products.version(), products.count()) == ("v2", 1)

    def test_what_stays_the_same_stays_through_many_replacements(self, products: ProductStore) -> None:
        for number in range(5):
            changing = Product("c", f"C {number}")
            products.replace(f"v{number}", NOW, [FIRST, changing])
            assert products.get(["a", "c"]) == {"a": FIRST, "c": changing}

    def test_rollback_brings_back_what_was_removed(self, products: ProductStore) -> None:
        products.replace("v1", NOW, [FIRST, SECOND])
        products.replace("v2", NOW, [SECOND])
        assert products.get(["a", "b"]) == {"b": SECOND}
        products.replace("v1", NOW, [FIRST, SECOND])
        assert products.get(["a", "b"]) == {"a": FIRST, "b": SECOND}

    def test_what_was_removed_twice_is_gone_and_may_come_again(self, products: ProductStore) -> None:
        for feed in ([FIRST, SECOND], [SECOND], [SECOND], [SECOND]):
            products.replace("v", NOW, feed)
        assert (products.get(["a"]), products.groups(["a"])) == ({}, frozenset())
        products.replace("v", NOW, [FIRST])
        assert products.get(["a", "b"]) == {"a": FIRST}

    def test_one_that_breaks_off_changes_nothing(self, products: ProductStore) -> None:
        products.replace("v1", NOW, [*many(70), FIRST])
        with pytest.raises(OSError, match="went away"):
            products.replace("v2", NOW, breaking([*many(60, "Q"), SECOND]))
        self.assert_untouched(products)
        with pytest.raises(OSError, match="went away"):
            products.replace("v3", NOW, breaking(many(60, "R")))
        self.assert_untouched(products)
        products.replace("v4", NOW, [*many(65), FIRST])
        assert products.get(["a", "b", "p0", "p64", "p65"]) == {"a": FIRST, "p0": many(1)[0], "p64": many(65)[64]}
        assert (products.count(), products.version()) == (66, "v4")

    def assert_untouched(self, products: ProductStore) -> None:
        assert products.get(["a", "b", "p0", "p69"]) == {"a": FIRST, "p0": many(1)[0], "p69": many(70)[69]}
        assert (products.count(), products.version()) == (71, "v1")

    def test_a_late_one_is_refused(self, products: ProductStore) -> None:
        products.replace("v1", NOW, [FIRST], fence=4)
        products.replace("v2", NOW, [SECOND], fence=5)
        with pytest.raises(TurnLost, match="v1"):
            products.replace("v1", NOW, [FIRST], fence=4)
        assert products.get(["a", "b"]) == {"b": SECOND}
        products.replace("v3", NOW, [FIRST], fence=5)
        assert products.version() == "v3"

    def test_newest(self, products: ProductStore) -> None:
        feed = [SECOND, Product("o", "O", added_at=NOW - HOUR), Product("n", "N", added_at=NOW)]
        products.replace("v", NOW, iter([*feed, *many(60)]))
        assert products.newest(2) == ["n", "o"]
        assert products.newest(4) == ["n", "o", "b", "p0"]
        products.replace("w", NOW, iter(feed[:2]))
        assert products.newest(9) == ["o", "b"]

    def test_groups(self, products: ProductStore) -> None:
        products.replace("v1", NOW, iter([FIRST, Product("c", "C", item_group_id="g")]))
        assert products.groups(["a", "c", "unknown"]) == {"a", "g"}

    def test_more_than_one_look_up_at_a_time(self, products: ProductStore) -> None:
        products.replace("v", NOW, iter(many(520)))
        assert len(products.get([product.id for product in many(520)])) == 520


def breaking(feed: Sequence[Product]) -> Iterator[Product]:
    yield from feed
    raise OSError("the disk went away")


class TestChange:
    def test_each_field_by_itself(self, products: ProductStore) -> None:
        products.replace("v", NOW, [FIRST])
        assert products.change([change("a", price=12.0), change("x", price=1.0), change("a", stock=0)]) == [
            True, False, True,
        ]  # fmt: skip
        changed = products.get(["a", "x"])
        assert changed.keys() == {"a"}
        assert (changed["a"].price, changed["a"].sale_price, changed["a"].stock) == (12.0, 8.0, 0)
        assert changed["a"].availability is Availability.PREORDER

    def test_no_sale_price_and_no_count_any_more(self, products: ProductStore) -> None:
        products.replace("v", NOW, [FIRST])
        products.change([change("a", sale_price=None, stock=None)])
        assert (products.get(["a"])["a"].sale_price, products.get(["a"])["a"].stock) == (None, None)

    def test_the_newest_counts_in_whatever_order_they_come(self, products: ProductStore) -> None:
        products.replace("v", NOW, [FIRST])
        products.change([change("a", 3, price=30.0), change("a", 1, price=10.0, stock=1)])
        products.change([change("a", 2, price=20.0, availability="out_of_stock", stock=2)])
        product = products.get(["a"])["a"]
        assert (product.price, product.stock, product.availability) == (30.0, 2, Availability.OUT_OF_STOCK)
        products.change([change("a", 3, price=31.0)])
        assert products.get(["a"])["a"].price == 31.0

    def test_they_outlive_older_feeds_and_give_way_to_newer_ones(self, products: ProductStore) -> None:
        products.replace("v1", NOW, [FIRST])
        products.change([change("a", 1, price=11.0), change("a", 3, stock=0)])
        products.replace("v2", NOW, [Product("a", "A, renamed", price=9.0, stock=9)])
        product = products.get(["a"])["a"]
        assert (product.title, product.price, product.stock) == ("A, renamed", 11.0, 0)
        products.replace("v3", NOW + 2 * HOUR, [Product("a", "A", price=9.0, stock=9)])
        assert (products.get(["a"])["a"].price, products.get(["a"])["a"].stock) == (9.0, 0)
        products.replace("v4", NOW + 4 * HOUR, [Product("a", "A", price=9.0, stock=9)])
        assert products.get(["a"])["a"].stock == 9

    def test_they_outlive_a_removal_and_a_rollback(self, products: ProductStore) -> None:
        products.replace("v1", NOW, [FIRST, SECOND])
        products.change([change("a", 1, availability="out_of_stock")])
        products.replace("v2", NOW, [SECOND])
        assert products.change([change("a", 2, price=5.0)]) == [False]
        products.replace("v1", NOW, [FIRST, SECOND])
        assert products.get(["a"])["a"].availability is Availability.OUT_OF_STOCK
        for hours in range(2, 6):
            products.replace("v2", NOW + hours * HOUR, [SECOND])
            assert products.get(["a", "b"]) == {"b": SECOND}
        products.replace("v1", NOW, [FIRST, SECOND])
        assert products.get(["a"])["a"].availability is Availability.OUT_OF_STOCK

    def test_many_at_once_from_many_threads(self, products: ProductStore) -> None:
        products.replace("v", NOW, many(20))
        orders = [[change(f"p{i}", at, stock=at, price=float(at)) for i in range(20)] for at in range(1, 9)]
        with ThreadPoolExecutor(8) as pool:
            assert all(all(done) for done in pool.map(products.change, reversed(orders)))
        assert {(product.stock, product.price) for product in products.get([f"p{i}" for i in range(20)]).values()} == {
            (8, 8.0)
        }

    def test_readers_see_the_old_catalogue_until_all_of_the_new_one_is_there(self, products: ProductStore) -> None:
        ids = [product.id for product in many(40)]
        products.replace("v0", NOW, many(40, "T0"))
        seen: list[set[str]] = []

        def watched(feed: list[Product]) -> Iterator[Product]:
            for place, product in enumerate(feed):
                if place % 20 == 19:
                    found = reader.submit(products.get, ids).result()
                    seen.append({product.title.split()[0] for product in found.values()})
                yield product

        with ThreadPoolExecutor(1) as reader:
            for number in range(1, 4):
                products.replace(f"v{number}", NOW, watched(many(40, f"T{number}")))
        assert seen == [{f"T{number}"} for number in (0, 0, 1, 1, 2, 2)]


class TestDynamo:
    """What only a store of many items must see to."""

    def test_what_a_dead_replacement_left_never_shows(
        self, aws: AwsStandIn, aws_names: Aws, table: DynamoProducts
    ) -> None:
        table.replace("v1", NOW, [FIRST, SECOND])
        with pytest.raises(OSError, match="went away"):
            table.replace("dead", NOW, breaking([Product("a", "dead"), Product("new", "dead")] * 25))
        table.replace("v2", NOW, [FIRST, SECOND])
        table.replace("v3", NOW, [FIRST])
        assert table.get(["a", "b", "new"]) == {"a": FIRST}
        table.replace("v4", NOW, [FIRST])
        assert self.keys(aws, aws_names.products_table) == {"-", "newest", "p#a"}

    def test_an_unchanged_catalogue_is_not_written_again(self, aws: AwsStandIn, table: DynamoProducts) -> None:
        table.replace("v1", NOW, many(30))
        table.replace("v2", NOW, many(30))
        calls: list[str] = []
        with aws.faulty(lambda call: calls.append(call.operation)):
            table.replace("v3", NOW, many(30))
        assert sorted(set(calls)) == ["Scan", "UpdateItem"]
        assert calls.count("UpdateItem") == 2

    def test_of_two_at_once_the_later_one_counts_whole(self, table: DynamoProducts) -> None:
        table.replace("v1", NOW, many(5))
        table.replace("v2", NOW, [*many(3, "Two"), *many(5)[3:]])

        def overtaken() -> Iterator[Product]:
            yield from many(60, "Late")
            table.replace("v3", NOW, many(4, "Three"), fence=2)
            yield from many(120, "Late")[60:]

        with pytest.raises(TurnLost):
            table.replace("late", NOW, overtaken(), fence=1)
        expected = {product.id: product for product in many(4, "Three")}
        ids = [product.id for product in many(120)]
        assert table.get(ids) == expected
        table.replace("v4", NOW, many(4, "Three"), fence=2)
        assert (table.get(ids), table.version()) == (expected, "v4")

    def test_one_that_was_overtaken_before_it_wrote_harms_nothing(self, table: DynamoProducts) -> None:
        table.replace("v1", NOW, many(5))

        def overtaken() -> Iterator[Product]:
            table.replace("v2", NOW, many(4, "Two"), fence=2)
            table.replace("v3", NOW, [*many(2, "Three"), *many(4, "Two")[2:]], fence=2)
            yield from many(5, "Late")

        with pytest.raises(TurnLost):
            table.replace("late", NOW, overtaken(), fence=1)
        expected = {product.id: product for product in [*many(2, "Three"), *many(4, "Two")[2:]]}
        assert table.get([product.id for product in many(5)]) == expected

    def test_one_look_up_sees_one_catalogue(self, aws: AwsStandIn, table: DynamoProducts) -> None:
        table.replace("v1", NOW, many(110, "One"))
        looks: list[str] = []

        def replaced_meanwhile(call: Call) -> None:
            if call.operation == "BatchGetItem" and len(looks) < 2:
                looks.append(call.operation)
                if len(looks) == 2:
                    table.replace("v2", NOW, many(110, "Two"))

        with aws.faulty(replaced_meanwhile):
            found = table.get([product.id for product in many(110)])
        assert len(looks) == 2
        assert (len(found), len({product.title.split()[0] for product in found.values()})) == (110, 1)

    def test_answers_that_are_lost_do_no_harm(self, aws: AwsStandIn, aws_names: Aws, table: DynamoProducts) -> None:
        seen: dict[str, int] = {}

        def every_third_lost(call: Call) -> Fault | None:
            seen[call.operation] = seen.get(call.operation, 0) + 1
            return Fault(500, "InternalServerError", done=True) if seen[call.operation] % 3 == 2 else None

        patient = DynamoProducts(Connections(attempts=9), aws_names.products_table, StillClock())
        for number in range(4):
            with aws.faulty(every_third_lost):
                patient.replace(f"v{number}", NOW, [*many(4, f"T{number % 2}"), *many(10)[4 + 2 * number :]])
        assert table.get(["p0", "p3", "p9"]) == {"p0": Product("p0", "T1 0"), "p3": Product("p3", "T1 3")}
        assert table.count() == 4

    def test_too_busy_is_unavailable(self, aws: AwsStandIn, table: DynamoProducts) -> None:
        table.replace("v1", NOW, [FIRST])
        with (
            aws.faulty(lambda call: Fault(400, "ProvisionedThroughputExceededException")),
            pytest.raises(Unavailable),
        ):
            table.get(["a"])

    def test_the_longest_product_fits_twice(self, table: DynamoProducts) -> None:
        wide = "\U0001f9e6"
        longest = {
            "title": wide * 500, "description": wide * 5_000, "categories": tuple(f"{i}" + wide * 99 for i in range(8)),
            "attributes": {f"{i:02}" + wide * 62: wide * 200 for i in range(24)}, "link": "x" * 2_048,
            "image": wide * 2_048, **dict.fromkeys(("brand", "colour", "material", "gender", "size"), wide * 200),
        }  # fmt: skip
        for version in ("v1", "v2", "v3"):
            product = Product(wide * 128, item_group_id=version * 64, **longest)
            table.replace(version, NOW, [product])
            assert table.get([product.id]) == {product.id: product}

    def keys(self, aws: AwsStandIn, table: str) -> set[str]:
        items = aws.connections.client("dynamodb").scan(TableName=table)["Items"]
        return {item["id"]["S"] for item in items}
