"""The environment as one validated value; nothing else in Vitrine reads it."""

import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from shared.domain.errors import InvalidInput

PROJECT = Path(__file__).resolve().parent.parent
BACKENDS = ("edge", "qdrant")
CONSENTS = ("assumed", "required")
RETENTION_DAYS = 400
SHOPS = "shops"
"""The folder, of the data and of the bucket, in which each shop but the first has one of its own."""
_YES = ("1", "true", "t", "yes", "y", "on")


@dataclass(frozen=True, slots=True)
class Aws:
    """The names of what template.yaml makes. What is empty, a function does not use."""

    bucket: str
    events_table: str = ""
    products_table: str = ""
    state_table: str = ""
    events_queue: str = ""
    """URL of the queue that takes accepted events while the events table cannot."""
    picks_queue: str = ""
    """URL of the queue in which the partitions of campaigns' runs wait to be made."""
    job_queue: str = ""
    job_definition: str = ""
    event_bus: str = ""
    retention_days: int = RETENTION_DAYS
    qdrant_secret: str = ""
    """Id of the secret that holds the Qdrant server's API key."""
    folder: str = ""
    """Before every key of the bucket: empty for the first shop."""

    def of_shop(self, name: str) -> "Aws":
        """Tables of its own, beside the first shop's, and a folder of its own in the bucket."""
        return replace(
            self,
            events_table=_beside(self.events_table, name),
            products_table=_beside(self.products_table, name),
            state_table=_beside(self.state_table, name),
            folder=f"{SHOPS}/{name}/",
        )


def _beside(table: str, name: str) -> str:
    """A table that the first shop's function is not given, another shop's is not either."""
    return f"{table}-{name}" if table else ""


@dataclass(frozen=True, slots=True)
class Settings:
    """Where things are. ``data`` holds all state of the one-machine edition, and what a function keeps for a while."""

    data: Path = Path("var/vitrine")
    index: str = "edge"
    qdrant_url: str = ""
    qdrant_api_key: str = ""
    qdrant_shards: int = 1
    """Into how many parts a version is split, to be spread over the servers of a cluster."""
    qdrant_replicas: int = 1
    """On how many servers each part is held."""
    text_encoder: Path = PROJECT / "encoders" / "starter-text"
    image_encoder: Path = PROJECT / "encoders" / "starter-image"
    feed: str = ""
    """The feed that a reindex reads when it is not told of another."""
    fetch_photos: bool = True
    """Whether search fetches the picture behind an address that a shopper names."""
    telemetry: bool = False
    metrics: str = "Vitrine"
    """The metrics' namespace: stacks in one account would else count into one another's alarms."""
    tracing: bool = False
    """Whether the telemetry sends traces too: on Lambda, unless Powertools' own switch says no."""
    aws: Aws | None = None
    consent: str = "assumed"
    """What holds of who has not said: ``assumed`` that they agree to all, or ``required`` before anything is kept."""
    retention_days: int = RETENTION_DAYS
    """How long events are kept after they came in."""
    shop: str = ""
    """The shop's name; empty for the first one, which a deployment has from the start."""
    first: "Settings | None" = None
    """For another shop, those of the first one."""

    def of_shop(self, name: str) -> "Settings":
        """Those of the deployment's shop ``name``, which shares nothing with others; the register says if it is one."""
        first = self.first or self
        if not name:
            return first
        aws = first.aws.of_shop(name) if first.aws else None
        return replace(first, shop=name, data=first.data / SHOPS / name, feed="", aws=aws, first=first)


def shop_from_environment(environment: Mapping[str, str] | None = None) -> str:
    """The shop that a command is for, where none is named: empty for the first one."""
    return (os.environ if environment is None else environment).get("VITRINE_SHOP", "")


