"""A file of SQLite as the stores use it."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from shared.domain.errors import Unavailable

_BUSY_SECONDS = 5.0
_SWEEP_MILLISECONDS = 2_000
_MOST_MARKS = 1 << 30


class Database:
    """One file and a connection for each thread; a write is one transaction, readers never wait for it (WAL)."""

    def __init__(self, path: Path, schema: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._local = threading.local()
        self.connection().executescript(schema)

    def connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = sqlite3.connect(self._path, timeout=_BUSY_SECONDS, isolation_level=None)
            connection.execute("PRAGMA journal_mode=WAL")
            # WAL with FULL: an event that was answered for survives a power cut, not only a crash.
            connection.execute("PRAGMA synchronous=FULL")
            # What is deleted is written over: who asked to be forgotten is not to be found in the file's free pages.
            connection.execute("PRAGMA secure_delete=ON")
            self._local.connection = connection
        return connection

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Raises Unavailable when another writer keeps the file for longer than a few seconds."""
        connection = self.connection()
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            raise Unavailable("The store is busy with another write: try again in a moment.") from error
        try:
            yield connection
        except BaseException:
            if connection.in_transaction:  # a full disk has rolled it back already
                connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")

    def erased(self) -> None:
        """To be called within a transaction that erases what nobody may find in the file: :meth:`sweep` has work to do.

        The mark is kept in the file's header, with the transaction: a crash before the sweep does not lose it. It is
        the ``user_version``, greater with each, so that a sweep knows whether more was erased while it was at work.
        """
        self.connection().execute(f"PRAGMA user_version={self._marks() % _MOST_MARKS + 1}")

    def sweep(self) -> None:
        """Let nothing of what was erased be in the file or its log any more; cheap where nothing was.

        Deleting writes zeros over a row, but its copies in the gaps of pages that were split or joined before stay
        there, so the file is written anew: about a second for a million events, in which writers wait. Raises
        Unavailable where that is not done, because another writes, or a reader that began before is still at work and
        holds on to the log: to be asked for again.
        """
        connection = self.connection()
        try:
            connection.execute(f"PRAGMA busy_timeout={_SWEEP_MILLISECONDS}")
            if marks := self._marks():
                connection.execute("VACUUM")
                self._empty_log()
                with self.transaction():
                    if self._marks() == marks:
                        connection.execute("PRAGMA user_version=0")
        except sqlite3.OperationalError as error:
            raise Unavailable("The store is busy, and traces of what was erased are left: send it again.") from error
        finally:
            connection.execute(f"PRAGMA busy_timeout={int(_BUSY_SECONDS * 1000)}")

    def _marks(self) -> int:
        """0 where nothing erased is to be found in the file."""
        return int(self.connection().execute("PRAGMA user_version").fetchone()[0])

    def _empty_log(self) -> None:
        busy = self.connection().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        if busy:
            raise Unavailable(
                "All is erased, but who began to read before holds on to the store's log: send it again in a moment."
            )
