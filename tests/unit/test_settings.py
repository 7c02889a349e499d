"""The environment as it may be, and what is said of one that may not."""

import pytest

from shared.domain.errors import InvalidInput
from shared.settings import Settings, from_environment

ON_AWS = {"VITRINE_BUCKET": "b"}


def test_an_empty_environment_is_the_laptop() -> None:
    assert from_environment({}) == Settings()


def test_a_cluster_is_described_in_whole_numbers() -> None:
    given = {"VITRINE_INDEX": "qdrant", "VITRINE_QDRANT_URL": "http://q", "VITRINE_QDRANT_SHARDS": "6"}
    settings = from_environment(given | {"VITRINE_QDRANT_REPLICAS": "2"})
    assert (settings.qdrant_shards, settings.qdrant_replicas) == (6, 2)
    assert from_environment(given | {"VITRINE_QDRANT_REPLICAS": ""}).qdrant_replicas == 1


@pytest.mark.parametrize(
    ("name", "most"),
    [("VITRINE_QDRANT_SHARDS", 1000), ("VITRINE_QDRANT_REPLICAS", 100), ("VITRINE_RETENTION_DAYS", 3650)],
)
def test_a_number_out_of_its_bounds_is_named(name: str, most: int) -> None:
    for value in ("0", str(most + 1), "two", "-1", "1.5", "²"):
        with pytest.raises(InvalidInput, match=rf"{name} is '{value}': set it to a whole number from 1 to {most}"):
            from_environment(ON_AWS | {name: value})
    assert from_environment(ON_AWS | {name: str(most)})


def test_consent_is_assumed_or_required() -> None:
    assert from_environment({}).consent == "assumed"
    assert from_environment({"VITRINE_CONSENT": "required"}).consent == "required"
    with pytest.raises(InvalidInput, match="VITRINE_CONSENT is 'maybe': set it to assumed or required"):
        from_environment({"VITRINE_CONSENT": "maybe"})
