"""DHCP as a client speaks it, for any MAC, from this host's own address.

What is sent has the broadcast flag: answers to an address that this host does not have come here
all the same, a server on this very host is reached, and no packet socket is needed.
"""

import asyncio
import socket
import time
from collections.abc import Callable
from ipaddress import IPv4Address
from types import TracebackType
from typing import Self

from pxectl.boot.probing.offer import Offer
from pxectl.errors import HostError, MalformedPacketError
from pxectl.net.discover import client_socket
from pxectl.net.interfaces import Interface
from pxectl.wire.dhcp import DHCPPacket
from pxectl.wire.iana import DHCP_CLIENT_PORT, DHCP_SERVER_PORT, Op

_BATCH = 64
_BUFFER = 4 << 20
Listener = Callable[[DHCPPacket, IPv4Address, int], None]


class Wire:
    """The client's port of one interface; answers go to whoever has asked with their `xid`."""

    def __init__(self, interface: Interface) -> None:
        """Open it, in the running event loop.

        Raises:
            HostError: the port is taken or needs a privilege.
        """
        sock = client_socket(interface)
        if sock is None:
            raise HostError(
                f"port {DHCP_CLIENT_PORT} of {interface.name} can not be had",
                hint="run it with `sudo`; another DHCP client may hold the port alone: "
                f"`ss -ulnp 'sport = :{DHCP_CLIENT_PORT}'` shows which",
            )
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
        self.interface = interface
        self._sock = sock
        self._listeners: dict[int, Listener] = {}
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(sock, self._readable)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, e: BaseException | None, tb: TracebackType | None
    ) -> None:
        self._loop.remove_reader(self._sock)
        self._sock.close()

    def listen(self, xid: int, listener: Listener) -> None:
        """Hand over every answer with this `xid`."""
        self._listeners[xid] = listener

    def forget(self, xid: int) -> None:
        """Hand over no more of them."""
        self._listeners.pop(xid, None)

    def broadcast(self, packet: DHCPPacket) -> None:
        """Send it to all DHCP servers.

        Raises:
            HostError: the interface is down.
        """
        self._send(packet, IPv4Address("255.255.255.255"), DHCP_SERVER_PORT)

    def unicast(self, packet: DHCPPacket, server: IPv4Address, port: int) -> None:
        """Send it to one server.

        Raises:
            HostError: there is no way to it.
        """
        self._send(packet, server, port)

    def _send(self, packet: DHCPPacket, to: IPv4Address, port: int) -> None:
        try:
            self._sock.sendto(packet.pack(), (str(to), port))
        except BlockingIOError:  # the queue is full: as lost as on the wire
            return
        except OSError as error:
            raise HostError(f"{self.interface.name}: {to}:{port}: {error.strerror}") from None

    def _readable(self) -> None:
        for _ in range(_BATCH):
            try:
                data, (address, port) = self._sock.recvfrom(65535)
            except OSError:  # drained, or an ICMP error
                return
            try:
                packet = DHCPPacket.parse(data)
            except MalformedPacketError:
                continue
            listener = self._listeners.get(packet.xid)
            if listener is not None and packet.op == Op.BOOTREPLY:
                listener(packet, IPv4Address(address), port)


class Hearing:
    """Collects the answers to one message."""

    def __init__(self, wire: Wire, xid: int, chaddr: bytes) -> None:
        """Listen from now on, until `close`."""
        self._wire, self._xid, self._chaddr = wire, xid, chaddr
        self._came = asyncio.Event()
        self._began = time.monotonic()
        self.heard: list[Offer] = []
        wire.listen(xid, self._take)

    def _take(self, packet: DHCPPacket, source: IPv4Address, port: int) -> None:
        if packet.chaddr == self._chaddr:
            at = time.monotonic() - self._began
            self.heard.append(Offer(packet, source, port, at))
            self._came.set()

    async def until(self, holds: Callable[[Offer], bool], seconds: float) -> Offer | None:
        """The first answer for which this holds; None: none came in time."""
        try:
            async with asyncio.timeout(seconds):
                while True:
                    found = next((one for one in self.heard if holds(one)), None)
                    if found is not None:
                        return found
                    self._came.clear()
                    await self._came.wait()
        except TimeoutError:
            return None

    def close(self) -> None:
        """Listen no more."""
        self._wire.forget(self._xid)
