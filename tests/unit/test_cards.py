"""Products as pictures: what is drawn, what is read for it, and how much is kept."""

import io
from dataclasses import replace
from itertools import product as combinations

import numpy as np
import pytest
from PIL import Image

from shared.adapters.pictures import LARGEST
from shared.adapters.product_pictures import ProductPictures
from shared.domain.errors import InvalidInput, NotFound, TooLarge
from shared.emails.cards import draw
from shared.services.slot_images import WIDTHS, Card, SlotImages

RED = (200, 40, 40)
CARD = Card(600, "PNG", "A shirt", 59.0, 39.9, "EUR", "a.png")
WHITE, SQUARE = 255, 600
TITLES = (
    *("", "a", "word " * 100, "x" * 160, " - ", "Ž́" * 80, "漂亮的连衣裙", "🎁" * 50, "\x00\u202e{{"),
    "W" * 41 + " i",
)


def picture(width=400, height=400, colour=RED):
    return np.full((height, width, 3), colour, dtype=np.uint8)


def drawn(card, photo=None):
    return np.asarray(Image.open(io.BytesIO(draw(card, photo))))


def words(pixels):
    """The rows below the photo that have ink in them."""
    return np.flatnonzero((pixels[SQUARE:] < WHITE).any(axis=(1, 2)))


class TestDrawing:
    def test_the_whole_photo_on_white(self):
        pixels = drawn(CARD, picture(200, 400))
        assert pixels.shape == (750, 600, 3)
        assert tuple(pixels[300, 300]) == RED
        assert tuple(pixels[300, 149]) == (255, 255, 255)
        assert tuple(pixels[2, 160]) == RED

    def test_what_is_drawn_follows_from_what_is_said(self):
        photo = picture()
        plain = drawn(CARD, photo)
        for other in ({"title": "Another shirt"}, {"price": 60.0}, {"sale_price": 40.0}, {"currency": "SEK"}):
            assert (drawn(replace(CARD, **other), photo) != plain).any(), other
        assert not words(drawn(Card(600, "PNG", picture="a.png"), photo)).size
        # Not reduced: nothing is struck through, and nothing is said of another price.
        assert (drawn(replace(CARD, price=39.9), photo) == drawn(replace(CARD, price=None), photo)).all()

    @pytest.mark.parametrize("title", TITLES, ids=range(len(TITLES)))
    @pytest.mark.parametrize("photo", [None, picture()], ids=["plain", "photo"])
    def test_any_title_stays_on_the_card(self, title, photo):
        card = replace(CARD, title=title)
        for width, kind in combinations(WIDTHS, ("PNG", "JPEG")):
            content = draw(replace(card, width=width, kind=kind), photo)
            assert Image.open(io.BytesIO(content)).size == (width, round(width * 1.25))
            assert len(content) < width * width * 2
        pixels = drawn(card, photo)
        assert (pixels[-12:] == WHITE).all()
        assert (pixels[SQUARE:, -8:] == WHITE).all()

    def test_letters_without_a_shape_are_left_out_and_ornaments_dropped(self):
        photo = picture()
        none = drawn(replace(CARD, title=""), photo)
        assert (drawn(replace(CARD, title="漂亮的连衣裙"), photo) == none).all()
        assert (drawn(replace(CARD, title="A shirt 🎁"), photo) == drawn(CARD, photo)).all()
        assert (drawn(replace(CARD, title="Žluťoučký кот ώρα"), photo) != none).any()

    @pytest.mark.parametrize("price", [None, -1.0, float("nan"), float("inf"), 1e300])
    def test_a_price_that_is_none(self, price):
        assert (drawn(replace(CARD, price=price, sale_price=None), None)[SQUARE:] == WHITE).all()


class TestReading:
    @pytest.fixture
    def folder(self, tmp_path):
        (tmp_path / "images" / "in").mkdir(parents=True)
        Image.new("RGB", (20, 20), RED).save(tmp_path / "images" / "in" / "a.png")
        Image.new("RGB", (20, 20), RED).save(tmp_path / "secret.png")
        (tmp_path / "images" / "way-out.png").symlink_to(tmp_path / "secret.png")
        (tmp_path / "images" / "no.png").write_bytes(b"not a picture")
        with (tmp_path / "images" / "large.png").open("wb") as large:
            large.truncate(LARGEST + 1)
        return tmp_path / "images"

    def test_a_file_of_the_folder(self, folder):
        assert ProductPictures(folder).read_from("in/a.png").shape == (20, 20, 3)

    @pytest.mark.parametrize(
        "name", ["../secret.png", "way-out.png", "/etc/passwd", "in", "", "gone.png", "a\x00b", "file:///etc/passwd"]
    )
    def test_no_name_leads_out_of_it(self, folder, name):
        with pytest.raises(NotFound):
            ProductPictures(folder).read_from(name)

    def test_what_is_no_picture_of_use(self, folder):
        with pytest.raises(TooLarge):
            ProductPictures(folder).read_from("large.png")
        with pytest.raises(InvalidInput):
            ProductPictures(folder).read_from("no.png")

    def test_without_a_folder_there_are_no_files(self, folder):
        with pytest.raises(NotFound):
            ProductPictures().read_from("in/a.png")

    @pytest.mark.parametrize("url", ["http://127.0.0.1/a.png", "HTTP://169.254.169.254/latest", "https://[::1]/a.png"])
    def test_no_address_leads_into_our_own_network(self, folder, url):
        with pytest.raises(InvalidInput):
            ProductPictures(folder).read_from(url)


class Reader:
    def __init__(self):
        self.read = []

    def read_from(self, url):
        self.read.append(url)
        if url == "bug":
            raise RuntimeError("a bug of ours")
        return picture()


class TestKeeping:
    def test_no_more_bytes_than_allowed_the_oldest_first(self, clock):
        reader = Reader()
        images = SlotImages(reader, lambda card, photo: bytes(300), clock, most_bytes=1_000)
        for name in ("a", "b", "c", "a", "d", "a", "b"):
            images.of(replace(CARD, picture=name))
        assert reader.read == ["a", "b", "c", "d", "b"]

    def test_one_that_is_larger_than_all_is_not_kept(self, clock):
        images = SlotImages(Reader(), lambda card, photo: bytes(3_000), clock, most_bytes=1_000)
        assert len(images.of(CARD).content) == 3_000

    def test_a_bug_of_ours_leaves_title_and_price(self, clock):
        seen = []
        images = SlotImages(Reader(), lambda card, photo: seen.append(photo) or b"x", clock)
        assert images.of(replace(CARD, picture="bug")).content == b"x"
        assert seen == [None]
