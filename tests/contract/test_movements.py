"""What every product store remembers of products that arrived, came back and became cheaper."""

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from shared.adapters import dynamodb_movements
from shared.adapters.dynamodb_products import DynamoProducts
from shared.adapters.sqlite_products import SqliteProducts
from shared.domain.errors import TurnLost, Unavailable
from shared.domain.movements import Movement, MovementKind
from shared.domain.offers import OfferChange, OfferValue
from shared.domain.products import Availability, Product
from shared.ports import ProductStore
from shared.settings import Aws
from tests.aws_stand_in import AwsStandIn, Call, Fault
from tests.support import NOW, StillClock

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
ARRIVED, BACK, CHEAPER = MovementKind
MUG = Product("mug", "Mug", price=20.0, currency="EUR")
SCARF = Product("scarf", "Scarf", price=50.0, currency="EUR", availability=Availability.OUT_OF_STOCK)


@pytest.fixture(params=["sqlite", "dynamodb"])
def products(request: pytest.FixtureRequest, tmp_path: Path, clock: StillClock) -> ProductStore:
    if request.param == "sqlite":
        return SqliteProducts(tmp_path / "products.sqlite", clock)
    return request.getfixturevalue("table")


@pytest.fixture
def table(aws: AwsStandIn, aws_names: Aws, clock: StillClock) -> DynamoProducts:
    return DynamoProducts(aws.connections, aws_names.products_table, clock)


def change(product_id: str, at_hours: float = 0, **values: OfferValue) -> OfferChange:
    return OfferChange(product_id, NOW + at_hours * HOUR, values)


def all_moved(products: ProductStore, clock: StillClock) -> list[Movement]:
    return [each for kind in MovementKind for each in products.moved(kind, clock.now(), 100)]


def breaking(*feed: Product) -> Iterator[Product]:
    yield from feed
    raise OSError("the disk went away")


class TestChanges:
    def test_what_was_sold_out_is_back(self, products: ProductStore, clock: StillClock) -> None:
        products.replace("v1", NOW, [MUG, SCARF])
        products.change([change("mug", stock=0), change("scarf", price=49.0)])
        assert all_moved(products, clock) == []
        clock.forward(hours=1)
        products.change([change("mug", 1, stock=4), change("scarf", 1, availability="in_stock", price=40.0)])
        at = NOW + HOUR
        assert products.moved(BACK, at, 10) == [Movement("mug", BACK, at), Movement("scarf", BACK, at)]
        assert products.moved(CHEAPER, at, 10) == [Movement("scarf", CHEAPER, at, 49.0, 40.0)]

    def test_only_a_fall_that_is_worth_a_word(self, products: ProductStore, clock: StillClock) -> None:
        products.replace("v1", NOW, [MUG])
        products.change([change("mug", 1, price=19.5)])
        products.change([change("mug", 2, price=25.0)])
        assert all_moved(products, clock) == []
        products.change([change("mug", 3, sale_price=23.75)])
        assert products.moved(CHEAPER, NOW, 10) == [Movement("mug", CHEAPER, NOW, 25.0, 23.75)]

    def test_what_is_said_twice_or_too_late_moves_nothing(self, products: ProductStore, clock: StillClock) -> None:
        products.replace("v1", NOW, [MUG])
        cheaper = change("mug", 2, price=10.0)
        for _ in range(3):
            clock.forward(minutes=1)
            products.change([cheaper])
        products.change([change("mug", 1, price=5.0), change("unknown", price=1.0)])
        assert all_moved(products, clock) == [Movement("mug", CHEAPER, NOW + timedelta(minutes=1), 20.0, 10.0)]

    def test_what_comes_later_changes_nothing_of_an_older_answer(
        self, products: ProductStore, clock: StillClock
    ) -> None:
        products.replace("v1", NOW, [MUG, SCARF])
        for hour, price in enumerate((18.0, 15.0, 12.0)):
            products.change([change("mug", hour, price=price)])
            clock.forward(hours=1)
        assert products.moved(CHEAPER, NOW + HOUR, 9) == [Movement("mug", CHEAPER, NOW + HOUR, 18.0, 15.0)]
        assert products.moved(CHEAPER, clock.now(), 9) == [Movement("mug", CHEAPER, NOW + 2 * HOUR, 15.0, 12.0)]
        assert products.moved(CHEAPER, NOW - HOUR, 9) == []

    def test_newest_first_and_for_thirty_days(self, products: ProductStore, clock: StillClock) -> None:
        feed = [Product(f"p{i}", f"P {i}", price=100.0, currency="EUR") for i in range(8)]
        products.replace("v1", NOW, feed)
        for day in range(8):
            products.change([change(f"p{day}", price=50.0)])
            clock.forward(days=5)
        found = products.moved(CHEAPER, NOW + 36 * DAY, 9)
        assert [each.product_id for each in found] == ["p7", "p6", "p5", "p4", "p3", "p2"]
        assert products.moved(CHEAPER, NOW + 36 * DAY, 2) == found[:2]


