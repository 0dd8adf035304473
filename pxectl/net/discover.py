"""Is there a DHCP server already? Asks as a client would, and leaves no lease behind."""

import asyncio
import contextlib
import os
import socket
import sys
from ipaddress import IPv4Address

from pxectl.errors import MalformedPacketError
from pxectl.net.interfaces import Interface
from pxectl.wire.dhcp import BROADCAST_FLAG, DHCPPacket
from pxectl.wire.iana import DHCP_CLIENT_PORT, DHCP_SERVER_PORT, MessageType, Op
from pxectl.wire.options import Option

PATIENCE = 1.5
"""Seconds to wait for an OFFER: most servers probe an address for up to one second first."""

FIRST = 0.5
"""Seconds until it is asked again: one lost packet may not make a second server of us."""


async def foreign_servers(
    interface: Interface, ours: frozenset[IPv4Address]
) -> tuple[IPv4Address, ...] | None:
    """DHCP servers that answer a DISCOVER on an interface.

    Args:
        interface: where to ask.
        ours: servers that are ourselves.

    Returns:
        their identifiers; None if it could not be asked.
    """
    if interface.mac is None:
        return ()
    sock = client_socket(interface)
    if sock is None:
        return None
    with sock:
        xid = int.from_bytes(os.urandom(4), "big")
        discover = DHCPPacket(
            op=Op.BOOTREQUEST,
            xid=xid,
            chaddr=interface.mac,
            flags=BROADCAST_FLAG,
            options={
                Option.MESSAGE_TYPE: bytes((MessageType.DISCOVER,)),
                Option.PARAMETER_REQUEST_LIST: bytes((1, 3, 6, 54, 60)),
            },
        )
        found: dict[IPv4Address, None] = {}
        for patience in (FIRST, PATIENCE - FIRST):
            try:
                if not found:
                    sock.sendto(discover.pack(), ("255.255.255.255", DHCP_SERVER_PORT))
            except OSError:
                return None
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(patience):
                    while True:
                        server = await _next_offer(sock, xid)
                        if server is not None and server not in ours:
                            found[server] = None
        return tuple(found)


async def _next_offer(sock: socket.socket, xid: int) -> IPv4Address | None:
    data = await asyncio.get_running_loop().sock_recv(sock, 65535)
    try:
        packet = DHCPPacket.parse(data)
    except MalformedPacketError:
        return None
    offered = packet.xid == xid and packet.message_type is MessageType.OFFER
    return packet.server_identifier if offered and int(packet.yiaddr) else None


def client_socket(interface: Interface) -> socket.socket | None:
    """A socket on the client's port of an interface, for broadcasts; None: it can not be had."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        sock.setblocking(False)
        # the host's own DHCP client may hold the port; a broadcast reaches both
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        if sys.platform.startswith("linux"):
            device = interface.name.encode() + b"\0"
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, device)
        sock.bind(("", DHCP_CLIENT_PORT))
    except OSError:
        sock.close()
        return None
    return sock
