"""Pictures: where they are looked for, what is decoded, and that every broken one is told in a sentence."""

import io
import os
import socket
import struct
import subprocess
import sys
import threading
import time
import zlib
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from indexer.images import ImageProblem, ImageSource
from shared.domain.errors import NotFound
from shared.domain.products import Product
from shared.domain.spaces import RgbImage
from shared.intake.decoding import Undecodable, decode
from shared.intake.fetch import FetchPolicy


def picture(size: tuple[int, int] = (40, 60), mode: str = "RGB", colour: object = "red", kind: str = "PNG") -> bytes:
    target = io.BytesIO()
    Image.new(mode, size, colour).save(target, kind)  # type: ignore[arg-type]
    return target.getvalue()


def png_header(width: int, height: int) -> bytes:
    """A PNG that claims a size and holds nothing."""
    chunk = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + struct.pack(">I", 13)
        + chunk
        + struct.pack(">I", zlib.crc32(chunk))
        + struct.pack(">I", 9)
        + b"IDAT"
    )


def load(source: ImageSource, *products: Product) -> dict[str, RgbImage | ImageProblem]:
    return dict(source.load(products))


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A folder of pictures inside a feed folder, and a picture outside of both."""
    (tmp_path / "feed" / "images").mkdir(parents=True)
    (tmp_path / "feed" / "images" / "1.png").write_bytes(picture())
    (tmp_path / "feed" / "images" / "cup.webp").write_bytes(picture(kind="WEBP"))
    (tmp_path / "feed" / "beside.jpg").write_bytes(picture(kind="JPEG"))
    (tmp_path / "outside.png").write_bytes(picture())
    (tmp_path / "feed" / "images" / "link.png").symlink_to(tmp_path / "outside.png")
    (tmp_path / "feed" / "images" / "inner.png").symlink_to("1.png")
    return tmp_path / "feed"


def source_of(shop: Path, **policy: object) -> ImageSource:
    return ImageSource(shop / "images", shop, FetchPolicy(**policy), 32)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("product_id", "reference"),
    [
        ("1", ""),
        ("x", "1.png"),
        ("1", "absent.jpg"),
        ("x", "images/cup.webp"),
        ("x", "anywhere\\else\\cup.webp"),
        ("x", "beside.jpg"),
        ("x", "inner.png"),
        ("1", "https://shop.invalid/not-fetched.jpg"),
    ],
)
def test_pictures_are_found(shop: Path, product_id: str, reference: str) -> None:
    product = Product(product_id, "Cup", image=reference)
    source = source_of(shop)
    assert isinstance(load(source, product)[product_id], np.ndarray)
    assert source.fingerprint(product)


@pytest.mark.parametrize(
    "reference",
    [
        "../outside.png",
        "images/../../outside.png",
        "link.png",
        "{outside}",
        "/etc/passwd",
        "images",
        "",
        "a\0b",
        "x" * 5000,
        "file:///etc/passwd",
    ],
)
def test_nothing_outside_of_the_folders_is_read(shop: Path, reference: str) -> None:
    product = Product("../outside", "Cup", image=reference.format(outside=shop.parent / "outside.png"))
    source = source_of(shop)
    assert isinstance(load(source, product)["../outside"], ImageProblem)
    assert source.fingerprint(product) == ""


def test_an_absolute_path_inside_an_allowed_folder_is_fine(shop: Path) -> None:
    product = Product("x", "Cup", image=str(shop / "images" / "1.png"))
    assert isinstance(load(source_of(shop), product)["x"], np.ndarray)


def test_a_pipe_is_not_waited_for(shop: Path) -> None:
    os.mkfifo(shop / "images" / "pipe.png")
    assert isinstance(load(source_of(shop), Product("x", "Cup", image="pipe.png"))["x"], ImageProblem)


def test_the_fingerprint_follows_the_file(shop: Path) -> None:
    source, product = source_of(shop), Product("1", "Cup")
    before = source.fingerprint(product)
    (shop / "images" / "1.png").write_bytes(picture(colour="blue", size=(50, 50)))
    assert source.fingerprint(product) not in ("", before)
    assert ImageSource(None, None, FetchPolicy(), 32).fingerprint(product) == ""
    url = Product("9", "Cup", image="https://shop.invalid/9.jpg")
    assert source.fingerprint(url) == url.image


def test_the_fingerprint_tells_folders_apart_and_survives_their_move(shop: Path) -> None:
    for folder in ("a", "b"):
        (shop / "images" / folder).mkdir()
        (shop / "images" / folder / "1.png").write_bytes(picture())
        os.utime(shop / "images" / folder / "1.png", ns=(1, 1))
    first, second = (Product("x", "Cup", image=f"{folder}/1.png") for folder in ("a", "b"))
    before = source_of(shop).fingerprint(first)
    assert before != source_of(shop).fingerprint(second)
    moved = shop.rename(shop.with_name("moved"))
    assert source_of(moved).fingerprint(first) == before


def test_a_local_picture_stands_for_an_address_only_by_product_id(shop: Path) -> None:
    source = source_of(shop)
    for product_id in ("7", "x"):
        address = f"https://shop.invalid/{product_id}/1.png"
        assert source.fingerprint(Product(product_id, "Cup", image=address)) == address
    assert source.fingerprint(Product("1", "Cup", image="https://shop.invalid/1/main.jpg")).startswith("1.png|")


def test_a_folder_that_is_told_has_to_be_there(shop: Path) -> None:
    for folder in (shop / "imagse", shop / "beside.jpg"):
        with pytest.raises(NotFound, match="is not there: check its name"):
            ImageSource(folder, shop, FetchPolicy(), 32)


def test_a_silent_host_costs_its_pictures_and_not_the_run(shop: Path) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=64) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        products = [Product(f"n{n}", "Cup", image=f"{address}/{n}.png") for n in range(300)] + [Product("1", "Cup")]
        policy = FetchPolicy(read_timeout=0.1, backoff=0.01, allow_private=True)
        started = time.monotonic()
        with ImageSource(shop / "images", None, policy, 32) as source:
            found = load(source, *products)
        assert time.monotonic() - started < 3
    assert isinstance(found.pop("1"), np.ndarray)
    reasons = [answer.reason for answer in found.values() if isinstance(answer, ImageProblem)]
    assert len(reasons) == 300
    assert sum("tried again in the next run" in reason for reason in reasons) >= 300 - 2 * policy.concurrency


def test_all_products_are_answered_whatever_their_pictures(shop: Path) -> None:
    (shop / "images" / "broken.png").write_bytes(picture()[:-30])
    (shop / "images" / "text.png").write_text("hello")
    (shop / "images" / "empty.png").write_bytes(b"")
    (shop / "images" / "huge.png").write_bytes(b"x" * 2_000)
    products = [Product(str(n), "Cup", image=name) for n, name in enumerate(["1.png", "cup.webp", ""] * 30)]
    products += [Product(name, "Cup", image=name + ".png") for name in ("broken", "text", "empty", "huge", "absent")]
    found = load(source_of(shop, max_bytes=1_000), *products)
    assert set(found) == {product.id for product in products}
    reasons = {key: answer.reason for key, answer in found.items() if isinstance(answer, ImageProblem)}
    assert reasons["broken"] == "The picture 'broken.png' is damaged or cut short."
    assert reasons["text"] == "The picture 'text.png' is not a JPEG, PNG, WebP, GIF, BMP or AVIF picture."
    assert reasons["empty"] == "The picture 'empty.png' is empty."
    assert reasons["huge"] == "The picture 'huge.png' is larger than the 1,000 bytes allowed."
    assert reasons["absent"] == "The picture 'absent.png' is not there."


def test_pictures_behind_addresses(shop: Path) -> None:
    class Handler(SimpleHTTPRequestHandler):
        def __init__(self, *args: object) -> None:
            super().__init__(*args, directory=str(shop / "images"))  # type: ignore[arg-type]

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}"
        products = [Product(str(n), "Cup", image=f"{url}/1.png") for n in range(20)]
        products.append(Product("gone", "Cup", image=f"{url}/gone.png"))
        with ImageSource(None, None, FetchPolicy(allow_private=True), 32) as source:
            found = load(source, *products)
        with ImageSource(None, None, FetchPolicy(), 32) as source:
            refused = load(source, products[0])
        server.shutdown()
    assert sum(isinstance(answer, np.ndarray) for answer in found.values()) == 20
    assert "404" in found["gone"].reason  # type: ignore[union-attr]
    assert "not a public address" in refused["0"].reason  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (picture(mode="RGBA", colour=(255, 0, 0, 0)), (255, 255, 255)),
        (picture(mode="RGBA", colour=(255, 0, 0, 255)), (255, 0, 0)),
        (picture(mode="LA", colour=(0, 0)), (255, 255, 255)),
        (picture(mode="L", colour=128), (128, 128, 128)),
        (picture(mode="1", colour=1), (255, 255, 255)),
        (picture(mode="I;16", colour=65535 // 2), (127, 127, 127)),
        (picture(mode="CMYK", colour=(0, 0, 0, 0), kind="JPEG"), (255, 255, 255)),
        (picture(mode="P", colour=0, kind="GIF"), (0, 0, 0)),
        (picture(kind="BMP"), (255, 0, 0)),
    ],
)
def test_every_mode_becomes_rgb_on_white(content: bytes, expected: tuple[int, int, int]) -> None:
    pixels = decode(content, 32)
    assert pixels.shape == (60, 40, 3)
    assert pixels.dtype == np.uint8
    assert np.abs(pixels[30, 20].astype(int) - expected).max() <= 2


def test_a_transparent_palette_is_laid_on_white() -> None:
    image = Image.new("P", (20, 20), 1)
    image.putpalette([255, 0, 0, 0, 255, 0])
    target = io.BytesIO()
    image.save(target, "PNG", transparency=1)
    assert decode(target.getvalue(), 32)[5, 5].tolist() == [255, 255, 255]


def test_the_first_frame_of_an_animation() -> None:
    target = io.BytesIO()
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("red", "blue")]
    frames[0].save(target, "GIF", save_all=True, append_images=frames[1:])
    assert decode(target.getvalue(), 32)[5, 5].tolist() == [255, 0, 0]


def test_exif_turns_the_picture_upright() -> None:
    image = Image.new("RGB", (60, 40), "red")
    exif = Image.Exif()
    exif[0x0112] = 6
    target = io.BytesIO()
    image.save(target, "JPEG", exif=exif)
    assert decode(target.getvalue(), 32).shape == (60, 40, 3)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_large_pictures_are_reduced_but_not_below_twice_the_encoders_side(kind: str) -> None:
    pixels = decode(picture((1200, 1800), kind=kind), 224)
    assert 448 <= min(pixels.shape[:2]) < 2 * 448
    assert pixels.shape[0] / pixels.shape[1] == pytest.approx(1.5, rel=0.01)
    assert decode(picture((60, 80), kind=kind), 224).shape == (80, 60, 3)


def test_the_hidden_colour_of_transparent_pixels_does_not_bleed_when_reduced() -> None:
    image = Image.new("RGBA", (400, 400), (0, 0, 255, 255))
    image.paste((255, 0, 0, 0), (1, 0, 400, 400))  # of each block at the left edge, a part
    target = io.BytesIO()
    image.save(target, "PNG")
    pixels = decode(target.getvalue(), 32).astype(int)
    assert pixels.shape == (67, 67, 3)
    expected = 255 - 255 / 6  # one column of six is blue, the others are white
    assert np.abs(pixels[10, 0] - [expected, expected, 255]).max() <= 2
    assert pixels[10, 1].tolist() == [255, 255, 255]


def test_the_exif_of_a_reduced_picture_is_still_followed() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    for mode in ("RGB", "RGBA", "P", "I;16"):
        target = io.BytesIO()
        Image.new(mode, (600, 400)).save(target, "PNG", exif=exif)
        assert decode(target.getvalue(), 32).shape == (100, 67, 3)


def test_a_ribbon_is_reduced_to_a_bounded_area() -> None:
    pixels = decode(picture((895, 14_000)), 224)
    assert min(pixels.shape[:2]) >= 224
    assert pixels.shape[0] * pixels.shape[1] <= 1.01 * 16 * 448**2


@pytest.mark.parametrize(("kind", "mode", "per_pixel"), [("PNG", "RGBA", 10), ("WEBP", "RGBA", 18), ("JPEG", "RGB", 5)])
def test_a_large_picture_takes_no_more_memory_than_told(tmp_path: Path, kind: str, mode: str, per_pixel: int) -> None:
    side = 4_000
    more = {"lossless": True, "method": 0} if kind == "WEBP" else {}
    Image.new(mode, (side, side), (10, 200, 30, 128)[: len(mode)]).save(tmp_path / "large", kind, **more)
    program = """