class TestReplacements:
    def test_the_first_catalogue_brings_no_news(self, products: ProductStore, clock: StillClock) -> None:
        products.replace("v1", NOW, [MUG, SCARF])
        assert all_moved(products, clock) == []

    def test_a_feed_tells_what_is_new_back_and_cheaper(self, products: ProductStore, clock: StillClock) -> None:
        products.replace("v1", NOW, [MUG, SCARF])
        clock.forward(days=1)
        old = Product("old", "Old", added_at=NOW - 400 * DAY)
        new = [
            Product("mug", "Mug", price=20.0, sale_price=12.0, currency="EUR"),
            Product("scarf", "Scarf", price=50.0, currency="EUR"),
            Product("new", "New"),
            old,
        ]
        products.replace("v2", NOW + DAY, iter(new))
        at = clock.now()
        assert all_moved(products, clock) == [
            Movement("new", ARRIVED, at), Movement("scarf", BACK, at), Movement("mug", CHEAPER, at, 20.0, 12.0),
        ]  # fmt: skip
        clock.forward(days=1)
        products.replace("v3", NOW + 2 * DAY, iter(new))
        products.replace("v4", NOW + 2 * DAY, [*new, Product("newer", "Newer")])
        products.replace("v5", NOW + 2 * DAY, [*new, Product("newer", "Newer")])
        arrived = [Movement("newer", ARRIVED, clock.now()), Movement("new", ARRIVED, at)]
        assert products.moved(ARRIVED, clock.now(), 9) == arrived
        assert products.moved(ARRIVED, at, 9) == arrived[1:]

    def test_changed_offers_count_for_what_was_before(self, products: ProductStore, clock: StillClock) -> None:
        products.replace("v1", NOW, [MUG])
        products.change([change("mug", 1, stock=0, price=10.0)])
        products.replace("v2", NOW, [MUG, SCARF])  # as old as the first: the change outlives it
        assert products.moved(BACK, clock.now(), 9) == []
        clock.forward(hours=2)
        products.replace("v3", NOW + 2 * HOUR, [MUG, SCARF])
        assert products.moved(BACK, clock.now(), 9) == [Movement("mug", BACK, clock.now())]
        assert products.moved(CHEAPER, clock.now(), 9) == [Movement("mug", CHEAPER, NOW, 20.0, 10.0)]

    def test_a_rollback_and_its_end_announce_nothing(self, products: ProductStore, clock: StillClock) -> None:
        cheap = Product("scarf", "Scarf", price=10.0, currency="EUR")
        products.replace("v1", NOW, [MUG, SCARF])
        products.replace("v2", NOW + DAY, [cheap, Product("new", "New")])
        told = all_moved(products, clock)
        clock.forward(days=1)
        products.replace("v1", NOW, [MUG, SCARF])
        assert all_moved(products, clock) == told
        clock.forward(days=1)
        products.replace("v2", NOW + DAY, [cheap, Product("new", "New")])
        assert products.moved(ARRIVED, clock.now(), 9) == [Movement("new", ARRIVED, NOW)]

    def test_one_that_breaks_off_or_is_late_moves_nothing(self, products: ProductStore, clock: StillClock) -> None:
        products.replace("v1", NOW, [MUG, SCARF], fence=1)
        with pytest.raises(OSError, match="went away"):
            products.replace("v2", NOW + DAY, breaking(Product("new", "New"), Product("mug", "Mug", price=1.0)), 1)
        products.replace("v3", NOW + DAY, [MUG, SCARF, Product("other", "Other")], fence=2)
        with pytest.raises(TurnLost):
            products.replace("v4", NOW + 2 * DAY, [Product("late", "Late")], fence=1)
        assert all_moved(products, clock) == [Movement("other", ARRIVED, NOW)]

    @pytest.mark.parametrize("seed", range(2))
    def test_dynamodb_tells_what_sqlite_tells(
        self, table: DynamoProducts, clock: StillClock, tmp_path: Path, seed: int
    ) -> None:
        reference = SqliteProducts(tmp_path / "reference.sqlite", clock)
        chance = random.Random(seed)
        for step in range(14):
            clock.forward(hours=chance.choice((1, 30)))
            as_of = clock.now() - chance.choice((0, 2)) * HOUR
            ids = chance.sample(range(8), 6)
            if chance.random() < 0.4 or step == 0:
                feed = [_any_product(chance, f"p{number}") for number in ids]
                for store in (table, reference):
                    store.replace(f"v{step}", as_of, iter(feed))
            else:
                changes = [OfferChange(f"p{number}", as_of, _any_values(chance)) for number in ids]
                assert table.change(changes) == reference.change(changes)
            assert all_moved(table, clock) == all_moved(reference, clock)
        assert {each.kind for each in all_moved(table, clock)} == set(MovementKind)


