"""What strangers send to search: each is answered in a sentence or like any other search, and nothing is fetched."""

import asyncio
import base64
import gzip
import json
import re
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from fastapi.testclient import TestClient

from functions.search.app import create_app
from shared import wiring
from shared.adapters.pictures import FOR_SHOPPERS, GuardedPictures
from shared.settings import Settings
from tests import photos
from tests.support import COLOURS, StillClock, opened, query_encoders, reindex, write_small_feed

INSIDE = "127.0.0.2"
"""Stands for what is inside of the shop's network; 127.0.0.1 stands for the internet where a test says so."""


class Trap:
    """A service inside that counts who comes."""

    def __init__(self) -> None:
        self._socket = socket.create_server((INSIDE, 0))
        self.port = self._socket.getsockname()[1]
        self.visits = 0
        threading.Thread(target=self._receive, daemon=True).start()

    def _receive(self) -> None:
        while True:
            try:
                visitor, _ = self._socket.accept()
            except OSError:
                return
            self.visits += 1
            visitor.close()

    def close(self) -> None:
        self._socket.close()


class _Redirecting(BaseHTTPRequestHandler):
    """Sends whoever asks for /to/ADDRESS to that address."""

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        self.server.asked += 1  # type: ignore[attr-defined]
        self.send_response(302)
        self.send_header("Location", self.path.removeprefix("/to/"))
        self.send_header("Content-Length", "0")
        self.end_headers()


@dataclass(frozen=True)
class Scene:
    """The service under attack, a trap inside of its network, and a redirecting server out in the internet."""

    client: TestClient
    trap: Trap
    redirecting: ThreadingHTTPServer
    logs: list[str] = field(default_factory=list)

    def address(self, template: str) -> str:
        return template.format(port=self.trap.port, out=f"http://127.0.0.1:{self.redirecting.server_port}/to")


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp("attacked")
    parts = wiring.parts(Settings(data=folder / "data"), StillClock())
    feed, images = write_small_feed(folder / "feed")
    reindex(parts, feed, folder / "work", images=images)
    shop, encoders = wiring.shop(parts), query_encoders(parts.clock)
    reader = GuardedPictures(True, replace(FOR_SHOPPERS, ports=()))  # the trap has no port of its own choice
    client = TestClient(opened(create_app(lambda: (shop, encoders), lambda: reader)), raise_server_exceptions=False)
    trap = Trap()
    with ThreadingHTTPServer(("127.0.0.1", 0), _Redirecting) as redirecting:
        redirecting.asked = 0  # type: ignore[attr-defined]
        threading.Thread(target=redirecting.serve_forever, args=(0.05,), daemon=True).start()
        yield Scene(client, trap, redirecting)
        redirecting.shutdown()
    trap.close()


def sentence_of(answer: Any, *statuses: int) -> str:
    """The detail of a refusal: one sentence, and not a word of the machinery."""
    assert answer.status_code in statuses, (answer.status_code, answer.text[:300])
    assert answer.headers["content-type"] == "application/problem+json"
    told: str = answer.json()["detail"]
    assert re.fullmatch(r"[^\n]{10,300}\.", told), told
    assert not re.search(r"\. [A-Z]|Traceback|Error\b|Exception|pydantic|\.py\b|site-packages", told), told
    return told


def as_image(content: bytes, kind: str = "image/png") -> dict[str, Any]:
    return {"json": {"image": f"data:{kind};base64,{base64.b64encode(content).decode()}"}}


def raw(content: bytes, kind: str = "application/json", **headers: str) -> dict[str, Any]:
    return {"content": content, "headers": {"content-type": kind, **headers}}


def form(*parts: bytes, boundary: str = "xx", kind: str = "") -> dict[str, Any]:
    content = b"".join(b"--" + boundary.encode() + b"\r\n" + part + b"\r\n" for part in parts)
    return raw(content + f"--{boundary}--\r\n".encode(), kind or f"multipart/form-data; boundary={boundary}")


def part(name: str, content: bytes, more: str = "") -> bytes:
    return f'Content-Disposition: form-data; name="{name}"{more}'.encode() + b"\r\n\r\n" + content


