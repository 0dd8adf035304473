"""Files of other servers for those who ask here: one download for all, sent while it arrives."""

import asyncio
import os
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from pathlib import Path

from pxectl.boot.answer import Fetched
from pxectl.boot.check import Check
from pxectl.boot.events import Event, Mirrored
from pxectl.errors import UpstreamError
from pxectl.store.mirror.presence import is_fresh, is_good
from pxectl.store.mirror.progress import Progress
from pxectl.store.mirror.shelf import Facts, Place, Shelf
from pxectl.store.mirror.work import Work

AT_ONCE = 8
"""Files that are fetched at the same time."""
_REMEMBERED = 5.0
"""Seconds for which a failure is the answer to all who ask: a rack does so again and again."""

Key = tuple[str, Check]


@dataclass(frozen=True, slots=True)
class Held:
    """An open file of another server. What it is for is told by `net.opening.Held`."""

    file: int
    size: int
    etag: str
    modified: float | None
    growth: "Arriving | None"


class Arriving:
    """A file that is fetched, as those see it who wait for it in the event loop."""

    def __init__(self, begun: Callable[[Facts], None]) -> None:
        """Nothing is known yet.

        Args:
            begun: told, in the loop, of what arrives as soon as that is known.
        """
        self.progress = Progress(self._changed)
        self._begun: Callable[[Facts], None] | None = begun
        self._loop = asyncio.get_running_loop()
        self._is_told = False
        self._waiting: list[asyncio.Future[None]] = []

    def reached(self) -> int:
        """How many octets from the beginning may be sent."""
        return self.progress.reached

    async def reach(self, count: int) -> None:
        """Wait for so many.

        Raises:
            OSError: they will not come.
        """
        progress = self.progress
        while progress.reached < count:
            if progress.is_over:
                raise OSError(progress.error.message if progress.error else "there is no more")
            await self._change()

    async def head(self) -> Facts:
        """Wait until it is known what arrives.

        Raises:
            UpstreamError: nothing does.
        """
        progress = self.progress
        while progress.facts is None or progress.path is None:
            if progress.error is not None:
                raise progress.error
            await self._change()
        return progress.facts

    async def over(self) -> None:
        """Wait until nothing changes any more."""
        while not self.progress.is_over:
            await self._change()

    async def _change(self) -> None:
        change: asyncio.Future[None] = self._loop.create_future()
        self._waiting.append(change)
        await change

    def _changed(self) -> None:
        """Called in the thread that fetches, for every piece of it."""
        if not self._is_told:
            self._is_told = True
            with suppress(RuntimeError):  # the loop has ended
                self._loop.call_soon_threadsafe(self._wake)

    def _wake(self) -> None:
        self._is_told = False
        if self.progress.facts is not None and self._begun is not None:
            if not self.progress.is_over:
                self._begun(self.progress.facts)
            self._begun = None
        waiting, self._waiting = self._waiting, []
        for change in waiting:
            if not change.done():
                change.set_result(None)


class Mirror:
    """Owns the downloads of one `serve`. For one event loop."""

    def __init__(
        self, state: Path, files: Path, limit: Callable[[], int], emit: Callable[[Event], None]
    ) -> None:
        """Nothing is opened yet.

        Args:
            state: the site's `state/`.
            files: the site's `files/`: lists of sums and certificates may lie there.
            limit: octets on disk, at most, as the site says now.
            emit: takes the events.
        """
        self._shelf = Shelf(state, limit)
        self._emit = emit
        self._work = Work(self._shelf, files, self._note_later)
        self._turns = threading.BoundedSemaphore(AT_ONCE)
        self._arriving: dict[Key, Arriving] = {}
        self._failed: dict[Key, tuple[float, UpstreamError]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._loop: asyncio.AbstractEventLoop | None = None

    async def hold(self, fetched: Fetched) -> Held:
        """The file, open; it may still be arriving.

        Raises:
            UpstreamError: it can not be had.
        """
        key = (fetched.url, fetched.check)
        place = self._shelf.place(fetched.url)
        while True:
            arriving = self._arriving.get(key)
            if arriving is None:
                facts = place.facts()
                if facts and is_good(facts, fetched.check) and is_fresh(facts, fetched.check):
                    place.use()
                    if held := _held(place, facts, place.body, None):
                        return held
                arriving = self._begin(key)
            facts = await arriving.head()
            path, is_whole = arriving.progress.path, arriving.progress.is_whole
            if path and (held := _held(place, facts, path, None if is_whole else arriving)):
                return held
            await asyncio.sleep(0)

    def prefetch(self, wanted: Iterable[Fetched]) -> None:
        """Fetch these before somebody asks."""
        for one in wanted:
            key = (one.url, one.check)
            if key not in self._arriving and not self._is_failed(key):
                self._begin(key)

    def close(self) -> None:
        """End what is under way; what has arrived of it is gone on with the next time."""
        self._work.close()
        for task in self._tasks:
            task.cancel()

    def _is_failed(self, key: Key) -> UpstreamError | None:
        at, error = self._failed.get(key, (0.0, None))
        return error if time.monotonic() - at < _REMEMBERED else None

    def _begin(self, key: Key) -> Arriving:
        if (error := self._is_failed(key)) is not None:
            raise error
        self._loop = asyncio.get_running_loop()
        url, check = key

        def begun(facts: Facts) -> None:
            self._emit(Mirrored(url, "fetching", facts.size, 0.0))

        arriving = self._arriving[key] = Arriving(begun)

        def run() -> None:
            with self._turns:
                self._work.run(url, check, arriving.progress)

        threading.Thread(target=run, name=f"mirror {url}", daemon=True).start()
        task = asyncio.create_task(self._see_through(key, arriving))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return arriving

    async def _see_through(self, key: Key, arriving: Arriving) -> None:
        began = time.monotonic()
        await arriving.over()
        del self._arriving[key]
        progress, seconds = arriving.progress, time.monotonic() - began
        size = progress.facts.size if progress.facts is not None else None
        if (error := progress.error) is not None:
            self._failed = {k: v for k, v in self._failed.items() if self._is_failed(k)}
            if not error.is_passing:
                self._failed[key] = (time.monotonic(), error)
            self._emit(Mirrored(key[0], "failed", size, seconds, error.message, error.hint))
        elif progress.came:
            signed = progress.facts.signed if progress.facts is not None else ""
            self._emit(
                Mirrored(key[0], "fetched", size, seconds, f"signed by {signed}" if signed else "")
            )

    def _note_later(self, url: str, what: str, hint: str) -> None:
        """Called in a thread."""
        if self._loop is not None:
            with suppress(RuntimeError):  # the loop has ended
                event = Mirrored(url, "kept", None, 0.0, what, hint)
                self._loop.call_soon_threadsafe(self._emit, event)


def _held(place: Place, facts: Facts, path: Path, growth: Arriving | None) -> Held | None:
    """The file, open; None: in this moment it has become another, or moved."""
    try:
        # opened anew for each: over TLS it is read, and each has a place of its own in it
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except FileNotFoundError:
        return None
    # another process may put another version there between two looks
    now = place.facts() if path == place.body else place.begun()
    if now is None or now.version != facts.version:
        os.close(file)
        return None
    return Held(file, facts.size or 0, f'"{facts.version}"', _modified(facts), growth)


def _modified(facts: Facts) -> float | None:
    try:
        return parsedate_to_datetime(facts.last_modified).timestamp()
    except (ValueError, TypeError, OverflowError):
        return None
