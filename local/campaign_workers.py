"""Processes that make the partitions of a campaign's run; the one that started them hands the partitions out."""

import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess

from indexer.memory import peak_memory_mb
from local.arithmetic import by_one_thread
from shared import wiring
from shared.domain.errors import NotFound, Unavailable, VitrineError
from shared.domain.pick_summary import Summary
from shared.services.campaign_plan import find_plan
from shared.services.campaigns import Desk, make_partition
from shared.settings import Settings

MOST_WORKERS = 64
_GOODBYE_SECONDS = 5.0


def campaign_desk(parts: wiring.Parts) -> Desk:
    return Desk(wiring.mailing(parts, wiring.shop(parts)), parts.blobs, parts.campaign_turns)


def make_all(
    settings: Settings, run: str, partitions: Sequence[int], workers: int, heard: Callable[[Summary], object]
) -> int:
    """Have the run's ``partitions`` made by that many processes; ``heard`` is told of every lot of users.

    Returns the peak memory of the largest process, in MB.

    Raises what making one raised, and Unavailable where a process ended without a word. Whatever ends this process, its
    workers end too: at the latest when they have something to say and nobody listens.
    """
    waiting, peak = iter(partitions), 0
    with _at_work(settings, run, min(workers, len(partitions))) as workers_:
        busy = [each for each in workers_ if _hand_out(each, waiting)]
        while busy:
            for worker in wait(busy):
                assert isinstance(worker, Connection)
                said = _hear(worker)
                if isinstance(said, Summary):
                    heard(said)
                elif isinstance(said, VitrineError):
                    raise said
                elif isinstance(said, int):
                    peak = max(peak, said)
                    if not _hand_out(worker, waiting):
                        busy.remove(worker)
    return peak


@contextmanager
def _at_work(settings: Settings, run: str, count: int) -> Iterator[list[Connection]]:
    """Lines to the workers, who are sent away at the end, or in the midst of it where it ends with an error."""
    context = get_context("spawn")  # a fork would share what the index and the stores hold open
    lines: list[Connection] = []
    processes: list[SpawnProcess] = []
    try:
        for _ in range(count):
            ours, theirs = context.Pipe()
            process = context.Process(target=_work, args=(settings, run, theirs), daemon=True)
            process.start()
            theirs.close()
            lines.append(ours)
            processes.append(process)
        yield lines
    except BaseException:
        for process in processes:
            process.terminate()
        raise
    finally:
        for line in lines:
            line.close()
        for process in processes:
            process.join(_GOODBYE_SECONDS)


def _hand_out(worker: Connection, waiting: Iterator[int]) -> bool:
    """Whether there was one more."""
    number = next(waiting, None)
    if number is None:
        return False
    with suppress(BrokenPipeError):  # that it is gone, hearing it will tell
        worker.send(number)
    return True


def _hear(worker: Connection) -> object:
    try:
        return worker.recv()
    except (EOFError, ConnectionError):
        raise Unavailable("A worker was killed, perhaps for want of memory: run it again to go on.") from None


def _work(settings: Settings, run: str, line: Connection) -> None:
    """What a worker does: a partition for every number that it is told, until nobody is there to tell it one."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all of the group; the one who hears it ends the rest
    with suppress(EOFError, ConnectionError):
        try:
            by_one_thread()
            parts = wiring.parts(settings, patient=True)
            desk, plan = campaign_desk(parts), find_plan(parts.blobs, run)
            if plan is None:
                raise NotFound(f"There is no run '{run}' any more: it was undone.")
            while True:
                number = line.recv()
                make_partition(desk, plan, number, line.send)
                line.send(peak_memory_mb())
        except VitrineError as error:
            line.send(error)
