"""Machines that asked and are not known: their files, from what they said of themselves."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pxectl.boot.events import Event, Told, Warned
from pxectl.boot.unknown import Unknown
from pxectl.errors import PxectlError
from pxectl.mac import MAC
from pxectl.store.enroll import add_machine
from pxectl.store.machines import machine_of
from pxectl.ui.printable import printable


def said_of(one: Unknown) -> dict[str, Any]:
    """What a machine said of itself, as its file holds it: `arch`, `uuid` and `vars`."""
    # templates print it, and it is the words of whoever is on the wire
    vendor_class = printable(one.client.vendor_class)
    return {
        **({"arch": one.arch} if one.arch else {}),
        **({"uuid": str(one.client.uuid)} if one.has_uuid else {}),
        "vars": {"vendor_class": vendor_class} if vendor_class else {},
    }


class Welcoming:
    """Adds them when a key of the live view says so."""

    def __init__(
        self,
        hardware: Path,
        asked: Callable[[MAC], Unknown | None],
        emit: Callable[[Event], None],
    ) -> None:
        """Make it.

        Args:
            hardware: the folder of the machines' files.
            asked: who asked and is not known, by MAC.
            emit: is told how it went.
        """
        self._hardware, self._asked, self._emit = hardware, asked, emit
        self._adding: set[asyncio.Task[None]] = set()

    async def close(self) -> None:
        """Write what is being written."""
        await asyncio.gather(*self._adding)

    def add(self, who: str, profile: str) -> None:
        """Write the file of a machine; a running `serve` lets it in when it sees the file.

        Args:
            who: its MAC.
            profile: what it boots; empty: its file does not say.
        """
        task = asyncio.get_running_loop().create_task(self._add(MAC.parse(who), profile))
        self._adding.add(task)
        task.add_done_callback(self._adding.discard)

    async def _add(self, mac: MAC, profile: str) -> None:
        one = self._asked(mac)
        said = said_of(one) if one is not None else {}
        table = {"mac": [str(mac)], **said} | ({"profile": profile} if profile else {})
        try:
            machine = machine_of(table, mac.dashed, mac.dashed)
            path = await asyncio.to_thread(add_machine, self._hardware, machine)
        except PxectlError as error:
            self._emit(Warned(error.message, error.hint))
            return
        boots = f"boots {profile}" if profile else "has no profile yet: give it one in its file"
        self._emit(Told(f"added {mac}: {path}, {boots}"))
