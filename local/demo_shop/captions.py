"""What a picture shows, in words: one plain caption, and paraphrases to train an encoder with."""

from random import Random

from local.demo_shop.designs import Design
from local.demo_shop.kinds import KINDS

_PATTERN_WORDS = {
    "plain": ("plain", "solid", ""),
    "striped": ("striped", "stripy", "stripe-patterned"),
    "dotted": ("dotted", "polka dot", "spotted"),
    "checked": ("checked", "gingham", "chequered"),
    "floral": ("floral", "flower-print", "flowery"),
    "zigzag": ("zigzag", "zigzag-patterned", "chevron"),
    "starry": ("starry", "star-print", "star-patterned"),
    "wavy": ("wavy", "wave-patterned", "wave-print"),
}
MOTIFS = {
    "striped": "stripes",
    "dotted": "dots",
    "checked": "checks",
    "floral": "flowers",
    "zigzag": "zigzags",
    "starry": "stars",
    "wavy": "waves",
}
_COLOUR_WORDS = {
    "navy": ("navy", "navy blue", "dark blue"),
    "burgundy": ("burgundy", "wine red", "dark red"),
    "teal": ("teal", "turquoise", "blue-green"),
    "olive": ("olive", "olive green", "khaki"),
    "cream": ("cream", "beige", "ivory"),
    "grey": ("grey", "gray"),
    "purple": ("purple", "violet"),
}
_TEMPLATES = (
    "{a}",
    "{a}",
    "{bare}",
    "a picture of {a}",
    "an illustration of {a}",
    "a product photo of {a}",
    "{a} on a pale background",
    "{plural_path}: {bare}",
)


def pattern_words(pattern: str) -> tuple[str, ...]:
    """Ways to say a pattern, the shop's own word first."""
    return _PATTERN_WORDS[pattern]


def _with_article(words: str, counted: str) -> str:
    if counted:
        return f"a {counted} {words}"
    return f"{'an' if words[0] in 'aeio' else 'a'} {words}"


def caption(design: Design) -> str:
    """A short natural caption, such as "a navy striped shirt" or "a pair of plain red gloves"."""
    kind = KINDS[design.kind]
    pattern = "" if design.pattern == "plain" else design.pattern
    return _with_article(" ".join(filter(None, (design.colour, pattern, kind.key))), kind.counted)


def captions(design: Design, rng: Random, count: int = 4) -> tuple[str, ...]:
    """``count`` paraphrases of what the picture of ``design`` shows, drawn with ``rng``."""
    return tuple(_paraphrase(design, rng) for _ in range(count))


def _paraphrase(design: Design, rng: Random) -> str:
    kind = KINDS[design.kind]
    noun = kind.key if rng.random() < 0.65 else rng.choice(kind.synonyms)
    counted = kind.counted if noun == kind.key else ""
    colour = rng.choice(_COLOUR_WORDS.get(design.colour, (design.colour,)))
    motif = MOTIFS.get(design.pattern)
    if motif and rng.random() < 0.3:
        bare = f"{colour} {noun} with {design.accent} {motif}"
    else:
        words = [colour, rng.choice(pattern_words(design.pattern))]
        if rng.random() < 0.25:
            words.reverse()
        bare = " ".join(filter(None, (*words, noun)))
    plural = noun.endswith("s") and noun not in ("dress",)
    article = bare if plural and not counted else _with_article(bare, counted)
    path = ", ".join(reversed(kind.path)).lower()
    return rng.choice(_TEMPLATES).format(a=article, bare=bare, plural_path=path)
