"""Prices and stock between two feeds: over HTTP with a key, and from files."""

import gzip
import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from functions.collect.app import create_app as collect_app
from indexer.publish import Publisher
from local.commands.serve import access_for, require_keys
from local.server import create_app
from shared import wiring
from shared.domain.deadline import deadline
from shared.domain.errors import FeedRejected, InvalidInput, NotFound, Unavailable
from shared.domain.keys import id_in, revoke
from shared.domain.offers import OfferChange
from shared.domain.products import Availability, Product
from shared.http.gate import Gate
from shared.services import offer_file
from shared.services.keyring import change_keyring
from shared.services.offer_file import OfferFileTaken, change_offers_from
from shared.services.offers import LARGEST_BATCH, change_offers
from shared.settings import PROJECT, Settings
from tests.key_maker import make_key
from tests.support import NOW, StillClock, collect_parts, opened, reindex, small_feed_rows, write_small_feed

HOUR = timedelta(hours=1)


@pytest.fixture
def stocked(parts: wiring.Parts) -> wiring.Parts:
    """Three products, without an index."""
    cup = Product("a", "Cup", price=10.0, sale_price=8.0, currency="EUR", stock=3)
    parts.products.replace("v", NOW - HOUR, [cup, Product("b", "Bowl", price=5.0), Product("c", "Can", currency="USD")])
    return parts


@pytest.fixture
def client(stocked: wiring.Parts) -> TestClient:
    return TestClient(opened(collect_app(*collect_parts(stocked))), raise_server_exceptions=False)


def patch(client: TestClient, *products: Any, **more: Any) -> Any:
    return client.patch("/v1/products", json={"products": products}, **more)


def rejected(client: TestClient, row: Any) -> str:
    body = patch(client, row).json()
    assert (body["changed"], body["unknown"]) == (0, [])
    (part,) = body["rejected"]
    assert part["index"] == 0
    return str(part["reason"])


class TestPatch:
    def test_changed_unknown_and_rejected_are_told_apart(self, client: TestClient, stocked: wiring.Parts) -> None:
        body = patch(
            client, {"id": "a", "price": 12.5, "sale_price": None}, {"id": "a", "stock": 0}, {"id": "x", "stock": 1},
            {"id": "b", "price": -1}, {"id": "b", "availability": "backorder"}, {"id": "x", "price": 2},
        ).json()  # fmt: skip
        assert body == {
            "changed": 3,
            "unknown": ["x"],
            "rejected": [{"index": 3, "id": "b", "reason": "price '-1' is negative"}],
        }
        products = stocked.products.get(["a", "b"])
        assert (products["a"].price, products["a"].sale_price, products["a"].stock) == (12.5, None, 0)
        assert products["b"].availability is Availability.BACKORDER

    @pytest.mark.parametrize(
        ("row", "said"),
        [
            ("a", "is not an object"),
            ({"price": 1}, "has no id"),
            ({"id": None, "price": 1}, "has no id"),
            ({"id": "x" * 129, "price": 1}, "129 characters"),
            ({"id": "a"}, "says nothing of price, sale_price, availability, stock"),
            ({"id": "a", "prise": 1}, "says 'prise'"),
            ({"id": "a", "price": None}, "empty price"),
            ({"id": "a", "price": ""}, "empty price"),
            ({"id": "a", "availability": None}, "empty availability"),
            ({"id": "a", "price": True}, "not a number"),
            ({"id": "a", "price": [1]}, "neither a text nor a number"),
            ({"id": "a", "price": "9" * 300}, "300 characters"),
            ({"id": "a", "price": 1e11}, "beyond anything"),
            ({"id": "a", "sale_price": "free"}, "not a number"),
            ({"id": "a", "stock": "some"}, "not a quantity"),
            ({"id": "a", "availability": "perhaps"}, "not in_stock"),
            ({"id": "a", "stock": 1, "at": "yesterday"}, "not a time"),
            ({"id": "a", "stock": 1, "at": (NOW + timedelta(minutes=2)).isoformat()}, "still to come"),
            ({"id": "a", "price": "5 USD"}, "is in USD, and the product is sold in EUR"),
            ({"id": "a", "price": 5, "currency": "GBP"}, "is in GBP"),
            ({"id": "a", "price": "5 EUR", "sale_price": "4 USD"}, "two currencies, EUR and USD"),
        ],
    )
    def test_what_is_wrong_with_a_row_is_said(
        self, client: TestClient, stocked: wiring.Parts, row: Any, said: str
    ) -> None:
        before = stocked.products.get(["a"])
        assert said in rejected(client, row)
        assert stocked.products.get(["a"]) == before

    @pytest.mark.parametrize("constant", ["NaN", "Infinity", "-Infinity", "1e999"])
    def test_no_number_is_no_price(self, client: TestClient, stocked: wiring.Parts, constant: str) -> None:
        body = f'{{"products": [{{"id": "a", "price": {constant}}}]}}'
        answer = client.patch("/v1/products", content=body, headers={"content-type": "application/json"})
        assert answer.json()["rejected"][0]["id"] == "a"
        assert stocked.products.get(["a"])["a"].price == 10.0

    def test_values_as_feeds_write_them(self, client: TestClient, stocked: wiring.Parts) -> None:
        row = {
            "id": "a",
            "price": "1.299,00 EUR",
            "sale_price": "€ 9,50",
            "availability": "Out of Stock",
            "stock": "-2",
        }
        assert patch(client, row).json()["changed"] == 1
        product = stocked.products.get(["a"])["a"]
        assert (product.price, product.sale_price, product.stock) == (1299.0, 9.5, 0)
        assert product.availability is Availability.OUT_OF_STOCK

    def test_the_later_word_counts_and_no_clock_runs_ahead(
        self, client: TestClient, stocked: wiring.Parts, clock: StillClock
    ) -> None:
        ahead = (NOW + timedelta(seconds=50)).isoformat()
        patch(client, {"id": "b", "price": 3, "at": ahead}, {"id": "b", "price": 2, "at": (NOW - HOUR / 2).isoformat()})
        assert stocked.products.get(["b"])["b"].price == 3.0
        clock.forward(seconds=1)
        patch(client, {"id": "b", "price": 4})
        assert stocked.products.get(["b"])["b"].price == 4.0

    def test_the_batch_has_bounds(self, client: TestClient, stocked: wiring.Parts) -> None:
        rows = [{"id": "a", "stock": 1}] * (LARGEST_BATCH + 1)
        assert patch(client, *rows).status_code == 422
        with pytest.raises(InvalidInput, match="at most 500"):
            change_offers(stocked.products, stocked.clock, rows)
        assert client.patch("/v1/products", json=rows[:1]).status_code == 422
        assert patch(client).json() == {"changed": 0, "unknown": [], "rejected": []}


