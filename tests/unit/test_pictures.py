"""Photos as phones make them, and what strangers call a picture: read alike, refused in a sentence, within bounds."""

import logging
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, features

from functions.search.pictures import unpacked
from shared import wiring
from shared.adapters import pictures
from shared.adapters.pictures import FOR_SHOPPERS, SIDE, GuardedPictures
from shared.domain.deadline import deadline
from shared.domain.errors import FormatRefused, InvalidInput, TooLarge, Unavailable
from shared.domain.spaces import RgbImage
from shared.intake.decoding import HEIF_BRANDS
from shared.ports import ImageEncoder
from shared.settings import PROJECT, Settings, from_environment
from tests import photos

READER = GuardedPictures(fetching=True)
AVIF = pytest.mark.skipif(not features.check("avif"), reason="this Pillow has no AVIF")

# What to do to a picture so that a viewer that follows orientation n shows it as it was (EXIF 2.3, 4.6.4).
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


@pytest.fixture(scope="module")
def encoder() -> ImageEncoder:
    return wiring.image_encoder(Settings())


def turned(image: Image.Image, orientation: int) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored = image.transpose(TURNS[orientation]) if orientation in TURNS else image
    return photos.saved(stored, exif=exif, quality=92)


@pytest.mark.parametrize("side", [480, 2_400], ids=["thumbnail", "reduced"])
def test_all_eight_ways_to_hold_a_phone_give_one_vector(encoder: ImageEncoder, side: int) -> None:
    image = photos.scene((side, side * 3 // 4))
    vectors = encoder.encode_images([READER.read(turned(image, orientation)) for orientation in range(1, 9)])
    assert (vectors @ vectors[0]).min() > 0.999
    lying = encoder.encode_images([READER.read(photos.saved(image.transpose(Image.Transpose.ROTATE_90)))])
    assert (lying @ vectors[0]).max() < 0.999  # the encoder does see which way is up


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        ("JPEG", {"quality": 90}),
        ("JPEG", {"quality": 90, "progressive": True}),
        ("MPO", {"quality": 90, "save_all": True, "append_images": [Image.new("RGB", (64, 48))]}),
        ("PNG", {"compress_level": 1}),
        ("WEBP", {"quality": 90, "method": 0}),
        pytest.param("AVIF", {"quality": 80, "speed": 10}, marks=AVIF),
    ],
    ids=["baseline", "progressive", "two in one", "PNG", "WebP", "AVIF"],
)
def test_twelve_megapixels_are_what_their_thumbnail_is(
    encoder: ImageEncoder, kind: str, more: dict[str, object]
) -> None:
    image = photos.scene((4032, 3024))
    large = READER.read(photos.saved(image, kind, **more))
    assert 2 * SIDE <= min(large.shape[:2]) < 4 * SIDE
    small = READER.read(photos.saved(image.resize((400, 300)), quality=95))
    vectors = encoder.encode_images([large, small])
    assert vectors[0] @ vectors[1] > 0.99


@pytest.mark.parametrize("brand", sorted(HEIF_BRANDS))
def test_heic_is_refused_with_what_to_do(brand: bytes) -> None:
    for content in (photos.heif(brand), photos.heif(b"mif1", brand, b"miaf")):
        with pytest.raises(FormatRefused, match="is in HEIC, which few programs read: make it a JPEG"):
            READER.read(content)


def test_what_only_begins_like_heic_is_told_so() -> None:
    for content in (photos.heif(b"mp42"), b"\xff\xff\xff\xffftypqt  ", b"\0\0\0\0ftyp"):
        with pytest.raises(FormatRefused, match="is not a JPEG"):
            READER.read(content)


@AVIF
def test_avif_with_the_general_brand_is_read() -> None:
    content = photos.saved(photos.scene(), "AVIF", speed=10)
    assert b"mif1" in content[16:40]
    assert READER.read(content).shape == (480, 640, 3)


