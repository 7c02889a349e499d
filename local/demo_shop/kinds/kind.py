"""What a kind of product is: the facts that all products of the kind share."""

from dataclasses import dataclass

PATTERNS = ("plain", "striped", "dotted", "checked", "floral", "zigzag", "starry", "wavy")
TEXTILE = PATTERNS
GLAZED = ("plain", "striped", "dotted", "floral", "zigzag", "wavy")
PRINTED = ("plain", "striped", "dotted", "checked", "starry", "wavy")
PAINTED = ("plain", "striped", "dotted", "starry")
PLAIN = ("plain",)

ADULTS = ("women", "men")
WOMEN = ("women",)
EVERYONE = ("women", "men", "kids")


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of product.

    ``key`` is its everyday noun and names the silhouette. ``path`` is the category, broadest first, ending in the
    plural that a shop would print. ``prices`` are in euros. ``uses`` finish a sentence that begins "Made for".
    ``goes_with`` names kinds bought along with it. ``counted`` is "pair of" or "set of" for plural nouns.
    """

    key: str
    path: tuple[str, ...]
    prices: tuple[float, float]
    materials: tuple[str, ...]
    patterns: tuple[str, ...]
    synonyms: tuple[str, ...]
    uses: tuple[str, ...]
    details: tuple[str, ...]
    goes_with: tuple[str, ...]
    counted: str = ""
    genders: tuple[str, ...] = ()
    colours: tuple[str, ...] = ()

    @property
    def department(self) -> str:
        return self.path[0]
