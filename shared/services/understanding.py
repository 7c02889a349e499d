"""The catalogue's vocabulary, where search reads it: a fact beside the index version."""

from shared.domain.understanding.vocabulary import Vocabulary, vocabulary_from_bytes
from shared.services.facts import FactKind
from shared.services.shop import Shop

VOCABULARY: FactKind[Vocabulary] = FactKind("vocabulary", vocabulary_from_bytes, Vocabulary())


def read_vocabulary(shop: Shop) -> None:
    """Ahead of the first search: the live version's words, and what spells them, take a tenth of a second to make."""
    if index := shop.live.newest():
        shop.facts.of(index.manifest.version, VOCABULARY).speller  # noqa: B018  made once, when it is first asked for