def _any_product(chance: random.Random, product_id: str) -> Product:
    availability = chance.choice((Availability.IN_STOCK, Availability.OUT_OF_STOCK))
    return Product(product_id, product_id, price=chance.choice((10.0, 20.0)), availability=availability)


def _any_values(chance: random.Random) -> dict[str, OfferValue]:
    price, stock = chance.choice((9.0, 12.0, 20.0)), chance.choice((0, 3, None))
    return chance.choice(({"price": price}, {"stock": stock}, {"price": price, "stock": stock}))


class TestDynamo:
    """What only a store of many items must see to."""

    @pytest.mark.parametrize("place", range(4))
    def test_killed_anywhere_change_and_movement_go_together(
        self, aws: AwsStandIn, table: DynamoProducts, clock: StillClock, place: int
    ) -> None:
        """Two calls are made, and each may be lost before it took effect or after."""
        table.replace("v1", NOW, [MUG])
        calls: list[str] = []

        def dead_from_there_on(call: Call) -> Fault | None:
            calls.append(call.operation)
            if len(calls) - 1 < place // 2:
                return None
            return Fault(500, "InternalServerError", done=len(calls) - 1 == place // 2 and place % 2 == 1)

        with aws.faulty(dead_from_there_on), pytest.raises(Unavailable):
            table.change([change("mug", 1, price=10.0)])
        price = table.get(["mug"])["mug"].price
        assert bool(table.moved(CHEAPER, NOW, 9)) is (price == 10.0) is (place == 3)
        assert table.change([change("mug", 1, price=10.0)]) == [True]
        assert table.get(["mug"])["mug"].price == 10.0
        assert table.moved(CHEAPER, NOW, 9) == [Movement("mug", CHEAPER, NOW, 20.0, 10.0)]

    def test_an_offer_that_changed_meanwhile_is_looked_at_again(
        self, aws: AwsStandIn, table: DynamoProducts, clock: StillClock
    ) -> None:
        table.replace("v1", NOW, [MUG])
        first: list[str] = []

        def overtaken(call: Call) -> None:
            if call.operation == "TransactWriteItems" and not first:
                first.append(call.operation)
                table.change([change("mug", 1, price=11.0)])

        with aws.faulty(overtaken):
            table.change([change("mug", 2, price=10.0)])
        assert table.get(["mug"])["mug"].price == 10.0
        clock.forward(hours=1)
        assert table.moved(CHEAPER, clock.now(), 9)[0].before == 11.0

    def test_a_full_log_takes_no_more_and_the_change_counts(
        self, table: DynamoProducts, clock: StillClock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(dynamodb_movements, "MOST_IN_A_LOG", 2)
        feed = [Product(f"p{i}", f"P {i}", price=100.0) for i in range(20)]
        table.replace("v1", NOW, feed)
        table.change([change(product.id, price=50.0) for product in feed])
        assert len(table.moved(CHEAPER, NOW, 99)) == 2 * dynamodb_movements.SHARDS
        assert {product.price for product in table.get([product.id for product in feed]).values()} == {50.0}

    def test_many_writers_of_the_same_products(self, table: DynamoProducts) -> None:
        feed = [Product(f"p{i}", f"P {i}", price=1_000.0) for i in range(5)]
        table.replace("v1", NOW, feed)
        orders = [[change(product.id, at, price=1_000.0 - 100 * at) for product in feed] for at in range(1, 5)]
        with ThreadPoolExecutor(4) as pool:
            assert all(all(done) for done in pool.map(table.change, orders))
        assert {product.price for product in table.get([product.id for product in feed]).values()} == {600.0}
        moved = table.moved(CHEAPER, NOW, 9)
        assert {each.product_id for each in moved} == {product.id for product in feed}
        assert {each.after for each in moved} <= {900.0, 800.0, 700.0, 600.0}

    def test_a_killed_replacement_moves_nothing_and_the_next_one_tells(
        self, aws: AwsStandIn, table: DynamoProducts, clock: StillClock
    ) -> None:
        """Killed before each of its writes in turn, the pointer's the last."""
        table.replace("v0", NOW, [MUG])
        expected = [Movement("new", ARRIVED, NOW)]
        for allowed in range(6):
            writes: list[str] = []

            def dying(call: Call, writes: list[str] = writes, allowed: int = allowed) -> Fault | None:
                if call.operation == "UpdateItem":
                    writes.append(call.operation)
                    return Fault(500, "InternalServerError") if len(writes) > allowed else None
                return None

            try:
                with aws.faulty(dying):
                    table.replace("v1", NOW, [MUG, Product("new", "New")])
            except Unavailable:
                assert table.moved(ARRIVED, NOW, 9) == []
                assert table.get(["new"]) == {}
            else:
                break
        assert len(writes) == 5  # the claim, the product, the newest, the list and the pointer
        assert table.moved(ARRIVED, NOW, 9) == expected
        table.replace("v2", NOW, [MUG, Product("new", "New")])
        table.replace("v3", NOW, [MUG, Product("new", "New")])
        assert table.moved(ARRIVED, NOW, 9) == expected

    def test_reading_is_one_call_and_logs_expire(
        self, aws: AwsStandIn, aws_names: Aws, table: DynamoProducts, clock: StillClock
    ) -> None:
        table.replace("v1", NOW, [MUG])
        table.change([change("mug", price=10.0)])
        calls: list[str] = []
        with aws.faulty(lambda call: calls.append(call.operation)):
            assert len(table.moved(CHEAPER, NOW, 9)) == 1
        assert calls == ["BatchGetItem"]
        stored = aws.connections.client("dynamodb").scan(TableName=aws_names.products_table)["Items"]
        (log,) = [item for item in stored if item["id"]["S"].startswith("log#")]
        assert NOW + 50 * DAY < NOW.fromtimestamp(int(log["expires_at"]["N"]), NOW.tzinfo) < NOW + 61 * DAY
