"""What a running `serve` does when `pxectl ctl` or a key asks for it."""

import asyncio
import os
import time
from collections.abc import Callable, Coroutine, Mapping
from functools import partial
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

from pxectl import __version__
from pxectl.boot.events import Event, Told, Warned
from pxectl.cli.following import Follower
from pxectl.errors import PxectlError
from pxectl.net.control import Control, Handler
from pxectl.net.interfaces import Interface
from pxectl.net.server import Server
from pxectl.net.steer import NAME
from pxectl.net.switches import Switch
from pxectl.store.newfile import give_to_owner_above, make_folder
from pxectl.store.place import STATE, is_folder
from pxectl.ui.keys import QUIT, RELOAD, SWITCH_KEYS

_BY_CTL, _BY_KEY = "pxectl ctl", "a key"
_AGAIN = 2.0
"""Seconds between two tries to have a socket that could not be had."""


class Steering:
    """Steers one `serve`, through its control socket and the keys of the live view."""

    def __init__(
        self,
        site: Path,
        server: Server,
        follower: Follower,
        interfaces: tuple[Interface, ...],
        emit: Callable[[Event], None],
    ) -> None:
        """Make it.

        Args:
            site: the site's directory, which need not exist.
            server: what is steered.
            follower: reads the site.
            interfaces: where `server` serves.
            emit: takes the events.
        """
        self._site = site
        self._server = server
        self._follower = follower
        self._interfaces = interfaces
        self._emit = emit
        self._began = time.monotonic()
        self._control = Control(site / STATE / NAME, self.handlers(), give_to_owner_above)
        self._running: set[asyncio.Task[None]] = set()

    def handlers(self) -> Mapping[str, Handler]:
        """Commands by their names."""
        return {
            "status": self._status,
            "enable": lambda request: self._turn(request, on=True),
            "disable": lambda request: self._turn(request, on=False),
            "reload": self._reload,
            "release": self._release,
        }

    # ---- the socket

    def bind(self) -> None:
        """Take the control socket; without one `serve` goes on, and says so.

        Raises:
            HostError: another `serve` has it.
        """
        if not is_folder(self._site):
            self._emit(
                Told(f"`pxectl ctl` does not reach this `serve`: there is no {self._site} yet")
            )
            return
        state = self._site / STATE
        try:
            make_folder(state)
            self._control.bind()
        except OSError as error:
            self._emit(
                Warned(
                    f"`pxectl ctl` does not reach this `serve`: {state / NAME}: {error.strerror}",
                    "let pxectl write there; the keys of the live view work all the same",
                )
            )

    async def start(self) -> None:
        """Do what comes over the socket."""
        await self._control.start()

    async def keep(self) -> None:
        """Take the socket as soon as it can be had: the site may be made, or mended, later."""
        while not self._control.is_bound:
            await asyncio.sleep(_AGAIN)
            if not is_folder(self._site):
                continue
            try:
                make_folder(self._site / STATE)
                self._control.bind()
            except (OSError, PxectlError):  # told at the start, or a second one was quicker
                continue
            await self._control.start()
            self._emit(Told("`pxectl ctl` reaches this `serve` now"))

    async def close(self) -> None:
        """Take the socket away."""
        for task in self._running:
            task.cancel()
        await self._control.close()

    # ---- commands

    def _status(self, _: Mapping[str, Any]) -> Mapping[str, Any]:
        site = self._server.site
        shown = {
            one.switch.value: {
                "on": one.on,
                "ports": list(one.ports),
                "transfers": one.transfers,
            }
            for one in self._server.status()
        }
        return {
            "version": __version__,
            "pid": os.getpid(),
            "uptime": round(time.monotonic() - self._began, 1),
            "site": str(self._site),
            "interfaces": [
                {"name": one.name, "address": str(one.address), "network": str(one.network)}
                for one in self._interfaces
            ],
            "mode": site.serving.dhcp.value,
            "shadow": site.serving.shadow,
            "listeners": shown,
            "machines": len(site.inventory),
            "leases": self._server.leases(),
            "problems": [problem.message for problem in self._follower.loaded.problems],
        }

    async def _turn(self, request: Mapping[str, Any], *, on: bool) -> Mapping[str, Any]:
        switch = _switch(request.get("what"))
        work = self._server.enable if on else self._server.disable
        changed = await work(switch, _BY_CTL)
        return {"changed": changed, "listeners": self._status(request)["listeners"]}

    async def _reload(self, _: Mapping[str, Any]) -> Mapping[str, Any]:
        taken = await self._follower.reload()
        told = [{"error": problem.message, "hint": problem.hint} for problem in taken.problems]
        ago = None if taken.is_new else round(time.monotonic() - taken.at, 1)
        return {"changes": list(taken.changes), "problems": told, "ago": ago}

    async def _release(self, request: Mapping[str, Any]) -> Mapping[str, Any]:
        """For `pxectl leases release`; null: this `serve` keeps no leases, their file is free."""
        if self._server.leases() is None:
            return {"released": None}
        try:
            addresses = [str(IPv4Address(text)) for text in request["addresses"]]
        except (KeyError, TypeError, ValueError):
            raise PxectlError("`addresses` is no list of IPv4 addresses") from None
        return {"released": await self._server.release(addresses)}

    # ---- keys

    def keys(self, quit_: Callable[[], None]) -> Mapping[str, Callable[[], None]]:
        """What each key of the live view does.

        Args:
            quit_: ends `serve`.
        """
        toggles = {key: partial(self._toggle, Switch(what)) for key, what in SWITCH_KEYS.items()}
        return {**toggles, RELOAD: lambda: self._do(self._read_again()), QUIT: quit_}

    def _toggle(self, switch: Switch) -> None:
        """Turn one that is off on, and the other way round."""
        on = next(one.on for one in self._server.status() if one.switch is switch)
        work = self._server.disable if on else self._server.enable
        self._do(work(switch, _BY_KEY))

    async def _read_again(self) -> None:
        taken = await self._follower.reload()
        if taken.is_new:
            return
        for problem in taken.problems:  # told when it was new; who presses the key asks for it
            self._emit(Warned(problem.message, problem.hint))
        if not taken.problems:
            self._emit(Told("nothing has changed since the site was read last"))

    def _do(self, work: Coroutine[Any, Any, object]) -> None:
        async def tell() -> None:
            try:
                await work
            except PxectlError as error:
                self._emit(Warned(error.message, error.hint))

        task = asyncio.get_running_loop().create_task(tell())
        self._running.add(task)
        task.add_done_callback(self._running.discard)


def _switch(word: object) -> Switch:
    try:
        return Switch(word)
    except ValueError:
        names = ", ".join(switch.value for switch in Switch)
        raise PxectlError(f"there is no `{word}` to switch", hint=f"there are {names}") from None