import resource, sys
from shared.intake.decoding import decode
from PIL import Image, ImageOps
Image.init()
content = open(sys.argv[1], "rb").read()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
decode(content, 224)
print(1024 * (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before))
"""
    command = [sys.executable, "-c", program, str(tmp_path / "large")]
    grown = subprocess.run(command, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2]).stdout
    assert int(grown) < per_pixel * side * side


def test_no_more_pictures_are_decoded_at_a_time_than_there_are_processors(
    shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    running, most = [0], [0]
    lock = threading.Lock()

    def slow(content: bytes, image_size: int) -> RgbImage:
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        time.sleep(0.01)
        pixels = decode(content, image_size)
        with lock:
            running[0] -= 1
        return pixels

    monkeypatch.setattr("indexer.images.decode", slow)
    address = Product("far", "Cup", image="http://127.0.0.1:1/x.jpg")  # refused; it is why there are many threads
    load(source_of(shop), *(Product(str(n), "Cup", image="1.png") for n in range(40)), address)
    assert 1 <= most[0] <= (os.cpu_count() or 1)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (png_header(60_000, 60_000), "million pixels"),
        (png_header(9_000, 9_000), "9,000×9,000 pixels, more than 25 million"),
        (picture((1, 1)), "only 1×1"),
        (picture((2_000, 10)), "ribbon"),
        (b"GIF89a", "damaged|not a JPEG"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n", "not a JPEG"),
    ],
)
@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_bombs_and_oddities(content: bytes, reason: str) -> None:
    with pytest.raises(Undecodable, match=reason):
        decode(content, 32)


@settings(max_examples=150, deadline=None)
@given(
    base=st.sampled_from([picture(), picture(kind="JPEG"), picture(kind="WEBP"), picture(kind="GIF"), b""]),
    cut=st.integers(0, 400),
    noise=st.lists(st.tuples(st.integers(0, 399), st.integers(0, 255)), max_size=6),
)
def test_any_damage_ends_in_pixels_or_a_reason(base: bytes, cut: int, noise: list[tuple[int, int]]) -> None:
    content = bytearray(base[: cut + 12])
    for position, value in noise:
        if position < len(content):
            content[position] = value
    try:
        pixels = decode(bytes(content), 32)
    except Undecodable:
        return
    assert pixels.ndim == 3
    assert pixels.shape[2] == 3


def test_real_photos(data_dir: Path) -> None:
    folder = data_dir / "fashion_photos"
    names = sorted(path.stem for path in (folder / "images").iterdir())[:12]
    source = ImageSource(folder / "images", folder, FetchPolicy(), 224)
    found = load(source, *(Product(name, "Photo") for name in names))
    assert all(isinstance(image, np.ndarray) and min(image.shape[:2]) >= 448 for image in found.values())
