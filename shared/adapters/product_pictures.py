"""The pictures of products as a feed refers to them: addresses, and on one machine files of a folder."""

from dataclasses import replace
from pathlib import Path

from shared.adapters.pictures import FOR_SHOPPERS, LARGEST, GuardedPictures
from shared.domain.errors import NotFound, TooLarge
from shared.domain.spaces import RgbImage

SIDE = 300
"""A card for an email is up to 600 pixels wide."""
_ADDRESSES = ("http://", "https://")


class ProductPictures:
    """A :class:`shared.ports.PictureReader`. Without a ``folder``, what is no address is not there."""

    def __init__(self, folder: Path | None = None) -> None:
        self._reader = GuardedPictures(True, replace(FOR_SHOPPERS, user_agent="vitrine-slots"), SIDE)
        self._folder = folder.resolve() if folder else None

    def read(self, content: bytes) -> RgbImage:
        return self._reader.read(content)

    def read_from(self, url: str) -> RgbImage:
        """Also of a file below the folder, by its name there; no name leads out of it."""
        if url.lower().startswith(_ADDRESSES):
            return self._reader.read_from(url)
        path = self._file(url)
        if path.stat().st_size > LARGEST:
            raise TooLarge(f"The picture {path.name} has more than {LARGEST:,} bytes: make it smaller.")
        return self._reader.read(path.read_bytes())

    def _file(self, name: str) -> Path:
        if self._folder is not None and name.isprintable():
            path = (self._folder / name).resolve()
            if path.is_relative_to(self._folder) and path.is_file():
                return path
        raise NotFound("The picture of a product is no address, and no file of the folder of pictures.")
