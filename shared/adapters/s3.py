"""Named bytes as objects below ``blobs/`` of an S3 bucket.

Unlike a folder, S3 would take both ``a`` and ``a/b``: to find out would cost a listing with every write, so only
:class:`shared.adapters.files.FileBlobs` refuses it.
"""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from shared.adapters.aws import Connections, ask, code_of
from shared.adapters.blob_names import parts_of
from shared.domain.errors import InvalidInput, NotFound, Unavailable

_ROOT = "blobs/"
_PART_BYTES = 16 << 20
_THREADS = 8
_PAGE = 1_000


class S3Blobs:
    """A BlobStore. S3 shows an object when all of it is there, and from then on to everybody.

    Reading needs the right to list the bucket too: without it, S3 does not tell what is missing from what is forbidden.
    """

    def __init__(self, connections: Connections, bucket: str) -> None:
        self._connections = connections
        self._bucket = bucket

    def get(self, name: str) -> bytes | None:
        asked = {"Bucket": self._bucket, "Key": _key(name)}
        client = self._connections.client("s3")
        content: bytes | None = _unless_missing(lambda: client.get_object(**asked)["Body"].read())
        return content

    def put(self, name: str, content: bytes) -> None:
        ask(self._connections.client("s3").put_object, Bucket=self._bucket, Key=_key(name), Body=content)

    def names(self, prefix: str) -> list[str]:
        """Names below the folder ``prefix``, sorted; the empty prefix is the whole store."""
        folder = f"{_key(prefix)}/" if prefix else _ROOT
        found: list[str] = []
        asked = {"Bucket": self._bucket, "Prefix": folder, "MaxKeys": _PAGE}
        while True:
            answer = ask(self._connections.client("s3").list_objects_v2, **asked)
            found += [each["Key"].removeprefix(_ROOT) for each in answer.get("Contents", [])]
            if not answer["IsTruncated"]:
                return sorted(found)
            asked["ContinuationToken"] = answer["NextContinuationToken"]

    def remove(self, name: str) -> None:
        """Remove a blob; one that is not there is no error."""
        ask(self._connections.client("s3").delete_object, Bucket=self._bucket, Key=_key(name))

    def upload(self, name: str, source: Path) -> None:
        """In parts, several at a time; S3 puts them together when it has them all."""
        client, key = self._connections.client("s3"), _key(name)
        _transferred(lambda: client.upload_file(str(source), self._bucket, key, Config=_in_parts()))

    def download(self, name: str, target: Path) -> bool:
        """In parts, several at a time, to a file beside ``target`` that takes its name when it is whole."""
        client, key = self._connections.client("s3"), _key(name)

        def fetch() -> bool:
            client.download_file(self._bucket, key, str(target), Config=_in_parts())
            return True

        return bool(_unless_missing(lambda: _transferred(fetch)))


class S3Files:
    """A :class:`shared.ports.DroppedFiles`."""

    def __init__(self, connections: Connections, bucket: str) -> None:
        self._connections = connections
        self._bucket = bucket

    def fetch(self, key: str, target: Path, most_bytes: int) -> datetime:
        client = self._connections.client("s3")
        head = _unless_missing(lambda: client.head_object(Bucket=self._bucket, Key=key))
        if head is None:
            raise NotFound(f"The file s3://{self._bucket}/{key} is not there: check its name.")
        if head["ContentLength"] > most_bytes:
            size = head["ContentLength"]
            raise InvalidInput(f"The file s3://{self._bucket}/{key} has {size:,} bytes: send at most {most_bytes:,}.")
        _transferred(lambda: client.download_file(self._bucket, key, str(target), Config=_in_parts()))
        changed: datetime = head["LastModified"]
        return changed


def _key(name: str) -> str:
    return _ROOT + "/".join(parts_of(name))


def _in_parts() -> Any:
    from boto3.s3.transfer import TransferConfig

    return TransferConfig(multipart_threshold=_PART_BYTES, multipart_chunksize=_PART_BYTES, max_concurrency=_THREADS)


def _unless_missing(call: Callable[[], Any]) -> Any:
    """None where there is no such object; a HEAD, which has no body to say so, is answered with a bare 404."""
    from botocore.exceptions import ClientError

    try:
        return ask(call)
    except ClientError as error:
        if code_of(error) in ("NoSuchKey", "404"):
            return None
        raise


def _transferred(call: Callable[[], Any]) -> Any:
    """The transfer has errors of its own about the calls that it makes."""
    from boto3.exceptions import Boto3Error

    try:
        return ask(call)
    except Boto3Error as error:
        raise Unavailable(f"A transfer from or to S3 broke off ({type(error).__name__}): try again.") from error
