"""All listeners of one `serve`: bound together, served together, first failure ends all."""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from ipaddress import IPv4Address

from pxectl.boot.answer import Routed
from pxectl.boot.arrival import Arrival, Asked
from pxectl.boot.events import Dropped, Event, Ready, Told, Warned
from pxectl.boot.lookup import asks_by_dhcp, asks_for_script
from pxectl.boot.memory import Memory
from pxectl.boot.response import Response
from pxectl.boot.route import route
from pxectl.boot.site import Mode, Site
from pxectl.mac import MAC
from pxectl.net.answering import Answerer
from pxectl.net.committing import Ledger
from pxectl.net.dhcp import DHCPListener
from pxectl.net.discover import foreign_servers
from pxectl.net.frames import open_sender
from pxectl.net.interfaces import Interface
from pxectl.net.sockets import dhcp_socket, http_socket, tftp_socket
from pxectl.wire.iana import BOOT_SERVER_PORT, DHCP_SERVER_PORT

WAITING = 256
"""Datagrams that may wait for what somebody else says of a machine: a flood of made-up MACs may
not eat the host's memory."""

LookUp = Callable[[MAC], Awaitable[None] | None]
"""None: nobody has to be asked. Else it is done when somebody was, and never fails."""

_MODE_NAMES = {Mode.PROXY: "proxyDHCP 67 4011", Mode.SERVER: "DHCP 67 4011"}


def nobody(mac: MAC) -> None:
    """There is nobody to ask about a MAC."""


