"""From a datagram to its reply: the core decides, the prober asks, the disk remembers.

Most replies go at once. One with a fresh address of a pool waits until nobody else was found to use
it, an ACK until its lease is on disk; nobody else waits for either.
"""

import asyncio
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from ipaddress import IPv4Address

from pxectl.boot.arrival import Arrival
from pxectl.boot.client import Client
from pxectl.boot.dhcpserver import QUARANTINE, quarantine
from pxectl.boot.events import (
    Conflicted,
    Dropped,
    Event,
    PoolFull,
    Released,
    Replied,
    Unanswered,
)
from pxectl.boot.memory import Memory
from pxectl.boot.respond import respond
from pxectl.boot.response import Response
from pxectl.boot.site import Site
from pxectl.errors import HostError
from pxectl.mac import MAC
from pxectl.net.committing import Committer, Ledger

Reply = Callable[[Response], None]
Probe = Callable[[IPv4Address, Arrival, bytes, Callable[[str], None]], bool]
"""Asks whether somebody uses an address: address, where the client asked, its MAC, what to call
with who answered (empty: nobody). False: too many are being asked, ask later."""
Chosen = Callable[[IPv4Address, MAC, str], None]
"""Takes a server that is not us, the client that chose it, and the interface's name."""

ATTEMPTS = 3
"""Addresses that are tried for one DISCOVER: the client asks again anyway."""
FULL_AGAIN = 60.0
"""Seconds until a pool that is full is told of again."""
TICK = 1.0
"""Seconds between two looks at the clock."""
STEP = 2.0
"""Seconds by which the host's clock is off what has passed, from which on it was set."""


def nobody_there(
    address: IPv4Address, arrival: Arrival, mac: bytes, done: Callable[[str], None]
) -> bool:
    """Take every address for free."""
    done("")
    return True


def nobody_cares(server: IPv4Address, mac: MAC, interface: str) -> None:
    """Let clients choose whom they like."""


def host_clock() -> tuple[float, float]:
    """Seconds since 1970, and seconds of a clock that nobody sets."""
    return time.time(), time.monotonic()


