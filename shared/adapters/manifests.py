"""Index manifests as JSON, and the names that index versions may have."""

import json
import re

from shared.adapters.point_payload import Dimensions, dense_dimensions
from shared.domain.errors import EncoderMismatch, InvalidInput
from shared.domain.records import manifest_from_record, manifest_record
from shared.domain.spaces import EncoderInfo, Space
from shared.domain.versions import Manifest

_VERSION_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
_POINTER = "live"


def is_version_name(name: str) -> bool:
    return name != _POINTER and _VERSION_NAME.fullmatch(name) is not None


def require_version_name(name: str) -> None:
    """Raise :class:`InvalidInput` unless ``name`` may become part of a path or a collection's name."""
    if not is_version_name(name):
        raise InvalidInput(
            f"{name[:80]!r} is not a version name: use up to 128 letters, digits, dots, dashes and underscores, "
            f"a letter or digit first, and not the word {_POINTER!r}."
        )


def require_same_encoders(base: Manifest, encoders: dict[Space, EncoderInfo]) -> None:
    """Raise :class:`EncoderMismatch` unless a copy of ``base`` can take vectors of ``encoders``."""
    if dict(base.encoders) != encoders:
        there, here = (
            ", ".join(f"{space} by {info.fingerprint}" for space, info in sorted(made.items())) or "no encoder"
            for made in (base.encoders, encoders)
        )
        raise EncoderMismatch(
            f"Index version {base.version} was made with {there}, the new one is to be made with {here}: "
            "build it without a base."
        )


def require_manifest_of(manifest: Manifest, version: str, dimensions: Dimensions) -> None:
    """Raise :class:`InvalidInput` where a manifest does not describe the build that it is to end."""
    if manifest.version != version:
        raise InvalidInput(f"The manifest is of version {manifest.version}, the build of {version}: use one name.")
    if (named := dense_dimensions(manifest.encoders)) != dimensions:
        raise InvalidInput(f"The manifest names the dense spaces {named}, the build has {dimensions}: make them one.")


def manifest_to_bytes(manifest: Manifest) -> bytes:
    return json.dumps(manifest_record(manifest), ensure_ascii=False, indent=2).encode()


def manifest_from_bytes(content: bytes) -> Manifest:
    return manifest_from_record(json.loads(content))
