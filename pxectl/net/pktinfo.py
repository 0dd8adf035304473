"""To which of our addresses and on which interface a datagram came (IP_PKTINFO)."""

import socket
import struct
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address
from pathlib import Path

# Python names it from 3.14 on only
_IP_PKTINFO = 26 if sys.platform == "darwin" else 8
_SO_RCVBUFFORCE = 33
_IN_PKTINFO = struct.Struct("@i4s4s")  # ipi_ifindex, ipi_spec_dst, ipi_addr
ROOM = socket.CMSG_SPACE(_IN_PKTINFO.size)
"""Ancillary octets that `recvmsg` must have room for."""


@dataclass(frozen=True, slots=True)
class Way:
    """The way in of one datagram."""

    interface: str
    """Empty if the interface is gone by now."""
    address: IPv4Address
    """Our own address."""
    is_unicast: bool
    """False when it was sent to a broadcast or multicast address."""


def enable(sock: socket.socket, receive_buffer: int) -> None:
    """Make `sock` tell the way of each datagram, and hold `receive_buffer` octets if it may."""
    sock.setblocking(False)
    sock.setsockopt(socket.IPPROTO_IP, _IP_PKTINFO, 1)
    try:
        sock.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, receive_buffer)
    except OSError:  # not Linux, or without CAP_NET_ADMIN: as much as the host allows
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)


def way_in(ancillary: Iterable[tuple[int, int, bytes]]) -> Way | None:
    """Read what `recvmsg` said beside the datagram; None if it said nothing of it."""
    for level, kind, data in ancillary:
        if level == socket.IPPROTO_IP and kind == _IP_PKTINFO and len(data) >= _IN_PKTINFO.size:
            index, local, sent_to = _IN_PKTINFO.unpack_from(data)
            try:
                name = socket.if_indextoname(index)
            except OSError:
                name = ""
            return Way(name, IPv4Address(local), local == sent_to)
    return None


def mtu_of(interface: str) -> int:
    """Octets of the largest IP packet on an interface; 1500 if nobody knows."""
    try:
        return int(Path("/sys/class/net", interface, "mtu").read_text(encoding="ascii"))
    except (OSError, ValueError):
        pass
    import psutil

    stats = psutil.net_if_stats().get(interface)
    return stats.mtu if stats and stats.mtu > 0 else 1500
