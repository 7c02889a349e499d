"""How much of a feed is taken at once. A feed is a stranger's file; each of these bounds what it can make us hold."""

MAX_FIELD = 100_000
"""Characters of one value. Google allows 5,000 for a description and shops' HTML bodies rarely pass 50,000;
it stays below the 131,072 at which Python's csv module gives up by itself."""

MAX_RECORD = 1 << 20
"""Bytes of one record: a row of a table, a line of JSON, an item of XML."""

MAX_COLUMNS = 1_000
"""Columns of a table, or keys of a record. Wide marketplace templates have about 300."""

MAX_DEPTH = 4
"""Levels of nesting that are looked into: schema.org needs three."""

MAX_XML_DEPTH = 64
"""Open elements at a time; the parser keeps each of them in memory."""

MAX_XML_NAMES = 10_000
"""Distinct names of elements; the parser keeps each of them in memory for ever."""

MAX_UNPACKED = 32 << 30
"""Bytes of a feed once decompressed: some ten million products with long texts."""

UNPACKED_GRACE = 64 << 20
MAX_RATIO = 200
"""Decompressed bytes per compressed byte, past the grace. Feeds compress five to forty times, a bomb a thousand."""

MAX_REREAD = 256 << 20
"""Characters that may be read again after a quote swallowed the lines behind it: the worst case stays linear."""

MAX_BROKEN = 10_000
"""Broken elements of a JSON array after which the rest is not searched for the next sound one."""

LOOKAHEAD = 100
"""Records of a feed without a header that are looked at before its columns are taken for known."""

MAX_DOWNLOAD = 8 << 30
"""Bytes of a feed that is fetched."""

DOWNLOAD_SECONDS = 3_600.0
"""Time for all of it: 8 GiB at 20 Mbit/s."""

HEAD = 1 << 16
"""Bytes looked at to tell what a file is."""
