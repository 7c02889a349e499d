"""Search by a photo as a shop's page sends one: in JSON, as a form's file, or by its address."""

import base64
import json
import logging
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from PIL import Image

from functions.search.app import create_app
from functions.search.pictures import LARGEST_PICTURE
from shared import wiring
from shared.adapters.pictures import FOR_SHOPPERS, GuardedPictures
from shared.adapters.silent import SilentTelemetry
from shared.http.lambda_entry import entry
from shared.services.query_encoders import QueryEncoders
from shared.settings import PROJECT, Settings
from tests import photos
from tests.breaking import Breaking, unavailable
from tests.support import (
    COLOURS,
    ColourEncoder,
    StillClock,
    WordEncoder,
    opened,
    query_encoders,
    reindex,
    write_small_feed,
)

BLUE = photos.plain(COLOURS["blue"])
PRIVATE = replace(FOR_SHOPPERS, allow_private=True, ports=())


@pytest.fixture(scope="module")
def shop_parts(tmp_path_factory: pytest.TempPathFactory) -> wiring.Parts:
    folder = tmp_path_factory.mktemp("pictured")
    parts = wiring.parts(Settings(data=folder / "data"), StillClock())
    feed, images = write_small_feed(folder / "feed")
    reindex(parts, feed, folder / "work", images=images)
    return parts


def app_of(parts: wiring.Parts, encoders: QueryEncoders | None = None) -> FastAPI:
    shop, encoders = wiring.shop(parts), encoders or query_encoders(parts.clock)
    return create_app(lambda: (shop, encoders), lambda: GuardedPictures(True, PRIVATE))


@pytest.fixture(scope="module")
def client(shop_parts: wiring.Parts) -> TestClient:
    return TestClient(opened(app_of(shop_parts)), raise_server_exceptions=False)


class _Host(BaseHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        content = {"/photo": BLUE, "/large": bytes(FOR_SHOPPERS.max_bytes + 1)}.get(self.path.partition("?")[0])
        self.send_response(200 if content else 404)
        self.end_headers()
        self.wfile.write(content or b"")


@pytest.fixture(scope="module")
def host() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Host) as served:
        served.handle_error = lambda *_: None  # type: ignore[method-assign]  # whoever has read enough goes away
        threading.Thread(target=served.serve_forever, args=(0.05,), daemon=True).start()
        yield f"http://127.0.0.1:{served.server_port}"
        served.shutdown()


