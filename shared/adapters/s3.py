"""Named bytes as objects below ``blobs/`` of an S3 bucket, or of a shop's folder in it.

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
TAG, TAKEN_IN = "vitrine", "taken-in"
TAGGED = ("audit", "picks")
"""Folders whose blobs have its name as a tag: rules of the bucket let them go after a time, in every shop's folder."""
_PART_BYTES = 16 << 20
_THREADS = 8
_ATTEMPTS = 5
_PAGE = 1_000


class S3Blobs:
    """A BlobStore. S3 shows an object when all of it is there, and from then on to everybody.

    Reading needs the right to list the bucket too: without it, S3 does not tell what is missing from what is forbidden.
    """

    def __init__(self, connections: Connections, bucket: str, folder: str = "") -> None:
        """``folder`` is the shop's in the bucket, with a slash at its end; the first shop has none."""
        self._connections = connections
        self._bucket = bucket
        self._root = folder + _ROOT

    def get(self, name: str) -> bytes | None:
        asked = {"Bucket": self._bucket, "Key": self._key(name)}
        client = self._connections.client("s3")
        content: bytes | None = _unless_missing(lambda: client.get_object(**asked)["Body"].read())
        return content

    def put(self, name: str, content: bytes) -> None:
        ask(self._connections.client("s3").put_object, **self._to_put(name, content))

    def create(self, name: str, content: bytes) -> bool:
        from botocore.exceptions import ClientError

        asked = self._to_put(name, content) | {"IfNoneMatch": "*"}
        for _ in range(_ATTEMPTS):
            try:
                ask(self._connections.client("s3").put_object, **asked)
                return True
            except ClientError as error:
                if code_of(error) == "PreconditionFailed":
                    return False
                if code_of(error) != "ConditionalRequestConflict":  # another one is at it: the next try will tell
                    raise
        raise Unavailable(f"Others write the blob {name!r} at the same time: try again in a moment.")

    def names(self, prefix: str) -> list[str]:
        """Names below the folder ``prefix``, sorted; the empty prefix is the whole store."""
        folder = f"{self._key(prefix)}/" if prefix else self._root
        found: list[str] = []
        asked = {"Bucket": self._bucket, "Prefix": folder, "MaxKeys": _PAGE}
        while True:
            answer = ask(self._connections.client("s3").list_objects_v2, **asked)
            found += [each["Key"].removeprefix(self._root) for each in answer.get("Contents", [])]
            if not answer["IsTruncated"]:
                return sorted(found)
            asked["ContinuationToken"] = answer["NextContinuationToken"]

    def remove(self, name: str) -> None:
        """Remove a blob; one that is not there is no error."""
        ask(self._connections.client("s3").delete_object, Bucket=self._bucket, Key=self._key(name))

    def upload(self, name: str, source: Path) -> None:
        """In parts, several at a time; S3 puts them together when it has them all."""
        client, key = self._connections.client("s3"), self._key(name)
        _transferred(lambda: client.upload_file(str(source), self._bucket, key, Config=_in_parts()))

    def download(self, name: str, target: Path) -> bool:
        """In parts, several at a time, to a file beside ``target`` that takes its name when it is whole."""
        client, key = self._connections.client("s3"), self._key(name)

        def fetch() -> bool:
            client.download_file(self._bucket, key, str(target), Config=_in_parts())
            return True

        return bool(_unless_missing(lambda: _transferred(fetch)))

    def _to_put(self, name: str, content: bytes) -> dict[str, Any]:
        folder = name.partition("/")[0]
        tagged = {"Tagging": f"{TAG}={folder}"} if folder in TAGGED else {}
        return {"Bucket": self._bucket, "Key": self._key(name), "Body": content, **tagged}

    def _key(self, name: str) -> str:
        return self._root + "/".join(parts_of(name))


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

    def taken_in(self, key: str) -> None:
        """As a tag, by which the bucket's own rules let the file go: they cannot say "in the folder of any shop"."""
        tags = {"TagSet": [{"Key": TAG, "Value": TAKEN_IN}]}
        client = self._connections.client("s3")
        _unless_missing(lambda: client.put_object_tagging(Bucket=self._bucket, Key=key, Tagging=tags))


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