class TestKeys:
    @pytest.fixture
    def key(self, stocked: wiring.Parts) -> str:
        return make_key(stocked.state)

    @pytest.fixture
    def guarded(self, stocked: wiring.Parts, tmp_path: Path) -> TestClient:
        access = wiring.access(Settings(data=tmp_path / "data"), stocked.clock)
        app = collect_app(*collect_parts(stocked))
        return TestClient(Gate(access, lambda _: app), raise_server_exceptions=False)

    @pytest.mark.parametrize("scheme", ["", "Basic {}", "Bearer", "Bearer {}x", "Bearer \u00fc"])
    def test_without_the_key_nothing_is_read_or_written(
        self, guarded: TestClient, stocked: wiring.Parts, key: str, scheme: str
    ) -> None:
        sent = {"authorization": scheme.format(key).encode()}
        for answer in (
            patch(guarded, {"id": "a", "price": 1}, headers=sent),
            guarded.get("/v1/rules", headers=sent),
            guarded.put("/v1/rules", json={"rules": []}, headers=sent),
        ):
            assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
            assert answer.headers["content-type"] == "application/problem+json"
            assert "key" in answer.json()["detail"]
            assert key not in answer.text
        assert stocked.products.get(["a"])["a"].price == 10.0

    @pytest.mark.parametrize(
        ("header", "scheme"), [("authorization", "Bearer {}"), ("authorization", "bearer  {}"), ("x-api-key", "{}")]
    )
    def test_a_secret_key_opens(self, guarded: TestClient, key: str, header: str, scheme: str) -> None:
        headers = {header: scheme.format(key)}
        assert patch(guarded, {"id": "a", "price": 1}, headers=headers).json()["changed"] == 1
        assert guarded.get("/v1/rules", headers=headers).status_code == 200

    def test_serving_to_strangers_takes_a_live_key(self, stocked: wiring.Parts, tmp_path: Path) -> None:
        settings = Settings(data=tmp_path / "data")
        require_keys(settings, "127.0.0.1")
        with pytest.raises(InvalidInput, match="vitrine keys create --secret"):
            require_keys(settings, "0.0.0.0")
        key = make_key(stocked.state)
        require_keys(settings, "0.0.0.0")
        change_keyring(stocked.state, lambda ring: revoke(ring, id_in(key), NOW))
        with pytest.raises(InvalidInput):
            require_keys(settings, "0.0.0.0")
        assert access_for(settings, "0.0.0.0").caller({}, "/v1/rules") is None


