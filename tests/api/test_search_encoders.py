"""Search takes the encoders of the version that answers, whichever these are: a new model needs no deployment."""

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from fastapi.testclient import TestClient

from functions.search.app import create_app
from indexer.encode import Encoders
from indexer.publish import KEPT_VERSIONS, Publisher
from local.indexing import load_encoders
from shared import wiring
from shared.domain.encoder_files import EncoderFiles, encoder_blob, folder_name
from shared.domain.errors import EncoderUnavailable, GateRefused, Unavailable
from shared.domain.spaces import EncoderInfo, Space
from shared.services.query_encoders import QueryEncoders
from shared.settings import PROJECT, Settings
from tests.breaking import Breaking, Hang, unavailable
from tests.encoder_variants import image_variant, text_variant
from tests.support import (
    ColourEncoder,
    StillClock,
    WordEncoder,
    copied,
    opened,
    pictures,
    reindex,
    small_feed_rows,
    write_small_feed,
)

HEAVY = ("torch", "transformers", "huggingface_hub", "open_clip", "sentence_transformers", "timm", "scipy", "indexer")


class Published(NamedTuple):
    """A shop of two versions: the first by the encoders that ship, the live one by others."""

    data: Path
    other: Settings


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Published:
    folder = tmp_path_factory.mktemp("published")
    others = {
        "text_encoder": text_variant(folder / "text", "passage: "),
        "image_encoder": image_variant(folder / "i", 0.3),
    }
    starter = Settings(data=folder / "data")
    other = replace(starter, **others)
    feed, images = write_small_feed(folder / "feed", small_feed_rows()[:24])
    clock = StillClock()
    for settings in (starter, other):
        parts = wiring.parts(settings, clock)
        reindex(parts, feed, folder / "work", encoders=load_encoders(settings), images=images)
        clock.forward(hours=1)
    return Published(folder / "data", other)


@pytest.fixture
def here(published: Published, tmp_path: Path) -> Settings:
    """The shop, on a machine that has nothing but the encoders that ship."""
    return Settings(data=copied(published.data, tmp_path / "data"))


def rolled_back(settings: Settings) -> None:
    parts = wiring.parts(settings)
    with parts.turns.take("rollback") as turn:
        Publisher(parts.versions, parts.products, parts.blobs).rollback(turn)


Ask = Callable[..., dict[str, Any]]


def asker(settings: Settings, clock: StillClock, blobs: Any = None) -> Ask:
    parts = wiring.parts(settings, clock)
    encoders = wiring.query_encoders(settings, clock, blobs or parts.blobs)
    shop = wiring.shop(parts, encoders=encoders)
    client = TestClient(opened(create_app(lambda: (shop, encoders), pictures)), raise_server_exceptions=False)

    def ask(text: str = "sneakers", **more: object) -> dict[str, Any]:
        answer = client.post("/v1/search", json={"text": text, "understand": False, **more})
        assert answer.status_code == 200, answer.text
        return answer.json()

    return ask


def sources(answer: dict[str, Any]) -> set[str]:
    return {source for item in answer["items"] for source in item["source"].split("+")}


def copies(settings: Settings) -> set[str]:
    folder = settings.data / "encoders"
    return {path.name for path in folder.iterdir()} if folder.exists() else set()


def encoders_of(settings: Settings) -> set[EncoderInfo]:
    versions = wiring.index_versions(settings)
    return set(next(each for each in versions.all() if each.version == versions.live()).encoders.values())


def versions_of(settings: Settings) -> list[str]:
    """Oldest first."""
    return sorted(each.version for each in wiring.index_versions(settings).all())


def test_whoever_has_other_encoders_brings_those_of_the_version(here: Settings, clock: StillClock) -> None:
    ask = asker(here, clock)
    answer = ask()
    assert answer["degraded"] == []
    assert {"text", "image"} & sources(answer)
    assert copies(here) == {folder_name(info) for info in encoders_of(here)}
    assert [item["id"] for item in answer["items"]] == [item["id"] for item in asker(here, clock)()["items"]]


def test_whoever_has_them_brings_none(here: Settings, published: Published, clock: StillClock) -> None:
    ask = asker(replace(published.other, data=here.data), clock)
    assert (ask()["degraded"], copies(here)) == ([], set())


def test_without_any_of_its_own_it_brings_them_all(here: Settings, tmp_path: Path, clock: StillClock) -> None:
    none = replace(here, text_encoder=tmp_path / "none", image_encoder=tmp_path / "none")
    assert asker(none, clock)()["degraded"] == []
    rolled_back(here)
    assert asker(none, clock)()["degraded"] == []
    assert len(copies(here)) == 4


