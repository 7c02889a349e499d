"""A quiz for newcomers: picture questions that the indexer made of the catalogue, and the words a shopper may like."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from shared.domain.filters import FilterField

MOST_QUESTIONS = 8
MOST_OPTIONS = 12
"""Pictures beside each other in one question."""

MOST_CHOICES = 4
"""Options that a question may be answered with: who likes everything says nothing."""


@dataclass(frozen=True, slots=True)
class QuizQuestion:
    """Each option is what stands for one corner of the catalogue: products, the most typical first."""

    id: str
    text: str
    options: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Quiz:
    """``words`` are the catalogue's own, by field, the most frequent first; a field with too many is left out."""

    questions: tuple[QuizQuestion, ...] = ()
    words: Mapping[FilterField, tuple[str, ...]] = field(default_factory=dict)

    @cached_property
    def id(self) -> str:
        """Changes with the questions; empty for none."""
        if not self.questions:
            return ""
        asked = [(each.id, each.text, each.options) for each in self.questions]
        return hashlib.sha256(json.dumps(asked).encode()).hexdigest()[:12]

    @cached_property
    def beside(self) -> Mapping[str, tuple[str, ...]]:
        """For each product of an option, the others that stand for the same."""
        options = (option for question in self.questions for option in question.options)
        return {each: tuple(other for other in option if other != each) for option in options for each in option}

    @cached_property
    def spelling(self) -> Mapping[FilterField, Mapping[str, str]]:
        """By field, the catalogue's spelling of each casefolded word."""
        return {where: {word.casefold(): word for word in reversed(words)} for where, words in self.words.items()}


def quiz_to_bytes(quiz: Quiz) -> bytes:
    questions = [{"id": each.id, "text": each.text, "options": each.options} for each in quiz.questions]
    words = {where.value: words for where, words in quiz.words.items()}
    return json.dumps({"questions": questions, "words": words}, ensure_ascii=False).encode()


def quiz_from_bytes(content: bytes) -> Quiz:
    """The inverse of :func:`quiz_to_bytes`. Raises ValueError, KeyError or TypeError for anything else."""
    record: dict[str, Any] = json.loads(content)
    return Quiz(
        tuple(
            QuizQuestion(str(each["id"]), str(each["text"]), tuple(tuple(map(str, ids)) for ids in each["options"]))
            for each in record["questions"]
        ),
        {FilterField(where): tuple(map(str, words)) for where, words in record["words"].items()},
    )
