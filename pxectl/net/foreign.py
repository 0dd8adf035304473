"""Other servers that answer while we serve: heard at once, told once.

Their broadcasts to clients pass a packet socket, of which the kernel shows us what comes from a
DHCP server's port and from another host alone.
"""

import asyncio
import ctypes
import socket
import struct
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import IPv4Address

from pxectl.boot.overheard import Offering, bootfile_of, offering_of
from pxectl.errors import MalformedPacketError
from pxectl.mac import MAC
from pxectl.net.interfaces import Interface
from pxectl.wire.dhcp import UNSPECIFIED, DHCPPacket
from pxectl.wire.frame import ETHERTYPE_IPV4, parse_frame
from pxectl.wire.iana import DHCP_SERVER_PORT, MessageType, Op
from pxectl.wire.options import Option
from pxectl.wire.pxe import HTTP_CLIENT, PXE_CLIENT

BATCH = 32
"""Frames read in a turn of the loop; after that many it rests, so that a flood costs little."""
REST = 0.1
LARGEST = 2048
_SO_ATTACH_FILTER = 26  # <asm-generic/socket.h>
# classic BPF on a frame (code, jt, jf, k): IPv4, UDP, no later fragment, source port 67, and
# BOOTREPLY, for relays send from that port, too
_FROM_A_SERVER = (
    (0x28, 0, 0, 12), (0x15, 0, 10, ETHERTYPE_IPV4),
    (0x30, 0, 0, 23), (0x15, 0, 8, socket.IPPROTO_UDP),
    (0x28, 0, 0, 20), (0x45, 6, 0, 0x1FFF),
    (0xB1, 0, 0, 14), (0x48, 0, 0, 14), (0x15, 0, 3, DHCP_SERVER_PORT),
    (0x50, 0, 0, 22), (0x15, 0, 1, Op.BOOTREPLY),
    (0x06, 0, 0, LARGEST), (0x06, 0, 0, 0),
)  # fmt: skip
_ANSWERS = frozenset((MessageType.OFFER, MessageType.ACK, MessageType.NAK))


@dataclass(frozen=True, slots=True)
class Heard:
    """An answer of another server."""

    server: IPv4Address
    """Its identifier (option 54), else where it came from."""
    mac: MAC
    """Whose frame it was: the server's, or a relay's."""
    interface: str
    type: MessageType
    leases: bool
    """True if it gives addresses; False for a proxyDHCP server."""
    client: MAC | None
    address: IPv4Address
    """What it gave; 0.0.0.0 if nothing."""
    offering: Offering = Offering.ADDRESS
    bootfile: str = ""


def heard(frame: bytes, interface: str, ours: frozenset[IPv4Address]) -> Heard | None:
    """What a frame says of another server; None if nothing.

    Args:
        frame: as it came in.
        interface: where.
        ours: our own addresses.

    Raises:
        MalformedPacketError: it is no datagram, or no DHCP message.
    """
    datagram = parse_frame(frame)
    if datagram is None or datagram.source_port != DHCP_SERVER_PORT:
        return None
    packet = DHCPPacket.parse(datagram.payload)
    type_ = packet.message_type
    server = packet.server_identifier or datagram.source
    if packet.op != Op.BOOTREPLY or type_ not in _ANSWERS or {server, datagram.source} & ours:
        return None
    if packet.giaddr != UNSPECIFIED and server in (packet.giaddr, datagram.source):
        return None  # a relay that stands in for its server, which may be us (RFC 5107)
    # an INFORM gets an ACK without an address; so does who asks a boot server (PXE 2.1 2.2.4)
    boots = packet.options.get(Option.VENDOR_CLASS, b"").startswith((PXE_CLIENT, HTTP_CLIENT))
    informs = type_ is MessageType.ACK and not boots
    leases = packet.yiaddr != UNSPECIFIED or type_ is MessageType.NAK or informs
    return Heard(
        server, datagram.source_mac, interface, type_, leases, packet.mac, packet.yiaddr,
        offering_of(packet), bootfile_of(packet),
    )  # fmt: skip


class ForeignWatch:
    """Listens on every interface until it is closed."""

    def __init__(self, interfaces: tuple[Interface, ...], tell: Callable[[Heard], None]) -> None:
        """Open the sockets; the event loop must run. Where there are none, nothing is heard.

        Args:
            interfaces: where to listen.
            tell: takes each answer of another server.
        """
        self._loop = asyncio.get_running_loop()
        self._tell = tell
        self._ours = frozenset(one.address for one in interfaces)
        self._sockets: list[socket.socket] = []
        for interface in interfaces:
            with suppress(OSError, AttributeError):  # no privilege, or no packet sockets here
                sock = _server_socket(interface)
                self._sockets.append(sock)
                self._loop.add_reader(sock, self._readable, sock, interface.name)

    def close(self) -> None:
        """Listen no more."""
        for sock in self._sockets:
            self._loop.remove_reader(sock)
            sock.close()
        self._sockets.clear()

    def _readable(self, sock: socket.socket, interface: str) -> None:
        for _ in range(BATCH):
            try:
                frame = sock.recv(LARGEST)
            except OSError:  # drained, or the interface is down
                return
            with suppress(MalformedPacketError):
                if (found := heard(frame, interface, self._ours)) is not None:
                    self._tell(found)
        self._loop.remove_reader(sock)
        self._loop.call_later(REST, self._again, sock, interface)

    def _again(self, sock: socket.socket, interface: str) -> None:
        if sock.fileno() >= 0:
            self._loop.add_reader(sock, self._readable, sock, interface)


def _server_socket(interface: Interface) -> socket.socket:
    """Incoming frames from port 67 alone: sockets of one protocol do not see what we send."""
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    try:
        program = b"".join(struct.pack("=HBBI", *step) for step in _FROM_A_SERVER)
        steps = ctypes.create_string_buffer(program)
        count = len(_FROM_A_SERVER)
        sock.setsockopt(
            socket.SOL_SOCKET,
            _SO_ATTACH_FILTER,
            struct.pack("HL", count, ctypes.addressof(steps)),
        )
        sock.setblocking(False)
        sock.bind((interface.name, ETHERTYPE_IPV4))
    except OSError:
        sock.close()
        raise
    return sock
