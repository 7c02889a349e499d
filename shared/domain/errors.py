"""The family of errors Vitrine raises. Each message is one sentence: what is wrong, with which value, what to do."""


class VitrineError(Exception):
    """Base of every error that a caller can do something about."""


class InvalidInput(VitrineError):
    """Something a caller sent cannot be understood: a filter, a cursor, an event, an option."""


class TooLarge(InvalidInput):
    """Something a caller sent, or points at, is larger than is taken."""


class FormatRefused(InvalidInput):
    """Something a caller sent is of a format that is not read."""


class AddressRefused(InvalidInput):
    """The host of an address leads to where nothing is fetched from: out of the public internet."""


class NotFound(VitrineError):
    """A product, version or file that was asked for by name is not there."""


class CursorExpired(VitrineError):
    """A cursor belongs to a ranking that can no longer be made again."""


class FeedRejected(VitrineError):
    """Too many rows of a feed are bad, so nothing of it was published."""


class EncoderMismatch(VitrineError):
    """An index version was made by other encoders than those it is to be continued with."""


class EncoderUnavailable(VitrineError):
    """An encoder's folder, weights or runtime cannot be had."""


class GateRefused(VitrineError):
    """A finished index version failed its checks and was not published."""


class Unavailable(VitrineError):
    """A part the answer needs cannot be reached now."""


class MissingExtra(VitrineError):
    """An optional dependency is needed for what was asked and is not installed."""


class Busy(Unavailable):
    """Another job has the turn that was asked for."""


class TurnLost(Unavailable):
    """A job was away for so long that another one took its turn: what it had in mind must not be done any more."""


class StateConflict(VitrineError):
    """A record was changed by somebody else since it was read: read it again."""


class KeyRefused(VitrineError):
    """A call needs a key, and came with none, or with one that is not known, not yet or no longer good."""


class NotAllowed(VitrineError):
    """Who calls is known, and may not do this: the key is of the wrong kind or scope, or the user is not proved."""


class TooMany(VitrineError):
    """A caller asks more often than its limit allows. ``retry_after`` is in whole seconds."""

    def __init__(self, message: str, retry_after: int = 1) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class LinkExpired(VitrineError):
    """A signed link is past its time."""
