"""What is searched for."""

import hashlib
from dataclasses import dataclass

from shared.domain.errors import InvalidInput
from shared.domain.filters import Filter, FilterField
from shared.domain.sorting import Sort
from shared.domain.spaces import RgbImage

LONGEST_TEXT = 500


@dataclass(frozen=True, slots=True, eq=False)
class Wanted:
    """Any of ``text``, ``picture``, products to be ``like`` and ``unlike`` (ids), and ``filters``.

    ``understand`` says whether the text may be read as filters; ``personal``, from 0 to 1, how much the user's taste
    counts in the order, None as much as it usually does. ``facets`` are the fields whose values are to be counted.
    """

    text: str = ""
    picture: RgbImage | None = None
    like: str = ""
    unlike: str = ""
    user_id: str = ""
    understand: bool = True
    sort: Sort = Sort.RELEVANCE
    facets: tuple[FilterField, ...] = ()
    filters: Filter | None = None
    personal: float | None = None

    @property
    def names_something(self) -> bool:
        """Whether there is more than filters to it."""
        return bool(self.text.strip() or self.like or self.unlike or self.picture is not None)

    @property
    def words_alone(self) -> bool:
        """Whether nothing but words, and perhaps filters, says what is wanted."""
        return bool(self.text.strip()) and not (self.like or self.unlike or self.picture is not None)

    def digest(self) -> tuple[str, ...]:
        """All that the ranking depends on."""
        picture = "" if self.picture is None else hashlib.sha256(self.picture.tobytes()).hexdigest()
        asked = (self.text.strip(), self.like, self.unlike, self.user_id, self.understand, self.sort)
        return (*map(str, asked), picture, repr(self.filters), repr(self.personal))

    def check(self, has_filter: bool) -> None:
        """Raises InvalidInput for a text that is too long, and where nothing at all is asked for."""
        length = len(self.text.strip())
        if length > LONGEST_TEXT:
            raise InvalidInput(f"text has {length:,} characters: search for {LONGEST_TEXT} at most.")
        if not (self.names_something or has_filter or self.filters is not None):
            raise InvalidInput(
                "Nothing is searched for: send a text, an image, a product in 'like' or 'unlike', or filters."
            )
