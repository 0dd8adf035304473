"""Beside the log of `serve`: who asked and is not known, kept for `hardware list --unknown`."""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from pxectl.boot.events import Event, Warned
from pxectl.boot.site import Inventory
from pxectl.boot.unknown import Unknown, UnknownMachines
from pxectl.errors import PxectlError
from pxectl.mac import MAC
from pxectl.store.unknown import read_unknown, unknown_file, write_unknown

_GATHERED = 0.5
"""Seconds from the first change until it is written: who asks once asks again at once."""
_PAUSE = 1.5
"""Seconds after a write until the next one begins, whatever floods in."""


class Recorder:
    """Takes every event, passes it on, and keeps the unknown machines of the site in its state."""

    def __init__(self, site: Path, emit: Callable[[Event], None]) -> None:
        """Begin with those of the last run.

        Args:
            site: the site's directory, which need not exist.
            emit: takes the events after this.
        """
        self._site = site
        self._emit = emit
        try:
            self._unknown = UnknownMachines(read_unknown(site))
        except PxectlError:  # it can not be written either, and that is told
            self._unknown = UnknownMachines()
        self._written = 0
        self._warned = False
        self._changed = asyncio.Event()
        self._writing: asyncio.Future[None] | None = None

    def emit(self, event: Event) -> None:
        """Pass an event on, and note who asks."""
        self._emit(event)
        self._unknown.observe(event, time.time())
        self._notice()

    def unknown(self, mac: MAC) -> Unknown | None:
        """Who asked and is not known."""
        return self._unknown.get(mac)

    def forget_known(self, inventory: Inventory) -> None:
        """Let go of those that the site knows now."""
        self._unknown.forget_known(inventory)
        self._notice()

    async def keep(self) -> None:
        """Write what changed, never more often than every two seconds; until cancelled."""
        while True:
            await self._changed.wait()
            await asyncio.sleep(_GATHERED)
            self._changed.clear()
            changes, seen = self._unknown.changes, tuple(self._unknown)
            self._writing = asyncio.ensure_future(
                asyncio.to_thread(write_unknown, self._site, seen)
            )
            try:
                await asyncio.shield(self._writing)
                self._written = changes
            except OSError as error:
                self._warn(error)
            await asyncio.sleep(_PAUSE)

    async def close(self) -> None:
        """Write what has not been written yet."""
        if self._writing is not None:  # one that Ctrl-C found half done must not end after this one
            await asyncio.wait((self._writing,))
        if self._written != self._unknown.changes:
            with suppress(OSError):  # told already, and on the way out nobody can mend it
                write_unknown(self._site, self._unknown)

    def _notice(self) -> None:
        if self._written != self._unknown.changes:
            self._changed.set()

    def _warn(self, error: OSError) -> None:
        if not self._warned:
            self._warned = True
            self._emit(
                Warned(
                    f"{unknown_file(self._site)}: can not be written: {error.strerror}",
                    "`hardware list --unknown` does not show who asks; the rest works",
                )
            )
