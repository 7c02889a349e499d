"""Products and manifests as plain records, for stores, files and answers. Defaults are left out to keep them small."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any

from shared.domain.products import Availability, Product
from shared.domain.spaces import EncoderInfo, Space
from shared.domain.tuning import UNTUNED, tuning_from_record, tuning_record
from shared.domain.versions import Manifest

Record = dict[str, Any]

_DEFAULTS: Mapping[str, object] = {
    "categories": (),
    "availability": Availability.IN_STOCK,
    "attributes": {},
    **{field.name: field.default for field in fields(Product) if field.default in ("", None)},
}


def product_record(product: Product) -> Record:
    """JSON-ready, without the fields that hold their default."""
    record: Record = {}
    for field in fields(Product):
        value = getattr(product, field.name)
        if field.name in _DEFAULTS and value == _DEFAULTS[field.name]:
            continue
        if isinstance(value, datetime):
            value = value.isoformat()
        elif isinstance(value, tuple):
            value = list(value)
        elif isinstance(value, Mapping):
            value = dict(value)
        record[field.name] = value
    return record


def product_from_record(record: Mapping[str, Any]) -> Product:
    """The inverse of :func:`product_record`."""
    values = dict(record)
    if "categories" in values:
        values["categories"] = tuple(values["categories"])
    if "availability" in values:
        values["availability"] = Availability(values["availability"])
    if "added_at" in values:
        values["added_at"] = datetime.fromisoformat(values["added_at"])
    return Product(**values)


def manifest_record(manifest: Manifest) -> Record:
    return {
        "version": manifest.version,
        "digest": manifest.digest,
        "as_of": manifest.as_of.isoformat(),
        "products": manifest.products,
        "encoders": {
            space.value: {
                "name": encoder.name,
                "revision": encoder.revision,
                "dimensions": encoder.dimensions,
                "starter": encoder.starter,
            }
            for space, encoder in manifest.encoders.items()
        },
        "counts": {space.value: count for space, count in manifest.counts.items()},
        "likeness": {space.value: likeness for space, likeness in manifest.likeness.items()},
        "tuning": tuning_record(manifest.tuning),
        "feed_at": manifest.feed_at.isoformat() if manifest.feed_at else None,
    }


def manifest_from_record(record: Mapping[str, Any]) -> Manifest:
    """The inverse of :func:`manifest_record`. Raises KeyError, TypeError or ValueError for any other record."""
    return Manifest(
        version=record["version"],
        digest=record["digest"],
        as_of=datetime.fromisoformat(record["as_of"]),
        products=record["products"],
        encoders={Space(space): EncoderInfo(**encoder) for space, encoder in record["encoders"].items()},
        counts={Space(space): count for space, count in record["counts"].items()},
        likeness={Space(space): likeness for space, likeness in record.get("likeness", {}).items()},
        tuning=tuning_from_record(record["tuning"]) if "tuning" in record else UNTUNED,
        feed_at=datetime.fromisoformat(record["feed_at"]) if record.get("feed_at") else None,
    )
