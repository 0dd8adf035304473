"""The leases on disk: SQLite in `state/leases.db`, one row an address.

A commit is on the disk when it returns (write-ahead log, `synchronous=FULL`): what a client was
told outlives a crash of pxectl, of the host and of its power.
"""

import fcntl
import json
import os
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing, suppress
from dataclasses import replace
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

from pxectl.boot.binding import Binding, Change, State
from pxectl.errors import HostError
from pxectl.mac import MAC
from pxectl.store.newfile import give_to_owner_above, make_folder

NAME = "leases.db"
_LOCK = "leases.lock"
_VERSION = 1
_PATIENCE = 2.0
"""Seconds to wait for a reader that holds the file."""
_LOG_PAGES = 100
"""Of 4 KiB: SQLite's log goes into the file after so many. Its own 1000 fill a small disk, and then
there is no room left to empty the log into."""
_TABLE = """
CREATE TABLE IF NOT EXISTS leases (
    address INTEGER PRIMARY KEY, mac TEXT NOT NULL, state TEXT NOT NULL, since REAL NOT NULL,
    expires REAL NOT NULL, hostname TEXT NOT NULL, machine TEXT NOT NULL, firmware INTEGER NOT NULL
)
"""
_COLUMNS = "address, mac, state, since, expires, hostname, machine, firmware"
# One statement for all rows: sqlite3 lets go of the interpreter's lock once, not once a row, so a
# commit in a thread does not wait for its turn behind the packets of a storm a hundred times.
_WRITE = f"""
INSERT OR REPLACE INTO leases ({_COLUMNS})
SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]'), json_extract(value, '$[2]'),
       json_extract(value, '$[3]'), json_extract(value, '$[4]'), json_extract(value, '$[5]'),
       json_extract(value, '$[6]'), json_extract(value, '$[7]')
FROM json_each(?)
"""  # noqa: S608 - names of columns, no values


class LeaseFile:
    """The file, open for writing by this process alone. Usable by one thread at a time."""

    def __init__(self, state: Path) -> None:
        """Open it, and make it where it is missing.

        Args:
            state: the site's `state/`.

        Raises:
            HostError: another process has it, it can not be written, or it is no such file.
        """
        self._path = state / NAME
        try:
            make_folder(state)
            self._lock = _locked(state / _LOCK)
        except OSError as error:
            raise _unwritable(self._path, error.strerror or str(error)) from None
        self._database: sqlite3.Connection | None = None
        try:
            self._connect()
        except BaseException:
            os.close(self._lock)
            raise

    def load(self, now: float) -> list[Binding]:
        """Every row.

        Args:
            now: seconds since 1970. A lease that would end later than its own length from now was
                given while the clock was ahead, and ends no later than that.

        Raises:
            HostError: it can not be read.
        """
        try:
            return [_clamped(row, now) for row in _read(self._connect())]
        except sqlite3.Error as error:
            raise _unreadable(self._path, error) from None

    def commit(self, changes: Sequence[Change]) -> None:
        """Write what addresses have become, all or nothing; on disk when this returns.

        Args:
            changes: in the order in which they happened.

        Raises:
            HostError: it could not be written; nothing of it was. To be tried again at any time.
        """
        rows = {int(change.after.address): change.after for change in changes}
        self._run(_WRITE, json.dumps([_values(row) for row in rows.values()]))

    def shift(self, seconds: float) -> None:
        """The host's clock was set: move every moment with it.

        Raises:
            HostError: it could not be written; nothing of it was.
        """
        self._run("UPDATE leases SET since = since + ?1, expires = expires + ?1", seconds)

    def close(self) -> None:
        """Let others have it."""
        self._disconnect()
        os.close(self._lock)

    def _run(self, statement: str, argument: object) -> None:
        try:
            self._connect().execute(statement, (argument,))
        except sqlite3.Error as error:
            # what a full or failing disk leaves behind is sorted out when it is opened anew
            self._disconnect()
            raise _unwritable(self._path, str(error)) from None

    def _connect(self) -> sqlite3.Connection:
        if self._database is None:
            try:
                self._database = _opened(self._path)
            except sqlite3.DatabaseError as error:
                if isinstance(error, sqlite3.OperationalError):
                    raise _unwritable(self._path, str(error)) from None
                raise _unreadable(self._path, error) from None
        return self._database

    def _disconnect(self) -> None:
        if self._database is not None:
            with suppress(sqlite3.Error):
                self._database.close()
            self._database = None


