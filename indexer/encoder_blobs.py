"""The encoders that made the index versions, kept beside them: whoever searches a version can have its encoders."""

from collections.abc import Collection

from shared.domain.encoder_files import MANIFEST, MOST_BYTES, EncoderFiles, encoder_blob, encoder_blobs, folder_name
from shared.domain.errors import InvalidInput
from shared.domain.spaces import EncoderInfo
from shared.ports import BlobStore


def keep_encoder(blobs: BlobStore, files: EncoderFiles) -> None:
    """Put an encoder's files into the store, unless they are there already.

    Raises InvalidInput for an encoder of more than MOST_BYTES.
    """
    size = sum((files.folder / name).stat().st_size for name in files.names)
    if size > MOST_BYTES:
        raise InvalidInput(
            f"The encoder at {files.folder} has {size:,} bytes: "
            f"take one of at most {MOST_BYTES:,}, such as its int8 form."
        )
    if blobs.get(encoder_blob(files.info, MANIFEST)) is not None:
        return
    for name in files.names:
        blobs.upload(encoder_blob(files.info, name), files.folder / name)


def drop_encoders(blobs: BlobStore, keep: Collection[EncoderInfo]) -> None:
    """Remove all but ``keep``."""
    wanted = {folder_name(info) for info in keep}
    unwanted = [name for name in blobs.names(encoder_blobs()) if name.split("/")[1] not in wanted]
    for name in sorted(unwanted, key=lambda name: not name.endswith(f"/{MANIFEST}")):
        blobs.remove(name)
