"""Sending to clients that have no address yet: whole frames on a packet socket (Linux).

A client without an address answers no ARP, so the kernel can not send to it. dnsmasq writes ARP
entries instead, and hits a cliff at 1,024 of them (performance.md 1); a packet socket has no state.
"""

import socket
from ipaddress import IPv4Address

from pxectl.mac import MAC
from pxectl.net.interfaces import Interface
from pxectl.wire.frame import udp_frame


class FrameSender:
    """Sends UDP datagrams in frames of its own on one interface."""

    def __init__(self, interface: Interface) -> None:
        """Open the packet socket.

        Raises:
            OSError: no packet sockets here, or no privilege (CAP_NET_RAW).
        """
        if interface.mac is None or not hasattr(socket, "AF_PACKET"):
            raise OSError("no packet sockets here")
        self._mac = interface.mac
        # protocol 0: nothing is received on it
        self._sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        self._sock.bind((interface.name, 0))

    def send(
        self, source: tuple[IPv4Address, int], to: tuple[MAC, IPv4Address, int], payload: bytes
    ) -> None:
        """One datagram.

        Args:
            source: our address and port.
            to: MAC, address and port of the client.
            payload: of the datagram.

        Raises:
            OSError: the interface is down.
        """
        self._sock.send(udp_frame((self._mac, *source), to, payload))

    def close(self) -> None:
        """Close the socket."""
        self._sock.close()


def open_sender(interface: Interface) -> FrameSender | None:
    """A sender for `interface`; None where there is none to be had: then replies are broadcast."""
    try:
        return FrameSender(interface)
    except OSError:
        return None
