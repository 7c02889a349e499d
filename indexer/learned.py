"""The behaviour model of an index version: one blob beside the index, so that the next run solves only what changed."""

import hashlib
from collections.abc import Collection

from indexer.behaviour import BehaviourModel
from shared.domain.errors import Unavailable
from shared.ports import BlobStore

_FOLDER = "behaviour"


def _name(version: str) -> str:
    return f"{_FOLDER}/{version}.npz"


def keep_model(blobs: BlobStore, version: str, model: BehaviourModel) -> None:
    blobs.put(_name(version), model.to_bytes())


def model_of(blobs: BlobStore, version: str) -> BehaviourModel | None:
    """None where it is gone or damaged: then every row is solved, and written, anew."""
    content = blobs.get(_name(version))
    try:
        return BehaviourModel.from_bytes(content) if content is not None else None
    except Unavailable:
        return None


def drop_models(blobs: BlobStore, keep: Collection[str]) -> None:
    """Remove all but those of the versions ``keep``."""
    wanted = {_name(version) for version in keep}
    for name in blobs.names(_FOLDER):
        if name not in wanted:
            blobs.remove(name)


def model_digest(model: BehaviourModel) -> str:
    """Equal for models of equal rows."""
    whole = hashlib.sha256("\x1f".join(model.products).encode())
    whole.update(model.digests.tobytes())
    return whole.hexdigest()


def changed_rows(model: BehaviourModel, before: BehaviourModel) -> set[str]:
    """The products whose row is another, new or gone."""
    rows, known = (dict(zip(each.products, each.digests.tolist(), strict=True)) for each in (model, before))
    return {product_id for product_id, _ in rows.items() ^ known.items()}