FORM = "multipart/form-data"
TEXT = b'{"text": %s}'
REFUSED: dict[str, tuple[dict[str, Any], int]] = {
    # pictures
    "svg": (as_image(photos.SVG, "image/svg+xml"), 415),
    "svg that says it is a png": (as_image(photos.SVG), 415),
    "svg as a file": ({"files": {"image": ("x.png", photos.SVG, "image/png")}}, 415),
    "html": (as_image(photos.HTML), 415),
    "polyglot": (as_image(photos.POLYGLOT, "image/gif"), 415),
    "heic": (as_image(photos.heif(b"heic", b"mif1"), "image/heic"), 415),
    "40,000 pixels a side": (as_image(photos.vast_png()), 413),
    "40,000 pixels a side as a file": ({"files": {"image": photos.vast_png()}}, 413),
    "vast jpeg": (as_image(photos.vast_jpeg()), 413),
    "vast gif": (as_image(photos.vast_gif()), 413),
    "vast bmp": (as_image(photos.vast_bmp()), 413),
    "vast webp": (as_image(photos.vast_webp()), 413),
    "truncated jpeg": (as_image(photos.saved(photos.scene())[:-3_000]), 400),
    "truncated header": (as_image(photos.plain("red")[:30]), 400),
    "empty file": ({"files": {"image": ("photo.jpg", b"")}}, 400),
    "empty data address": ({"json": {"image": "data:image/png;base64,"}}, 400),
    "not base64": ({"json": {"image": "../../etc/passwd"}}, 400),
    "percent-encoded": ({"json": {"image": "data:image/png,%89PNG"}}, 415),
    # bodies
    "a megabyte of text": ({"json": {"text": "a" * 1_000_000}}, 422),
    "a megabyte of text in a form": (form(part("text", b"a" * 1_000_000)), 422),
    "seven megabytes": (raw(TEXT % (b'"' + b"a" * 7_000_000 + b'"')), 413),
    "lone surrogate": (raw(TEXT % rb'"\ud800"'), 400),
    "surrogates the wrong way round": (raw(TEXT % rb'"\udc00\ud800"'), 400),
    "not utf-8": (raw(TEXT % b'"\xff\xfe"'), 400),
    "raw NUL": (raw(TEXT % b'"\x00"'), 400),
    "utf-16": (raw('{"text": "mug"}'.encode("utf-16")), 400),
    "nothing": (raw(b""), 400),
    "null": (raw(b"null"), 422),
    "a list": (raw(b"[]"), 422),
    "deep": (raw(b"[" * 100_000), 400),
    "deep objects": (raw(b'{"a":' * 50_000), 400),
    "10,000 texts": ({"json": {"text": ["mug"] * 10_000}}, 422),
    "10,000 fields": ({"json": {str(each): each for each in range(10_000)}}, 422),
    "10,000 facets": ({"json": {"text": "mug", "facets": ["brand"] * 10_000}}, 422),
    "10,000 words in a filter": ({"json": {"text": "mug", "filters": {"brand": ["x"] * 10_000}}}, 400),
    "1e400": (raw(b'{"text": "mug", "limit": 1e400}'), 422),
    "1e400 as a share": (raw(b'{"text": "mug", "personal": 1e400}'), 422),
    "not a number": (raw(b'{"text": "mug", "personal": NaN}'), 422),
    "5,000 digits": (raw(b'{"text": "mug", "limit": ' + b"9" * 5_000 + b"}"), 400),
    "a price that is none": (raw(b'{"text": "mug", "filters": {"price": {"to": 1e999}}}'), 400),
    "proto": (raw(b'{"text": "mug", "__proto__": {"limit": 1}}'), 422),
    "nothing asked for": ({"json": {}}, 400),
    "filter injection": ({"json": {"text": "mug", "filter": "brand = x' or 1=1 --"}}, 400),
    "deep filter": ({"json": {"text": "mug", "filter": "(" * 400 + "price < 3" + ")" * 400}}, 400),
    "cursor": ({"json": {"text": "mug", "cursor": "../../etc/passwd"}}, 400),
    "like NUL": ({"json": {"like": "p1\0"}}, 422),
    "like nothing": ({"json": {"like": "' OR '1'='1"}}, 404),
    "user NUL": ({"json": {"text": "mug", "user_id": "u\x01"}}, 422),
    # what the body says of itself
    "no type": ({"content": b'{"text": "mug"}'}, 415),
    "plain text": (raw(b'{"text": "mug"}', "text/plain"), 415),
    "xml": (raw(b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]>", "text/xml"), 415),
    "url-encoded": ({"data": {"text": "mug"}}, 415),
    "gzip": (raw(gzip.compress(TEXT % b'"mug"'), **{"content-encoding": "gzip"}), 415),
    "gzip bomb": (raw(gzip.compress(bytes(50_000_000)), **{"content-encoding": "gzip"}), 415),
    "brotli": (raw(b"xx", **{"content-encoding": "br"}), 415),
    "gzip that is not said": (raw(gzip.compress(TEXT % b'"mug"')), 400),
    # forms
    "no boundary": (raw(b"--xx\r\n\r\n--xx--", "multipart/form-data"), 400),
    "another boundary": (raw(b"--xx\r\n\r\n--xx--", "multipart/form-data; boundary=yy"), 400),
    "boundary of 10,000": (raw(b"--xx--", f"multipart/form-data; boundary={'y' * 10_000}"), 400),
    "form of nothing": (raw(b"", "multipart/form-data; boundary=xx"), 400),
    "1,000 parts": (form(*[part("text", b"mug")] * 1_000), 400),
    "1,000 files": (form(*[part("image", b"mug", '; filename="a"')] * 1_000), 400),
    "part without a name": (form(b"Content-Disposition: form-data\r\n\r\nmug"), 400),
    "part without headers": (form(b"\r\nmug"), 400),
    "header of a megabyte": (form(b"X-A: " + b"a" * 1_000_000 + b"\r\n" + part("text", b"mug")), 400),
    "10,000 headers": (form(b"X-A: a\r\n" * 10_000 + part("text", b"mug")), 400),
    "file under another name": ({"files": {"text": ("x.jpg", b"mug")}}, 400),
    "filters that are no JSON": (form(part("text", b"mug"), part("filters", b"{{7*7}}")), 400),
    "codec of the caller's choice": (form(part("limit", b"x"), kind=f"{FORM}; boundary=xx; charset=idna"), 422),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_is_refused_in_a_sentence(scene: Scene, name: str) -> None:
    request, status = REFUSED[name]
    began = time.monotonic()
    sentence_of(scene.client.post("/v1/search", **request), status)
    assert time.monotonic() - began < 10  # none takes a hundredth of it; an attack that works takes for ever


@pytest.mark.parametrize("kind", ["application/json", f"{FORM}; boundary=xx"])
def test_who_hangs_up_in_the_middle_is_no_fault_of_ours(
    scene: Scene, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    said: list[Any] = [{"type": "http.request", "body": b"--xx\r\n", "more_body": True}, {"type": "http.disconnect"}]
    answers: list[Any] = []

    async def receive() -> Any:
        return said.pop(0) if len(said) > 1 else said[0]

    async def send(answer: Any) -> None:
        answers.append(answer)

    headers = [(b"content-type", kind.encode()), (b"content-length", b"99")]
    request = {"type": "http", "method": "POST", "path": "/v1/search", "query_string": b"", "headers": headers}
    asyncio.run(scene.client.app(request, receive, send))
    assert [each.get("status") for each in answers[:1]] == [400]
    assert not caplog.records


C0, C1 = "".join(map(chr, range(1, 32))), "".join(map(chr, range(127, 160)))
ODD = [
    "' OR 1=1 --", "'; DROP TABLE products; --", '" OR ""="', "1; SELECT pg_sleep(9)", "UNION ALL SELECT NULL",
    "{{7*7}}", "${7*7}", "<%= 7*7 %>", "#{7*7}", "${jndi:ldap://169.254.169.254/a}", "{{config.items()}}",
    "{0.__class__.__mro__}", "%(text)s", "%s%s%s%n", "%00", "../../../../etc/passwd", "..%2f..%2fetc", "file:///etc/passwd",
    "<script>alert(1)</script>", "mug\0mug", C0 + " mug", C1 + " mug",
    "\u202emug\u202c", "\u2066mug\u2069", "\ufeffmug", "\u200b\u200c\u200d", "\U000e0001mug", "Z̵͖̈́a̷̺͝" * 20, "\uffff",
    "mug " * 125, "(" * 200, '"' * 99, "-" * 400, "not " * 120, "under " * 80, "$" * 300, "9" * 400, "1e400", "NaN",
    "under 1e999999", "size " + "9" * 300, "between 1 and " * 30, "\n\r\t mug", "$(sleep 9)", "`sleep 9`", "|| sleep 9",
    "(a+)+$" * 60, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", "mug*", "mug~9999", "title:*",
]  # fmt: skip


@pytest.mark.parametrize("text", ODD, ids=range(len(ODD)))
def test_odd_words_are_searched_for_like_others(scene: Scene, text: str) -> None:
    began = time.monotonic()
    answer = scene.client.post("/v1/search", json={"text": text, "limit": 3})
    if not text.strip():
        sentence_of(answer, 400)
        return
    assert answer.status_code == 200, answer.text
    assert answer.json()["degraded"] == []
    assert "49" not in json.dumps(answer.json()["interpreted"])
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("typed", ODD, ids=range(len(ODD)))
def test_odd_words_are_completed_like_others(scene: Scene, typed: str) -> None:
    began = time.monotonic()
    answer = scene.client.get("/v1/suggest", params={"q": typed})
    if answer.status_code != 200:
        sentence_of(answer, 400, 422)
        return
    assert answer.json()["degraded"] == []
    assert time.monotonic() - began < 5


@pytest.mark.parametrize(
    "query",
    [
        f"q={'a' * 60_000}",
        "q=a&limit=1e400",
        "q=a&limit=-1",
        "q=a&limit=NaN",
        "q=a&user_id=%00",
        f"q=a&user_id={'u' * 999}",
    ],
    ids=["long", "1e400", "negative", "NaN", "NUL", "long user"],
)
def test_what_suggest_refuses_it_refuses_in_a_sentence(scene: Scene, query: str) -> None:
    sentence_of(scene.client.get(f"/v1/suggest?{query}"), 422)


@pytest.mark.parametrize("query", ["q=%ff%fe", "q=%ed%a0%80", "q=%00", "q", "", "q=a&q=b", "q=%u0041", "&&&===", "q=%"])
def test_what_is_no_text_is_suggested_nothing_for(scene: Scene, query: str) -> None:
    answer = scene.client.get(f"/v1/suggest?{query}")
    if answer.status_code != 200:
        sentence_of(answer, 422)


def test_a_name_of_a_file_means_nothing(scene: Scene) -> None:
    for name in ("../../../etc/passwd", "C:\\x.exe", "a" * 1_000, "x\r\ny", "CON", "", "%00.png"):
        photo = (name or "photo", photos.plain(COLOURS["red"]), "application/x-sh")
        answer = scene.client.post("/v1/search", files={"image": photo}, data={"limit": "3"})
        assert answer.status_code == 200, answer.text
        assert {item["product"]["colour"] for item in answer.json()["items"]} == {"red"}


def test_of_a_key_that_comes_twice_the_last_counts(scene: Scene) -> None:
    answer = scene.client.post("/v1/search", **raw(b'{"text": "mug", "limit": 1, "limit": 2}'))
    assert len(answer.json()["items"]) == 2


ADDRESSES = [
    "http://169.254.169.254/latest/meta-data/iam/security-credentials/",
    "http://[::ffff:169.254.169.254]/latest/", "http://[::ffff:a9fe:a9fe]/", "http://[64:ff9b::a9fe:a9fe]/",
    "http://2852039166/", "http://0xa9fea9fe/", "http://0xa9.0xfe.0xa9.0xfe/", "http://0251.0376.0251.0376/",
    "http://169.254.43518/", "http://169.16689662/", "http://[fd00:ec2::254]/", "http://168.63.129.16/",
    "http://100.100.100.200/", "http://①⑥⑨.②⑤④.①⑥⑨.②⑤④/", "http://169。254。169。254/",
    "http://127.0.0.2:{port}/", "http://2130706434:{port}/", "http://0x7f000002:{port}/", "http://0177.0.0.2:{port}/",
    "http://127.2:{port}/", "http://[::ffff:127.0.0.2]:{port}/", "http://localhost:{port}/", "http://LOCALHOST.:{port}/",
    "http://0:{port}/", "http://0.0.0.0:{port}/", "http://[::]:{port}/", "http://[::1]:{port}/", "http://10.0.0.1/",
    "http://inside.example:{port}/x.jpg", "http://both.example:{port}/x.jpg",
    "file:///etc/passwd", "file://127.0.0.2:{port}/x", "gopher://127.0.0.2:{port}/_GET", "ftp://127.0.0.2:{port}/x",
    "dict://127.0.0.2:{port}/x", "ldap://127.0.0.2:{port}/x", "data:image/png;base64,AAAA", "javascript:alert(1)",
    "//127.0.0.2:{port}/x", "127.0.0.2:{port}", "http:127.0.0.2:{port}/", "http:///127.0.0.2:{port}/", "", " ",
    "http://user:hunter2@127.0.0.2:{port}/", "http://shop.example@127.0.0.2:{port}/", "http://127.0.0.2:{port}#@shop.example/",
    "http://127.0.0.2:{port}\\@shop.example/", "http://shop.example:{port}:80/", "http://127.0.0.2:99999/",
    "http://127.0.0.2:{port}/%0d%0aHost:%20x", "http://127.0.0.2:{port}/\r\nHost: x", "http://127.0.0.2\0.shop.example/",
    "http://" + "a" * 70 + ".example/", "http://" + "a." * 300 + "example/", "http://xn--/", "http://-.example/", "http://☃.example",
    "http://a b/", "http://[::ffff:127.0.0.2%25eth0]:{port}/", "http://[fe80::1%25lo]:{port}/", "http://%31%32%37.0.0.2:{port}/",
    "http://.:{port}/", "http://../", "http://{{{{7*7}}}}/", "${{jndi:ldap://127.0.0.2:{port}/a}}", "\ufeffhttp://127.0.0.2:{port}/",
]  # fmt: skip


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> None:
    """Names that lead inside; those that really lead somewhere are not asked for."""
    genuine = socket.getaddrinfo

    def resolve(host: Any, port: Any, *args: Any, **kwargs: Any) -> Any:
        inside = {"inside.example": [INSIDE], "both.example": ["10.0.0.1", INSIDE]}.get(host)
        if inside is None:
            if str(host).endswith("example"):
                raise socket.gaierror(socket.EAI_NONAME, "unknown")
            return genuine(host, port, *args, **kwargs)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in inside]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)


@pytest.mark.usefixtures("names")
@pytest.mark.parametrize("address", ADDRESSES)
def test_nothing_inside_is_reached_by_an_address(scene: Scene, address: str) -> None:
    answer = scene.client.post("/v1/search", json={"image_url": scene.address(address)})
    told = sentence_of(answer, 400, 422)
    assert "hunter2" not in told
    assert "10.0.0.1 " not in told  # where a name leads to is not for strangers
    assert scene.trap.visits == 0


@pytest.mark.usefixtures("names")
@pytest.mark.parametrize(
    "target", [each for each in ADDRESSES if each.strip() and each.isascii() and each.isprintable()]
)
def test_nothing_inside_is_reached_by_a_redirect(scene: Scene, target: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # The redirecting server itself counts as public here; where it points to does not.
    monkeypatch.setattr("shared.intake.guarded_transport.is_public", lambda address: address == "127.0.0.1")
    asked = scene.redirecting.asked  # type: ignore[attr-defined]
    answer = scene.client.post("/v1/search", json={"image_url": scene.address("{out}/") + scene.address(target)})
    assert target not in sentence_of(answer, 400)  # what a server said is not for strangers either
    assert scene.trap.visits == 0
    assert scene.redirecting.asked > asked  # type: ignore[attr-defined]


def test_a_redirect_that_goes_on_for_ever_ends(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.intake.guarded_transport.is_public", lambda address: address == "127.0.0.1")
    asked = scene.redirecting.asked  # type: ignore[attr-defined]
    address = scene.address("{out}/") * 6
    told = sentence_of(scene.client.post("/v1/search", json={"image_url": address}), 400)
    assert "more than 3 redirects" in told
    assert scene.redirecting.asked - asked == 4  # type: ignore[attr-defined]


def test_the_trap_would_have_told(scene: Scene) -> None:
    """That nobody came says something only of a trap that hears who comes."""
    before = scene.trap.visits
    with socket.create_connection((INSIDE, scene.trap.port), timeout=5) as visitor:
        visitor.recv(1)
    assert scene.trap.visits == before + 1
    scene.trap.visits = before


def test_after_all_that_it_still_finds(scene: Scene) -> None:
    answer = scene.client.post("/v1/search", json={"text": "wool scarf", "limit": 2})
    assert (answer.status_code, answer.json()["degraded"], len(answer.json()["items"])) == (200, [], 2)
