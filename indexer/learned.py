"""What an index version has learnt: the rows of its learnt spaces, so that the next run solves only what changed, and
the facts that the services read. All are blobs beside the index."""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from indexer.behaviour import BehaviourModel
from indexer.staging import digest
from indexer.teaching import Fact
from shared.domain.errors import Unavailable
from shared.domain.spaces import LEARNT_SPACES, Space, SparseVector
from shared.domain.tuning import Tuning, tuning_record
from shared.ports import BlobStore
from shared.services.facts import drop_facts, fact_name


@dataclass(frozen=True, slots=True)
class Learned:
    """The ``rows`` of the learnt spaces, the ``facts`` by name, and how scores are put together."""

    rows: Mapping[Space, BehaviourModel]
    tuning: Tuning
    facts: Mapping[str, Fact] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        models = (f"{space.value}={_model_digest(self.of(space))}" for space in LEARNT_SPACES)
        facts = (f"{name}={self.facts[name].digest}" for name in sorted(self.facts))
        return digest(*models, *facts, repr(tuning_record(self.tuning)))

    def of(self, space: Space) -> BehaviourModel:
        return self.rows.get(space) or BehaviourModel.empty()

    def vectors(self, product_id: str) -> dict[Space, SparseVector]:
        """The product's own rows."""
        rows = {space: self.of(space).row(product_id) for space in LEARNT_SPACES}
        return {space: row for space, row in rows.items() if row}

    def counts(self) -> dict[Space, int]:
        """How many products have a row of their own in each space, whether they are in the catalogue or not."""
        return {space: len(self.of(space).products) for space in LEARNT_SPACES}


def keep(blobs: BlobStore, version: str, learned: Learned) -> None:
    for space in LEARNT_SPACES:
        blobs.put(_name(space, version), learned.of(space).to_bytes())
    for name, fact in learned.facts.items():
        blobs.put(fact_name(version, name), fact.content)


def rows_of(blobs: BlobStore, version: str) -> dict[Space, BehaviourModel]:
    """Without those that are gone or damaged: then every row is solved, and written, anew."""
    rows = {}
    for space in LEARNT_SPACES:
        content = blobs.get(_name(space, version))
        try:
            if content is not None:
                rows[space] = BehaviourModel.from_bytes(content)
        except Unavailable:
            continue
    return rows


def drop(blobs: BlobStore, keep: Collection[str]) -> None:
    """Remove all but those of the versions ``keep``."""
    for space in LEARNT_SPACES:
        wanted = {_name(space, version) for version in keep}
        for name in blobs.names(space.value):
            if name not in wanted:
                blobs.remove(name)
    drop_facts(blobs, keep)


def changed_rows(learned: Learned, before: Mapping[Space, BehaviourModel], space: Space | None = None) -> set[str]:
    """The products any of whose rows, or that of ``space``, is another, new or gone."""
    changed: set[str] = set()
    for each in (space,) if space else LEARNT_SPACES:
        models = learned.of(each), before.get(each) or BehaviourModel.empty()
        rows, known = (dict(zip(model.products, model.digests.tolist(), strict=True)) for model in models)
        changed |= {product_id for product_id, _ in rows.items() ^ known.items()}
    return changed


def _name(space: Space, version: str) -> str:
    return f"{space.value}/{version}.npz"


def _model_digest(model: BehaviourModel) -> str:
    """Equal for models of equal rows."""
    whole = hashlib.sha256("\x1f".join(model.products).encode())
    whole.update(model.digests.tobytes())
    return whole.hexdigest()
