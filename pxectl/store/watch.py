"""Notices changes of the site while `serve` runs.

Folders are watched, not files: editors write a new file and rename it (netboot.md 3.3, 49). None of
the folders has to exist at the start; the nearest one that does is watched until they do.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterable
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path

from pxectl.boot.rehearse import Standpoint
from pxectl.store.artifacts import is_binary_name
from pxectl.store.changes import NOWHERE, changes
from pxectl.store.place import CONFIG, FILES, HARDWARE, TEMPLATES, is_folder
from pxectl.store.site import Loaded, SiteReader

_QUIET = 50
"""Milliseconds without a further change before the site is read: a script adds many at once."""
_PATIENCE = 400
"""Milliseconds after which it is read although changes go on."""
_POLL = 2000
"""Milliseconds between looks at every file, where the kernel tells nothing."""
_LOOK = 1000
"""Milliseconds between looks at the folders themselves: where no notice arrives, as from another
host on a network file system, and for folders that did not exist."""


@dataclass(frozen=True, slots=True)
class Reloaded:
    """The site was read again, and something is different."""

    loaded: Loaded
    lines: tuple[str, ...]
    """What changed, for people."""


class Watch:
    """Reads each new version of a site, whoever noticed that there is one, and hands it over."""

    def __init__(
        self,
        reader: SiteReader,
        current: Loaded,
        take: Callable[[Reloaded], Awaitable[None]],
        here: Standpoint = NOWHERE,
    ) -> None:
        """Make it; nothing is read before `run` or `read`.

        Args:
            reader: has read `current`; from now on only this reads with it.
            current: what is in force.
            take: puts in force a version in which machines, rules, profiles, templates or settings
                changed, or what is wrong with them did.
            here: where clients ask.
        """
        self._reader = reader
        self._current = current
        self._take = take
        self._here = here
        # a version that was read first is in force first
        self._reading = asyncio.Lock()

    async def run(self) -> None:
        """Notice changes, until cancelled."""
        while True:
            looks = _look(self._reader)
            # what changed before the watch began is found by reading at its start
            async for _ in _stirs(self._reader, looks):
                await self.read()

    async def read(self) -> Reloaded:
        """The site as it is at this moment; in force when this returns."""
        async with self._reading:
            current = self._current
            loaded, lines = await asyncio.to_thread(_read, self._reader, current, self._here)
            version = Reloaded(loaded, lines)
            if lines or _told(loaded) != _told(current):
                self._current = loaded
                await self._take(version)
            return version


def _read(reader: SiteReader, current: Loaded, here: Standpoint) -> tuple[Loaded, tuple[str, ...]]:
    """In a thread: with 10,000 machines the comparison, too, would hold up answers for 0.1 s."""
    loaded = reader.read()
    return loaded, changes(current, loaded, here, time.time())


def _told(loaded: Loaded) -> list[str]:
    return [problem.message for problem in (*loaded.problems, *loaded.notes)]


Looks = dict[Path, int]
"""Folders that exist, and when a name in them changed last."""


async def _stirs(reader: SiteReader, looks: Looks) -> AsyncIterator[None]:
    """One item at the start and one for each change; ends when other folders are to be watched."""
    first = True
    async with aclosing(_notices(looks)) as notices:
        async for paths in notices:
            now = _look(reader)
            stirred = any(_matters(reader, path) for path in paths)
            if first or now != looks or stirred or reader.sources.take_news():
                yield
            if now.keys() != looks.keys():
                return
            first, looks = False, now


async def _notices(folders: Iterable[Path]) -> AsyncGenerator[list[Path], None]:
    """What changed in `folders`, and an empty list every second; ends if one has gone."""
    from watchfiles import awatch

    polling = None  # watchfiles decides
    while True:
        watching = awatch(
            *folders,
            watch_filter=None,
            debounce=_PATIENCE,
            step=_QUIET,
            rust_timeout=_LOOK,
            yield_on_timeout=True,
            recursive=False,
            ignore_permission_denied=True,
            force_polling=polling,
            poll_delay_ms=_POLL,
        )
        try:
            async with aclosing(watching):
                async for changed in watching:
                    yield [Path(path) for _, path in changed]
        except FileNotFoundError:  # removed since it was looked at: look again
            await asyncio.sleep(_LOOK / 1000)
            return
        except (OSError, RuntimeError):  # watchfiles raises either, by the limit that it hit
            if polling:
                raise
            polling = True  # the kernel's watches are used up by others
        else:
            return


def _matters(reader: SiteReader, path: Path) -> bool:
    site = reader.path
    if path.name.startswith((".", "#")) or path.name.endswith("~"):
        return False
    if reader.sources.holds(path):
        return True
    if path.parent == site:
        return path.name == CONFIG
    if path.is_relative_to(site / FILES):  # a kernel that is being copied is nobody's business
        return is_binary_name(path.name)
    return path.is_relative_to(site)


def _look(reader: SiteReader) -> Looks:
    site = reader.path
    wanted = [site, site / HARDWARE, site / FILES, site / FILES / "ipxe", site / TEMPLATES]
    wanted += [path for path in (site / TEMPLATES).rglob("*") if path.is_dir()]
    wanted += reader.sources.folders()
    looks = {folder: folder.stat().st_mtime_ns for folder in wanted if is_folder(folder)}
    return looks or {next(folder for folder in site.parents if is_folder(folder)): 0}
