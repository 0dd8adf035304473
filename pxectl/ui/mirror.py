"""Files of other servers, as people and programs read them, and as they come."""

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from pxectl.boot.machine import age
from pxectl.boot.telling import size_of
from pxectl.ui.columns import columns
from pxectl.ui.eventjson import utc
from pxectl.ui.printable import printable


@dataclass(frozen=True, slots=True)
class Kept:
    """A file that is kept."""

    url: str
    size: int | None
    """Octets; None: not known."""
    part: int | None
    """Octets that are here, if that is not all."""
    occupied: int
    """Octets on disk."""
    sha256: str
    signed: str
    """Fingerprint of who signed it."""
    fetched: float
    checked: float
    used: float
    """Seconds since 1970; 0: never."""


def kept_columns(rows: Iterable[Kept], now: float) -> str:
    """A table of what is kept.

    Args:
        rows: in their order.
        now: seconds since 1970.
    """
    return columns(
        ("URL", "SIZE", "CHECKED", "USED", "SHA256", "SIGNED BY"),
        (
            (
                row.url,
                _size(row),
                _ago(row.checked, now),
                _ago(row.used, now),
                row.sha256[:12] or "-",
                row.signed[-16:] or "-",
            )
            for row in rows
        ),
    )


def kept_as_json(row: Kept) -> dict[str, Any]:
    """The same for programs."""
    return {
        "url": row.url,
        "size": row.size,
        "part": row.part,
        "sha256": row.sha256 or None,
        "signed_by": row.signed or None,
        "fetched": utc(row.fetched) if row.fetched else None,
        "checked": utc(row.checked) if row.checked else None,
        "used": utc(row.used) if row.used else None,
    }


def _size(row: Kept) -> str:
    if row.part is None:
        return size_of(row.size or 0)
    return f"{size_of(row.part)} of {size_of(row.size) if row.size is not None else '?'}"


def _ago(at: float, now: float) -> str:
    return f"{age(now - at)} ago" if at else "-"


class Fetching:
    """Shows files as they come: bars on a terminal, else a line when one is there. A context
    manager."""

    def __init__(self, urls: Iterable[str], *, quiet: bool) -> None:
        """Make it.

        Args:
            urls: what will come.
            quiet: show nothing.
        """
        self._quiet = quiet
        self._tasks: dict[str, Any] = dict.fromkeys(urls)
        self._told: set[str] = set()
        self._bars: Any = None  # rich: imported for a terminal

    def __enter__(self) -> "Fetching":
        if not self._quiet and self._tasks and sys.stderr.isatty():
            from rich import progress
            from rich.console import Console

            self._bars = progress.Progress(
                progress.TextColumn("{task.description}", markup=False),
                progress.BarColumn(),
                progress.DownloadColumn(),
                progress.TransferSpeedColumn(),
                progress.TimeRemainingColumn(),
                console=Console(stderr=True),
            )
            self._bars.start()
            for url in self._tasks:
                name = printable(url.rpartition("/")[2] or url, 40)
                self._tasks[url] = self._bars.add_task(name, total=None)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bars is not None:
            self._bars.stop()

    def update(
        self,
        url: str,
        arrived: int,
        size: int | None,
        is_whole: bool,
        error: tuple[str, str] | None,
    ) -> None:
        """So far it has come.

        Args:
            url: of which.
            arrived: octets.
            size: of all of it; None: not known.
            is_whole: it is there.
            error: why it will not be, and the hint.
        """
        if self._bars is not None:
            self._bars.update(self._tasks[url], completed=arrived, total=size)
        if (not is_whole and error is None) or url in self._told:
            return
        self._told.add(url)
        if error is not None:
            self.tell(*error)
        elif not self._quiet:
            self._say(f"{size_of(size or 0):>9}  {url}")

    def tell(self, what: str, hint: str) -> None:
        """Something that people should know."""
        if self._quiet:
            return
        self._say(what)
        if hint:
            self._say(f"hint: {hint}")

    def _say(self, text: str) -> None:
        line = printable(text, 500)
        if self._bars is not None:
            self._bars.console.print(line, markup=False, highlight=False)
        else:
            print(line, file=sys.stderr, flush=True)