class TestShop:
    @pytest.fixture
    def client(self, small_shop: wiring.Parts) -> TestClient:
        return TestClient(opened(create_app(small_shop)), raise_server_exceptions=False)

    def offered(self, client: TestClient) -> set[str]:
        answer = client.get("/v1/users/nobody/recommendations?limit=100").json()
        return {item["id"] for item in answer["items"]}

    def test_sold_out_until_a_newer_feed_says_otherwise(
        self, client: TestClient, small_shop: wiring.Parts, clock: StillClock, tmp_path: Path
    ) -> None:
        assert "p7" in self.offered(client)
        clock.forward(hours=1)
        sold_out = {"id": "p7", "availability": "out_of_stock"}
        assert patch(client, sold_out).json()["changed"] == 1
        assert "p7" not in self.offered(client)

        older = self.read_again(small_shop, tmp_path, "older", NOW + HOUR / 2)
        assert "p7" not in self.offered(client)
        with small_shop.turns.take("rollback") as turn:
            Publisher(small_shop.versions, small_shop.products, small_shop.blobs).rollback(turn)
        assert small_shop.versions.live() != older
        assert "p7" not in self.offered(client)

        clock.forward(hours=1)
        self.read_again(small_shop, tmp_path, "newer", NOW + 2 * HOUR)
        assert "p7" in self.offered(client)

    def read_again(self, shop: wiring.Parts, tmp_path: Path, name: str, written: Any) -> str | None:
        rows = [row | {"title": f"{row['title']}, {name}"} if row["id"] == "p9" else row for row in small_feed_rows()]
        feed, images = write_small_feed(tmp_path / name, rows)
        os.utime(feed, (written.timestamp(), written.timestamp()))
        return reindex(shop, feed, tmp_path / "work", images=images).version


