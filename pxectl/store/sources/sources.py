"""All sources of one site, put together as `[[source]]` names them."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from pxectl.boot.machine import Machine
from pxectl.errors import PxectlError
from pxectl.mac import MAC
from pxectl.store.sources.asking import Asking
from pxectl.store.sources.elsewhere import Elsewhere
from pxectl.store.sources.kept import load, save
from pxectl.store.sources.settings import BootAPI, Source

_SAVE = 10.0
"""Seconds between two writes of what services said."""


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
        self._state = state
        self._saved: dict[str, list[Any]] = {}

    def follow(self, sources: tuple[Source, ...]) -> None:
        """Take these and no others from now on; what is known of those that stay is kept."""
        old = {service.api: service for service in self.elsewhere.services}
        apis = [source for source in sources if isinstance(source, BootAPI)]
        self.elsewhere.services = tuple(old.get(api) or self._opened(api) for api in apis)

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

    # ---- while `serve` runs

    async def run(self) -> None:
        """Keep last answers on the disk, until cancelled."""
        import asyncio

        try:
            while True:
                await asyncio.sleep(_SAVE)
                await asyncio.to_thread(self._save, self._to_save())
        finally:
            self._save(self._to_save())
            await self.elsewhere.close()

    def _to_save(self) -> dict[str, list[Any]]:
        """What services said since it was written last, by their origin."""
        said = {service.api.origin: service.to_keep() for service in self.elsewhere.services}
        return {origin: kept for origin, kept in said.items() if kept != self._saved.get(origin)}

    def _save(self, said: dict[str, list[Any]]) -> None:
        for origin, kept in said.items():
            self._saved[origin] = kept
            with suppress(OSError):  # a site that can not be written to is served all the same
                save(self._state, origin, {"answers": kept})
