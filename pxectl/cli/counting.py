"""Beside the log of `serve`: how often machines have booted, kept for rules about it."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from pxectl.boot.boots import Boots
from pxectl.boot.events import Event, Warned
from pxectl.store.boots import boots_file, write_boots

_PAUSE = 0.2
"""Seconds between two writes: a rack that boots at once is written a few times."""


class Counting:
    """Takes every event, passes it on, and writes counts that changed."""

    def __init__(self, site: Path, boots: Boots, emit: Callable[[Event], None]) -> None:
        """Make it.

        Args:
            site: the site's directory, which need not exist.
            boots: what is counted.
            emit: takes the events after this.
        """
        self._site, self._boots, self._emit = site, boots, emit
        self._written = boots.changes
        self._changed = asyncio.Event()
        self._warned = False

    def emit(self, event: Event) -> None:
        """Pass an event on, and see whether a boot was counted."""
        self._emit(event)
        if self._written != self._boots.changes:
            self._changed.set()

    async def keep(self) -> None:
        """Write what changed; until cancelled."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            changes, counts = self._boots.changes, self._boots.counts()
            try:
                await asyncio.to_thread(write_boots, self._site, counts)
                self._written = changes
            except OSError as error:
                self._warn(error)
            await asyncio.sleep(_PAUSE)

    def close(self) -> None:
        """Write what has not been written yet."""
        if self._written != self._boots.changes:
            with suppress(OSError):  # told already
                write_boots(self._site, self._boots.counts())

    def _warn(self, error: OSError) -> None:
        if not self._warned:
            self._warned = True
            self._emit(
                Warned(
                    f"{boots_file(self._site)}: can not be written: {error.strerror}",
                    "rules about `boots` forget this run when `serve` ends",
                )
            )
