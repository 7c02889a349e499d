"""Feeds of every format: what becomes a product, what is rejected on which line, and what stops the run."""

import gzip
import io
import json
import subprocess
import sys
import tracemalloc
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from indexer.feeds import Reject, Row, read_feed
from shared.domain.errors import FeedRejected, InvalidInput, MissingExtra, NotFound, VitrineError
from shared.services.feed_files import limits as feed_limits
from shared.services.feed_files import unpack as feed_unpack

REPO = Path(__file__).parents[2]
GOOGLE = """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:g="http://base.google.com/ns/1.0">
<channel>
<title>My shop</title>
<item>
  <g:id>A1</g:id>
  <title>Marks &amp; Co shirt</title>
  <g:price>15.00 USD</g:price>
  <g:sale_price>12.00 USD</g:sale_price>
  <g:google_product_category>1604</g:google_product_category>
  <g:product_type>Clothing &gt; Shirts</g:product_type>
  <g:image_link>https://shop.example/a1.jpg?w=1&amp;copy=2</g:image_link>
  <g:availability>out of stock</g:availability>
  <description><![CDATA[<p>Soft &amp; warm</p>]]></description>
</item>
<item>
  <title>no id here</title>
</item>
</channel>
</rss>
"""
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom" xmlns:g="http://base.google.com/ns/1.0">
<entry><id>tag:shop,1</id><title>Lamp</title><g:id>L1</g:id><link href="https://shop.example/l1"/></entry></feed>"""


def read(folder: Path, name: str, content: str | bytes, columns: dict[str, str] | None = None) -> list[Row | Reject]:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return list(read_feed(path, columns or {}))


def rows(outcomes: Iterable[Row | Reject]) -> dict[int, str]:
    return {outcome.line: outcome.product.id for outcome in outcomes if isinstance(outcome, Row)}


def rejects(outcomes: Iterable[Row | Reject]) -> dict[int, str]:
    return {outcome.line: outcome.reason for outcome in outcomes if isinstance(outcome, Reject)}


def test_google_rss(tmp_path: Path) -> None:
    first, second = read(tmp_path, "feed.xml", GOOGLE)
    assert isinstance(first, Row)
    product = first.product
    assert (first.line, product.id, product.title) == (5, "A1", "Marks & Co shirt")
    assert (product.price, product.sale_price, product.currency) == (15.0, 12.0, "USD")
    assert product.categories == ("Clothing", "Shirts")
    assert product.image == "https://shop.example/a1.jpg?w=1&copy=2"
    assert product.description == "Soft & warm"
    assert not product.can_be_bought
    assert second == Reject(16, "has no id")


def test_atom_prefers_googles_id_and_reads_the_link(tmp_path: Path) -> None:
    (row,) = read(tmp_path, "feed", ATOM)
    assert isinstance(row, Row)
    assert (row.product.id, row.product.link) == ("L1", "https://shop.example/l1")


def test_xml_flaws_cost_at_most_their_item(tmp_path: Path) -> None:
    items = (
        b"<item><id>1</id><title>Marks & Spencer caf&eacute;&nbsp;cup &#11;</title></item>\n"
        b"<item><id>2</id><title>bad \xff byte</title></item>\n"
        b"<item><id>3</id><title><![CDATA[A & B &amp;lt; C]]>\x0b</title></item>\n"
    )
    outcomes = read(tmp_path, "feed.xml", b"<rss><channel>\n" + items + b"</channel></rss>")
    assert [o.product.title for o in outcomes if isinstance(o, Row)] == ["Marks & Spencer café cup", "A & B &lt; C"]
    assert rejects(outcomes) == {3: "'title' holds bytes that are not UTF-8"}


def test_xml_that_breaks_off_ends_with_a_fatal_reject(tmp_path: Path) -> None:
    outcomes = read(tmp_path, "feed.xml", "<rss>\n<item><id>1</id><title>Cup</title></item>\n<item><id>2</idd>")
    assert rows(outcomes) == {2: "1"}
    assert isinstance(outcomes[-1], Reject)
    assert (outcomes[-1].line, outcomes[-1].fatal) == (3, True)


def test_xml_in_latin_1(tmp_path: Path) -> None:
    text = '<?xml version="1.0" encoding="ISO-8859-1"?><a><item><id>1</id><title>Käse</title></item></a>'
    (row,) = read(tmp_path, "feed.xml", text.encode("latin-1"))
    assert isinstance(row, Row)
    assert row.product.title == "Käse"


@pytest.mark.parametrize("size", range(1, 40))
def test_xml_repair_does_not_depend_on_where_chunks_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr("indexer.feeds.xml_items.HEAD", size)
    text = "<a><item><id>1</id><title>M&S &nbsp;x&#65;&amp;<![CDATA[ ]]]&amp;eacute; ]]>é & é</title></item></a>"
    (row,) = read(tmp_path, "feed.xml", text)
    assert isinstance(row, Row)
    assert row.product.title == "M&S xA& ]]]&eacute; é & é"


@pytest.mark.parametrize(
    "text",
    [
        '<!DOCTYPE a [<!ENTITY x "y">]><a><item><id>1</id><title>&x;</title></item></a>',
        '<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
        "<!DOCTYPE html><html><body>404</body></html>",
        "<a></a>",
        "",
        "\x00\x01\x02",
        "PK\x03\x04",
        "{}",
        "[]",
        "id,title\n",
        "colour,price\nred,5\n",
        "[" * 100_000,
        '{"a":' * 100_000,
    ],
)
def test_what_is_no_feed_is_refused_in_one_sentence(tmp_path: Path, text: str) -> None:
    with pytest.raises(FeedRejected) as caught:
        read(tmp_path, "feed", text)
    assert len(str(caught.value)) < 300
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_tables_with_quotes_and_line_numbers(tmp_path: Path, delimiter: str) -> None:
    text = '\ufeffid,title,price\r\n1,"Mug, ""large""\r\nwith a lid",5\r\n\r\n2,Cup,6,,\r\n3,Cup\r\n4,Jar,x\r\n'
    quoted = text.replace(",", delimiter).replace(f"Mug{delimiter}", "Mug,")
    outcomes = read(tmp_path, "feed.csv", quoted)
    assert rows(outcomes) == {2: "1", 5: "2"}
    assert rejects(outcomes) == {6: "has 2 columns where the header has 3", 7: "price 'x' is not a number"}
    assert outcomes[0].product.title == 'Mug, "large" with a lid'  # type: ignore[union-attr]
    assert outcomes[-1].product_id == "4"  # type: ignore[union-attr]


def test_an_unclosed_quote_costs_one_row(tmp_path: Path) -> None:
    text = 'id,title,brand\n1,Cup,X\n2,"Mug,X\n3,Jar,X\n4,"Pan, large",X\n5,Pot,X\n6,"Lid,X\n7,Jug,X\n'
    outcomes = read(tmp_path, "feed.csv", text)
    assert rows(outcomes) == {2: "1", 4: "3", 5: "4", 6: "5", 8: "7"}
    assert set(rejects(outcomes)) == {3, 7}


def test_a_tab_separated_feed_may_mean_its_quotes_literally(tmp_path: Path) -> None:
    outcomes = read(tmp_path, "feed.tsv", 'id\ttitle\n1\t"Best" shirt\n2\tscreen 15"\n3\t"quoted"\n')
    assert [o.product.title for o in outcomes if isinstance(o, Row)] == ['"Best" shirt', 'screen 15"', "quoted"]


def test_broken_bytes_nul_and_overlong_rows_are_rejected_alone(tmp_path: Path) -> None:
    long = b"x" * (feed_limits.MAX_FIELD + 1)
    endless = b"y" * (3 * feed_limits.MAX_RECORD)
    table = b"id,title\n1,caf\xe9\n2,a\x00b\n3," + long + b"\n4," + endless + b"\n5,Cup\n"
    outcomes = read(tmp_path, "feed.csv", table)
    assert rows(outcomes) == {6: "5"}
    assert set(rejects(outcomes)) == {2, 3, 4, 5}


def test_a_column_named_twice_counts_once(tmp_path: Path) -> None:
    (row,) = read(tmp_path, "feed.csv", "id,title,note,note\n1,Cup,a,b\n")
    assert row.product.attributes == {"note": "a", "note (2)": "b"}  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "text",
    [
        '[\n{"id": 1, "title": "Cup"},\n{"id": 2, "title": "Mug"}]',
        '{"shop": {"name": "x", "tags": ["a", {"b": 1}]}, "products": '
        '[\n{"id": 1, "title": "Cup"},\n{"id": 2, "title": "Mug"}\n]}',
        '{"data": {"products": {"edges": '
        '[\n{"node": {"id": 1, "title": "Cup"}},\n{"node": {"id": 2, "title": "Mug"}}]}}}',
        '\n{"id": 1, "title": "Cup"}\n{"id": 2, "title": "Mug"}\n',
        '\n{"id": 1,\n"title": "Cup"}\n{\n"id": 2, "title": "Mug"}',
    ],
)
def test_json_containers(tmp_path: Path, text: str) -> None:
    found = rows(read(tmp_path, "feed.json", text))
    assert list(found.values()) == ["1", "2"]
    assert min(found) == 2


def test_a_broken_element_of_a_json_array_costs_itself(tmp_path: Path) -> None:
    text = (
        '[{"id": 1, "title": "Cup"},\n{"id": 2, "title": oops},\n{"id": 3, "title": "Jar"},\n5,\n'
        '{"id": 4, "title": "Pan"} {"id": 5},\n{"id": 6, "title": "Pot"}\n'
    )
    outcomes = read(tmp_path, "feed.json", text)
    assert rows(outcomes) == {1: "1", 3: "3", 5: "4", 6: "6"}
    assert set(rejects(outcomes)) == {2, 4, 5, 7}
    assert outcomes[-1].fatal  # type: ignore[union-attr]


def test_json_lines_with_bad_lines(tmp_path: Path) -> None:
    lines = [
        b'{"id": "1", "title": "Cup"}',
        b"{oops}",
        b'{"id": "3", "title": "\xff"}',
        b"[]",
        b'{"id": "5", "title": "\\ud800"}',
    ]
    outcomes = read(tmp_path, "feed.jsonl", b"\n".join(lines))
    assert rows(outcomes) == {1: "1"}
    assert set(rejects(outcomes)) == {2, 3, 4, 5}


def test_schema_org(tmp_path: Path) -> None:
    thing = {
        "@context": "https://schema.org",
        "@type": "Product",
        "sku": "S1",
        "name": "Cup",
        "image": ["https://shop.example/1.jpg", "https://shop.example/2.jpg"],
        "brand": {"@type": "Brand", "name": "Acme"},
        "offers": [{"price": 5.5, "priceCurrency": "EUR", "availability": "https://schema.org/InStock"}],
    }
    (row,) = read(tmp_path, "feed.json", json.dumps(thing, indent=1))
    assert isinstance(row, Row)
    product = row.product
    assert (product.id, product.brand, product.price, product.currency) == ("S1", "Acme", 5.5, "EUR")
    assert product.image == "https://shop.example/1.jpg"


def test_shopify_variants_share_a_group(tmp_path: Path) -> None:
    text = (
        "Handle,Title,Body (HTML),Vendor,Type,Option1 Name,Option1 Value,Option2 Name,Option2 Value,Variant SKU,"
        "Variant Price,Variant Compare At Price,Variant Inventory Qty,Image Src,Status\n"
        "shirt,Shirt,<p>Soft</p>,Acme,Shirts,Color,Red,Size,M,SH-R,8,10,3,https://x.example/r.jpg,active\n"
        "shirt,,,,,,Blue,,L,,9,,-1,,\n"
        "shirt,,,,,,,,,,,,,https://x.example/extra.jpg,\n"
        "hat,Hat,,Acme,Hats,Title,Default Title,,,,5,,1,,draft\n"
    )
    first, second, hat = (o.product for o in read(tmp_path, "shop.csv", text) if isinstance(o, Row))
    assert (first.id, first.colour, first.size, first.price, first.sale_price) == ("SH-R", "Red", "M", 10, 8)
    assert (second.id, second.colour, second.size, second.price) == ("shirt/Blue/L", "Blue", "L", 9)
    assert (second.title, second.brand, second.stock, second.item_group_id) == ("Shirt", "Acme", 0, "shirt")
    assert second.image == "https://x.example/r.jpg"
    assert second.categories == ("Shirts",)
    assert (hat.id, hat.can_be_bought) == ("hat", False)


def test_parquet_also_gzipped(tmp_path: Path) -> None:
    pl = pytest.importorskip("polars")
    frame = pl.DataFrame(
        {
            "product_id": [1, 2],
            "title": ["Cup", None],
            "price": [5.5, 6.0],
            "tags": [["a", "b"], []],
            "photo": [b"\xff", b""],
            "offers": [{"currency": "EUR"}, {"currency": None}],
        }
    )
    raw = io.BytesIO()
    frame.write_parquet(raw)
    for name, content in (("feed.parquet", raw.getvalue()), ("feed.parquet.gz", gzip.compress(raw.getvalue()))):
        row, reject = read(tmp_path, name, content)
        assert isinstance(row, Row)
        assert (row.product.id, row.product.price) == ("1", 5.5)
        assert row.product.attributes == {"tags": "a, b"}
        assert reject == Reject(2, "has no title", "2")
    with pytest.raises(FeedRejected):
        read(tmp_path, "broken.parquet", raw.getvalue()[:-30])


def test_parquet_is_read_in_slices_however_large_its_row_groups_are(tmp_path: Path) -> None:
    pl = pytest.importorskip("polars")
    rows = 20_000_000
    numbers = {name: pl.repeat(7, rows, dtype=pl.Int64) for name in ("id", "title")}
    pl.select(**numbers).lazy().sink_parquet(tmp_path / "bomb.parquet", row_group_size=rows, statistics=False)
    program = """
