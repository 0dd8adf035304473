"""Many made-up machines that want an address, again and again: load, and how it is borne."""

import asyncio
import os
import time
from dataclasses import dataclass

from pxectl.boot.kinds import Kind
from pxectl.mac import MAC
from pxectl.net.probe.exchange import Exchange
from pxectl.net.probe.wire import Wire
from pxectl.wire.iana import MessageType

_LOST = 4.0
"""Seconds after which firmware asks again (netboot.md 2.2, 1)."""


@dataclass(frozen=True, slots=True)
class Storm:
    """How it was borne."""

    machines: int
    seconds: float
    exchanges: int
    """DISCOVER, OFFER, REQUEST and ACK, all four."""
    lost: int
    """Exchanges in which OFFER or ACK did not come within four seconds, or a NAK did."""
    latencies: tuple[float, ...]
    """Seconds from DISCOVER to ACK, in ascending order."""

    def percentile(self, share: float) -> float | None:
        """The latency that this share of exchanges kept to; None: there were none."""
        if not self.latencies:
            return None
        return self.latencies[min(len(self.latencies) - 1, int(share * len(self.latencies)))]


async def storm(wire: Wire, kind: Kind, machines: int, seconds: float) -> Storm:
    """Let `machines` clients get an address and give it back, again and again.

    They begin spread over the first second, and each rests for a second between two exchanges.

    Args:
        wire: where.
        kind: what they are.
        machines: how many.
        seconds: for how long.

    Raises:
        HostError: this host can not send.
    """
    began = time.monotonic()
    prefix = b"\x02" + os.urandom(3)
    macs = [MAC(prefix + number.to_bytes(2, "big")) for number in range(machines)]
    taken: list[float | None] = []

    async def one(number: int, mac: MAC) -> None:
        await asyncio.sleep(number / machines)
        while time.monotonic() - began < seconds:
            taken.append(await _exchange(wire, kind, mac))
            await asyncio.sleep(1.0)

    await asyncio.gather(*(one(number, mac) for number, mac in enumerate(macs)))
    good = sorted(latency for latency in taken if latency is not None)
    passed = time.monotonic() - began
    return Storm(machines, passed, len(good), len(taken) - len(good), tuple(good))


async def _exchange(wire: Wire, kind: Kind, mac: MAC) -> float | None:
    """One exchange, given back; seconds that it took, None: it was lost."""
    exchange = Exchange(wire, kind, mac)
    began = time.monotonic()
    offer = await exchange.first_address(_LOST)
    if offer is None:
        return None
    ack = await exchange.request(offer)
    took = time.monotonic() - began
    if ack is None or ack.packet.message_type is MessageType.NAK:
        return None
    exchange.release(ack)
    return took