def read_leases(state: Path) -> list[Binding]:
    """Every row, while a running `serve` may be writing.

    Args:
        state: the site's `state/`.

    Raises:
        HostError: it can not be read.
    """
    path = state / NAME
    if not path.exists():
        return []
    try:
        with closing(_reader(path)) as database:
            return _read(database)
    except sqlite3.Error as error:
        raise _unreadable(path, error) from None


def _opened(path: Path) -> sqlite3.Connection:
    is_new = not path.exists()
    # the worker of `net/committing.py` is another thread; autocommit: each statement is one
    database = sqlite3.connect(
        path, timeout=_PATIENCE, check_same_thread=False, isolation_level=None
    )
    try:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = FULL")
        database.execute(f"PRAGMA wal_autocheckpoint = {_LOG_PAGES}")
        _prepare(database, path)
    except BaseException:
        database.close()
        raise
    if is_new:
        path.chmod(0o640)
        give_to_owner_above(path)
    return database


def _prepare(database: sqlite3.Connection, path: Path) -> None:
    version = database.execute("PRAGMA user_version").fetchone()[0]
    if version > _VERSION:
        raise HostError(
            f"{path}: was written by a later version of pxectl",
            hint="use that version, or move the file away: leases are forgotten then",
        )
    database.execute(_TABLE)
    if version < _VERSION:
        database.execute(f"PRAGMA user_version = {_VERSION}")


def _reader(path: Path) -> sqlite3.Connection:
    """For reading alone; of a file that may not be written even by its log, as it stands."""
    uri = path.absolute().as_uri()
    database = sqlite3.connect(f"{uri}?mode=ro", uri=True, timeout=_PATIENCE)
    try:
        database.execute("SELECT 1 FROM leases LIMIT 1")
    except sqlite3.OperationalError:
        database.close()
        return sqlite3.connect(f"{uri}?mode=ro&immutable=1", uri=True)
    return database


def _read(database: sqlite3.Connection) -> list[Binding]:
    rows = database.execute(f"SELECT {_COLUMNS} FROM leases ORDER BY address")  # noqa: S608
    return [row for row in map(_binding, rows) if row is not None]


def _values(row: Binding) -> tuple[Any, ...]:
    return (
        int(row.address), str(row.mac), row.state.value, row.since, row.expires, row.hostname,
        row.machine, int(row.firmware),
    )  # fmt: skip


def _binding(values: Iterable[Any]) -> Binding | None:
    """None for a row that is none of ours: somebody wrote to the file by hand."""
    address, mac, state, since, expires, hostname, machine, firmware = values
    try:
        return Binding(
            IPv4Address(address), MAC.parse(mac), State(state), float(since), float(expires),
            str(hostname), str(machine), bool(firmware),
        )  # fmt: skip
    except (ValueError, TypeError, AttributeError):
        return None


def _clamped(row: Binding, now: float) -> Binding:
    if row.since <= now:
        return row
    return replace(row, since=now, expires=now + max(0.0, row.expires - row.since))


def _locked(path: Path) -> int:
    lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        raise HostError(
            f"{path.with_name(NAME)}: another process of pxectl has it",
            hint="one `serve` leases the addresses of a site: stop the other one, or name another "
            "site with `--site`",
        ) from None
    give_to_owner_above(path)
    return lock


def _unwritable(path: Path, reason: str) -> HostError:
    return HostError(
        f"{path}: leases can not be written: {reason}",
        hint="make room on its disk and let pxectl write there; until then nobody gets an address",
    )


def _unreadable(path: Path, error: sqlite3.Error) -> HostError:
    return HostError(
        f"{path}: leases can not be read: {error}",
        hint="bring it back from a backup, or move it away: leases are forgotten then",
    )