def test_a_rollback_needs_no_deployment_and_its_pages_go_on(here: Settings, clock: StillClock) -> None:
    ask = asker(here, clock)
    first = ask(limit=4)
    rolled_back(here)
    clock.forward(minutes=1)
    again, second = eventually(lambda: ask(limit=4), "index_version", versions_of(here)[0]), ask(cursor=first["cursor"])
    assert [first["index_version"], again["index_version"]] == versions_of(here)[::-1]
    assert second["index_version"] == first["index_version"]
    assert [each["degraded"] for each in (first, again, second)] == [[]] * 3
    assert not {item["id"] for item in first["items"]} & {item["id"] for item in second["items"]}


def eventually(ask: Callable[[], dict[str, Any]], key: str, value: object) -> dict[str, Any]:
    """What is made ready beside the requests is ready some time."""
    until = time.monotonic() + 30
    while (answer := ask())[key] != value:
        assert time.monotonic() < until, answer
        time.sleep(0.01)
    return answer


def test_one_that_is_gone_or_damaged_is_done_without_and_taken_when_it_is_back(
    here: Settings, published: Published, clock: StillClock
) -> None:
    parts = wiring.parts(here)
    text = next(each for each in wiring.encoder_files(published.other) if "text" in each.info.name)
    blob = encoder_blob(text.info, "text.onnx")
    content = parts.blobs.get(blob) or b""
    parts.blobs.put(blob, content[:-1])
    ask = asker(here, clock)
    answer = ask()
    assert (answer["degraded"], answer["cursor"]) == (["encoder"], None)
    assert "text" not in sources(answer)
    assert folder_name(text.info) not in copies(here)
    parts.blobs.put(blob, content)
    assert ask()["degraded"] == ["encoder"]
    clock.forward(seconds=61)
    assert ask()["degraded"] == []


class TestGoingLive:
    """The older version serves, whole, until the encoders of the newer one are loaded."""

    @pytest.fixture
    def hang(self) -> Any:
        hang = Hang()
        yield hang
        hang.over.set()

    def test_the_version_before_answers_until_they_are_there(
        self, here: Settings, clock: StillClock, hang: Hang
    ) -> None:
        ask, newer = self.asker_before_the_change(here, clock, hang)
        answers = [ask() for _ in range(3)]
        assert {answer["index_version"] for answer in answers} != {newer}
        assert [answer["degraded"] for answer in answers] == [[]] * 3
        hang.over.set()
        assert eventually(ask, "index_version", newer)["degraded"] == []

    def test_where_they_cannot_be_had_it_goes_live_without(self, here: Settings, clock: StillClock) -> None:
        ask, newer = self.asker_before_the_change(here, clock, unavailable)
        assert eventually(ask, "index_version", newer)["degraded"] == ["encoder"]

    def asker_before_the_change(
        self, here: Settings, clock: StillClock, fault: Callable[[], object]
    ) -> tuple[Ask, str]:
        older, newer = versions_of(here)
        rolled_back(here)
        ask = asker(here, clock, Breaking(wiring.parts(here).blobs, fault, "download"))
        assert (ask()["index_version"], copies(here)) == (older, set())
        wiring.index_versions(here).activate(newer)
        clock.forward(minutes=1)
        return ask, newer


def test_a_search_with_real_encoders_loads_nothing_heavy_and_needs_no_home(here: Settings) -> None:
    """Nothing in the process could reach a hub of models: what could is not even imported."""
    event = (PROJECT / "events" / "search_photo.json").read_text()
    code = (
        "import json, sys; from functions.search.handler import handler;"
        "answer = handler(json.loads(sys.stdin.read()), None);"
        f"print([name for name in {HEAVY} if name in sys.modules]);"
        "print(answer['statusCode'], json.loads(answer['body']).get('degraded'))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=PROJECT, input=event, capture_output=True, text=True, timeout=60,
        env={"VITRINE_DATA": str(here.data), "PATH": ""},
    )  # fmt: skip
    assert ran.stdout.splitlines() == ["[]", "200 []"], ran.stderr


