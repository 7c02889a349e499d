"""The encoders that make vectors of what a shopper types."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from shared.domain.errors import EncoderMismatch, EncoderUnavailable, MissingExtra, Unavailable
from shared.domain.spaces import EncoderInfo, RgbImage, Space, Vector
from shared.domain.versions import Manifest
from shared.ports import Clock, ImageEncoder, TextEncoder

_LEFT_ALONE = timedelta(minutes=1)
"""How long an encoder that could not be loaded is not tried again."""
_MOST_PROMPTS = 400
"""Vectors of prompts kept: of two full books of themes, in two spaces, while one takes the other's place."""

_Encoder = TypeVar("_Encoder", bound=TextEncoder)


class QueryEncoders:
    """One for each space that words can be looked for in; each is loaded when it is first needed, once."""

    def __init__(
        self, load_text: Callable[[], TextEncoder], load_image: Callable[[], ImageEncoder], clock: Clock
    ) -> None:
        self._looks = _Loaded(load_image, clock)
        self._encoders: Mapping[Space, _Loaded[TextEncoder] | _Loaded[ImageEncoder]] = {
            Space.TEXT: _Loaded(load_text, clock),
            Space.IMAGE: self._looks,
        }

    def load(self) -> None:
        """Ahead of the first query. Raises Unavailable where an encoder cannot be had."""
        for encoder in self._encoders.values():
            encoder.get()

    def spaces(self, manifest: Manifest) -> list[Space]:
        """Those that the version has and words can be looked for in."""
        return [space for space in self._encoders if space in manifest.encoders]

    def encode(self, space: Space, texts: Sequence[str], manifest: Manifest) -> list[Vector]:
        """Where each of ``texts`` lies in ``space``. Raises Unavailable where the encoder cannot be had, or is not the
        one that made the version: vectors of two encoders have nothing to say to each other."""
        encoder = self._encoders[space].get()
        _require(manifest, space, encoder)
        return list(encoder.encode_texts(texts))

    def encode_picture(self, picture: RgbImage, manifest: Manifest) -> Vector:
        """Where ``picture`` lies in ``image``. Raises Unavailable as :meth:`encode` does."""
        encoder = self._looks.get()
        _require(manifest, Space.IMAGE, encoder)
        vectors: list[Vector] = list(encoder.encode_images([picture]))
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


def _require(manifest: Manifest, space: Space, encoder: TextEncoder) -> None:
    try:
        require_encoder_of(manifest, space, encoder)
    except EncoderMismatch as error:
        raise Unavailable(str(error)) from error


def require_encoder_of(manifest: Manifest, space: Space, encoder: TextEncoder) -> None:
    """Raises EncoderMismatch unless ``encoder`` is the one that made ``space`` of the version."""
    made_by = manifest.encoders[space]
    if encoder.info != made_by:
        raise EncoderMismatch(
            f"The {space} space of index version {manifest.version} was made by {made_by.fingerprint}, this reader has "
            f"{encoder.info.fingerprint}: give it the same encoder, or index the feed again with this one."
        )


class _Loaded(Generic[_Encoder]):
    """Something that takes seconds to load; several threads may want it at once."""

    def __init__(self, load: Callable[[], _Encoder], clock: Clock) -> None:
        self._load = load
        self._clock = clock
        self._lock = threading.Lock()
        self._value: _Encoder | None = None
        self._failed_at: datetime | None = None

    def get(self) -> _Encoder:
        with self._lock:
            if self._value is None:
                self._value = self._loaded()
            return self._value

    def _loaded(self) -> _Encoder:
        now = self._clock.now()
        if self._failed_at and timedelta(0) <= now - self._failed_at < _LEFT_ALONE:
            raise Unavailable("An encoder could not be loaded a moment ago: it is tried again soon.")
        try:
            return self._load()
        except (EncoderUnavailable, MissingExtra) as error:
            self._failed_at = now
            raise Unavailable(str(error)) from error
        except Exception:
            self._failed_at = now
            raise