def ids(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [item["id"] for item in answer.json()["items"]]


def colours(answer: Any) -> set[str]:
    assert answer.status_code == 200, answer.text
    return {item["product"]["colour"] for item in answer.json()["items"]}


def packed(content: bytes) -> str:
    return base64.b64encode(content).decode()


def test_a_photo_finds_what_looks_like_it(client: TestClient) -> None:
    for colour, pixels in COLOURS.items():
        answer = client.post("/v1/search", json={"image": packed(photos.plain(pixels)), "limit": 8})
        assert colours(answer) == {colour}
        assert answer.json()["degraded"] == []
        assert {source for item in answer.json()["items"] for source in item["source"].split("+")} == {"image"}


def test_it_is_the_same_photo_however_it_comes(client: TestClient, host: str) -> None:
    asked = {"limit": 6}
    answers = [
        client.post("/v1/search", json={"image": packed(BLUE), **asked}),
        client.post("/v1/search", json={"image": f"data:image/png;base64,{packed(BLUE)}", **asked}),
        client.post("/v1/search", json={"image": base64.urlsafe_b64encode(BLUE).decode().rstrip("="), **asked}),
        client.post("/v1/search", json={"image_url": f"{host}/photo?of=me", **asked}),
        client.post("/v1/search", data=asked, files={"image": ("photo.jpg", BLUE, "image/jpeg")}),
        client.post("/v1/search", data=asked, files={"image": ("../../x.svg", BLUE, "text/html")}),
        client.post("/v1/search", data={"image": packed(BLUE), **asked}, files={"text": (None, "")}),
    ]
    assert [ids(answer) for answer in answers] == [ids(answers[0])] * len(answers)
    assert colours(answers[0]) == {"blue"}


def test_a_photo_from_a_phone_finds_what_its_thumbnail_finds(client: TestClient) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    large = photos.saved(Image.new("RGB", (4032, 3024), COLOURS["green"]), exif=exif)
    small = photos.plain(COLOURS["green"], (300, 400))
    found = [ids(client.post("/v1/search", files={"image": content})) for content in (large, small)]
    assert found[0] == found[1]


def test_fields_of_a_form_mean_what_they_mean_in_json(client: TestClient) -> None:
    told = {"text": "stoneware mug", "limit": "3", "filter": "price < 60", "explain": "true", "understand": "false"}
    form = client.post("/v1/search", data=told, files={"image": BLUE})
    meant = {**told, "limit": 3, "explain": True, "understand": False}
    assert ids(form) == ids(client.post("/v1/search", json={**meant, "image": packed(BLUE)}))
    assert form.json()["items"][0]["parts"]
    assert all(item["product"]["price"] < 60 for item in form.json()["items"])
    refused = client.post("/v1/search", data={"limit": "many", "text": "mug"}, files={"image": BLUE})
    assert (refused.status_code, refused.json()["detail"]) == (422, "limit should be a whole number.")


def test_pages_of_a_photo_go_on_with_that_photo_alone(client: TestClient) -> None:
    whole = client.post("/v1/search", json={"image": packed(BLUE), "limit": 10})
    first = client.post("/v1/search", json={"image": packed(BLUE), "limit": 5})
    cursor = first.json()["cursor"]
    second = client.post("/v1/search", data={"limit": 5, "cursor": cursor}, files={"image": BLUE})
    assert ids(first) + ids(second) == ids(whole)
    other = client.post("/v1/search", json={"image": packed(photos.plain("red")), "limit": 5, "cursor": cursor})
    assert other.status_code == 400
    assert "another request" in other.json()["detail"]


@pytest.mark.parametrize(
    ("body", "status", "sentence"),
    [
        ({"image": packed(BLUE), "image_url": "http://shop.example/x"}, 400, "more than one picture"),
        ({"image": packed(bytes(LARGEST_PICTURE + 1))}, 413, "4,400,001 bytes, more than 4,400,000: make it smaller"),
        ({"image": "x" * 6_000_001}, 413, "send at most 6000000 at a time."),
        ({"image_url": "{host}/large"}, 413, "has more than 10,000,000 bytes: make it smaller."),
        ({"image_url": "{host}/gone"}, 400, "The picture at image_url could not be fetched in time: check that it"),
        ({"image_url": "http://x.example/" + "x" * 2_048}, 422, "image_url: "),
    ],
    ids=["two", "large", "larger", "large behind an address", "gone", "long address"],
)
def test_what_is_not_taken_is_said(
    client: TestClient, host: str, body: dict[str, str], status: int, sentence: str
) -> None:
    answer = client.post("/v1/search", json={key: value.replace("{host}", host) for key, value in body.items()})
    assert (answer.status_code, sentence in answer.json()["detail"]) == (status, True), answer.text


class TestWithoutTheEncoder:
    @pytest.fixture
    def blind(self, shop_parts: wiring.Parts) -> TestClient:
        broken: Any = Breaking(ColourEncoder(), unavailable, "encode_images", "encode_texts")
        return TestClient(opened(app_of(shop_parts, QueryEncoders(WordEncoder, lambda: broken, shop_parts.clock))))

    def test_a_photo_with_words_is_a_search_for_the_words(self, blind: TestClient) -> None:
        answer = blind.post("/v1/search", json={"text": "wool scarf", "image": packed(BLUE), "limit": 4})
        assert len(ids(answer)) == 4
        assert answer.json()["degraded"] == ["encoder"]
        assert all("wool scarf" in item["product"]["title"] for item in answer.json()["items"])

    def test_a_photo_alone_finds_nothing_and_that_is_said(self, blind: TestClient) -> None:
        answer = blind.post("/v1/search", json={"image": packed(BLUE)})
        assert ids(answer) == []
        assert answer.json()["degraded"] == ["encoder"]


def test_nothing_of_a_search_is_in_any_log(
    shop_parts: wiring.Parts, host: str, caplog: pytest.LogCaptureFixture
) -> None:
    client = TestClient(opened(app_of(shop_parts)), raise_server_exceptions=False)
    caplog.set_level(logging.DEBUG)
    # The test's own client, and the loop it runs in, are not the service's.
    secret, image = "secretwish", packed(BLUE)
    for body in (
        {"text": secret, "image": image},
        {"image_url": f"{host}/photo?{secret}"},
        {"image_url": f"{host}/{secret}"},
        {"image_url": f"http://{secret}.invalid/x"},
        {"image_url": f"http://me:{secret}@shop.example/x"},
        {"image": packed(secret.encode() * 99)},
        {"image": secret + "?!"},
        {"text": secret, secret: 1},
    ):
        client.post("/v1/search", json=body)
        client.post("/v1/search", data=body, files={"image": (f"{secret}.jpg", secret.encode(), secret)})
    assert secret not in caplog.text
    assert image[100:140] not in caplog.text


def test_a_form_comes_through_the_gateway_whole(shop_parts: wiring.Parts) -> None:
    """What is not text, API Gateway hands on in base64."""
    sample = json.loads((PROJECT / "events" / "search_photo.json").read_text())
    answer = entry(opened(app_of(shop_parts)), SilentTelemetry())(sample, None)
    assert answer["statusCode"] == 200, answer["body"]
    found = json.loads(answer["body"])["items"]
    assert [item["product"]["colour"] for item in found] == ["blue"] * 6