class TestFiles:
    def take(self, parts: wiring.Parts, path: Path) -> OfferFileTaken:
        return change_offers_from(parts.products, parts.clock, path, NOW - HOUR / 2)

    @pytest.mark.parametrize(
        ("name", "content"),
        [
            ("a.csv", "\ufeffid,Sale Price,Price,inventory_quantity,title\na,,12.50,7,ignored\nb,4.00,,,\n"),
            ("a.tsv", "g:id\tg:price\tg:sale_price\tquantity\na\t12.50 EUR\t\t7\nb\t\t4\t\n"),
            ("a.csv", "sku;price;sale price;stock\na;12,50;none;7\nb;;4,00;\n"),
            ("a.jsonl", '{"id":"a","price":12.5,"sale_price":null,"stock":7}\n\n{"id":"b","salePrice":"4.00"}\n'),
        ],
    )
    @pytest.mark.parametrize("packed", [False, True])
    def test_columns_as_feeds_name_them(
        self, stocked: wiring.Parts, tmp_path: Path, name: str, content: str, packed: bool
    ) -> None:
        path = tmp_path / (name + ".gz" * packed)
        path.write_bytes(gzip.compress(content.encode()) if packed else content.encode())
        assert self.take(stocked, path) == OfferFileTaken(changed=2)
        products = stocked.products.get(["a", "b"])
        assert (products["a"].price, products["a"].sale_price, products["a"].stock) == (12.5, None, 7)
        assert (products["b"].price, products["b"].sale_price, products["b"].stock) == (5.0, 4.0, None)

    def test_an_empty_cell_says_nothing(self, stocked: wiring.Parts, tmp_path: Path) -> None:
        path = tmp_path / "a.csv"
        path.write_text("id,price,sale_price,availability,stock\na,,,out_of_stock,\n")
        self.take(stocked, path)
        product = stocked.products.get(["a"])["a"]
        assert (product.price, product.sale_price, product.stock) == (10.0, 8.0, 3)
        assert product.availability is Availability.OUT_OF_STOCK

    def test_bad_rows_and_unknown_products_are_listed_by_line(self, stocked: wiring.Parts, tmp_path: Path) -> None:
        path = tmp_path / "a.csv"
        path.write_text("id,price\na,1\nb,cheap\nx,2\nb,3,4\n,5\n")
        taken = self.take(stocked, path)
        assert (taken.changed, taken.unknown, taken.unknown_ids, taken.rejected) == (1, 1, ("x",), 3)
        assert [each.index for each in taken.rejects] == [3, 5, 6]
        path = tmp_path / "a.jsonl"
        path.write_text('{"id":"a","stock":1}\n[1]\n{"id":\n{"id":"a","note":"x"}\n')
        assert [each.index for each in self.take(stocked, path).rejects] == [2, 3, 4]

    def test_a_row_is_as_old_as_its_file_unless_it_says(self, stocked: wiring.Parts, tmp_path: Path) -> None:
        stocked.products.change([OfferChange("a", NOW - HOUR / 4, {"price": 11.0, "stock": 5})])
        path = tmp_path / "a.csv"
        path.write_text(f"id,price,stock,updated_at\na,12,,{NOW.isoformat()}\na,,6,\n")
        self.take(stocked, path)
        product = stocked.products.get(["a"])["a"]
        assert (product.price, product.stock) == (12.0, 5)

    @pytest.mark.parametrize(
        ("content", "said"),
        [
            (b"id,price\na,cheap\nb,cheap\n", "None of the file's 2 rows could be used; line 2: price 'cheap'"),
            (b"name,price\na,1\n", "product's id"),
            (b"id,colour\na,1\n", "price, sale_price, availability, stock"),
            (b"id,price\n", "no rows"),
            (b"", "empty"),
            (b"[1, 2]", "neither CSV nor TSV nor JSON Lines"),
            (b"<rss></rss>", "neither CSV nor TSV nor JSON Lines"),
            (b"PK\x03\x04abc", "ZIP"),
            (gzip.compress(b"id,price\na,1\n" * 50, mtime=0)[:-9], "breaks off"),  # the clock is in it, and in its id
        ],
    )
    def test_a_file_without_a_good_row_is_refused(
        self, stocked: wiring.Parts, tmp_path: Path, content: bytes, said: str
    ) -> None:
        path = tmp_path / "a.csv"
        path.write_bytes(content)
        with pytest.raises(FeedRejected, match=said):
            self.take(stocked, path)
        assert stocked.products.get(["a"])["a"].price == 10.0

    def test_it_has_bounds(self, stocked: wiring.Parts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        path = tmp_path / "a.csv"
        path.write_text("id,price\n" + "a,1\n" * 20)
        with deadline(0), pytest.raises(Unavailable, match="time was up"):
            self.take(stocked, path)
        monkeypatch.setattr(offer_file, "MOST_ROWS", 19)
        with pytest.raises(FeedRejected, match="more than 19 rows"):
            self.take(stocked, path)
        monkeypatch.setattr(offer_file, "MOST_BYTES", 10)
        with pytest.raises(FeedRejected, match="MiB"):
            self.take(stocked, path)
        with pytest.raises(NotFound):
            self.take(stocked, tmp_path / "none.csv")


class TestCommands:
    def vitrine(self, *arguments: object) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", "from local.cli import main; main()", *map(str, arguments)]
        return subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=120, check=False)

    def test_offers_are_taken_in_from_a_file(self, tmp_path: Path) -> None:
        parts = wiring.parts(Settings(data=tmp_path / "data"))
        parts.products.replace("v", NOW - 900 * HOUR, [Product("a", "A", price=2.0)])
        path = tmp_path / "a.csv"
        path.write_text("id,price\na,1\nx,1\na,cheap\n")
        ran = self.vitrine("offers", path, "--data", tmp_path / "data", "--json")
        assert ran.returncode == 0, ran.stderr
        said = json.loads(ran.stdout)
        assert (said["changed"], said["unknown_ids"], said["rejects"][0]["index"]) == (1, ["x"], 4)
        assert parts.products.get(["a"])["a"].price == 1.0

    def test_strangers_are_not_served_without_a_key(self, tmp_path: Path) -> None:
        ran = self.vitrine("serve", "--host", "0.0.0.0", "--data", tmp_path, "--port", 0)
        assert ran.returncode == 2
        assert "vitrine keys create --secret" in ran.stderr
