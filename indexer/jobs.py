"""The indexer's jobs, put together from a shop's parts: the one place that knows what each of them needs."""

from dataclasses import dataclass
from typing import Protocol

from indexer.build import VersionBuilder
from indexer.encode import Encoders
from indexer.images import ImageSource
from indexer.progress import Progress
from indexer.publish import Publisher
from indexer.reindex import Reindex
from indexer.reuse import LiveVectors
from indexer.train import Retrain, Trainer
from indexer.tuning.tune import Tune
from shared.domain.choices import Consent
from shared.ports import BlobStore, Clock, EventStore, IndexVersions, ProductStore, StateStore, Turns
from shared.services.learnable import Learnable


class Parts(Protocol):
    """The shop's parts, as the composition root hands them out."""

    @property
    def clock(self) -> Clock: ...

    @property
    def versions(self) -> IndexVersions: ...

    @property
    def events(self) -> EventStore: ...

    @property
    def products(self) -> ProductStore: ...

    @property
    def blobs(self) -> BlobStore: ...

    @property
    def state(self) -> StateStore: ...

    @property
    def turns(self) -> Turns: ...

    @property
    def consent(self) -> Consent: ...


@dataclass(frozen=True, slots=True)
class Jobs:
    parts: Parts
    publisher: Publisher
    builder: VersionBuilder
    trainer: Trainer
    progress: Progress

    def reindex(self, encoders: Encoders, images: ImageSource) -> Reindex:
        return Reindex(
            self.publisher,
            self.builder,
            self.trainer,
            encoders,
            LiveVectors(self.parts.versions, self.parts.blobs),
            images,
            self.parts.turns,
            self.parts.clock,
            self.progress,
        )

    def retrain(self) -> Retrain:
        return Retrain(
            self.publisher,
            self.builder,
            self.trainer,
            self.parts.versions,
            self.parts.blobs,
            self.parts.turns,
            self.parts.clock,
            self.progress,
        )

    def tune(self) -> Tune:
        return Tune(
            self.publisher,
            self.builder,
            self.trainer,
            self.parts.versions,
            self.parts.blobs,
            _learnable(self.parts),
            self.parts.turns,
            self.parts.clock,
            self.progress,
        )


def jobs(parts: Parts, progress: Progress) -> Jobs:
    return Jobs(
        parts,
        Publisher(parts.versions, parts.products, parts.blobs),
        VersionBuilder(parts.versions, parts.blobs, progress),
        Trainer(_learnable(parts), parts.blobs),
        progress,
    )


def _learnable(parts: Parts) -> Learnable:
    return Learnable(parts.events, parts.state, parts.consent)
