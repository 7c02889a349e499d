"""From a row's cells to a product: column names, prices, texts, moments, categories, limits."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.feeds.columns import Columns
from indexer.feeds.mapping import product_of
from shared.domain.keywords import terms
from shared.domain.products import Availability, Product
from shared.services.feed_files.records import Record, RowProblem, Value
from shared.services.feed_files.text import clean
from shared.services.feed_files.values import parse_image, parse_link, parse_moment, parse_price


def mapped(cells: dict[str, Value], told: dict[str, str] | None = None) -> Product:
    columns = Columns(told or {})
    columns.learn(cells, settled=False)
    columns.require()
    return product_of(Record(1, cells), columns)


def product(**cells: Any) -> Product:
    return mapped({"id": "1", "title": "Cup", **cells})


@pytest.mark.parametrize(
    ("text", "amount", "currency"),
    [
        ("15", 15.0, ""),
        ("15.00 USD", 15.0, "USD"),
        ("EUR 1.234,50", 1234.5, "EUR"),
        ("$15", 15.0, "USD"),
        ("1,299.00", 1299.0, ""),
        ("1,299", 1299.0, ""),
        ("1 299,00 €", 1299.0, "EUR"),
        ("1'299.90 CHF", 1299.9, "CHF"),
        ("₹1,29,900.00", 129900.0, "INR"),
        ("1.299 EUR", 1299.0, "EUR"),
        ("1.299", 1.299, ""),
        ("0.125 EUR", 0.125, "EUR"),
        ("2.500 KWD", 2.5, "KWD"),
        ("1.234.567,89", 1234567.89, ""),
        ("15,-", 15.0, ""),
        ("99,5", 99.5, ""),
        ("US$ 20", 20.0, "USD"),
        ("1e3", 1000.0, ""),
        (".99", 0.99, ""),
        ("0", 0.0, ""),
    ],
)
def test_prices(text: str, amount: float, currency: str) -> None:
    assert parse_price(text) == (pytest.approx(amount), currency)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("abc", "price 'abc' is not a number"),
        ("NaN", "price 'NaN' is not a number"),
        ("-5", "price '-5' is negative"),
        ("€ −5", "price '€ −5' is negative"),
        ("10 - 20 USD", "price '10 - 20 USD' is not a single number"),
        ("12 34", "price '12 34' is not a single number"),
        ("1.2.3", "price '1.2.3' is not a number"),
        ("5 apples", "price '5 apples' is not a number"),
        ("1e300", "price '1e300' is beyond anything that is sold"),
        ("99999999999", "price '99999999999' is beyond anything that is sold"),
    ],
)
def test_bad_prices_say_what_is_wrong(text: str, reason: str) -> None:
    with pytest.raises(RowProblem) as caught:
        product(price=text)
    assert str(caught.value) == reason


def test_the_order_of_a_records_keys_changes_nothing() -> None:
    cells: dict[str, Value] = {f"detail {n:02}": f"value {n}" for n in range(40)}
    forward = product(**cells)
    backward = product(**dict(reversed(cells.items())))
    assert list(forward.attributes) == [f"detail {n:02}" for n in range(24)]
    assert list(forward.attributes.items()) == list(backward.attributes.items())
    assert forward.text() == backward.text()


@given(st.text(alphabet="0123456789.,'’ -$€USDkr()eE+x", max_size=20))
def test_any_price_is_a_sane_number_or_a_problem(text: str) -> None:
    try:
        amount, _ = parse_price(text)
    except RowProblem:
        return
    assert 0 <= amount <= 1e10


def test_a_sale_price_must_be_lower() -> None:
    assert product(price="10", sale_price="8").effective_price == 8
    assert product(price="10", sale_price="12").sale_price is None
    assert product(price="", sale_price="8").price == 8
    assert product(price="10", currency="eur").currency == "EUR"


@pytest.mark.parametrize(
    "names",
    [
        ("id", "title"),
        ("product_id", "productDisplayName"),
        ("ProductId", "ProductTitle"),
        ("ITEM_ID", "Product Name"),
        ("g:id", "g:title"),
        ("SKU", "NAME"),
    ],
)
def test_columns_are_guessed_from_their_names(names: tuple[str, str]) -> None:
    found = mapped({names[0]: "7", names[1]: "Cup", "Image Src": "7.jpg", "Base Colour": "Red", "Vendor": "Acme"})
    assert (found.id, found.title, found.image, found.colour, found.brand) == ("7", "Cup", "7.jpg", "Red", "Acme")


def test_the_better_name_wins_and_the_other_id_stays_findable() -> None:
    found = mapped({"sku": "S", "name": "Short", "id": "7", "title": "Long"})
    assert (found.id, found.title, found.attributes) == ("7", "Long", {"sku": "S"})


@pytest.mark.parametrize("column", ["gtin", "g:gtin", "EAN", "upc", "Variant Barcode"])
def test_the_bar_code_is_kept_apart_from_what_the_product_says_of_itself(column: str) -> None:
    found = mapped({"id": "7", "name": "Cup", column: "0012345678905"})
    assert (found.gtin, found.attributes, found.text()) == ("0012345678905", {}, "Cup")
    assert {"0012345678905", "12345678905"} <= set(terms(found.words()))


def test_what_was_told_beats_what_would_be_guessed() -> None:
    found = mapped(
        {"id": "1", "code": "X", "title": "Cup", "subtitle": "Blue cup"}, {"id": "code", "title": "subtitle"}
    )
    assert (found.id, found.title) == ("X", "Blue cup")


@pytest.mark.parametrize(
    ("cells", "path"),
    [
        ({"google_product_category": "Home > Kitchen > Cups"}, ("Home", "Kitchen", "Cups")),
        ({"google_product_category": "1604", "product_type": "Cups"}, ("Cups",)),
        ({"product_type": "A > B", "google_product_category": "C > D"}, ("A", "B")),
        ({"masterCategory": "Apparel", "subCategory": "Top", "articleType": "Shirts"}, ("Apparel", "Top", "Shirts")),
        ({"ProductType": "Tops", "SubCategory": "Topwear", "Category": "Apparel"}, ("Apparel", "Topwear", "Tops")),
        ({"CATEGORY_L2": "B", "CATEGORY_L1": "A", "CATEGORY_L3": ""}, ("A", "B")),
        ({"item_category": "A", "item_category2": "B"}, ("A", "B")),
        ({"Categories": "Clothing > Hoodies, Clothing > Sale"}, ("Clothing", "Hoodies")),
        ({"categories": ("Home", "Cups")}, ("Home", "Cups")),
        ({"Type": "Ski/boarding"}, ("Ski/boarding",)),
        ({"category": "Home &gt; Cups &amp; Mugs"}, ("Home", "Cups & Mugs")),
    ],
)
def test_category_paths(cells: dict[str, Value], path: tuple[str, ...]) -> None:
    assert product(**cells).categories == path


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("in stock", Availability.IN_STOCK),
        ("IN_STOCK", Availability.IN_STOCK),
        ("true", Availability.IN_STOCK),
        ("https://schema.org/OutOfStock", Availability.OUT_OF_STOCK),
        ("0", Availability.OUT_OF_STOCK),
        ("Pre-order", Availability.PREORDER),
        ("", Availability.IN_STOCK),
    ],
)
def test_availability(text: str, state: Availability) -> None:
    assert product(availability=text).availability is state


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"availability": "perhaps"}, "availability 'perhaps' is not in_stock"),
        ({"stock": "many"}, "stock 'many' is not a quantity"),
        ({"stock": "inf"}, "stock 'inf' is not a quantity"),
        ({"id": " "}, "has no id"),
        ({"id": "x" * 129}, "129 characters long"),
        ({"id": "a\u200eb"}, "cannot be printed"),
        ({"title": "<br>\x01"}, "has no title"),
        ({"brand": "a\udcffb"}, "'brand' holds bytes that are not UTF-8"),
        ({"brand": "a\0b"}, "'brand' holds a NUL byte"),
        ({"note": "x" * 100_001}, "100,001 characters long"),
    ],
)
def test_bad_rows_say_what_is_wrong(cells: dict[str, str], reason: str) -> None:
    with pytest.raises(RowProblem, match=reason):
        product(**cells)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("1577836800", datetime(2020, 1, 1, tzinfo=UTC)),
        ("1577836800000", datetime(2020, 1, 1, tzinfo=UTC)),
        ("2020-01-01", datetime(2020, 1, 1, tzinfo=UTC)),
        ("2020/01/01", datetime(2020, 1, 1, tzinfo=UTC)),
        ("2020-01-01T02:00:00+02:00", datetime(2020, 1, 1, tzinfo=UTC)),
        ("2019-12-31 19:00:00 -0500", datetime(2020, 1, 1, tzinfo=UTC)),
        ("Wed, 01 Jan 2020 00:00:00 GMT", datetime(2020, 1, 1, tzinfo=UTC)),
        ("Summer 2012", None),
        ("0001-01-01", None),
        ("99999999999999999", None),
    ],
)
def test_moments(text: str, moment: datetime | None) -> None:
    assert parse_moment(text) == moment


@given(st.text(max_size=40))
def test_any_text_is_a_moment_in_utc_or_none(text: str) -> None:
    moment = parse_moment(text)
    assert moment is None or moment.tzinfo is UTC


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("<p>Soft<br>&amp; <b>wa</b>rm</p><script>alert('x')</script>", "Soft & warm"),
        ("&lt;p&gt;twice&lt;/p&gt;", "twice"),
        ("size 5 < 6 and 7 > 3", "size 5 < 6 and 7 > 3"),
        ("a\u202eb\x07c\u200bd\tе\n\nf", "abcd е f"),
        ("family 👨‍👩‍👧", "family 👨‍👩‍👧"),
    ],
)
def test_text_becomes_plain(text: str, plain: str) -> None:
    assert clean(text, 200) == plain


def test_text_is_cut_at_a_word() -> None:
    assert clean("porcelain cup", 11) == "porcelain"
    assert clean("x" * 30, 10) == "x" * 10


def test_hostile_markup_takes_linear_time() -> None:
    for text in (
        "<" * 100_000,
        "<a" * 50_000,
        "<!--" * 25_000,
        "<script>" * 12_000,
        "&lt;" * 25_000,
        "&#" + "9" * 90_000 + ";",
    ):
        assert len(clean(text, 500)) <= 500
    for text in (" " * 99_000 + "x", "> " * 40_000, " ,;" * 30_000):
        assert product(category=text, image=text, link=text, price="").image == parse_image(text)


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "data:text/html,x", "//evil.example", "http://a b", "x" * 3000]
)
def test_only_web_links_are_kept(link: str) -> None:
    assert parse_link(link) == ""


def test_images_are_references_that_can_be_looked_up() -> None:
    assert parse_image("https://a.example/1.jpg,https://a.example/2.jpg") == "https://a.example/1.jpg"
    assert parse_image("//a.example/1.jpg") == "https://a.example/1.jpg"
    assert parse_image("photos/red, blue.jpg") == "photos/red, blue.jpg"
    assert parse_image("file:///etc/passwd") == ""
    assert parse_image("data:image/png;base64,AAAA") == ""


def test_attributes_are_bounded_and_say_something() -> None:
    cells: dict[str, Value] = {f"fact {n}": f"value {n}" for n in range(40)}
    cells |= {"flag": "true", "long": "x" * 201, "other_image": "https://a.example/b.jpg", "shipping": "5 USD"}
    assert len(product(**cells).attributes) == 24
    assert product(
        flag="true", long="x" * 201, video="https://a.example", shipping="5 USD", pattern="dots"
    ).attributes == {"pattern": "dots"}
