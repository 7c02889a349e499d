"""The environment as one validated value; nothing else in Vitrine reads it."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from shared.domain.errors import InvalidInput

PROJECT = Path(__file__).resolve().parent.parent
BACKENDS = ("edge", "qdrant")


@dataclass(frozen=True, slots=True)
class Settings:
    """Where things are. ``data`` holds all state of the one-machine edition."""

    data: Path = Path("var/vitrine")
    index: str = "edge"
    qdrant_url: str = ""
    qdrant_api_key: str = ""
    text_encoder: Path = PROJECT / "encoders" / "starter-text"
    image_encoder: Path = PROJECT / "encoders" / "starter-image"


def from_environment(environment: Mapping[str, str] | None = None) -> Settings:
    """``VITRINE_DATA``, ``VITRINE_INDEX`` (edge or qdrant), ``VITRINE_QDRANT_URL``, ``VITRINE_QDRANT_API_KEY``,
    ``VITRINE_TEXT_ENCODER`` and ``VITRINE_IMAGE_ENCODER`` (folders); all may be left out."""
    given = os.environ if environment is None else environment
    defaults = Settings()
    index = given.get("VITRINE_INDEX", defaults.index)
    if index not in BACKENDS:
        raise InvalidInput(f"VITRINE_INDEX is '{index}': set it to {' or '.join(BACKENDS)}.")
    url = given.get("VITRINE_QDRANT_URL", "")
    if index == "qdrant" and not url:
        raise InvalidInput("VITRINE_INDEX is qdrant but VITRINE_QDRANT_URL is empty: set it to the server's URL.")
    return Settings(
        data=Path(given.get("VITRINE_DATA") or defaults.data),
        index=index,
        qdrant_url=url,
        qdrant_api_key=given.get("VITRINE_QDRANT_API_KEY", ""),
        text_encoder=Path(given.get("VITRINE_TEXT_ENCODER") or defaults.text_encoder),
        image_encoder=Path(given.get("VITRINE_IMAGE_ENCODER") or defaults.image_encoder),
    )
