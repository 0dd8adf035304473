"""All sources of one site, put together as `[[source]]` names them."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from pxectl.boot.machine import Machine
from pxectl.errors import ConfigError, PxectlError
from pxectl.mac import MAC
from pxectl.store.place import CONFIG, STATE
from pxectl.store.sources.asking import Asking
from pxectl.store.sources.cluster import Following
from pxectl.store.sources.elsewhere import Elsewhere
from pxectl.store.sources.hardwarefiles import FilesReader
from pxectl.store.sources.kept import load, save
from pxectl.store.sources.listed import Listed, beside
from pxectl.store.sources.settings import BootAPI, Cluster, HardwareFiles, Source, read_sources
from pxectl.store.toml import read_toml

_SAVE = 10.0
"""Seconds between two writes of what services said."""
_LOOK = 0.5
"""Seconds until a cluster that a reload brought or took is followed, or no longer."""


class Sources:
    """What the sources know. Mutable; owned by the reader of the site."""

    def __init__(self, state: Path) -> None:
        """None yet.

        Args:
            state: the folder in which last answers are kept; need not exist.
        """
        self.elsewhere = Elsewhere()
        """Machines that are looked up one at a time; alive while the site is in force."""
        self.say: Callable[[PxectlError], None] = self._note
        """Takes what a person should know; until `serve` sets it, `notes` does."""
        self.notes: list[PxectlError] = []
        self.lists: tuple[FilesReader | Following, ...] = ()
        """Sources that tell all their machines, in their order."""
        self._state = state
        self._saved: dict[str, Any] = {}

    def follow(self, sources: tuple[Source, ...]) -> None:
        """Take these and no others from now on; what is known of those that stay is kept."""
        old = {service.api: service for service in self.elsewhere.services}
        apis = [source for source in sources if isinstance(source, BootAPI)]
        self.elsewhere.services = tuple(old.get(api) or self._opened(api) for api in apis)
        lists = {_source_of(reader): reader for reader in self.lists}
        others = [source for source in sources if not isinstance(source, BootAPI)]
        self.lists = tuple(lists.get(source) or self._listing(source) for source in others)

    def listed(self) -> tuple[Listed, ...]:
        """All machines of the sources that tell all of them. Takes a look at files."""
        return tuple(reader.listed() for reader in self.lists)

    def folders(self) -> Iterable[Path]:
        """Where files of sources lie: folders to watch."""
        for reader in self.lists:
            if isinstance(reader, FilesReader):
                path = reader.source.path
                yield path if path.is_dir() else path.parent

    def holds(self, path: Path) -> bool:
        """True for a file of a source."""
        files = (reader.source.path for reader in self.lists if isinstance(reader, FilesReader))
        return any(path == file or path.parent == file for file in files)

    def take_news(self) -> bool:
        """True if a cluster has told something since this was asked last."""
        news = [reader for reader in self._clusters() if reader.is_news]
        for reader in news:
            reader.is_news = False
        return bool(news)

    def _clusters(self) -> list[Following]:
        return [reader for reader in self.lists if isinstance(reader, Following)]

    def _listing(self, source: HardwareFiles | Cluster) -> FilesReader | Following:
        if isinstance(source, HardwareFiles):
            return FilesReader(source)
        following = Following(source, lambda error: self.say(error))
        following.recall(load(self._state, source.origin))
        return following

    @property
    def to_ask(self) -> Mapping[MAC, Machine] | None:
        """What an inventory takes for machines that no list has; None: there is nobody to ask."""
        return self.elsewhere if self.elsewhere.services else None

    def _opened(self, api: BootAPI) -> Asking:
        service = Asking(api, lambda error: self.say(error))
        service.recall(load(self._state, api.origin).get("answers", []))
        return service

    def _note(self, error: PxectlError) -> None:
        self.notes.append(error)

    # ---- for one command

    def look_up_now(self, mac: MAC) -> None:
        """Ask about one MAC and wait for it; outside of an event loop."""
        if not self.elsewhere.services:
            return
        import asyncio

        async def ask() -> None:
            await self.elsewhere.ask(mac)
            await self.elsewhere.close()

        asyncio.run(ask())

    def list_now(self) -> bool:
        """Ask each cluster for all its machines and wait for it; outside of an event loop.

        Returns:
            True if there is one, so that the machines are to be put together again.
        """
        clusters = self._clusters()
        if clusters:
            import asyncio

            async def ask() -> None:
                await asyncio.gather(*(cluster.list_once() for cluster in clusters))

            asyncio.run(ask())
            self._save(self._to_save())
        return bool(clusters)

    # ---- while `serve` runs

    async def run(self) -> None:
        """Follow clusters, and keep last answers on the disk, until cancelled."""
        import asyncio

        following: dict[Following, asyncio.Task[None]] = {}
        try:
            saved = asyncio.get_running_loop().time()
            while True:
                clusters = self._clusters()
                for gone in following.keys() - set(clusters):
                    following.pop(gone).cancel()
                for new in set(clusters) - following.keys():
                    following[new] = asyncio.ensure_future(new.run())
                await asyncio.sleep(_LOOK)
                if asyncio.get_running_loop().time() > saved + _SAVE:
                    await asyncio.to_thread(self._save, self._to_save())
                    saved = asyncio.get_running_loop().time()
        finally:
            for task in following.values():
                task.cancel()
            self._save(self._to_save())
            await self.elsewhere.close()

    def _to_save(self) -> dict[str, Any]:
        """What services said since it was written last, by their origin."""
        said: dict[str, Any] = {
            service.api.origin: {"answers": service.to_keep()}
            for service in self.elsewhere.services
        }
        said |= {following.cluster.origin: following.to_keep() for following in self._clusters()}
        return {origin: kept for origin, kept in said.items() if kept != self._saved.get(origin)}

    def _save(self, said: Mapping[str, Any]) -> None:
        for origin, kept in said.items():
            self._saved[origin] = kept
            with suppress(OSError):  # a site that can not be written to is served all the same
                save(self._state, origin, kept)


def beside_files(
    site: Path, files: tuple[Machine, ...]
) -> tuple[tuple[Machine, ...], tuple[PxectlError, ...]]:
    """The machines of a site's files and those that its sources list now, for one command.

    Args:
        site: its directory.
        files: the machines of its files.

    Returns:
        All machines, and what a person should know. Without a source that lists nothing is asked.
    """
    try:
        raw = read_toml(site / CONFIG).get("source", [])
        sources = Sources(site / STATE)
        sources.follow(read_sources(raw, f"{site / CONFIG}: source", site))
    except FileNotFoundError:
        return files, ()
    except ConfigError as error:
        return files, (error,)
    sources.list_now()
    machines, notes = beside(files, sources.listed())
    return machines, (*notes, *sources.notes)


def _source_of(reader: FilesReader | Following) -> Source:
    return reader.source if isinstance(reader, FilesReader) else reader.cluster
