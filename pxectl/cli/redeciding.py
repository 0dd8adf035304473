"""Tells, while `serve` runs, whose decision a new version of the site changed."""

import asyncio
import time
from collections.abc import Callable

from pxectl.boot.differ import told
from pxectl.boot.events import Event, Redecided, Told
from pxectl.boot.rehearse import Standpoint
from pxectl.store.changes import redecided
from pxectl.store.site import Loaded

MOST = 20
"""Lines before the rest is counted."""


async def tell_decisions(
    before: Loaded, after: Loaded, here: Standpoint, emit: Callable[[Event], None]
) -> None:
    """One event for each machine that gets something else, the first of them by name.

    Args:
        before: the version that was in force.
        after: the one that is.
        here: where clients ask.
        emit: takes events.
    """
    # in a thread, and after the new version is in force: ten thousand machines take a while
    found = await asyncio.to_thread(redecided, before, after, here, time.time())
    for one in found[:MOST]:
        was, now = one.before, one.after
        if was is not None and now is not None:
            emit(Redecided(one.name, told(was), told(now), tuple(one.changed), str(one)))
    if len(found) > MOST:
        emit(
            Told(
                f"… and {len(found) - MOST} more decisions changed: "
                "`pxectl rules diff REVISION` lists all of a site that is kept in git"
            )
        )
