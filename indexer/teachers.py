"""All that an index version is taught."""

from collections.abc import Callable

from indexer.baskets import teach_baskets
from indexer.complements import teach_complements
from indexer.contexts import teach_contexts
from indexer.quiz import teach_quiz
from indexer.repurchase import teach_repurchase
from indexer.showcase import teach_showcase
from indexer.suggestions import teach_suggestions
from indexer.teaching import Material, Taught, teach_behaviour
from indexer.vocabulary import teach_vocabulary

Teacher = Callable[[Material], Taught]
TEACHERS: tuple[Teacher, ...] = (
    teach_behaviour,
    teach_baskets,
    teach_complements,
    teach_repurchase,
    teach_contexts,
    teach_quiz,
    teach_showcase,
    teach_suggestions,
    teach_vocabulary,
)
"""The same events and products must teach the same: an unchanged shop is known by it."""


def taught_by_all(material: Material) -> Taught:
    taught = [teacher(material) for teacher in TEACHERS]
    return Taught(
        {space: rows for each in taught for space, rows in each.rows.items()},
        {name: fact for each in taught for name, fact in each.facts.items()},
        sum(each.solved for each in taught),
    )
