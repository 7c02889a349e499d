"""Keys for tests, on a shop's real keyring."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from shared.domain import keys
from shared.domain.access import Caller, KeyKind
from shared.domain.keys import RANDOM_BYTES, Key, Keyring, KeyTerms
from shared.ports import StateStore
from shared.services.keyring import change_keyring
from tests.support import NOW

SECRET = KeyTerms(KeyKind.SECRET)


def make_key(state: StateStore, terms: KeyTerms = SECRET, seed: str = "a key") -> str:
    """The text of a new key; ``state`` is the first shop's. Those of other seeds are others."""

    def made(ring: Keyring) -> tuple[Keyring, tuple[Key, str]]:
        after, key, text = keys.create(ring, terms, hashlib.shake_256(seed.encode()).digest(RANDOM_BYTES), NOW)
        return after, (key, text)

    _, text = change_keyring(state, made)
    return text


@dataclass(frozen=True)
class Known:
    """An access that takes everybody for one caller."""

    who: Caller

    def caller(self, headers: Mapping[str, str], path: str) -> Caller:
        return self.who

    def origins(self) -> frozenset[str]:
        return frozenset()

    def is_at_hand(self, headers: Mapping[str, str], path: str) -> bool:
        return True
