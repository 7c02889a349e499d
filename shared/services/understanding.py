"""The catalogue's vocabulary, where search reads it: a fact beside the index version."""

from shared.domain.understanding.vocabulary import Vocabulary, vocabulary_from_bytes
from shared.services.facts import FactKind

VOCABULARY: FactKind[Vocabulary] = FactKind("vocabulary", vocabulary_from_bytes, Vocabulary())
