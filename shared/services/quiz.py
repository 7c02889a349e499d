"""The newcomers' quiz: its questions as they can be shown now, and what is made of the answers."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from shared.domain.choices import ALL, Consent, may
from shared.domain.declared import Declared, known_only
from shared.domain.errors import InvalidInput
from shared.domain.filters import FilterField
from shared.domain.products import Product
from shared.domain.quiz import MOST_CHOICES, MOST_QUESTIONS, Quiz, QuizQuestion, quiz_from_bytes
from shared.domain.recommendations import Part
from shared.domain.rules import Scenario, hidden_products
from shared.ports import Clock, ProductStore, StateStore
from shared.services.choices import choices_of
from shared.services.event_formats.bounds import person_id
from shared.services.facts import FactKind, Facts
from shared.services.pages import Question, start, tell_degraded
from shared.services.profiles import declare, declared_by, forget_declared
from shared.services.shop import Shop

QUIZ: FactKind[Quiz] = FactKind("quiz", quiz_from_bytes, Quiz())
_WORDS_SHOWN = 24
_FEWEST_OPTIONS = 2


@dataclass(frozen=True, slots=True)
class ShownQuestion:
    id: str
    text: str
    most_choices: int
    options: tuple[Product, ...]


@dataclass(frozen=True, slots=True)
class ShownQuiz:
    """``words`` are what the catalogue has most of, by field: what a shop may offer to say a like of."""

    id: str
    questions: tuple[ShownQuestion, ...]
    words: dict[FilterField, tuple[str, ...]]
    version: str
    degraded: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Ignored:
    """A value that the catalogue does not have, and where it was said."""

    field: str
    value: str


@dataclass(frozen=True, slots=True)
class Understood:
    """``taste`` is all that is declared by now, ``ignored`` what of this time's the catalogue does not know.

    It is ``kept`` where the user has given leave to, and else what was understood of this time's alone.
    """

    taste: Declared
    ignored: tuple[Ignored, ...]
    kept: bool = True


@dataclass(frozen=True, slots=True)
class Profiles:
    """What answers to the quiz are held against and kept in."""

    state: StateStore
    products: ProductStore
    facts: Facts
    clock: Clock
    consent: Consent = ALL
    """That of people who have not said."""

    def may_keep(self, user_id: str) -> bool:
        return may(choices_of(self.state, [user_id])[user_id], self.consent).personalise


def quiz(shop: Shop, limit: int) -> ShownQuiz:
    """Up to ``limit`` questions, each option shown by the most typical product that may be shown now.

    That is one with a picture that can be bought, that the shop's rules do not hide, and of a group that is not shown
    yet. An option without any is left out, and so is a question with less than two options: a catalogue with few
    pictures, and an index version made before there was a quiz, have none. Raises InvalidInput.
    """
    if not 1 <= limit <= MOST_QUESTIONS:
        raise InvalidInput(f"limit is {limit}: ask for 1 to {MOST_QUESTIONS} questions.")
    begin = start(shop, Scenario.FOR_YOU, Question())
    made = begin.fact(QUIZ)
    asked = made.questions[:limit]
    ids = [product_id for question in asked for option in question.options for product_id in option]
    products = begin.products.get(ids)
    hidden = hidden_products(begin.rules, list(products.values()))
    showable = {
        each.id: each for each in products.values() if each.can_be_bought and each.image and each.id not in hidden
    }
    groups: set[str] = set()
    shown = [_shown(question, showable, groups) for question in asked]
    questions = tuple(each for each in shown if len(each.options) >= _FEWEST_OPTIONS)
    tell_degraded(shop, begin.troubles.parts)
    words = {where: of[:_WORDS_SHOWN] for where, of in made.words.items() if of}
    return ShownQuiz(made.id if questions else "", questions, words, begin.at.version, begin.troubles.parts)


def _shown(question: QuizQuestion, showable: dict[str, Product], groups: set[str]) -> ShownQuestion:
    options: list[Product] = []
    for option in question.options:
        stands = next(
            (showable[each] for each in option if each in showable and showable[each].group not in groups), None
        )
        if stands is not None:
            groups.add(stands.group)
            options.append(stands)
    return ShownQuestion(question.id, question.text, min(MOST_CHOICES, max(len(options) - 1, 1)), tuple(options))


def take_answers(profiles: Profiles, user_id: str, declared: Declared) -> Understood:
    """Keep what ``user_id``, who may be anonymous, declares; what the catalogue does not have is left out and named.

    Of what is not said this time, what was said before stays. Without leave nothing is kept: the request of a list may
    bring the same. Raises InvalidInput for an id that is a person's address, Unavailable and StateConflict.
    """
    user_id = person_id(user_id, "user_id")
    named = (*(declared.picked or ()), *(declared.turned_down or ()))
    known = profiles.products.get(list(dict.fromkeys(named))) if named else {}
    words = profiles.facts.of(profiles.products.version() or "", QUIZ).spelling
    understood = known_only(declared, known.keys(), words)
    ignored = _ignored(declared, known.keys(), words)
    now = profiles.clock.now()
    if profiles.may_keep(user_id):
        taste = declare(profiles.state, user_id, understood, now)
        if profiles.may_keep(user_id):
            return Understood(taste, ignored)
    # Taken back meanwhile, or while an earlier try was on its way: what was erased then did not have this.
    if declared_by(profiles.state, user_id, now):
        forget_declared(profiles.state, user_id)
    return Understood(understood, ignored, kept=False)


def _ignored(
    declared: Declared, products: Collection[str], words: Mapping[FilterField, Mapping[str, str]]
) -> tuple[Ignored, ...]:
    picked = [("chosen", each) for each in declared.picked or () if each not in products]
    turned_down = [("not_for_me", each) for each in declared.turned_down or () if each not in products]
    said: Sequence[tuple[str, FilterField, tuple[str, ...] | None]] = (
        ("categories", FilterField.CATEGORY, declared.categories),
        ("brands", FilterField.BRAND, declared.brands),
        ("colours", FilterField.COLOUR, declared.colours),
        ("sizes", FilterField.SIZE, declared.sizes),
    )
    likes = [
        (name, each)
        for name, where, of in said
        for each in of or ()
        if where in words and each.casefold() not in words[where]
    ]
    return tuple(Ignored(name, value) for name, value in dict.fromkeys([*picked, *turned_down, *likes]))
