"""What is left to rank by, once conditions have been taken out."""

from collections.abc import Collection, Sequence

from shared.domain.understanding.wording import FUNCTION_WORDS, Token, tokens

_OPENINGS = tuple(
    tuple(opening.split())
    for opening in (
        *(
            "i am looking for",
            "im looking for",
            "i m looking for",
            "looking for",
            "i am searching for",
            "searching for",
        ),
        *("search for", "find me", "find", "show me", "show", "give me", "get me", "i want to buy", "i want", "i need"),
        *("i would like", "i d like", "id like", "do you have any", "do you have", "do you sell", "have you got"),
        *("where can i find", "can i have", "please", "is there a", "is there any", "are there any", "are there"),
        *("what can i", "where can i", "how can i", "can i", "can you", "could you", "what should i"),
        *("what do i need for", "what do i"),
        *("where is", "where are", "what is", "which is", "whats"),
    )
)
_DANGLING = frozenset(("and", "but", "or", "nor", "for", "in", "with", "at", "of", "from", "by", "please"))
_SAYS_NOTHING_OF_A_PRODUCT = frozenset(
    ("like", "this", "one", "ones", "something", "bit", "little", "instead", "same", "made")
)
_JOINTS = frozenset(("-", "'", "’", "/", "&", ".", " & ", "", "+"))


def polite_words(words: Sequence[Token]) -> int:
    """How many words at the beginning only ask."""
    i = 0
    while True:
        plain = tuple(word.text for word in words[i : i + 5])
        length = max((len(each) for each in _OPENINGS if plain[: len(each)] == each), default=0)
        if not length or i + length >= len(words):
            return i
        i += length


def rest_of(text: str, words: Sequence[Token], first: int, gone: Collection[int], changing: bool) -> str:
    """The words from ``first`` on but ``gone``; said of a product (``changing``), without those that only link."""
    kept = [i for i in range(first, len(words)) if i not in gone and not _links(words, i, gone, changing)]
    while kept and words[kept[-1]].text in _DANGLING:
        kept.pop()
    while kept and words[kept[0]].text in _DANGLING:
        kept.pop(0)
    said: list[str] = []
    for before, i in zip([None, *kept], kept, strict=False):
        word = words[i]
        glued = before == i - 1 and word.before in _JOINTS
        typed = text[word.start : word.end]
        said.append(
            (word.before if glued else " " if said else "") + (typed if _is_as_typed(word, typed) else word.text)
        )
    return "".join(said)


def _links(words: Sequence[Token], i: int, gone: Collection[int], changing: bool) -> bool:
    word = words[i].text
    if changing and (word in FUNCTION_WORDS or word in _SAYS_NOTHING_OF_A_PRODUCT):
        return True
    return word in _DANGLING and (i + 1 in gone or i + 1 == len(words))


def _is_as_typed(word: Token, typed: str) -> bool:
    """Whether it was not corrected: a correction keeps the place of what was typed."""
    return any(each.text == word.text for each in tokens(typed))
