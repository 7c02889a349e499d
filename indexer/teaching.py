"""What the shop's events and products teach an index version: rows of the learnt spaces, and facts beside them."""

import hashlib
import pickle
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from indexer.behaviour import BehaviourModel, BehaviourSettings, fit
from indexer.progress import Progress
from indexer.shelf import Shelf
from shared.domain.events import Event
from shared.domain.spaces import Space


class Histories:
    """Every user's events, read from the store once and from a file as often as they are taught from."""

    def __init__(self, path: Path, histories: Iterable[Sequence[Event]]) -> None:
        self._path = path
        with path.open("wb") as file:
            for history in histories:
                pickle.dump(history, file, pickle.HIGHEST_PROTOCOL)

    def __iter__(self) -> Iterator[list[Event]]:
        """One list a user, oldest event first."""
        with self._path.open("rb") as file:
            while file.peek(1):
                yield pickle.load(file)  # of our own making, a moment ago


@dataclass(frozen=True, slots=True)
class Fact:
    """``content`` is kept beside the version under the fact's name.

    ``digest`` names what it was made of besides the products and their encoders: equal where a fact made anew would say
    the same.
    """

    content: bytes
    digest: str

    @classmethod
    def of_events(cls, content: bytes) -> "Fact":
        """One into which no vector went: it is its own name."""
        return cls(content, hashlib.sha256(content).hexdigest()[:32])


@dataclass(frozen=True, slots=True)
class Taught:
    """``solved`` counts the products whose row of ``behaviour`` was not taken over from the version before."""

    rows: Mapping[Space, BehaviourModel] = field(default_factory=dict)
    facts: Mapping[str, Fact] = field(default_factory=dict)
    solved: int = 0


@dataclass(frozen=True, slots=True)
class Material:
    """What there is to learn from; ``before`` are the live version's rows, ``work`` a folder for files in between.

    ``searches`` are user ids and queries of the last months, to be read once.
    """

    histories: Histories
    shelf: Shelf
    until: datetime
    work: Path
    before: Mapping[Space, BehaviourModel]
    progress: Progress
    behaviour: BehaviourSettings
    searches: Iterable[tuple[str, str]] = ()


def teach_behaviour(material: Material) -> Taught:
    """What people do next."""
    material.progress.stage("Learning from events")
    previous = material.before.get(Space.BEHAVIOUR)
    fitted = fit(material.histories, material.behaviour, material.work, previous, material.progress.advance)
    return Taught({Space.BEHAVIOUR: fitted.model}, solved=fitted.solved)
