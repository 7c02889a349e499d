"""What a quiz made of the demo's catalogue is worth to people whom the shop has never seen."""

import json

import numpy as np
import pytest

from bench.newcomers import ANSWERS, EVENTS, NOW, figures, teach
from indexer.clusters import k_means, unit_rows
from indexer.encode import Encoders
from indexer.quiz import questions_of
from local.demo_shop.catalogue import catalogue
from shared import wiring
from shared.domain.products import Product
from shared.services.popularity import refresh_popularity
from shared.services.quiz import quiz
from shared.settings import Settings
from tests.support import StillClock, reindex


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> wiring.Parts:
    """The demo by its words alone, with the events of its own shoppers: drawing it takes longer than all the rest."""
    folder = tmp_path_factory.mktemp("newcomers")
    feed = folder / "products.jsonl"
    feed.write_text("\n".join(json.dumps(product.row(NOW), default=str) for product in catalogue()))
    parts = wiring.parts(Settings(data=folder / "data"), StillClock())
    teach(parts)
    encoders = Encoders(wiring.text_encoder(Settings()), wiring.image_encoder(Settings()))
    reindex(parts, feed, folder / "work", encoders)
    refresh_popularity(parts.events, parts.blobs, NOW)
    return parts


def test_five_answers_are_worth_more_than_half_of_twenty_events_and_twice_the_popular_list(demo: wiring.Parts) -> None:
    measured = figures(demo, 120)
    assert measured["strangers asked about"] > 60
    assert measured[f"hit@10, {EVENTS} events"] > measured["hit@10, popularity"]
    assert measured["quiz over events"] >= 0.5
    assert measured["quiz over popularity"] >= 1.6


def test_each_question_spans_the_shop(demo: wiring.Parts) -> None:
    shown = quiz(wiring.shop(demo), ANSWERS).questions
    assert len(shown) == ANSWERS
    for question in shown:
        departments = [option.categories[0] for option in question.options]
        assert len(set(departments)) >= 6
        assert question.text == "Which of these would you take home?"


def test_clusters_are_found_and_the_same_every_time() -> None:
    rng = np.random.default_rng(1)
    centres = unit_rows(rng.normal(size=(6, 20)).astype(np.float32))
    rows = unit_rows(np.repeat(centres, 30, axis=0) + rng.normal(scale=0.05, size=(180, 20)).astype(np.float32))
    found, nearest = k_means(rows, 6, seed=3)
    assert len(found) == 6
    assert all(len(set(nearest[first : first + 30].tolist())) == 1 for first in range(0, 180, 30))
    again, _ = k_means(rows, 6, seed=3)
    assert np.array_equal(found, again)
    assert len(k_means(rows[:1].repeat(9, axis=0), 4)[0]) == 1  # no more clusters than different rows
    assert len(k_means(rows[:0], 4)[0]) == 0


def test_a_catalogue_too_small_to_ask_about_has_no_quiz() -> None:
    few = [Product(f"p{number}", "x", image="x.png") for number in range(8)]
    assert questions_of(few, [{} for _ in few]) == ()
    assert questions_of([], []) == ()
