"""From what the operator names to a local file: a path as it is, a URL as a download."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from shared.domain.errors import InvalidInput
from shared.intake.fetch import FetchPolicy, download
from shared.services.drops import own_name
from shared.services.feed_files.limits import DOWNLOAD_SECONDS, MAX_DOWNLOAD
from shared.services.feed_files.unpack import require_file


@contextmanager
def open_source(source: str, policy: FetchPolicy) -> Iterator[Path]:
    """The feed as a local file: a path as it is, an http(s) URL as a temporary download that goes with the block.

    Its time of change is the feed's own, where the server tells one.

    Raises NotFound for a path that is not there, InvalidInput for another scheme or a refused address,
    Unavailable when a download fails. A feed may be larger and slower than the pictures ``policy`` is for.
    """
    scheme, separator, _ = source.partition("://")
    if not separator:
        yield require_file(Path(source))
        return
    if scheme.lower() not in ("http", "https"):
        raise InvalidInput(f"A feed can be a path or an http(s) URL, and {source!r} is neither.")
    with tempfile.TemporaryDirectory(prefix="vitrine-feed-") as folder:
        target = Path(folder) / own_name(urlsplit(source).path)
        with target.open("wb") as file:
            changed = download(source, replace(policy, max_bytes=MAX_DOWNLOAD, total_timeout=DOWNLOAD_SECONDS), file)
        if changed:
            os.utime(target, (changed.timestamp(), changed.timestamp()))
        yield target
