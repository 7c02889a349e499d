"""The pictures of products: found in a folder, beside the feed, or behind an address, and decoded."""

import os
import stat
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from types import TracebackType

from shared.domain.errors import NotFound, VitrineError
from shared.domain.products import Product
from shared.domain.spaces import RgbImage
from shared.intake.decoding import Undecodable, decode
from shared.intake.fetch import Fetcher, FetchPolicy

SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".gif", ".avif", ".bmp", ".JPG", ".JPEG", ".PNG")


@dataclass(frozen=True, slots=True)
class ImageProblem:
    """Why a product has no picture: one sentence. It costs the product its image vector, never its place."""

    reason: str


@dataclass(frozen=True, slots=True)
class _File:
    """``name`` is the path from the folder it was found under, which may be moved as a whole."""

    path: Path
    name: str
    size: int
    mtime_ns: int


class ImageSource:
    """Where the pictures of a feed are.

    ``folder`` holds pictures named as the feed names them or by product id; ``feed_folder`` is where relative paths
    start. No reference leads out of these two, by ``..``, by an absolute path or by a symbolic link. An address is
    fetched only when ``folder`` has no picture of that product's id: the last part of an address ("main.jpg") is
    often the same for many products. Raises NotFound when ``folder`` is told and is not there.

    Fetching waits for others and has many threads; decoding takes memory (:func:`shared.intake.decoding.decode` says
    how much) and is done on no more pictures at a time than there are processors.
    """

    def __init__(self, folder: Path | None, feed_folder: Path | None, fetch: FetchPolicy, image_size: int) -> None:
        self._by_id = _resolved(folder)
        if folder is not None and self._by_id is None:
            raise NotFound(f"The folder of pictures '{folder}' is not there: check its name, or leave it out.")
        self._named = [root for root in (self._by_id, _resolved(feed_folder)) if root]
        self._policy = fetch
        self._image_size = image_size
        self._fetcher: Fetcher | None = None
        self._lock = threading.Lock()
        self._decoding = threading.BoundedSemaphore(os.cpu_count() or 1)

    def __enter__(self) -> "ImageSource":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections that fetching left open."""
        with self._lock:
            if self._fetcher:
                self._fetcher.close()
                self._fetcher = None

    def fingerprint(self, product: Product) -> str:
        """A cheap identity of the picture, which changes when the file does: its address, or its path in the
        folder, size and mtime.

        Empty when the product has none. What stands behind an address is taken to stay the same.
        """
        found = self._find(product)
        if isinstance(found, _File):
            return f"{found.name}|{found.size}|{found.mtime_ns}"
        return found

    def reference(self, product: Product) -> str:
        """Where the picture is for whoever serves it: what the feed says, or the file that was found by the id."""
        found = self._find(product)
        return found.name if isinstance(found, _File) and not product.image else product.image

    def load(self, products: Sequence[Product]) -> Iterator[tuple[str, RgbImage | ImageProblem]]:
        """Each product's id and its picture, in the order they are ready.

        Shape (height, width, 3), upright and on white, reduced to no less than twice the encoder's side. At most
        two per thread are under way or waiting, so memory stays bounded however slowly they are taken: sixteen
        threads hold at most 16 files of ``max_bytes``, 32 pictures of 10 MB, and one being decoded per processor.
        """
        remote = any(is_address(product.image) for product in products)
        threads = max(1, min(self._policy.concurrency if remote else os.cpu_count() or 1, len(products) or 1))
        waiting: dict[Future[RgbImage | ImageProblem], str] = {}
        with ThreadPoolExecutor(threads, thread_name_prefix="images") as pool:
            try:
                for product in products:
                    waiting[pool.submit(self._load, product)] = product.id
                    if len(waiting) >= 2 * threads:
                        yield from _finished(waiting)
                while waiting:
                    yield from _finished(waiting)
            finally:
                for future in waiting:
                    future.cancel()

    def _load(self, product: Product) -> RgbImage | ImageProblem:
        try:
            found = self._find(product)
            if isinstance(found, _File):
                content = _read(found, self._policy.max_bytes)
            elif found:
                content = self._fetching().fetch(found)
            else:
                return ImageProblem(_not_found(product))
            with self._decoding:
                return decode(content, self._image_size)
        except Undecodable as problem:
            return ImageProblem(f"The picture {_shown(product)} {problem}.")
        except VitrineError as error:
            return ImageProblem(str(error))
        except OSError as error:
            return ImageProblem(f"The picture {_shown(product)} cannot be read: {error.strerror or 'it is broken'}.")

    def _fetching(self) -> Fetcher:
        with self._lock:
            if self._fetcher is None:
                self._fetcher = Fetcher(self._policy)
            return self._fetcher

    def _find(self, product: Product) -> _File | str:
        """The file, or the address, or "" when there is neither."""
        reference = product.image
        if is_address(reference):
            return self._named_by_id(product.id) or reference
        if reference:
            name = reference.replace("\\", "/")
            for root in self._named:
                if found := _inside(root, name) or (root == self._by_id and _inside(root, PurePosixPath(name).name)):
                    return found
        return self._named_by_id(product.id) or ""

    def _named_by_id(self, product_id: str) -> _File | None:
        if self._by_id is None or not product_id or product_id[0] == "." or set(product_id) & set("/\\\0"):
            return None
        return next(filter(None, (_inside(self._by_id, product_id + suffix) for suffix in SUFFIXES)), None)


def is_address(reference: str) -> bool:
    return reference[:8].lower().startswith(("http://", "https://"))


def _finished(waiting: dict[Future[RgbImage | ImageProblem], str]) -> Iterator[tuple[str, RgbImage | ImageProblem]]:
    done, _ = wait(waiting, return_when=FIRST_COMPLETED)
    for future in done:
        yield waiting.pop(future), future.result()


def _resolved(folder: Path | None) -> Path | None:
    try:
        root = folder.resolve(strict=True) if folder is not None else None
    except (OSError, ValueError, RuntimeError):
        return None
    return root if root and root.is_dir() else None


def _inside(root: Path, name: str) -> _File | None:
    """The regular file that ``name`` leads to from ``root``, if it really lies inside of it."""
    try:
        path = (root / name).resolve(strict=True)
        status = path.stat()
    except (OSError, ValueError, RuntimeError):
        return None
    if not path.is_relative_to(root) or not stat.S_ISREG(status.st_mode):
        return None
    return _File(path, path.relative_to(root).as_posix(), status.st_size, status.st_mtime_ns)


def _read(file: _File, limit: int) -> bytes:
    with file.path.open("rb") as stream:
        content = stream.read(limit + 1)
    if len(content) > limit:
        raise Undecodable(f"is larger than the {limit:,} bytes allowed")
    return content


def _not_found(product: Product) -> str:
    return f"The picture {_shown(product)} is not there." if product.image else "The product has no picture."


def _shown(product: Product) -> str:
    name = product.image.partition("?")[0] or product.id
    return "'" + "".join(char for char in name[-80:] if char.isprintable()) + "'"