import resource, sys
from itertools import islice
from pathlib import Path
import polars
from indexer.feeds.parquet import read_parquet
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
records = list(islice(read_parquet(Path(sys.argv[1])), 110_000))
assert [record.line for record in records] == list(range(1, 110_001))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""
    command = [sys.executable, "-c", program, str(tmp_path / "bomb.parquet")]
    grown = subprocess.run(command, capture_output=True, text=True, check=True, cwd=REPO).stdout
    assert int(grown) < 160_000  # of 320,000 kB that the row group is when unpacked, and 110,000 records are kept


def test_a_parquet_row_of_endless_texts_is_no_record(tmp_path: Path) -> None:
    pl = pytest.importorskip("polars")
    raw = io.BytesIO()
    pl.DataFrame({"id": [1, 2, 3], "title": ["Cup", "A" * 2_000_000, "Lid"]}).write_parquet(raw)
    outcomes = read(tmp_path, "feed.parquet", raw.getvalue())
    assert rows(outcomes) == {1: "1", 3: "3"}
    assert rejects(outcomes) == {2: "is longer than 1,048,576 bytes"}


def test_parquet_without_polars_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "polars", None)
    with pytest.raises(MissingExtra, match=r"vitrine\[parquet\]"):
        read(tmp_path, "feed.parquet", b"PAR1")


