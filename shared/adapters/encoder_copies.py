"""The encoders that made the index versions, brought from the blob store into a folder on this machine.

``root/<encoder>/`` is a whole, checked copy; it may be lost any time. What an encoder is called there never changes its
meaning: the name holds a digest of all that identifies it.
"""

import errno
import os
import threading
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from shared.adapters.durable_files import remove_tree
from shared.adapters.encoder_folder import (
    load_image_encoder,
    load_text_encoder,
    open_brought_folder,
    read_manifest,
)
from shared.adapters.scratch import scratch_folder
from shared.domain.encoder_files import MANIFEST, MOST_BYTES, encoder_blob, folder_name
from shared.domain.errors import EncoderUnavailable, Unavailable
from shared.domain.spaces import EncoderInfo
from shared.ports import BlobStore, ImageEncoder, TextEncoder

_KEPT = 4
"""Copies on this machine: of two spaces, that of the live version and that of the one before or after it."""
_Loaded = TypeVar("_Loaded", bound=TextEncoder)


class EncoderCopies:
    """A :class:`shared.ports.EncoderShelf`. Several processes may share ``root``."""

    def __init__(self, blobs: BlobStore, root: Path) -> None:
        self._blobs = blobs
        self._root = root
        self._turns: defaultdict[EncoderInfo, threading.Lock] = defaultdict(threading.Lock)

    def text_encoder(self, info: EncoderInfo) -> TextEncoder:
        return self._loaded(info, load_text_encoder)

    def image_encoder(self, info: EncoderInfo) -> ImageEncoder:
        return self._loaded(info, load_image_encoder)

    def _loaded(self, info: EncoderInfo, load: Callable[[Path], _Loaded]) -> _Loaded:
        folder = self._root / folder_name(info)
        with self._turns[info]:
            try:
                if folder.is_dir():
                    try:
                        return _opened(folder, load)
                    except EncoderUnavailable:
                        remove_tree(folder)  # damaged since it was brought: what is kept may be whole
                self._bring(info, folder)
                return _opened(folder, load)
            except OSError as error:
                raise Unavailable(
                    f"The encoder {info.fingerprint} could not be written to {self._root} "
                    f"({error.strerror or type(error).__name__}): give it more room."
                ) from error

    def _bring(self, info: EncoderInfo, folder: Path) -> None:
        """Nothing has the copy's name before all of it is here and every byte is checked."""
        self._root.mkdir(parents=True, exist_ok=True)
        self._prune(_KEPT - 1)
        with scratch_folder(self._root) as scratch:
            brought = scratch / folder.name
            brought.mkdir()
            try:
                self._download(info, brought)
            except EncoderUnavailable as error:
                raise EncoderUnavailable(
                    f"The encoder {info.fingerprint} is not here, and what is kept of it beside the index versions "
                    f"({encoder_blob(info, '*')}) {error}: remove that, and index the feed again with the encoder."
                ) from error
            try:
                brought.rename(folder)
            except OSError as error:
                if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):  # another process has brought it meanwhile
                    raise

    def _download(self, info: EncoderInfo, into: Path) -> None:
        """All of its files, checked to the last byte. The error says only what is wrong with what is kept."""
        self._download_file(info, MANIFEST, into)
        try:
            manifest = read_manifest(into)
        except EncoderUnavailable as error:
            raise EncoderUnavailable(f"has a damaged {MANIFEST}") from error
        if manifest.info != info:
            raise EncoderUnavailable(f"is {manifest.info.fingerprint}")
        if (size := sum(file.bytes for file in manifest.files.values())) > MOST_BYTES:
            raise EncoderUnavailable(f"has {size:,} bytes, of which {MOST_BYTES:,} are allowed")
        for name in manifest.files:
            self._download_file(info, name, into)
        try:
            open_brought_folder(into)
        except EncoderUnavailable as error:
            raise EncoderUnavailable("is damaged") from error

    def _download_file(self, info: EncoderInfo, name: str, into: Path) -> None:
        if not self._blobs.download(encoder_blob(info, name), into / name):
            raise EncoderUnavailable(f"has no {name}")

    def _prune(self, most: int) -> None:
        copies = [path for path in self._root.iterdir() if not path.name.startswith(".")]
        for copy in sorted(copies, key=_used_at, reverse=True)[most:]:
            remove_tree(copy)


def _opened(folder: Path, load: Callable[[Path], _Loaded]) -> _Loaded:
    os.utime(folder)  # the copy used last is kept longest
    return load(folder)


def _used_at(folder: Path) -> float:
    with suppress(FileNotFoundError):  # another process may remove it meanwhile
        return folder.stat().st_mtime
    return 0.0