@pytest.mark.parametrize(
    ("content", "error", "sentence"),
    [
        (b"", InvalidInput, "The picture is empty: send another one."),
        (photos.plain("red", (4_000, 3_000))[:-2_000], InvalidInput, "is damaged or cut short: send another one."),
        (photos.plain("red", (3, 3)), InvalidInput, "is only 3×3 pixels small"),
        (photos.plain("red", (5_100, 5_000)), TooLarge, "has 5,100×5,000 pixels, more than 25 million: make it small"),
        (photos.SVG, FormatRefused, "is not a JPEG, PNG, WebP, GIF, BMP or AVIF picture."),
        (photos.HTML, FormatRefused, "is not a JPEG"),
        (photos.saved(photos.scene(), "TIFF"), FormatRefused, "is not a JPEG"),
        (b"%PDF-1.7\n" + bytes(100), FormatRefused, "is not a JPEG"),
    ],
    ids=["empty", "cut", "tiny", "large", "svg", "html", "tiff", "pdf"],
)
def test_what_is_wrong_with_a_picture_is_said(content: bytes, error: type[InvalidInput], sentence: str) -> None:
    with pytest.raises(error) as caught:
        READER.read(content)
    assert type(caught.value) is error
    assert sentence in str(caught.value)


def with_parts(content: bytes, marker: bytes, count: int) -> bytes:
    """The JPEG with its last segment of that kind ``count`` times more: a scan again without what it says."""
    at = content.rindex(marker)
    segment = content[at : at + 2 + int.from_bytes(content[at + 2 : at + 4], "big")]
    end = len(content) - 2 if marker == SCAN else at
    return content[:end] + segment * count + content[end:]


SCAN, TABLE = b"\xff\xda", b"\xff\xdb"


