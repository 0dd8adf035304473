"""Does somebody use an address that is about to be offered? By ARP on our own segment, by ICMP
behind a relay (RFC 2131 section 3.1, 2; netboot.md 2.4: ROMs do not wait long).
"""

import asyncio
import os
import socket
import sys
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from ipaddress import IPv4Address

from pxectl.boot.arrival import Arrival
from pxectl.boot.events import Event, Warned
from pxectl.errors import MalformedPacketError
from pxectl.net.interfaces import Interface
from pxectl.wire.arp import ETHERTYPE_ARP, ARPPacket, probe_frame
from pxectl.wire.icmp import ECHO_REPLY, ECHO_REQUEST, Echo, icmp_of

ARP_PATIENCE = 0.25
"""Seconds. A host on the segment answers within milliseconds; asked twice, one loss is forgiven."""
ICMP_PATIENCE = 0.5
"""Seconds: routes may be slow, and firmware asks again after a second or more."""
AT_ONCE = 4096
"""Addresses that are asked for at once, at most."""
BATCH = 64
_ICMP_FILTER = 1  # <linux/icmp.h>
_SOL_RAW = 255

Done = Callable[[str], None]


@dataclass(slots=True, eq=False)
class _Probe:
    address: IPv4Address
    mac: bytes
    """The client's own: it may still use the address that it asks for."""
    ask: Callable[["_Probe"], None]
    ends: float
    done: list[Done] = field(default_factory=list)


