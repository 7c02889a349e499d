"""The encoders that make vectors of what a shopper types."""

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from shared.domain.errors import EncoderMismatch, EncoderUnavailable, MissingExtra, Unavailable
from shared.domain.spaces import EncoderInfo, Matrix, RgbImage, Space, Vector
from shared.domain.versions import Manifest
from shared.ports import Clock, EncoderShelf, ImageEncoder, TextEncoder

_LEFT_ALONE = timedelta(minutes=1)
"""How long an encoder that could not be loaded is not tried again."""
_KEPT = 2
"""Encoders of one space that stay loaded."""
_ANY_WORD = "a"
_MOST_PROMPTS = 400
"""Vectors of prompts kept: of two full books of themes, in two spaces, while one takes the other's place."""

_Encoder = TypeVar("_Encoder", bound=TextEncoder)
_log = logging.getLogger("vitrine.encoders")


class QueryEncoders:
    """Those that made the index versions, for each space that words can be looked for in; loaded when first needed.

    The process's own where they are the ones; others come from the ``shelf``, if there is one. Of each space the two
    used last stay loaded: while a version with another encoder goes live, or is rolled back, both are asked for.
    """

    def __init__(
        self,
        load_text: Callable[[], TextEncoder],
        load_image: Callable[[], ImageEncoder],
        clock: Clock,
        shelf: EncoderShelf | None = None,
    ) -> None:
        self._looks = _OfSpace(Space.IMAGE, load_image, shelf.image_encoder if shelf else None, clock)
        self._encoders: Mapping[Space, _OfSpace[TextEncoder] | _OfSpace[ImageEncoder]] = {
            Space.TEXT: _OfSpace(Space.TEXT, load_text, shelf.text_encoder if shelf else None, clock),
            Space.IMAGE: self._looks,
        }

    def load(self, space: Space, manifest: Manifest) -> None:
        """Ahead of the first query. Raises Unavailable as :meth:`encode` does."""
        self.encode(space, [_ANY_WORD], manifest)  # the graph that texts need is opened when the first one comes

    def spaces(self, manifest: Manifest) -> list[Space]:
        """Those that the version has and words can be looked for in."""
        return [space for space in self._encoders if space in manifest.encoders]

    def encode(self, space: Space, texts: Sequence[str], manifest: Manifest) -> list[Vector]:
        """Where each of ``texts`` lies in ``space``. Raises Unavailable where the encoder that made the version cannot
        be had: vectors of two encoders have nothing to say to each other."""
        return list(self._encoders[space].ask(manifest, lambda encoder: encoder.encode_texts(texts)))

    def encode_picture(self, picture: RgbImage, manifest: Manifest) -> Vector:
        """Where ``picture`` lies in ``image``. Raises Unavailable as :meth:`encode` does."""
        vectors: list[Vector] = list(self._looks.ask(manifest, lambda encoder: encoder.encode_images([picture])))
        return vectors[0]


class PromptEncoders:
    """Encodes what the shop itself asks for, again and again: each text once, as long as the process lives.

    What shoppers type is not kept, so none of it comes in here.
    """

    def __init__(self, encoders: QueryEncoders) -> None:
        self._encoders = encoders
        self._lock = threading.Lock()
        self._known: OrderedDict[tuple[EncoderInfo, str], Vector] = OrderedDict()

    def spaces(self, manifest: Manifest) -> list[Space]:
        return self._encoders.spaces(manifest)

    def encode(self, space: Space, texts: Sequence[str], manifest: Manifest) -> list[Vector]:
        """As :meth:`QueryEncoders.encode`; those that are not known yet are encoded together."""
        made_by = manifest.encoders[space]
        with self._lock:
            known = {text: self._known[made_by, text] for text in texts if (made_by, text) in self._known}
        wanted = [text for text in dict.fromkeys(texts) if text not in known]
        if wanted:
            known |= zip(wanted, self._encoders.encode(space, wanted, manifest), strict=True)
        with self._lock:
            for text in known:
                self._known[made_by, text] = known[text]
                self._known.move_to_end((made_by, text))
            while len(self._known) > _MOST_PROMPTS:
                self._known.popitem(last=False)
        return [known[text] for text in texts]


def require_encoder_of(manifest: Manifest, space: Space, encoder: TextEncoder) -> None:
    """Raises EncoderMismatch unless ``encoder`` is the one that made ``space`` of the version."""
    made_by = manifest.encoders[space]
    if encoder.info != made_by:
        raise EncoderMismatch(
            f"The {space} space of index version {manifest.version} was made by {made_by.fingerprint}, this reader has "
            f"{encoder.info.fingerprint}: give it the same encoder, or index the feed again with this one."
        )


class _OfSpace(Generic[_Encoder]):
    """The encoders of one space. Each takes seconds to load, and several threads may want it at once.

    Who wants one that is loaded never waits for another one's loading.
    """

    def __init__(
        self,
        space: Space,
        load_own: Callable[[], _Encoder],
        borrow: Callable[[EncoderInfo], _Encoder] | None,
        clock: Clock,
    ) -> None:
        self._space = space
        self._load_own = load_own
        self._borrow = borrow
        self._clock = clock
        self._loading = threading.Lock()
        self._lock = threading.Lock()
        self._kept: OrderedDict[EncoderInfo, _Encoder] = OrderedDict()
        self._failed_at: dict[EncoderInfo, datetime] = {}
        self._own: EncoderInfo | None = None

    def ask(self, manifest: Manifest, encode: Callable[[_Encoder], Matrix]) -> Matrix:
        """What ``encode`` gets out of the encoder that made the version. Raises Unavailable where that cannot be had,
        or turns out to be broken; then it is left alone for a while."""
        wanted = manifest.encoders[self._space]
        try:
            return encode(self._get(wanted, manifest))
        except (EncoderMismatch, EncoderUnavailable, MissingExtra) as error:
            with self._lock:
                self._kept.pop(wanted, None)
                self._failed_at[wanted] = self._clock.now()
            raise Unavailable(str(error)) from error

    def _get(self, wanted: EncoderInfo, manifest: Manifest) -> _Encoder:
        if encoder := self._known(wanted):
            return encoder
        with self._loading:
            if encoder := self._known(wanted):
                return encoder
            failed_at = self._failed_at.get(wanted)
            if failed_at and timedelta(0) <= self._clock.now() - failed_at < _LEFT_ALONE:
                raise Unavailable("An encoder could not be loaded a moment ago: it is tried again soon.")
            try:
                encoder = self._found(wanted, manifest)
            except Exception:
                self._failed_at[wanted] = self._clock.now()
                raise
            with self._lock:
                self._kept[wanted] = encoder
                while len(self._kept) > _KEPT:
                    self._kept.popitem(last=False)
            return encoder

    def _known(self, wanted: EncoderInfo) -> _Encoder | None:
        with self._lock:
            if wanted in self._kept:
                self._kept.move_to_end(wanted)
            return self._kept.get(wanted)

    def _found(self, wanted: EncoderInfo, manifest: Manifest) -> _Encoder:
        """The process's own, which is at hand, before one that may have to be brought."""
        if self._borrow is None:
            own = self._load_own()
            require_encoder_of(manifest, self._space, own)
            return own
        if self._own in (None, wanted):
            try:
                own = self._load_own()
            except EncoderUnavailable as error:
                _log.warning("%s", error)
            else:
                self._own = own.info
                if own.info == wanted:
                    return own
        return self._borrow(wanted)
