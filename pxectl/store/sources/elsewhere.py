"""The services that are asked for one MAC at a time, as one mapping that answers are decided on."""

from collections.abc import Awaitable, Iterable, Iterator, Mapping
from typing import Any

from pxectl.boot.machine import Machine
from pxectl.mac import MAC
from pxectl.store.sources.asking import Asking


class Elsewhere(Mapping[MAC, Machine]):
    """What they said so far, those of the first service first. Mutable; owned by one loop."""

    def __init__(self) -> None:
        self.services: tuple[Asking, ...] = ()
        """In the order in which they are asked."""
        self._running: dict[MAC, Any] = {}

    def look_up(self, mac: MAC) -> Awaitable[None] | None:
        """Ask about `mac`, unless what is known is fresh.

        Returns:
            None if nobody has to be asked, else a future that is done when it has been, or when
            the services' time is up. It never fails.
        """
        if not self._has_to_ask(mac):
            return None
        import asyncio

        task = self._running.get(mac)
        if task is None:
            task = asyncio.ensure_future(self.ask(mac))
            self._running[mac] = task
            task.add_done_callback(lambda _: self._running.pop(mac, None))
        # several may wait for it: one that gives up takes nothing from the others
        return asyncio.shield(task)

    def _has_to_ask(self, mac: MAC) -> bool:
        for service in self.services:
            if not service.is_fresh(mac):
                return True
            if mac in service.answers:
                return False
        return False

    async def ask(self, mac: MAC) -> None:
        """Ask one service after the other, until one knows `mac`."""
        for service in self.services:
            if not service.is_fresh(mac):
                await service.ask(mac)
            if mac in service.answers:
                return

    async def close(self) -> None:
        """End what is under way and close all connections."""
        for task in list(self._running.values()):
            task.cancel()
        for service in self.services:
            await service.close()

    def __getitem__(self, mac: MAC) -> Machine:
        for service in self.services:
            if (machine := service.answers.get(mac)) is not None:
                return machine
        raise KeyError(mac)

    def __iter__(self) -> Iterator[MAC]:
        return iter(_once(mac for service in self.services for mac in service.answers))

    def __len__(self) -> int:
        return len(_once(mac for service in self.services for mac in service.answers))


def _once(macs: Iterable[MAC]) -> dict[MAC, None]:
    return dict.fromkeys(macs)
