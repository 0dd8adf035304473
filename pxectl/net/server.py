"""All listeners of one `serve`: bound together, served together, first failure ends all."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import replace
from ipaddress import IPv4Address
from ssl import SSLContext

from pxectl.boot.answer import Routed
from pxectl.boot.arrival import Arrival, Asked
from pxectl.boot.binding import Binding, State
from pxectl.boot.events import Dropped, Event, Ready
from pxectl.boot.lookup import asks_by_dhcp, asks_for_script
from pxectl.boot.memory import Memory
from pxectl.boot.response import Response
from pxectl.boot.route import route
from pxectl.boot.site import Mode, Serving, Site
from pxectl.boot.underway import UnderWay
from pxectl.errors import PxectlError
from pxectl.mac import MAC
from pxectl.net.answering import Answerer, nobody_there
from pxectl.net.committing import Ledger
from pxectl.net.conflict import Prober
from pxectl.net.guard import Guard
from pxectl.net.interfaces import Interface
from pxectl.net.listeners import Answers, Listeners, no_certificate
from pxectl.net.neighbours import neighbour
from pxectl.net.opening import Opening
from pxectl.net.switches import Standing, Switch, Switchboard

WAITING = 256
"""Datagrams that may wait for what somebody else says of a machine: a flood of made-up MACs may
not eat the host's memory."""

LookUp = Callable[[MAC], Awaitable[None] | None]
"""None: nobody has to be asked. Else it is done when somebody was, and never fails."""


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
        opening: Opening | None = None,
        certify: Callable[[], SSLContext] = no_certificate,
        *,
        force: bool = False,
    ) -> None:
        """Make it; nothing is bound before `start`.

        Args:
            site: what is in force until `replace_site`.
            interfaces: where to serve.
            emit: takes the events.
            look_up: asks elsewhere about a MAC that no list of the site has.
            open_ledger: opens the leases on disk, when addresses are to be given; None: none are
                acknowledged.
            opening: opens files; None: only those that lie below files/ as they are.
            certify: gives the `ssl.SSLContext` of HTTPS; raises PxectlError if there is none.
            force: give addresses though another server does.
        """
        self._site = site
        self._interfaces = interfaces
        self._emit = emit
        self._look_up = look_up
        self._waiting: set[asyncio.Task[None]] = set()
        self._is_closed = False
        self._memory = Memory()
        self._open_ledger = open_ledger
        self._prober: Prober | None = None
        self._guard = Guard(
            interfaces,
            lambda: self._site,
            emit,
            lambda why: self.enable(Switch.PROXY, why),
            force=force,
        )
        self._answerer = Answerer(
            lambda: self._site, self._memory, emit, self._probe, self._guard.chosen
        )
        open_ = (opening or Opening()).open
        answers = Answers(self._respond, self._route, self._route_http, open_, certify)
        self._listeners = Listeners(interfaces, answers, emit)
        self._switchboard = Switchboard(
            site.serving, self._listeners, self._become, self._serve_as, emit
        )

    @property
    def site(self) -> Site:
        """What is in force."""
        return self._site

    def replace_site(self, site: Site) -> None:
        """Serve from another picture from now on. What listens stays as it is: see `follow`."""
        self._site = replace(site, serving=self._site.serving)

    async def follow(self, asked: Serving, why: str) -> tuple[PxectlError, ...]:
        """Turn what a new version of the site wants otherwise: see `Switchboard.follow`."""
        return await self._switchboard.follow(asked, why)

    async def start(self) -> None:
        """Choose the mode, bind everything, then serve.

        Raises:
            HostError: a port is taken or needs a privilege; nothing stays bound.
        """
        try:
            await self._switchboard.start()
        except BaseException:
            await self.close()
            raise
        archs = tuple(arch.label for arch in self._site.nbps)
        self._emit(Ready(self._switchboard.names(), archs, self._switchboard.on()))

    async def close(self) -> None:
        """Close every socket, once: also after a `start` that failed."""
        if self._is_closed:
            return
        self._is_closed = True
        for task in self._waiting:
            task.cancel()
        self._guard.close()
        if self._prober is not None:
            self._prober.close()
        await self._listeners.close()
        await self._answerer.close()

    async def enable(self, switch: Switch, why: str) -> bool:
        """Turn one on: see `Switchboard.turn`."""
        return await self._switchboard.turn(switch, on=True, why=why)

    async def disable(self, switch: Switch, why: str) -> bool:
        """Turn one off: see `Switchboard.turn`."""
        return await self._switchboard.turn(switch, on=False, why=why)

    def status(self) -> tuple[Standing, ...]:
        """How each switch stands."""
        return self._switchboard.standings()

    def under_way(self) -> Iterator[UnderWay]:
        """How far each transfer has come."""
        return self._listeners.under_way()

    def bindings(self) -> tuple[Binding, ...]:
        """The addresses that are leased now, in their order; empty while none are given."""
        if not self._answerer.keeps_leases:
            return ()
        now, rows = time.time(), self._memory.leases.rows()
        held = (row for row in rows if row.state is State.LEASED and row.expires > now)
        return tuple(sorted(held, key=lambda row: row.address))

    def leases(self) -> int | None:
        """How many leases run; None while no addresses are given."""
        return len(self.bindings()) if self._answerer.keeps_leases else None

    async def release(self, addresses: Iterable[str]) -> list[str]:
        """End leases: see `Answerer.release`."""
        return await self._answerer.release(addresses)

    def _serve_as(self, serving: Serving) -> None:
        self._site = replace(self._site, serving=serving)

    # ---- the mode

    async def _become(self, asked: Mode) -> Mode:
        """Make ready to serve DHCP so; the mode that it comes to."""
        mode = await self._guard.choose(asked)
        if mode is Mode.SERVER:
            self._keep_leases()
        return mode

    def _keep_leases(self) -> None:
        """Open the leases on disk, unless they are open already or nothing is to be sent.

        Raises:
            HostError: they can not be read or written.
        """
        wanted = self._open_ledger is not None and not self._site.serving.shadow
        if wanted and not self._answerer.keeps_leases and self._open_ledger is not None:
            self._answerer.keep(self._open_ledger())
            self._prober = Prober(self._interfaces, self._emit)

    def _probe(
        self, address: IPv4Address, arrival: Arrival, mac: bytes, done: Callable[[str], None]
    ) -> bool:
        if self._prober is None:
            return nobody_there(address, arrival, mac, done)
        return self._prober.probe(address, arrival, mac, done)

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
        asked = self._met(asked)
        mac = asks_for_script(asked, self._site, self._memory.visits, time.time())
        pending = self._look_up(mac) if mac is not None else None
        if pending is not None:
            await pending
        return self._routed(asked)

    def _route(self, asked: Asked) -> Routed:
        return self._routed(self._met(asked))

    def _routed(self, asked: Asked) -> Routed:
        routed = route(asked, self._site, self._memory.visits, time.time())
        if routed.looped is not None:
            self._emit(routed.looped)
        return routed

    def _met(self, asked: Asked) -> Asked:
        """With who asks, as far as this host knows it."""
        networks = (one.network for one in self._interfaces if one.name == asked.interface)
        met = neighbour(asked.peer, asked.interface)
        return replace(asked, network=next(networks, None), neighbour=met)
