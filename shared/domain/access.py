"""Who calls, and what they may do."""

from dataclasses import dataclass
from enum import StrEnum

from shared.domain.errors import NotAllowed
from shared.domain.events import ANONYMOUS_PREFIX


class Scope(StrEnum):
    """What a key may be good for; a route asks for one of them."""

    RECOMMEND = "recommend"
    SEARCH = "search"
    COLLECT = "collect"
    PICKS = "picks"
    CATALOGUE = "catalogue"
    PRIVACY = "privacy"
    REINDEX = "reindex"
    DASHBOARD = "dashboard"


class KeyKind(StrEnum):
    """A publishable key stands in pages for everybody to read; a secret one is known to the shop's servers alone."""

    PUBLISHABLE = "publishable"
    SECRET = "secret"


PUBLISHABLE_SCOPES = frozenset({Scope.RECOMMEND, Scope.SEARCH, Scope.COLLECT})
"""All that a publishable key can be good for; a person's own privacy calls need a proved user besides."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever made a request: by which key of which shop, and which user it has proved to be, if any.

    ``kind`` is None where keys are off, which is on a laptop's own address alone: then everything is allowed.
    """

    shop: str = ""
    kind: KeyKind | None = None
    scopes: frozenset[Scope] = frozenset(Scope)
    key_id: str = ""
    user_id: str = ""

    @property
    def is_trusted(self) -> bool:
        """Whether it may speak for any user: a server of the shop's, or the laptop's owner."""
        return self.kind is not KeyKind.PUBLISHABLE

    def admits(self, user_id: str) -> bool:
        """Whether it may speak for ``user_id``: nobody in particular, a guest, or the user that it has proved to be."""
        return self.is_trusted or not user_id or user_id.startswith(ANONYMOUS_PREFIX) or user_id == self.user_id

    def speaks_for(self, user_id: str) -> None:
        """Raises NotAllowed where :meth:`admits` says no."""
        if self.admits(user_id):
            return
        if self.user_id:
            raise NotAllowed("The signature that came along is another user's: send the one of the user you ask about.")
        raise NotAllowed(
            "A publishable key speaks for guests and for users who are proved: send the user's signature or token as "
            "X-User-Token, or call from your server with a secret key."
        )


OPEN = Caller()
"""The caller where keys are off."""