class Prober:
    """Asks for many addresses at once, and waits for none."""

    def __init__(self, interfaces: tuple[Interface, ...], emit: Callable[[Event], None]) -> None:
        """Open the sockets; the event loop must run.

        Args:
            interfaces: whose segments are asked by ARP.
            emit: is told once if nobody can be asked.
        """
        self._loop = asyncio.get_running_loop()
        self._pending: dict[IPv4Address, _Probe] = {}
        self._lines: dict[str, deque[_Probe]] = {"arp": deque(), "icmp": deque()}
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._identifier = int.from_bytes(os.urandom(2), "big")
        self._segments = {
            one.name: (sock, one.mac)
            for one in interfaces
            if one.mac is not None and (sock := _arp_socket(one)) is not None
        }
        self._icmp = _icmp_socket()
        for sock, _ in self._segments.values():
            self._loop.add_reader(sock, self._hear_arp, sock)
        if self._icmp is not None:
            self._loop.add_reader(self._icmp, self._hear_icmp, self._icmp)
        if self._icmp is None and not self._segments:
            emit(
                Warned(
                    "addresses of the pool are offered without asking whether somebody uses them",
                    "start pxectl as root, or give it `cap_net_raw`",
                )
            )

    def close(self) -> None:
        """Ask no more; nobody who waits is told anything."""
        for timer in self._timers.values():
            timer.cancel()
        sockets = [sock for sock, _ in self._segments.values()]
        for sock in (*sockets, *((self._icmp,) if self._icmp else ())):
            self._loop.remove_reader(sock)
            sock.close()

    def probe(self, address: IPv4Address, arrival: Arrival, mac: bytes, done: Done) -> bool:
        """Ask whether anybody but `mac` uses `address`.

        Args:
            address: to ask for.
            arrival: where its client asked.
            mac: of the client.
            done: called later, with the MAC or the address of who answered, or with an empty text
                after at most half a second of silence.

        Returns:
            False if too many are being asked for: `done` is not called.
        """
        if (waiting := self._pending.get(address)) is not None:
            waiting.done.append(done)
            return True
        if len(self._pending) >= AT_ONCE:
            return False
        here = arrival.network is not None and address in arrival.network
        if here and arrival.interface in self._segments:
            self._start(
                "arp", ARP_PATIENCE, _Probe(address, mac, self._asker(arrival), 0.0, [done])
            )
        elif self._icmp is not None:
            self._start("icmp", ICMP_PATIENCE, _Probe(address, mac, self._ping, 0.0, [done]))
        else:
            self._loop.call_soon(done, "")
        return True

    # ---- asking

    def _start(self, line: str, patience: float, probe: _Probe) -> None:
        probe.ends = self._loop.time() + patience
        self._pending[probe.address] = probe
        probe.ask(probe)
        self._loop.call_later(patience / 2, self._again, probe)
        self._lines[line].append(probe)
        if line not in self._timers:
            self._timers[line] = self._loop.call_at(probe.ends, self._end, line)

    def _again(self, probe: _Probe) -> None:
        if self._pending.get(probe.address) is probe:
            probe.ask(probe)

    def _asker(self, arrival: Arrival) -> Callable[[_Probe], None]:
        sock, own = self._segments[arrival.interface]

        def ask(probe: _Probe) -> None:
            with suppress(OSError):  # closed, or the interface is down: silence is the answer
                sock.send(probe_frame(own, probe.address))

        return ask

    def _ping(self, probe: _Probe) -> None:
        if self._icmp is not None:
            with suppress(OSError):  # no route there
                echo = Echo(ECHO_REQUEST, self._identifier, 0, b"pxectl")
                self._icmp.sendto(echo.pack(), (str(probe.address), 0))

    def _end(self, line: str) -> None:
        """Those whose time is over; all of a line wait equally long."""
        del self._timers[line]
        waiting, now = self._lines[line], self._loop.time()
        while waiting and waiting[0].ends <= now:
            probe = waiting.popleft()
            if self._pending.get(probe.address) is probe:
                self._tell(probe, "")
        if waiting:
            self._timers[line] = self._loop.call_at(waiting[0].ends, self._end, line)

    def _tell(self, probe: _Probe, by: str) -> None:
        del self._pending[probe.address]
        for done in probe.done:
            done(by)

    # ---- hearing

    def _hear_arp(self, sock: socket.socket) -> None:
        for _ in range(BATCH):
            try:
                frame = sock.recv(128)
            except OSError:  # drained, or the interface is down
                return
            if self._pending:
                with suppress(MalformedPacketError):
                    self._judge(ARPPacket.parse(frame))

    def _judge(self, packet: ARPPacket | None) -> None:
        """Whoever says that an address is its own uses it, asked or not (RFC 5227 2.1.1)."""
        probe = self._pending.get(packet.sender) if packet else None
        if packet is None or probe is None or packet.sender_mac == probe.mac:
            return
        if any(packet.sender_mac == own for _, own in self._segments.values()):
            return
        self._tell(probe, str(packet.sender_mac))

    def _hear_icmp(self, sock: socket.socket) -> None:
        for _ in range(BATCH):
            try:
                data, (peer, _) = sock.recvfrom(2048)
            except OSError:
                return
            probe = self._pending.get(IPv4Address(peer))
            if probe is None:
                continue
            with suppress(MalformedPacketError):
                is_raw = sock.type == socket.SOCK_RAW
                echo = Echo.parse(icmp_of(data) if is_raw else data)
                # the kernel gives a datagram socket an identifier of its own
                ours = not is_raw or (echo is not None and echo.identifier == self._identifier)
                if echo is not None and echo.type == ECHO_REPLY and ours:
                    self._tell(probe, peer)


def _arp_socket(interface: Interface) -> socket.socket | None:
    """Hears and sends ARP on one interface; None where there are no packet sockets."""
    if not hasattr(socket, "AF_PACKET"):
        return None
    try:
        sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETHERTYPE_ARP))
    except OSError:
        return None
    try:
        sock.setblocking(False)
        sock.bind((interface.name, ETHERTYPE_ARP))
    except OSError:
        sock.close()
        return None
    return sock


def _icmp_socket() -> socket.socket | None:
    """A raw socket that hears echo replies, or the kernel's ping socket; None if there is none."""
    for kind in (socket.SOCK_RAW, socket.SOCK_DGRAM):
        try:
            sock = socket.socket(socket.AF_INET, kind, socket.IPPROTO_ICMP)
        except OSError:
            continue
        sock.setblocking(False)
        if kind == socket.SOCK_RAW and hasattr(socket, "AF_PACKET"):
            with suppress(OSError):
                mask = 0xFFFFFFFF & ~(1 << ECHO_REPLY)
                sock.setsockopt(_SOL_RAW, _ICMP_FILTER, mask.to_bytes(4, sys.byteorder))
        return sock
    return None
