"""`[mirror] prefetch`: while `serve` runs, what machines will ask for is fetched before they do."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

from pxectl.boot.events import Event
from pxectl.boot.foresight import foreseen
from pxectl.boot.rehearse import Standpoint
from pxectl.boot.site import Site
from pxectl.store.mirror.mirror import Mirror
from pxectl.store.place import FILES, STATE

AGAIN = 3600.0
"""Seconds after which it is looked whether what was fetched is still the present version."""
_LOOK = 1.0  # seconds between two looks whether the site is another


class Prefetching:
    """The mirror of a running `serve`, and what it gets for machines that have not asked yet."""

    def __init__(
        self,
        path: Path,
        site: Callable[[], Site],
        here: Standpoint,
        emit: Callable[[Event], None],
    ) -> None:
        """Make it.

        Args:
            path: the site's.
            site: what is in force now.
            here: where machines ask.
            emit: takes the events.
        """
        self._site = site
        self._here = here
        self.mirror = Mirror(path / STATE, path / FILES, lambda: site().mirroring.size, emit)

    async def keep(self) -> None:
        """Fetch whenever the site has changed, and every hour."""
        last: Site | None = None
        at = 0.0
        while True:
            site = self._site()
            if site is not last or time.monotonic() - at > AGAIN:
                last, at = site, time.monotonic()
                if site.mirroring.enabled and site.mirroring.prefetch:
                    self.mirror.prefetch(foreseen(site, self._here, time.time()))
            await asyncio.sleep(_LOOK)
