"""Reindexing by request: whoever wants one writes it down, and the job at work takes what was asked for last.

One record of the state store holds what is wanted, what is being run, and how the last runs ended. A request is
written before its job is started, and leaves the record only with its outcome: a job that could not be started, or
was killed, leaves it to the next one.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeAlias
from urllib.parse import urlsplit

from shared.domain.errors import InvalidInput, StateConflict, TurnLost, Unavailable
from shared.ports import Clock, JobStarter, StateStore

RUNS_LISTED = 20
FEEDS = "feeds/"
"""Where in the bucket feeds are dropped."""
LONGEST_FEED = 2_000
"""Characters of its name."""

_RECORD = "reindex"
_ATTEMPTS = 20
_SENTENCE = 1_000

_Record: TypeAlias = dict[str, Any]


class Outcome(StrEnum):
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    KILLED = "killed"


@dataclass(frozen=True, slots=True)
class Request:
    """A wish for the feed to be indexed; ``full`` for everything anew. ``instead_of`` are the requests whose place
    it took before they were begun."""

    id: str
    feed: str
    at: datetime
    full: bool = False
    instead_of: tuple[str, ...] = ()

    def after(self, other: "Request | None") -> "Request":
        """This one in ``other``'s place. The later feed is the truth; that all be made anew stays wanted."""
        if other is None or other.id == self.id:  # the answer to our own write may have been lost
            return self
        replaced = (other.id, *other.instead_of)[:RUNS_LISTED]
        return replace(self, full=self.full or other.full, instead_of=replaced)


@dataclass(frozen=True, slots=True)
class Running:
    """A run that was begun; one that was killed stays until the next job takes it up."""

    run: str
    request: Request
    started_at: datetime


@dataclass(frozen=True, slots=True)
class RejectReason:
    """Why rows were left out, without what stood in them; ``example_line`` is one of the ``count``, None for a
    picture."""

    reason: str
    count: int
    example_line: int | None


@dataclass(frozen=True, slots=True)
class Run:
    """How a run ended; its request's feed is as :func:`shown`.

    ``version`` is what it made live, ``error`` the sentence of one that failed, ``reasons`` the most frequent ones for
    leaving rows out.
    """

    run: str
    request: Request
    outcome: Outcome
    started_at: datetime
    seconds: float
    version: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)
    error: str = ""
    reasons: tuple[RejectReason, ...] = ()


@dataclass(frozen=True, slots=True)
class Status:
    """``runs`` are the last :data:`RUNS_LISTED`, newest first."""

    wanted: Request | None
    running: Running | None
    runs: tuple[Run, ...]


def request_reindex(
    state: StateStore, starter: JobStarter, clock: Clock, new_id: Callable[[], str], feed: str, full: bool = False
) -> str:
    """Want ``feed`` indexed and start a job; returns the request's id.

    Raises Unavailable where no job could be started; the request is kept all the same.
    """
    request_id = want(state, clock, new_id, feed, full)
    try:
        starter.start(request_id)
    except Unavailable as error:
        raise Unavailable(
            f"Request {request_id} is kept, but its job could not be started ({error}): the next one that is takes it."
        ) from error
    return request_id


def want(state: StateStore, clock: Clock, new_id: Callable[[], str], feed: str, full: bool = False) -> str:
    """Write a request down, in the place of one that was not begun yet; returns its id.

    Without a ``feed``, the one that was named last is meant.
    """
    request = Request(new_id(), feed, clock.now(), full)

    def write(record: _Record) -> _Record:
        named = feed or record.get("feed", "")
        if not named:
            raise InvalidInput("No feed was ever named: name one, or set VITRINE_FEED to the one that is meant.")
        wanted = replace(request, feed=named).after(_request(record.get("wanted")))
        return record | {"feed": named, "wanted": _to_record(wanted)}

    _change(state, write)
    return request.id


def begin(state: StateStore, clock: Clock, run: str) -> Running | None:
    """Mark what is wanted as being run, as ``run``; None where nothing is. For who has the turn, and no one else.

    What another run had begun is wanted still: that run was killed, or the turn would be its.
    """
    begun: Running | None = None

    def write(record: _Record) -> _Record:
        nonlocal begun
        left = _running(record.get("running"))
        wanted = _request(record.get("wanted"))
        request = wanted.after(left.request if left else None) if wanted else left and left.request
        begun = Running(run, request, clock.now()) if request else None
        if left and left.run != run:
            record = _with_run(record, _killed(left, clock.now()))
        return record | {"wanted": None, "running": _to_record(begun)}

    _change(state, write)
    return begun