class Server:
    """Owns the sockets, the site that is in force, and what has been seen of clients."""

    def __init__(
        self,
        site: Site,
        interfaces: tuple[Interface, ...],
        emit: Callable[[Event], None],
        look_up: LookUp = nobody,
        open_ledger: Callable[[], Ledger] | None = None,
    ) -> None:
        """Make it; nothing is bound before `start`.

        Args:
            site: what is in force until `replace_site`.
            interfaces: where to serve.
            emit: takes the events.
            look_up: asks elsewhere about a MAC that no list of the site has.
            open_ledger: opens the leases on disk, when addresses are to be given; None: none are
                acknowledged.
        """
        self._site = site
        self._interfaces = interfaces
        self._emit = emit
        self._look_up = look_up
        self._waiting: set[asyncio.Task[None]] = set()
        self._memory = Memory()
        self._open_ledger = open_ledger
        self._answerer = Answerer(lambda: self._site, self._memory, emit)
        self._closing = contextlib.AsyncExitStack()

    @property
    def site(self) -> Site:
        """What is in force."""
        return self._site

    def replace_site(self, site: Site) -> None:
        """Serve from another picture from now on. What listens where stays as it was started."""
        self._site = replace(site, serving=self._site.serving)

    async def start(self) -> None:
        """Choose the mode, bind everything, then serve.

        Raises:
            HostError: a port is taken or needs a privilege; nothing stays bound.
        """
        async with contextlib.AsyncExitStack() as stack:
            mode = await self._choose_mode()
            self._site = replace(self._site, serving=replace(self._site.serving, dhcp=mode))
            if mode is Mode.SERVER:
                self._keep_leases()
                stack.push_async_callback(self._answerer.close)
            for interface in self._interfaces:
                await self._open(interface, stack)
            self._closing = stack.pop_all()
        self._emit(Ready(self._names(), tuple(arch.label for arch in self._site.nbps)))

    async def close(self) -> None:
        """Close every socket."""
        for task in self._waiting:
            task.cancel()
        await self._closing.aclose()

    def _names(self) -> tuple[str, ...]:
        serving = self._site.serving
        if serving.shadow:
            return (_MODE_NAMES.get(serving.dhcp, ""), "in the shadow: nothing is sent")
        names = (
            _MODE_NAMES.get(serving.dhcp, ""),
            f"TFTP {serving.tftp_port}" if serving.tftp else "",
            f"HTTP {serving.http_port}" if serving.http else "",
        )
        return tuple(name for name in names if name)

    def _keep_leases(self) -> None:
        """Open the leases on disk, unless they are open already or nothing is to be sent.

        Raises:
            HostError: they can not be read or written.
        """
        wanted = self._open_ledger is not None and not self._site.serving.shadow
        if wanted and not self._answerer.keeps_leases and self._open_ledger is not None:
            self._answerer.keep(self._open_ledger())

    # ---- opening

    async def _open(self, interface: Interface, stack: contextlib.AsyncExitStack) -> None:
        serving = self._site.serving
        if serving.dhcp is not Mode.OFF:
            sender = open_sender(interface)
            if sender is not None:
                stack.callback(sender.close)
            for port in (DHCP_SERVER_PORT, BOOT_SERVER_PORT):
                sock = dhcp_socket(interface, port)
                listener = DHCPListener(sock, interface, sender, self._respond, self._emit)
                stack.callback(listener.close)
        if serving.shadow:
            return  # nobody is told to come here
        if serving.tftp:
            from pxectl.net.tftp import TFTPListener

            sock = tftp_socket(interface, serving.tftp_port)
            tftp = TFTPListener(sock, self._route, self._emit)
            stack.push_async_callback(tftp.close)
        if serving.http:
            from pxectl.net.http import HTTPListener

            sock = http_socket(interface, serving.http_port)
            http = HTTPListener(interface, self._route_http, self._emit)
            await http.start(sock)
            stack.push_async_callback(http.close)

    async def _choose_mode(self) -> Mode:
        """`auto` looks first: it must be safe to start on a network of somebody else's."""
        asked = self._site.serving.dhcp
        if asked is not Mode.AUTO:
            return asked
        servers: list[IPv4Address] = []
        for interface in self._interfaces:
            found = await foreign_servers(interface)
            if found is None:
                self._emit(
                    Warned(
                        f"could not ask for DHCP servers on {interface.name}: running as proxyDHCP",
                        "start it as root, or say `--dhcp proxy` or `--dhcp server`",
                    )
                )
                return Mode.PROXY
            servers += found
        if servers:
            names = " and ".join(map(str, dict.fromkeys(servers)))
            verb = "answers" if len(set(servers)) == 1 else "answer"
            self._emit(Told(f"{names} already {verb} DHCP here: running as proxyDHCP beside it"))
            return Mode.PROXY
        if all(self._site.subnet_of(i.address) for i in self._interfaces):
            self._emit(Told("no DHCP server answers here: running as the DHCP server"))
            return Mode.SERVER
        self._emit(
            Warned(
                "no DHCP server answers here, and no `[[subnet]]` covers it: running as proxyDHCP",
                "clients get no address until a DHCP server is there",
            )
        )
        return Mode.PROXY

    # ---- the two doors, with this server's clock and memory

    def _respond(self, data: bytes, arrival: Arrival, reply: Callable[[Response], None]) -> None:
        """Answer a datagram; one whose machine has to be looked up waits, and no other does."""
        mac = asks_by_dhcp(data, arrival, self._site)
        if mac is not None and len(self._waiting) >= WAITING:
            reason = f"{WAITING} machines are being looked up, {mac} has to ask again"
            self._emit(Dropped("dhcp", str(arrival.peer), arrival.interface, reason, len(data)))
            return
        pending = self._look_up(mac) if mac is not None else None
        if pending is None:
            self._answerer.answer(data, arrival, reply)
            return

        async def later() -> None:
            await pending
            self._answerer.answer(data, arrival, reply)

        task = asyncio.get_running_loop().create_task(later())
        self._waiting.add(task)
        task.add_done_callback(self._waiting.discard)

    async def _route_http(self, asked: Asked) -> Routed:
        mac = asks_for_script(asked, self._site, self._memory.visits, time.time())
        pending = self._look_up(mac) if mac is not None else None
        if pending is not None:
            await pending
        return self._route(asked)

    def _route(self, asked: Asked) -> Routed:
        return route(asked, self._site, self._memory.visits, time.time())