@pytest.mark.parametrize(("marker", "count"), [(SCAN, 100), (TABLE, 1_000)])
def test_a_jpeg_that_goes_over_its_picture_for_ever_is_refused(marker: bytes, count: int) -> None:
    """A megabyte of empty scans would keep a processor busy for minutes."""
    progressive = photos.saved(photos.scene(), progressive=True)
    with pytest.raises(InvalidInput, match="more parts than any camera writes"):
        READER.read(with_parts(progressive, marker, count))
    assert READER.read(with_parts(progressive, marker, count // 2)).shape == READER.read(progressive).shape


def test_what_follows_a_jpeg_is_none_of_it() -> None:
    """Phones append a film, and a film has any bytes."""
    content = photos.saved(photos.scene(), progressive=True)
    assert READER.read(content + SCAN * 5_000).shape == READER.read(content).shape


BOMBS = {
    "png": photos.vast_png,
    "jpeg": photos.vast_jpeg,
    "gif": photos.vast_gif,
    "bmp": photos.vast_bmp,
    "webp": photos.vast_webp,
    "words": photos.text_bomb_png,
}


def test_no_bomb_takes_memory(tmp_path: Path) -> None:
    """In a process of its own, for what was once taken stays in a process's peak."""
    for name, make in BOMBS.items():
        (tmp_path / name).write_bytes(make())
    assert len(photos.vast_png()) < 1_000_000
    program = """
import resource, sys
from pathlib import Path
from shared.adapters.pictures import GuardedPictures
from shared.domain.errors import InvalidInput
from PIL import Image
Image.init()
reader = GuardedPictures(fetching=False)
def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
for path in sorted(Path(sys.argv[1]).iterdir()):
    content, before = path.read_bytes(), peak()
    try:
        reader.read(content)
        said = "read"
    except InvalidInput as error:
        said = type(error).__name__
    print(path.name, said, peak() - before)
"""
    command = [sys.executable, "-c", program, str(tmp_path)]
    told = subprocess.run(command, capture_output=True, text=True, check=True, cwd=PROJECT).stdout
    found = {name: (said, int(grown)) for name, said, grown in map(str.split, told.splitlines())}
    assert {name for name, (said, _) in found.items() if said == "TooLarge"} >= {"png", "jpeg", "gif", "bmp", "webp"}
    assert found.keys() == BOMBS.keys()
    assert max(grown for _, grown in found.values()) < 40, found


class TestTurns:
    @pytest.fixture
    def held(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[GuardedPictures, threading.Event]]:
        """A reader whose every turn is taken until the event is set."""
        begun, go_on = threading.Barrier(pictures.AT_A_TIME + 1), threading.Event()

        def slow(content: bytes, side: int) -> RgbImage:
            if content == b"slow":
                begun.wait(30)
                go_on.wait(30)
            return np.zeros((side, side, 3), np.uint8)

        monkeypatch.setattr(pictures, "decode", slow)
        monkeypatch.setattr(pictures, "PATIENCE", 0.05)
        reader = GuardedPictures(fetching=False)
        threads = [threading.Thread(target=reader.read, args=(b"slow",)) for _ in range(pictures.AT_A_TIME)]
        for thread in threads:
            thread.start()
        begun.wait(30)
        yield reader, go_on
        go_on.set()
        for thread in threads:
            thread.join(30)

    def test_those_that_come_while_all_turns_are_taken_are_told_to_come_again(
        self, held: tuple[GuardedPictures, threading.Event]
    ) -> None:
        with pytest.raises(Unavailable, match="Too many pictures are being looked at just now: try again in a moment"):
            held[0].read(b"quick")

    def test_a_turn_that_is_free_in_time_is_taken(
        self, held: tuple[GuardedPictures, threading.Event], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(pictures, "PATIENCE", 30.0)
        threading.Timer(0.05, held[1].set).start()
        assert held[0].read(b"quick").shape == (SIDE, SIDE, 3)

    def test_a_refused_picture_gives_its_turn_back(self) -> None:
        reader = GuardedPictures(fetching=False)
        for _ in range(3 * pictures.AT_A_TIME):
            with pytest.raises(InvalidInput):
                reader.read(b"nothing")
        assert reader.read(photos.plain("red")).shape == (80, 60, 3)


def test_what_a_camera_says_of_place_and_owner_reaches_no_log(caplog: pytest.LogCaptureFixture) -> None:
    exif = Image.Exif()
    exif[0x013B] = "Ada Secretname"
    exif.get_ifd(0x8825).update({1: "N", 2: (52.0, 31.0, 12.5), 3: "E", 4: (13.0, 24.0, 17.5)})
    caplog.set_level(logging.DEBUG)
    for kind in ("JPEG", "PNG", "WEBP"):
        pixels = READER.read(photos.saved(photos.scene(), kind, exif=exif))
        assert type(pixels) is np.ndarray
    assert "Secretname" not in caplog.text
    assert "GPS" not in caplog.text


PACKED = "/+8="


@pytest.mark.parametrize(
    "text",
    [
        PACKED,
        "_-8=",
        "/+8",
        "_-8",
        " / +8=\n",
        "/+\r\n8\t=",
        "data:image/png;base64,/+8=",
        "DATA:image/svg+xml;charset=utf-8;BASE64,_-8",
        "data:;base64, /+8=",
    ],
)
def test_base64_in_all_its_spellings(text: str) -> None:
    assert unpacked(text) == b"\xff\xef"


@pytest.mark.parametrize(
    "text", ["/+8é", "a", "/+8=/+8=", "<svg>", "\x00", "\ud800", "data:image/png;base64,%2F", "../../etc/passwd", "🧣"]
)
def test_what_is_not_base64_is_said(text: str) -> None:
    with pytest.raises(InvalidInput, match="image is not base64"):
        unpacked(text)


@pytest.mark.parametrize("text", ["data:image/png,abc", "data:", "data:;base64"])
def test_a_data_address_has_to_be_in_base64(text: str) -> None:
    with pytest.raises(FormatRefused, match="not in base64"):
        unpacked(text)


class TestAddresses:
    def test_a_shopper_is_not_kept_waiting(self) -> None:
        assert FOR_SHOPPERS.total_timeout <= 2
        assert (FOR_SHOPPERS.attempts, FOR_SHOPPERS.allow_private, FOR_SHOPPERS.ports) == (1, False, (80, 443))
        with deadline(0.5), pytest.raises(InvalidInput, match="could not be fetched in time"):
            READER.read_from("http://pictures.invalid/never-resolved.jpg")

    def test_a_shop_may_fetch_nothing(self) -> None:
        with pytest.raises(InvalidInput, match="fetches no pictures from addresses: send the picture itself"):
            GuardedPictures(fetching=False).read_from("http://127.0.0.1/x.jpg")
        assert from_environment({}).fetch_photos is True
        assert from_environment({"VITRINE_FETCH_PHOTOS": "off"}).fetch_photos is False
        with pytest.raises(InvalidInput, match="VITRINE_FETCH_PHOTOS is 'no': set it to on or off"):
            from_environment({"VITRINE_FETCH_PHOTOS": "no"})

    @pytest.mark.parametrize("port", [22, 6379, 8080])
    def test_other_ports_are_not_knocked_at(self, port: int) -> None:
        with pytest.raises(InvalidInput, match="names another port than 80 and 443: leave it out"):
            READER.read_from(f"http://pictures.invalid:{port}/x.jpg")