def finish(state: StateStore, run: Run) -> None:
    """Write down how ``run`` ended. Raises TurnLost where another job has taken its request up meanwhile."""

    def write(record: _Record) -> _Record:
        running = _running(record.get("running"))
        told = ((each["run"], each["outcome"]) for each in record.get("runs", ()))
        if (run.run, run.outcome) in told:  # written, and the answer was lost
            return record
        if running is None or running.run != run.run:
            raise TurnLost(f"Run {run.run} was taken for dead and its request was taken up by another job.")
        return _with_run(record, run) | {"running": None}

    _change(state, write)


def note_run(state: StateStore, run: Run) -> None:
    """Write down how a run ended that nobody had to ask for: somebody typed a command. Raises Unavailable."""
    _change(state, lambda record: _with_run(record, run))


def _killed(left: Running, now: datetime) -> Run:
    request = replace(left.request, feed=shown(left.request.feed))
    seconds = (now - left.started_at).total_seconds()
    error = "The job was killed before its end, and another one has taken its request up."
    return Run(left.run, request, Outcome.KILLED, left.started_at, seconds, error=error)


def _with_run(record: _Record, run: Run) -> _Record:
    ended = run_record(replace(run, error=run.error[:_SENTENCE]))
    return record | {"runs": [ended, *record.get("runs", ())][:RUNS_LISTED]}


def status(state: StateStore) -> Status:
    """What is wanted, what is being run, and how the last runs ended."""
    found = state.get(_RECORD)
    record: Mapping[str, Any] = found.value if found else {}
    return Status(
        _request(record.get("wanted")),
        _running(record.get("running")),
        tuple(_run(each) for each in record.get("runs", ())),
    )


def shown(feed: str) -> str:
    """``feed`` without what may be a secret in it: the password and the query of a URL."""
    if not feed.lower().startswith(("http://", "https://")):
        return feed
    scheme, _, rest = feed.partition("?")[0].partition("#")[0].partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}://{host.rpartition('@')[2]}{slash}{path}"


def checked_feed(feed: str, bucket: str, folder: str = "") -> str:
    """``feed`` where a caller over HTTP may name it: an https URL, or a file dropped into our ``folder`` there.

    Raises InvalidInput for anything else; what is behind a URL is judged when it is fetched.
    """
    dropped = f"s3://{bucket}/{folder}{FEEDS}"
    if len(feed) <= LONGEST_FEED and feed.isprintable():
        if bucket and feed.startswith(dropped) and feed != dropped:
            return feed
        if feed.startswith("https://") and _has_host(feed):
            return feed
    allowed = f"an https URL or {dropped}…" if bucket else "an https URL"
    raise InvalidInput(f"The feed '{shown(feed)[:80]}' cannot be taken: name {allowed}.")


def _has_host(url: str) -> bool:
    try:
        return bool(urlsplit(url).hostname)
    except ValueError:
        return False


def _change(state: StateStore, write: Callable[[_Record], _Record]) -> None:
    """Read, change and write the record, again where somebody else wrote in between."""
    for _ in range(_ATTEMPTS):
        found = state.get(_RECORD)
        record = dict(found.value) if found else {}
        changed = write(dict(record))
        if changed == record:
            return
        try:
            state.put(_RECORD, changed, found.revision if found else 0)
        except StateConflict:
            continue
        return
    raise Unavailable("Too many reindexes are asked for at this moment: try again in a while.")


def _to_record(value: Request | Running | None) -> _Record | None:
    return None if value is None else _plain(asdict(value))


def _plain(value: Any) -> Any:
    """JSON-ready."""
    match value:
        case datetime():
            return value.isoformat()
        case Mapping():
            return {name: _plain(each) for name, each in value.items()}
        case list() | tuple():
            return [_plain(each) for each in value]
        case _:
            return value


def _request(record: Mapping[str, Any] | None) -> Request | None:
    if not record:
        return None
    instead_of = tuple(record["instead_of"])
    return Request(**{**record, "at": datetime.fromisoformat(record["at"]), "instead_of": instead_of})


def _running(record: Mapping[str, Any] | None) -> Running | None:
    return Running(**_with_request(record)) if record else None


def _run(record: Mapping[str, Any]) -> Run:
    reasons = tuple(RejectReason(**each) for each in record.get("reasons", ()))
    return Run(**_with_request(record) | {"outcome": Outcome(record["outcome"]), "reasons": reasons})


def _with_request(record: Mapping[str, Any]) -> _Record:
    request = _request(record["request"])
    return {**record, "request": request, "started_at": datetime.fromisoformat(record["started_at"])}


def run_record(run: Run) -> dict[str, Any]:
    """JSON-ready."""
    record: dict[str, Any] = _plain(asdict(run))
    return record
