"""`netboot = "once"`: it becomes `never` in the machine's file when all has been loaded."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from pxectl.boot.client import Firmware
from pxectl.boot.events import Event, Requested, Told, Transferred, Warned
from pxectl.boot.machine import Machine, Netboot
from pxectl.boot.site import Site
from pxectl.boot.urls import BOOTED, FILES
from pxectl.errors import PxectlError
from pxectl.store.edit import Edit, edit_machine

REMEMBERED = 4096
"""Programs under way to firmware: who asks for made-up ones may not eat the memory."""


class Once:
    """Takes every event of one `serve`, and passes it on."""

    def __init__(
        self,
        hardware: Path,
        site: Callable[[], Site],
        put_in_force: Callable[[Site], None],
        emit: Callable[[Event], None],
    ) -> None:
        """Make it.

        Args:
            hardware: the machines' files.
            site: what is in force at this moment.
            put_in_force: takes a site that differs from what its files say.
            emit: takes the events after this.
        """
        self._hardware = hardware
        self._site = site
        self._emit = emit
        self._put_in_force = put_in_force
        self._over: set[str] = set()
        self._programs: OrderedDict[tuple[str, str], Machine] = OrderedDict()
        self._writing: set[asyncio.Task[None]] = set()

    def emit(self, event: Event) -> None:
        """Pass an event on, and see whether a machine has loaded all that it boots."""
        self._emit(event)
        if isinstance(event, Requested) and event.status == 200 and event.client is not None:
            if event.what in (BOOTED, "nbp") or _is_pis_kernel(event):
                self._asked(event, self._site().inventory.of(event.client))
        elif isinstance(event, Transferred) and event.outcome == "done":
            machine = self._programs.pop((str(event.peer), event.path), None)
            if machine is not None:
                self._end(machine)

    def amended(self, site: Site) -> Site:
        """A site in which those boot no more whose files could not be made to say so."""
        names = {machine.name for machine in site.inventory.machines if _is_once(machine)}
        if not (names := names & self._over):
            return site
        machines = tuple(
            replace(machine, netboot=Netboot.NEVER) if machine.name in names else machine
            for machine in site.inventory.machines
        )
        return replace(site, inventory=site.inventory.with_machines(machines))

    async def close(self) -> None:
        """Write what is being written."""
        await asyncio.gather(*self._writing)

    def _asked(self, event: Requested, machine: Machine | None) -> None:
        if machine is None or not _is_once(machine):
            return
        if event.what == BOOTED:
            self._end(machine)
        elif f"/{FILES}/" in event.path or _is_pis_kernel(event):
            # no script follows a profile's own program, and nothing a Raspberry Pi's kernel
            self._programs[str(event.peer), event.path] = machine
            if len(self._programs) > REMEMBERED:
                self._programs.popitem(last=False)

    def _end(self, machine: Machine) -> None:
        if machine.name not in self._over:
            self._over.add(machine.name)
            task = asyncio.get_running_loop().create_task(self._write(machine.name))
            self._writing.add(task)
            task.add_done_callback(self._writing.discard)

    async def _write(self, name: str) -> None:
        never = Edit(values={"netboot": Netboot.NEVER.value})
        try:
            await asyncio.to_thread(edit_machine, self._hardware, name, never)
        except (PxectlError, OSError) as error:
            self._put_in_force(self.amended(self._site()))
            self._emit(
                Warned(
                    f"{name} has loaded what it boots once, and its file can not say so: {error}",
                    f"`pxectl hardware set {name} --netboot never`; "
                    "until `serve` ends it boots its disk",
                )
            )
            return
        self._over.discard(name)
        self._emit(Told(f'{name} has loaded what it boots once: its file says "never" now'))


def _is_pis_kernel(event: Requested) -> bool:
    client = event.client
    return event.what == "kernel" and client is not None and client.firmware is Firmware.RPI


def _is_once(machine: Machine) -> bool:
    return machine.netboot is Netboot.ONCE
