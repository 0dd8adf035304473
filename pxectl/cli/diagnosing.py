"""Beside the log of `serve`: what each machine does on its way, and why it stopped."""

import asyncio
import time
from collections.abc import Callable

from pxectl.boot.events import Event
from pxectl.boot.timeline.timelines import Timelines

_INTERVAL = 1.0
"""Seconds between two looks for who has stopped."""


class Diagnosing:
    """Takes every event, passes it on, and tells how boots ended."""

    def __init__(self, timelines: Timelines, emit: Callable[[Event], None]) -> None:
        """Make it.

        Args:
            timelines: kept up to date from now on.
            emit: takes the events after this.
        """
        self._timelines, self._emit = timelines, emit

    def emit(self, event: Event) -> None:
        """Pass an event on, then what it ended."""
        ended = self._timelines.note(event, time.time())
        self._emit(event)
        for one in ended:
            self._emit(one)

    async def keep(self) -> None:
        """Look for those that stopped without a word; until cancelled."""
        while True:
            await asyncio.sleep(_INTERVAL)
            for one in self._timelines.tick(time.time()):
                self._emit(one)
