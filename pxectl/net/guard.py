"""Keeps pxectl from being the second DHCP server of a network: before it serves, and while."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine
from ipaddress import IPv4Address
from typing import Any

from pxectl.boot.events import Event, Warned
from pxectl.boot.overheard import Overheard
from pxectl.boot.site import Mode, Site
from pxectl.errors import PxectlError
from pxectl.mac import MAC
from pxectl.net.choosing import choose_mode, own_addresses
from pxectl.net.discover import foreign_servers
from pxectl.net.foreign import ForeignWatch, Heard
from pxectl.net.interfaces import Interface
from pxectl.wire.dhcp import UNSPECIFIED
from pxectl.wire.iana import MessageType

QUIET = 600.0
"""Seconds until the same server is told of again."""
MOST = 16
"""Servers told of within that time: whoever makes them up does not fill the log."""
ASK_AGAIN = 30.0
"""Seconds between two questions for what a client's choice made us suspect."""
_AGAINST = "turn one of them off: `pxectl ctl enable proxy` boots machines beside the other one"


class Guard:
    """Chooses the mode, and goes on looking for other servers."""

    def __init__(
        self,
        interfaces: tuple[Interface, ...],
        site: Callable[[], Site],
        emit: Callable[[Event], None],
        step_back: Callable[[str], Awaitable[object]],
        *,
        force: bool,
    ) -> None:
        """Make it; nothing is listened to before `choose`.

        Args:
            interfaces: where pxectl serves.
            site: what is in force at this moment.
            emit: is told what was chosen, and of other servers.
            step_back: makes a proxyDHCP server of us; takes the reason.
            force: lease addresses though another server does.
        """
        self._interfaces = interfaces
        self._site = site
        self._emit = emit
        self._step_back = step_back
        self._force = force
        self._may_step_back = False
        self._watch: ForeignWatch | None = None
        self._told: dict[tuple[IPv4Address, bool], float] = {}
        self._asked: dict[str, float] = {}
        self._running: set[asyncio.Task[None]] = set()

    async def choose(self, asked: Mode) -> Mode:
        """The mode to serve in; other servers are listened for from now on.

        Raises:
            HostError: addresses are to be leased where another server does.
        """
        mode = await choose_mode(
            asked, self._interfaces, self._site(), self._emit, force=self._force
        )
        self._may_step_back = asked is Mode.AUTO and mode is Mode.SERVER
        if mode is not Mode.OFF and self._watch is None:
            self._watch = ForeignWatch(self._interfaces, self.heard)
        return mode

    def close(self) -> None:
        """Listen no more."""
        if self._watch is not None:
            self._watch.close()
        for task in self._running:
            task.cancel()

    def heard(self, heard: Heard) -> None:
        """Another server answered a client."""
        serving = self._site().serving
        if heard.server in self._ours() or serving.dhcp is Mode.OFF:
            return  # a relay hands on what we said, or it is none of our business
        if heard.client is not None and any(heard.client == one.mac for one in self._interfaces):
            return  # it was us who asked, and who asked hears of it
        if heard.client is not None:
            given = heard.address if heard.address != UNSPECIFIED else None
            told = (heard.server, heard.type, given, heard.offering, heard.bootfile)
            self._emit(Overheard(heard.client, *told))
        if heard.leases and serving.dhcp is Mode.SERVER:
            self._second(
                heard.server, f"{heard.server} ({heard.mac})", heard.interface, _did(heard)
            )
        elif not heard.leases and self._is_news(heard.server, leases=False):
            self._emit(
                Warned(
                    f"{heard.server} ({heard.mac}) on {heard.interface} is a proxyDHCP server, too:"
                    f" it answered {heard.client}",
                    "firmware takes the boot data of either: turn one of them off",
                )
            )

    def chosen(self, server: IPv4Address, mac: MAC, interface: str) -> None:
        """A client chose another server, whose OFFER may have passed us by: a switch hides it.

        Anybody can say so: only a server that answers us makes us step back.
        """
        where = next((one for one in self._interfaces if one.name == interface), None)
        now = time.monotonic()
        self._forget(now)
        if where is None or server in self._ours() or (server, True) in self._told:
            return
        if now < self._asked.get(interface, -ASK_AGAIN) + ASK_AGAIN:
            return
        self._asked[interface] = now
        self._do(self._ask(where, server, mac))

    async def _ask(self, where: Interface, server: IPv4Address, mac: MAC) -> None:
        did = f"{mac} chose it"
        found = await foreign_servers(where, self._ours()) or ()
        for one in found:
            self._second(one, str(one), where.name, did if one == server else "it answered us")
        if not found and self._is_news(server, leases=True):
            self._emit(
                Warned(f"{server} on {where.name} may lease addresses, too: {did}", _AGAINST)
            )

    # ---- what follows

    def _second(self, server: IPv4Address, name: str, interface: str, did: str) -> None:
        """There is another DHCP server where we are one."""
        if self._may_step_back:
            self._may_step_back = False
            self._told[server, True] = time.monotonic()
            self._emit(
                Warned(
                    f"{name} on {interface} leases addresses, too: {did}; "
                    "stepping back to proxyDHCP",
                    "leases given until now stay in `pxectl leases`, nobody renews them; "
                    "`pxectl ctl enable dhcp` takes over when that server is gone",
                )
            )
            self._do(self._become_proxy(f"{server} leases addresses"))
        elif self._is_news(server, leases=True):
            message = f"{name} on {interface} leases addresses, too: {did}"
            self._emit(Warned(message, _AGAINST))

    async def _become_proxy(self, why: str) -> None:
        try:
            await self._step_back(why)
        except PxectlError as error:
            self._emit(Warned(error.message, error.hint))

    def _is_news(self, server: IPv4Address, *, leases: bool) -> bool:
        now = time.monotonic()
        self._forget(now)
        if (server, leases) in self._told or len(self._told) >= MOST:
            return False
        self._told[server, leases] = now
        return True

    def _forget(self, now: float) -> None:
        self._told = {key: at for key, at in self._told.items() if now < at + QUIET}

    def _ours(self) -> frozenset[IPv4Address]:
        return own_addresses(self._interfaces, self._site())

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)


def _did(heard: Heard) -> str:
    """What another server was heard doing, and to whom."""
    whom = f" to {heard.client}" if heard.client else ""
    if heard.type is MessageType.NAK:
        return f"it refused an address{whom}"
    if heard.address == UNSPECIFIED:
        return f"it answered {heard.client or 'somebody'}"
    verb = "gave" if heard.type is MessageType.ACK else "offered"
    return f"it {verb} {heard.address}{whom}"
