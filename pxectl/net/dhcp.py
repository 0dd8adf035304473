"""The listener on ports 67 and 4011: receive, ask the core, send, emit."""

import asyncio
import socket
from collections.abc import Callable
from ipaddress import IPv4Address

from pxectl.boot.arrival import Arrival
from pxectl.boot.destination import BROADCAST, Destination
from pxectl.boot.events import Event, Warned
from pxectl.boot.response import Response
from pxectl.net.frames import FrameSender
from pxectl.net.interfaces import Interface

BATCH = 64
"""Datagrams read in one turn of the loop: half of the CPU of one a turn (performance.md 1)."""
LARGEST = 65535


class DHCPListener:
    """One socket, on one interface and port."""

    def __init__(
        self,
        sock: socket.socket,
        interface: Interface,
        sender: FrameSender | None,
        answer: Callable[[bytes, Arrival, Callable[[Response], None]], None],
        emit: Callable[[Event], None],
    ) -> None:
        """Start to listen; the event loop must run.

        Args:
            sock: bound and non-blocking; closed by `close`.
            interface: where it is bound.
            sender: reaches clients that have no address; None: by broadcast.
            answer: the core; hands over what comes of a datagram, at once or later.
            emit: takes the events.
        """
        self._sock = sock
        self._interface = interface
        self._port: int = sock.getsockname()[1]
        self._sender = sender
        self._answer = answer
        self._emit = emit
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(sock, self._readable)

    def close(self) -> None:
        """Stop listening."""
        self._loop.remove_reader(self._sock)
        self._sock.close()

    def _readable(self) -> None:
        for _ in range(BATCH):
            try:
                data, (peer, peer_port) = self._sock.recvfrom(LARGEST)
            except BlockingIOError:
                return
            except OSError as error:
                self._emit(Warned(f"DHCP on {self._interface.name}: {error.strerror}"))
                return
            self._handle(data, IPv4Address(peer), peer_port)

    def _handle(self, data: bytes, peer: IPv4Address, peer_port: int) -> None:
        here = self._interface
        arrival = Arrival(here.name, here.address, here.network, self._port, peer, peer_port)
        self._answer(data, arrival, self._answered)

    def _answered(self, response: Response) -> None:
        if response.payload and response.destination is not None:
            if response.delay:
                self._loop.call_later(response.delay, self._send, response)
            else:
                self._send(response)
        self._emit(response.event)

    def _send(self, response: Response) -> None:
        to = response.destination
        if to is None or self._sock.fileno() < 0:
            return
        try:
            if to.hardware is not None and self._sender is not None:
                source = (response.source, self._port)
                self._sender.send(source, (to.hardware, to.address, to.port), response.payload)
            else:
                reachable = BROADCAST if to.hardware is not None else to.address
                self._sock.sendto(response.payload, (str(reachable), to.port))
        except OSError as error:
            self._emit(Warned(f"no reply to {_name(to)} on {self._interface.name}: {error}"))


def _name(to: Destination) -> str:
    return f"{to.hardware or to.address} port {to.port}"