def test_an_endless_xml_item_is_not_gathered(tmp_path: Path) -> None:
    endless = "".join(f"<x{n % 9}>{n}</x{n % 9}>" for n in range(200_000))
    outcomes = read(tmp_path, "feed.xml", f"<a><item>{endless}</item>\n<item><id>1</id><title>Cup</title></item></a>")
    assert rejects(outcomes) == {1: "is longer than 1,048,576 characters"}
    assert rows(outcomes) == {2: "1"}
    with pytest.raises(FeedRejected, match="one tag or comment"):
        read(tmp_path, "feed.xml", "<a><!--" + "x" * 2_000_000 + "--></a>")


def test_gzip_by_content_and_cut_short(tmp_path: Path) -> None:
    text = "id,title\n" + "".join(f"{n},Cup {n * 7919 % 1009}\n" for n in range(20_000))
    packed = gzip.compress(text.encode())
    assert len(read(tmp_path, "feed.csv", packed)) == 20_000
    *before, last = read(tmp_path, "feed.csv.gz", packed[: len(packed) // 2])
    assert before
    assert isinstance(last, Reject)
    assert last.fatal
    assert "cut short" in last.reason


def test_a_gzip_bomb_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed_unpack, "UNPACKED_GRACE", 1 << 16)
    bomb = gzip.compress(b"id,title\n" + b"1,Cup\n" * (1 << 18))
    with pytest.raises(FeedRejected, match="bomb"):
        read(tmp_path, "feed.csv.gz", bomb)


def test_told_columns(tmp_path: Path) -> None:
    text = "Nummer,Bezeichnung,A,B\n7,Tasse,Küche,Geschirr\n"
    (row,) = read(tmp_path, "f.csv", text, {"id": "nummer", "title": "Bezeichnung", "categories": "A>B"})
    assert isinstance(row, Row)
    assert (row.product.id, row.product.title, row.product.categories) == ("7", "Tasse", ("Küche", "Geschirr"))
    with pytest.raises(InvalidInput, match=r"'Titel'.*Nummer, Bezeichnung"):
        read(tmp_path, "f.csv", text, {"id": "Nummer", "title": "Titel"})
    with pytest.raises(InvalidInput, match=r"no field 'weight'.*id, title"):
        read(tmp_path, "f.csv", text, {"weight": "A"})
    with pytest.raises(NotFound):
        list(read_feed(tmp_path / "absent.csv"))
    with pytest.raises(InvalidInput):
        list(read_feed(tmp_path))


@pytest.mark.parametrize("kind", ["csv", "jsonl", "json", "xml"])
def test_memory_does_not_grow_with_the_feed(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "feed"
    text = "A cup of blue porcelain with a handle. " * 8
    count = 6_000
    with path.open("w") as file:
        file.write({"csv": "id,title,description\n", "jsonl": "", "json": "[", "xml": "<rss>"}[kind])
        for n in range(count):
            end = ",\n" if n < count - 1 else "]"
            thing = json.dumps({"id": n, "title": "Cup", "description": text})
            item = f"<item><id>{n}</id><title>Cup</title><description>{text}</description></item>\n"
            file.write({"csv": f"{n},Cup,{text}\n", "jsonl": thing + "\n", "json": thing + end, "xml": item}[kind])
        file.write("</rss>" if kind == "xml" else "")
    tracemalloc.start()
    assert sum(isinstance(outcome, Row) for outcome in read_feed(path)) == count
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert path.stat().st_size > 1_900_000
    assert peak < 1_300_000


def test_real_catalogues(data_dir: Path) -> None:
    fashion = list(read_feed(data_dir / "fashion" / "catalogue.csv"))
    assert len(fashion) == 8000
    assert all(isinstance(outcome, Row) for outcome in fashion)
    eshop = [outcome for outcome in read_feed(data_dir / "eshop" / "catalog.json") if isinstance(outcome, Row)]
    assert len(eshop) == 101
    assert (eshop[1].line, eshop[1].product.brand, eshop[1].product.price) == (10, "Gravitator", 89.99)
    photos = [
        outcome for outcome in read_feed(data_dir / "fashion_photos" / "catalogue.csv") if isinstance(outcome, Row)
    ]
    assert photos[0].product.image == "31118.jpg"
    assert photos[0].product.categories == ("Apparel", "Topwear", "Tops")


STARTS = [
    b"",
    b"\x1f\x8b\x08\x00",
    b"PAR1",
    b"<?xml version='1.0'?><rss>",
    b"[{",
    b'{"a":[{',
    b"id,title\n",
    b"id\ttitle\n",
]
PIECES = st.sampled_from(
    [
        b"<item>", b"</item>", b"<id>1</id>", b"<title>x</title>", b"<![CDATA[", b"]]>", b"&#0;", b"&", b"<!--",
        b'{"id":1,"title":"x"}', b",", b"\n", b'"', b"]", b"}", b"1,x\n", b"\xff", b"\x00", b"\xed\xa0\x80",
    ]
)  # fmt: skip
SUFFIXES = ["", ".csv", ".tsv", ".json", ".jsonl", ".xml", ".parquet", ".gz", ".csv.gz"]


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    start=st.sampled_from(STARTS),
    body=st.binary(max_size=300) | st.lists(PIECES, max_size=30).map(b"".join),
    packed=st.booleans(),
    suffix=st.sampled_from(SUFFIXES),
)
def test_nothing_but_our_own_errors_for_any_bytes(
    tmp_path: Path, start: bytes, body: bytes, packed: bool, suffix: str
) -> None:
    content = gzip.compress(start + body) if packed else start + body
    try:
        outcomes = read(tmp_path, "feed" + suffix, content)
    except VitrineError:
        return
    assert outcomes
    assert all(1 <= outcome.line <= (start + body).count(b"\n") + 1 for outcome in outcomes)
    assert [outcome.line for outcome in outcomes] == sorted(outcome.line for outcome in outcomes)
    assert all(outcome.product.id and outcome.product.title for outcome in outcomes if isinstance(outcome, Row))
    assert not any(isinstance(outcome, Reject) and outcome.fatal for outcome in outcomes[:-1])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(bad=st.lists(st.booleans(), min_size=1, max_size=40), kind=st.sampled_from(["csv", "jsonl", "json", "xml"]))
def test_counts_add_up(tmp_path: Path, bad: list[bool], kind: str) -> None:
    things = [{"id": "" if broken else str(n), "title": "Cup"} for n, broken in enumerate(bad)]
    text = {
        "csv": "id,title\n" + "".join(f"{t['id']},Cup\n" for t in things),
        "jsonl": "\n".join(map(json.dumps, things)),
        "json": json.dumps(things),
        "xml": "<a>" + "".join(f"<item><id>{t['id']}</id><title>Cup</title></item>" for t in things) + "</a>",
    }[kind]
    try:
        outcomes = read(tmp_path, "feed", text)
    except FeedRejected:
        assert kind == "xml"
        assert all(bad)
        return
    assert [isinstance(outcome, Reject) for outcome in outcomes] == bad
