"""What the making of one ranking leaves behind for who asks why: its stages fill it in, and only where there is one."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from shared.domain.declared import NOTHING_SAID, Said
from shared.domain.events import Event
from shared.domain.fusion import Evidence, Scores
from shared.domain.recommendations import Candidate, Hit, SpaceQuery
from shared.domain.spaces import Space, Vectors
from shared.domain.standing import Standing
from shared.domain.taste import Taste


@dataclass(slots=True)
class Trace:
    """Of a ranking that was made twice, at two depths, it has the second making.

    ``events`` are those that the taste is made of, ``standing`` and ``touched`` what all that is stored says, ``known``
    is what is not looked at. ``asked`` are the questions of retrieval with their hits and, where a question is of one
    interest alone, its number; ``voted`` are all that they found, best first by their ranks. ``parts``, ``total``,
    ``learned`` and ``lost`` go with the candidates of ``evidence``. The lists of candidates are what stands after the
    interests have been given their places, after what was declared, and after re-ranking.
    """

    events: Sequence[Event] = ()
    standing: Standing = field(default_factory=Standing)
    touched: Collection[str] = ()
    known: Collection[str] = ()
    said: Said = NOTHING_SAID
    taste: Taste = field(default_factory=Taste)
    vectors: Mapping[str, Vectors] = field(default_factory=dict)
    asked: Sequence[tuple[SpaceQuery, int | None, Sequence[Hit]]] = ()
    voted: Sequence[str] = ()
    evidence: Evidence = field(default_factory=lambda: Evidence((), {}))
    parts: Mapping[Space, Scores] = field(default_factory=dict)
    total: Scores | None = None
    learned: Scores | None = None
    lost: Scores | None = None
    personal: Sequence[Candidate] = ()
    declared: Sequence[Candidate] = ()
    reranked: Sequence[Candidate] = ()

    def begin(self) -> None:
        """A ranking is made, perhaps once more: what the one before left of its candidates is not of this one."""
        self.asked, self.voted = (), ()
        self.evidence, self.parts = Evidence((), {}), {}
        self.total = self.learned = self.lost = None