class Answerer:
    """Answers datagrams with one server's clock, memory and ledger."""

    def __init__(
        self,
        site: Callable[[], Site],
        memory: Memory,
        emit: Callable[[Event], None],
        probe: Probe = nobody_there,
        chosen: Chosen = nobody_cares,
        clock: Callable[[], tuple[float, float]] = host_clock,
    ) -> None:
        """Make it; without `keep` no lease is acknowledged.

        Args:
            site: what is in force at this moment.
            memory: changed with every datagram.
            emit: takes events that belong to no reply.
            probe: asks whether somebody uses an address.
            chosen: is told that a client chose another server.
            clock: seconds since 1970, which may be set, and seconds that pass whatever is set.
        """
        self._site = site
        self._memory = memory
        self._emit = emit
        self._probe = probe
        self._chosen = chosen
        self._committer: Committer | None = None
        self._ticking: asyncio.TimerHandle | None = None
        self._told_full: dict[str, float] = {}
        self._clock = clock
        wall, passed = clock()
        self._began = wall - passed

    @property
    def keeps_leases(self) -> bool:
        """True once there is a ledger."""
        return self._committer is not None

    def keep(self, ledger: Ledger) -> None:
        """Know the leases of a ledger, and write to it from now on.

        Raises:
            HostError: it can not be read.
        """
        self._memory.leases.restore(ledger.load(self._now()))
        self._committer = Committer(ledger, self._memory.leases.undo, self._emit)
        self._tick()

    async def release(self, addresses: Iterable[str]) -> list[str]:
        """End leases, whoever holds them.

        Args:
            addresses: as texts.

        Returns:
            those that were held.

        Raises:
            HostError: no leases are kept now, or they can not be written.
        """
        if self._committer is None:
            raise HostError(
                "this `pxectl serve` leases no addresses", hint="stop it, then release them"
            )
        changes = self._memory.leases.end(addresses, self._now())
        waiting = [asyncio.get_running_loop().create_future() for _ in changes]
        for change, written in zip(changes, waiting, strict=True):
            self._committer.add(change, written.set_result)
        if not all(await asyncio.gather(*waiting)):
            raise HostError("the leases can not be written", hint="look at the log of `serve`")
        return [str(change.after.address) for change in changes]

    async def close(self) -> None:
        """Write what waits."""
        if self._ticking is not None:
            self._ticking.cancel()
        if self._committer is not None:
            self._now()
            await self._committer.close()

    def _tick(self) -> None:
        """A clock that is set is noticed though nobody asks: leases move with it before an end."""
        self._now()
        self._ticking = asyncio.get_running_loop().call_later(TICK, self._tick)

    def answer(self, data: bytes, arrival: Arrival, reply: Reply, attempt: int = 1) -> None:
        """Decide, and hand over what comes of it when it may go.

        Args:
            data: a datagram's payload.
            arrival: where it came in.
            reply: takes the response; called once, now or later.
            attempt: how many addresses have been tried for it, with this one.
        """
        now = self._now()
        response = respond(data, arrival, self._site(), self._memory, now)
        if response.full:
            self._tell_full(response, now)
        if response.chose is not None:
            self._chosen(*response.chose, arrival.interface)
        if self._site().serving.shadow:
            if response.change is not None:
                self._memory.leases.undo(response.change)
            reply(replace(response, payload=b"", change=None))
        elif response.change is not None:
            self._commit(response, reply)
        elif response.probe is not None and response.payload:
            self._ask(data, arrival, response, reply, attempt)
        else:
            reply(response)

    def _now(self) -> float:
        """Seconds since 1970. A host whose clock is set keeps what is left of each lease."""
        now, passed = self._clock()
        step = now - passed - self._began
        if abs(step) > STEP:
            self._began += step
            self._memory.leases.shift(step)
            if self._committer is not None:
                self._committer.shift(step)
        return now

    # ---- what has to be on disk first

    def _commit(self, response: Response, reply: Reply) -> None:
        change = response.change
        if change is None:
            return
        if self._committer is None:
            self._memory.leases.undo(change)
            reply(_unwritten(response))
            return
        self._committer.add(
            change, lambda written: reply(response if written else _unwritten(response))
        )

    # ---- what somebody may use

    def _ask(
        self, data: bytes, arrival: Arrival, response: Response, reply: Reply, attempt: int
    ) -> None:
        address, client = response.probe, _client_of(response.event)
        if address is None or client is None or client.mac is None:
            return
        mac = client.mac

        def answered(by: str) -> None:
            if by:
                self._taken(Conflicted(client, address, by, QUARANTINE))
            elif self._memory.leases.offered_to(mac, self._now()) == address:
                reply(response)
                return
            # taken, or meanwhile given to a machine that comes before
            if attempt < ATTEMPTS:
                self.answer(data, arrival, reply, attempt + 1)
            else:
                reason = f"{ATTEMPTS} addresses of the pool were taken, it has to ask again"
                reply(Response(Unanswered(client, None, reason)))

        if not self._probe(address, arrival, mac, answered):
            reason = "too many addresses are being probed, it has to ask again"
            reply(
                Response(Dropped("dhcp", str(arrival.peer), arrival.interface, reason, len(data)))
            )

    def _taken(self, event: Conflicted) -> None:
        mac = event.client.mac
        if mac is None:
            return
        change = quarantine(self._memory.leases, event.address, mac, self._now())
        if self._committer is not None:
            self._committer.add(change, lambda _: None)
        self._emit(event)

    def _tell_full(self, response: Response, now: float) -> None:
        client = _client_of(response.event)
        if client is not None and self._told_full.get(response.full, 0.0) + FULL_AGAIN <= now:
            self._told_full[response.full] = now
            self._emit(PoolFull(response.full, client))


def _client_of(event: Event) -> Client | None:
    return event.client if isinstance(event, Replied | Unanswered | Released) else None


def _unwritten(response: Response) -> Response:
    """What is left of an answer that could not be put on disk: silence."""
    event = response.event
    if not isinstance(event, Replied):
        return Response(event)
    reason = "no ACK: its lease could not be written"
    return Response(Unanswered(event.client, event.request, reason, "", event.decision))
