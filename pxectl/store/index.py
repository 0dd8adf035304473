"""Which file of `hardware/` claims what, kept in `state/`, so that one machine is found without
reading ten thousand files.

It is made of the files alone and checked against them each time (names, sizes, times): it can be
thrown away at any moment, and where it can not be written everything works without it, slower.
Parsing 10,000 files takes half a second and more, looking at their stamps 50 ms (performance.md 5).
"""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from pxectl import __version__
from pxectl.store.hardware import Hardware, Known, Read, Stamp, open_file, stamps_of
from pxectl.store.machines import Claim, claims
from pxectl.store.newfile import give_to_owner_above, make_folder
from pxectl.store.place import HARDWARE, STATE

_NAME = "hardware.index"
_FORMAT = f"1 {__version__}"
"""What another version finds sound or broken may differ: it makes its own index."""
_PATIENCE = 2.0
"""Seconds to wait for another process that writes."""
FEW = 300
"""Files that are read in less time than an index takes to be opened."""
_TABLES = """
CREATE TABLE files (
    file TEXT PRIMARY KEY, mtime INTEGER, ctime INTEGER, size INTEGER, inode INTEGER,
    settled INTEGER, broken INTEGER
) WITHOUT ROWID;
CREATE TABLE claims (key TEXT, value TEXT, file TEXT, PRIMARY KEY (key, value, file)) WITHOUT ROWID;
CREATE INDEX claims_of ON claims (file);
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
"""


def known_among(site: Path, wanted: Iterable[Claim]) -> Known:
    """The machines that have one of `wanted`, and what is wrong with files.

    The same as of reading everything, but machines that have none of it may be left out.

    Args:
        site: the site's directory.
        wanted: such as `("mac", MAC(…))`.
    """
    folder = site / HARDWARE
    try:
        with _fresh(site) as index:
            if _fact(index, "trouble") != "yes":
                files = sorted(_holders(index, wanted))
                read = [open_file(folder, file, stamp) for file, stamp in _held(index, files)]
                machines = tuple(each.machine for each in read if each.machine)
                if len(machines) == len(files):
                    return Known(machines, ())
    except (sqlite3.Error, OSError):
        pass
    return Hardware(folder).read()


def files_claiming(site: Path, wanted: Iterable[Claim]) -> set[str] | None:
    """Names of the files that claim one of `wanted`, or that can not be used and so might.

    Args:
        site: the site's directory.
        wanted: such as `("mac", MAC(…))`.

    Returns:
        None where there is no index.
    """
    try:
        with _fresh(site) as index:
            broken = index.execute("SELECT file FROM files WHERE broken")
            return _holders(index, wanted) | {file for (file,) in broken}
    except (sqlite3.Error, OSError):
        return None


_TROUBLE = (
    "SELECT 1 FROM files WHERE broken LIMIT 1",
    "SELECT 1 FROM claims GROUP BY key, value HAVING count(*) > 1 LIMIT 1",
)


@contextmanager
def _fresh(site: Path) -> Iterator[sqlite3.Connection]:
    """The index of a site as it is now.

    Raises:
        sqlite3.Error: it can be neither used nor made.
        OSError: likewise, or the site is so small that it needs none.
    """
    now = stamps_of(site / HARDWARE)
    if len(now) < FEW:
        raise FileNotFoundError
    path = site / STATE / _NAME
    try:
        index = _connect(path)
        try:
            _refresh(index, site / HARDWARE, now)
            yield index
        finally:
            index.close()
    except sqlite3.OperationalError:  # busy, read-only, disk full: it may be sound all the same
        raise
    except sqlite3.DatabaseError:
        for name in (path, path.with_name(f"{path.name}-journal")):
            name.unlink(missing_ok=True)
        raise


def _holders(index: sqlite3.Connection, wanted: Iterable[Claim]) -> set[str]:
    """The files that claim one of `wanted`."""
    query = "SELECT file FROM claims WHERE key = ? AND value = ?"
    return {file for key, value in wanted for (file,) in index.execute(query, (key, str(value)))}


def _connect(path: Path) -> sqlite3.Connection:
    if not path.exists():
        make_folder(path.parent)
        path.touch()
        give_to_owner_above(path)
    # no log beside it (WAL): whoever may read but not write can use what is there
    index = sqlite3.connect(path, timeout=_PATIENCE, isolation_level=None)
    try:
        index.execute("PRAGMA synchronous = NORMAL")
        if _format_of(index) != _FORMAT:
            _make(index)
    except sqlite3.Error:
        index.close()
        raise
    return index


def _format_of(index: sqlite3.Connection) -> str:
    if not index.execute("SELECT 1 FROM sqlite_master WHERE name = 'facts'").fetchone():
        return ""
    return _fact(index, "format")


def _make(index: sqlite3.Connection) -> None:
    with _writing(index):
        if _format_of(index) == _FORMAT:  # another process was quicker
            return
        for (table,) in index.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table'"
        ).fetchall():
            index.execute(f'DROP TABLE "{table}"')
        for statement in _TABLES.split(";"):
            index.execute(statement)
        _note(index, "format", _FORMAT)


@contextmanager
def _writing(index: sqlite3.Connection) -> Iterator[None]:
    index.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        index.execute("ROLLBACK")
        raise
    index.execute("COMMIT")


def _fact(index: sqlite3.Connection, name: str) -> str:
    found = index.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
    return str(found[0]) if found else ""


def _note(index: sqlite3.Connection, name: str, value: str) -> None:
    index.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, value))


def _refresh(index: sqlite3.Connection, folder: Path, now: dict[str, Stamp]) -> None:
    """Bring the index up to date; only files that changed are parsed.

    The fact `trouble` says then that a file is broken or two claim the same: who is in force takes
    a full reading.
    """
    if not any(_stale(index, now)):
        return
    with _writing(index):
        stale, gone = _stale(index, now)  # another process may have done it meanwhile
        for file in (*gone, *stale):
            index.execute("DELETE FROM claims WHERE file = ?", (file,))
            index.execute("DELETE FROM files WHERE file = ?", (file,))
        for file in stale:
            _add(index, file, open_file(folder, file, now[file]))
        trouble = any(index.execute(query).fetchone() for query in _TROUBLE)
        _note(index, "trouble", "yes" if trouble else "no")


def _stale(index: sqlite3.Connection, now: dict[str, Stamp]) -> tuple[list[str], list[str]]:
    """The files to parse, and those that are there no longer."""
    rows = index.execute("SELECT file, mtime, ctime, size, inode FROM files WHERE settled")
    settled = {file: (mtime, ctime, size, inode) for file, mtime, ctime, size, inode in rows}
    stale = [file for file, stamp in now.items() if settled.get(file) != stamp]
    everything = (file for (file,) in index.execute("SELECT file FROM files"))
    return stale, [file for file in everything if file not in now]


def _held(index: sqlite3.Connection, files: Iterable[str]) -> Iterator[tuple[str, Stamp]]:
    for file in files:
        query = "SELECT mtime, ctime, size, inode FROM files WHERE file = ?"
        yield file, index.execute(query, (file,)).fetchone()


def _add(index: sqlite3.Connection, file: str, read: Read) -> None:
    broken = read.machine is None
    row = (file, *read.stamp, read.settled, broken)
    index.execute("INSERT INTO files VALUES (?, ?, ?, ?, ?, ?, ?)", row)
    if read.machine is not None:
        index.executemany(
            "INSERT OR IGNORE INTO claims VALUES (?, ?, ?)",
            [(key, str(value), file) for key, value in claims(read.machine)],
        )