def from_environment(environment: Mapping[str, str] | None = None) -> Settings:
    """The ``VITRINE_`` variables, all of which may be left out; docs/aws.md has the table of them."""
    given = os.environ if environment is None else environment
    defaults = Settings()
    index = given.get("VITRINE_INDEX", defaults.index)
    if index not in BACKENDS:
        raise InvalidInput(f"VITRINE_INDEX is '{index}': set it to {' or '.join(BACKENDS)}.")
    url = given.get("VITRINE_QDRANT_URL", "")
    if index == "qdrant" and not url:
        raise InvalidInput("VITRINE_INDEX is qdrant but VITRINE_QDRANT_URL is empty: set it to the server's URL.")
    return Settings(
        data=Path(given.get("VITRINE_DATA") or _data(given, defaults)),
        index=index,
        qdrant_url=url,
        qdrant_api_key=given.get("VITRINE_QDRANT_API_KEY", ""),
        qdrant_shards=_whole(given, "VITRINE_QDRANT_SHARDS", defaults.qdrant_shards, 1000),
        qdrant_replicas=_whole(given, "VITRINE_QDRANT_REPLICAS", defaults.qdrant_replicas, 100),
        text_encoder=Path(given.get("VITRINE_TEXT_ENCODER") or defaults.text_encoder),
        image_encoder=Path(given.get("VITRINE_IMAGE_ENCODER") or defaults.image_encoder),
        feed=given.get("VITRINE_FEED", ""),
        fetch_photos=_switch(given, "VITRINE_FETCH_PHOTOS", defaults.fetch_photos),
        telemetry=given.get("VITRINE_TELEMETRY", "") == "on",
        metrics=given.get("VITRINE_METRICS") or defaults.metrics,
        tracing="LAMBDA_TASK_ROOT" in given and given.get("POWERTOOLS_TRACE_DISABLED", "").lower() not in _YES,
        aws=_aws(given),
        consent=_one_of(given, "VITRINE_CONSENT", CONSENTS),
        retention_days=_whole(given, "VITRINE_RETENTION_DAYS", RETENTION_DAYS, 3650),
    )


def _data(given: Mapping[str, str], defaults: "Settings") -> Path:
    """On AWS the folder holds copies alone, of one shop; there may be no other place that can be written to."""
    bucket = given.get("VITRINE_BUCKET", "")
    return Path(tempfile.gettempdir()) / f"vitrine-{bucket}" if bucket else defaults.data


def _aws(given: Mapping[str, str]) -> Aws | None:
    """On AWS is who has a bucket there."""
    bucket = given.get("VITRINE_BUCKET", "")
    if not bucket:
        return None
    return Aws(
        bucket=bucket,
        events_table=given.get("VITRINE_EVENTS_TABLE", ""),
        products_table=given.get("VITRINE_PRODUCTS_TABLE", ""),
        state_table=given.get("VITRINE_STATE_TABLE", ""),
        events_queue=given.get("VITRINE_EVENTS_QUEUE", ""),
        picks_queue=given.get("VITRINE_PICKS_QUEUE", ""),
        job_queue=given.get("VITRINE_JOB_QUEUE", ""),
        job_definition=given.get("VITRINE_JOB_DEFINITION", ""),
        event_bus=given.get("VITRINE_EVENT_BUS", ""),
        retention_days=_whole(given, "VITRINE_RETENTION_DAYS", RETENTION_DAYS, 3650),
        qdrant_secret=given.get("VITRINE_QDRANT_SECRET", ""),
    )


def _whole(given: Mapping[str, str], name: str, default: int, most: int) -> int:
    text = given.get(name) or str(default)
    if not text.isdecimal() or not 1 <= int(text) <= most:
        raise InvalidInput(f"{name} is '{text}': set it to a whole number from 1 to {most}.")
    return int(text)


def _one_of(given: Mapping[str, str], name: str, known: tuple[str, ...]) -> str:
    """The first is the default."""
    text = given.get(name) or known[0]
    if text not in known:
        raise InvalidInput(f"{name} is '{text}': set it to {' or '.join(known)}.")
    return text


def _switch(given: Mapping[str, str], name: str, default: bool) -> bool:
    text = given.get(name) or ("on" if default else "off")
    if text not in ("on", "off"):
        raise InvalidInput(f"{name} is '{text}': set it to on or off.")
    return text == "on"
