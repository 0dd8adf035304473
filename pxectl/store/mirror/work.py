"""What downloads share, and one of them from its beginning to its end, in the caller's thread."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pxectl.boot.check import UNCHECKED, Check
from pxectl.errors import UpstreamError
from pxectl.store.mirror.progress import Progress
from pxectl.store.mirror.shelf import Shelf
from pxectl.store.mirror.verifying import LARGEST_LIST

Note = Callable[[str, str, str], None]
"""Told what is odd: URL, what, hint."""


class Work:
    """May be used by several threads."""

    def __init__(self, shelf: Shelf, files: Path, note: Note) -> None:
        """Nothing is opened yet.

        Args:
            shelf: what is kept.
            files: the site's `files/`.
            note: told what is odd.
        """
        self.shelf = shelf
        self.stop = threading.Event()
        """Set: all end soon."""
        self._files = files
        self._note = note
        self._lock = threading.Lock()
        self._upstream: Any = None  # httpx takes 0.1 s to import: when something is fetched

    def run(self, url: str, check: Check, progress: Progress) -> None:
        """Get the file of `url`; what becomes of it stands in `progress`."""
        from pxectl.store.mirror.download import Download, Tools

        tools = Tools(self.shelf, self._connections(), self.get, self._note, self.stop)
        Download(url, check, tools, progress).run()

    def get(self, name: str) -> bytes:
        """A small file by its URL, or its path below `files/`.

        Raises:
            UpstreamError: it can not be had.
        """
        path = self._files / name
        if "://" in name:
            progress = Progress(lambda: None)
            self.run(name, UNCHECKED, progress)
            if progress.error is not None:
                raise progress.error
            path = self.shelf.place(name).body
        try:
            with path.open("rb") as file:
                return file.read(LARGEST_LIST)
        except OSError as error:
            raise UpstreamError(
                f"{path}: {error.strerror}", status=500, hint="put it below files/"
            ) from None

    def close(self) -> None:
        """End what is under way, soon."""
        self.stop.set()
        with self._lock:
            if self._upstream is not None:
                self._upstream.close()

    def _connections(self) -> Any:  # noqa: ANN401 - imported when it is needed
        from pxectl.store.mirror.upstream import Upstream

        with self._lock:
            if self._upstream is None:
                self._upstream = Upstream()
            return self._upstream
