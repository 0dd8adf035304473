"""While `serve` runs: each new version of the site is put in force, whoever asks for it."""

import asyncio
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from pxectl.boot.events import Reloaded, Told, Warned
from pxectl.boot.rehearse import Standpoint
from pxectl.boot.site import Site
from pxectl.cli.recording import Recorder
from pxectl.cli.redeciding import tell_decisions
from pxectl.errors import PxectlError
from pxectl.net.server import Server
from pxectl.store.place import CONFIG
from pxectl.store.site import Loaded, SiteReader
from pxectl.store.watch import Reloaded as Version
from pxectl.store.watch import Watch

_SWITCHES = ("dhcp", "tftp", "http", "https", "advertise")
"""Keys of `[serve]` that a running `serve` follows."""


RECENTLY = 10.0
"""Seconds for which a version is what somebody who saved a file and then asks means."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A version of the site that was read."""

    changes: tuple[str, ...]
    """A line each."""
    problems: tuple[PxectlError, ...]
    """What could not be used or done."""
    at: float
    """By the monotonic clock."""
    is_new: bool = True
    """False: nothing has changed since, and nobody is told of it again."""


class Follower:
    """Follows the site of one `serve`."""

    def __init__(
        self,
        reader: SiteReader,
        loaded: Loaded,
        server: Server,
        recorder: Recorder,
        here: Standpoint,
        warnings: Callable[[Loaded], Iterator[Warned]],
        amended: Callable[[Site], Site],
    ) -> None:
        """Make it.

        Args:
            reader: has read `loaded`.
            loaded: what is in force.
            server: gets each version.
            recorder: takes the events, and forgets who became known.
            here: where clients ask.
            warnings: what a person should know of a version.
            amended: a version with what no file could be made to say.
        """
        self._reader = reader
        self._loaded = loaded
        self._server = server
        self._recorder = recorder
        self._here = here
        self._warnings = warnings
        self._amended = amended
        self._watch = Watch(reader, loaded, self._take, here)
        self._telling: set[asyncio.Task[None]] = set()
        self._taken: Taken | None = None

    async def run(self) -> None:
        """Notice changes until cancelled; what is wrong with them is said, and goes on."""
        try:
            await self._watch.run()
        except Exception as error:
            message = f"the site is no longer watched: {error}"
            self._recorder.emit(Warned(message, "restart to read changes, or `pxectl ctl reload`"))
        finally:
            for task in self._telling:
                task.cancel()

    async def reload(self) -> Taken:
        """Read the site now.

        Returns:
            what changed; where nothing did, what changed a moment ago: whoever has just saved a
            file asks for that.
        """
        before = self._taken
        problems: tuple[PxectlError, ...] = (await self._watch.read()).loaded.problems
        taken, now = self._taken, time.monotonic()
        if taken is None or now - taken.at > RECENTLY:
            return Taken((), problems, now, is_new=False)
        problems += taken.problems
        return Taken(taken.changes, problems, taken.at, is_new=taken is not before)

    @property
    def loaded(self) -> Loaded:
        """What is in force."""
        return self._loaded

    def problems(self) -> tuple[str, ...]:
        """What of the version in force can not be used."""
        return tuple(problem.message for problem in self._loaded.problems)

    async def _take(self, version: Version) -> None:
        before, after = self._loaded, version.loaded
        emit = self._recorder.emit
        self._loaded = after
        self._server.replace_site(self._amended(after.site))
        self._recorder.forget_known(after.site.inventory)
        if version.lines:
            emit(Reloaded(version.lines))
            telling = asyncio.create_task(tell_decisions(before, after, self._here, emit))
            self._telling.add(telling)
            telling.add_done_callback(self._telling.discard)
        notes = tuple(self._without_effect(before, after))
        for note in notes:
            emit(Told(note))
        failed = await self._server.follow(after.site.serving, CONFIG)
        for error in failed:
            emit(Warned(error.message, error.hint))
        self._taken = Taken((*version.lines, *notes), failed, time.monotonic())
        known = set(self._warnings(before))  # a reload of one machine repeats none of them
        for warning in self._warnings(after):
            if warning not in known:
                emit(warning)

    def _without_effect(self, before: Loaded, after: Loaded) -> Iterator[str]:
        """Who writes `tftp = false` beside `serve --tftp` waits for it in vain."""
        for key in _SWITCHES:
            was, now = (loaded.raw.get("serve", {}).get(key) for loaded in (before, after))
            by = self._reader.said_before(key)
            if was != now and by:
                yield f"serve.{key} changed to no effect: {by} comes before it"