class TestWhatIsKept:
    """Of encoders that are a few bytes each."""

    def index(self, parts: wiring.Parts, folder: Path, revision: str, **job: object) -> EncoderFiles:
        info = EncoderInfo("words", revision, 64)
        made_of = folder / f"encoder-{revision}"
        made_of.mkdir(exist_ok=True)
        (made_of / "encoder.json").write_text(revision)
        files = EncoderFiles(info, made_of, ("encoder.json",))
        feed, images = write_small_feed(folder / "feed", small_feed_rows()[:6])
        parts.clock.forward(hours=1)  # type: ignore[attr-defined]
        encoders = Encoders(WordEncoder(info), ColourEncoder(), (files,))
        reindex(parts, feed, folder / "work", encoders=encoders, images=images, **job)
        return files

    def kept(self, parts: wiring.Parts) -> set[str]:
        return {name.split("/")[1] for name in parts.blobs.names("encoders")}

    def test_encoders_stay_as_long_as_a_version_of_theirs(self, parts: wiring.Parts, tmp_path: Path) -> None:
        made_by = [self.index(parts, tmp_path, str(number)) for number in range(KEPT_VERSIONS + 1)]
        assert self.kept(parts) == {folder_name(each.info) for each in made_by[1:]}
        assert parts.blobs.get(encoder_blob(made_by[-1].info, "encoder.json")) == str(KEPT_VERSIONS).encode()

    def test_those_of_a_version_that_was_refused_go(
        self, parts: wiring.Parts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        first = self.index(parts, tmp_path, "1")

        def refuse(*_: object, **__: object) -> None:
            raise GateRefused("no")

        monkeypatch.setattr("indexer.gate.check", refuse)
        with pytest.raises(GateRefused):
            self.index(parts, tmp_path, "2")
        assert self.kept(parts) == {folder_name(first.info)}

    def test_a_run_that_changes_nothing_keeps_what_was_not_kept_before(
        self, parts: wiring.Parts, tmp_path: Path
    ) -> None:
        first = self.index(parts, tmp_path, "1")
        parts.blobs.remove(encoder_blob(first.info, "encoder.json"))
        self.index(parts, tmp_path, "1")
        assert self.kept(parts) == {folder_name(first.info)}
        assert len(parts.versions.all()) == 1


class Shelf:
    """Lends encoders, and remembers which."""

    def __init__(self) -> None:
        self.lent: list[str] = []
        self.broken = False

    def text_encoder(self, info: EncoderInfo) -> Any:
        self.lent.append(info.revision)
        return Breaking(WordEncoder(info), self._break, "encode_texts")

    def image_encoder(self, info: EncoderInfo) -> Any:
        raise AssertionError(f"nobody wants {info}")

    def _break(self) -> None:
        if self.broken:
            raise EncoderUnavailable("The graph cannot be run: export it again.")


class TestLoading:
    @pytest.fixture
    def shelf(self) -> Shelf:
        return Shelf()

    @pytest.fixture
    def wanted(self, small_shop: wiring.Parts, shelf: Shelf, clock: StillClock) -> Callable[[str], None]:
        manifest = small_shop.versions.all()[0]
        encoders = QueryEncoders(WordEncoder, ColourEncoder, clock, shelf)

        def wanted(revision: str) -> None:
            made_by = {Space.TEXT: EncoderInfo("words", revision, 64)}
            encoders.encode(Space.TEXT, ["mug"], replace(manifest, encoders=made_by))

        return wanted

    def test_the_last_two_stay_loaded(self, shelf: Shelf, wanted: Callable[[str], None]) -> None:
        for revision in ("1", "2", "1", "2", "3", "2", "3", "1", "3"):  # 1 is its own
            wanted(revision)
        assert shelf.lent == ["2", "3"]
        wanted("2")
        assert shelf.lent == ["2", "3", "2"]

    def test_threads_share_one_loading_and_others_do_not_wait_for_it(
        self, shelf: Shelf, wanted: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        wanted("1")
        hang = Hang()
        lend = shelf.text_encoder

        def slow(info: EncoderInfo) -> Any:
            hang()
            return lend(info)

        shelf.text_encoder = slow  # type: ignore[method-assign]
        threads = [threading.Thread(target=wanted, args=("2",)) for _ in range(4)]
        for thread in threads:
            thread.start()
        wanted("1")
        hang.over.set()
        for thread in threads:
            thread.join()
        assert shelf.lent == ["2"]

    def test_one_that_breaks_is_dropped_and_left_alone_for_a_minute(
        self, shelf: Shelf, wanted: Callable[[str], None], clock: StillClock
    ) -> None:
        shelf.broken = True
        with pytest.raises(Unavailable, match="cannot be run"):
            wanted("2")
        with pytest.raises(Unavailable, match="tried again"):
            wanted("2")
        shelf.broken = False
        clock.forward(seconds=61)
        wanted("2")
        assert shelf.lent == ["2", "2"]
