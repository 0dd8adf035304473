"""Ethernet, IPv4, UDP and TCP frames with checksums (RFC 791, 768, 9293).

Built where a client has no address yet and the kernel could not find it by ARP; read for captures.
"""

from dataclasses import dataclass
from ipaddress import IPv4Address
from struct import Struct

from pxectl.errors import MalformedPacketError
from pxectl.mac import MAC

ETHERTYPE_IPV4 = 0x0800
ETHERTYPE_VLAN = 0x8100
PROTOCOL_TCP = 6
PROTOCOL_UDP = 17

_ETHERNET = Struct(">6s6sH")
_IPV4 = Struct(">BBHHHBBH4s4s")
_UDP = Struct(">HHHH")
_PSEUDO = Struct(">4s4sBBH")
_PORTS = Struct(">HH")
_TCP_SIZE = 20  # octets of its header without options


@dataclass(frozen=True, slots=True)
class Frame:
    """A UDP datagram or TCP segment with what carried it."""

    source_mac: MAC
    destination_mac: MAC
    source: IPv4Address
    destination: IPv4Address
    protocol: int
    """17 UDP or 6 TCP."""
    source_port: int
    destination_port: int
    payload: bytes
    checksum_ok: bool = True
    """False if a checksum is wrong. Captures of a host's own packets often are: offloading."""


def checksum(data: bytes) -> int:
    """The Internet checksum (RFC 1071): 1 to 0xffff, never 0, which for UDP would mean "none".

    0 and 0xffff are the same number to whoever verifies it. One division of a big number does the
    sum of all words: a Python loop costs three times as much (performance.md 1).
    """
    if len(data) % 2:
        data += b"\0"
    return 0xFFFF - int.from_bytes(data, "big") % 0xFFFF


def udp_frame(
    source: tuple[MAC, IPv4Address, int], destination: tuple[MAC, IPv4Address, int], payload: bytes
) -> bytes:
    """An Ethernet frame with one UDP datagram.

    Args:
        source: MAC, address, port.
        destination: MAC, address, port.
        payload: at most 65507 octets; the caller keeps it within the MTU.
    """
    source_mac, source_ip, source_port = source
    destination_mac, destination_ip, destination_port = destination
    src, dst = source_ip.packed, destination_ip.packed
    size = 8 + len(payload)
    pseudo = _PSEUDO.pack(src, dst, 0, PROTOCOL_UDP, size)
    udp = _UDP.pack(source_port, destination_port, size, 0)
    total = checksum(pseudo + udp + payload)
    ip = _IPV4.pack(0x45, 0, 20 + size, 0, 0, 64, PROTOCOL_UDP, 0, src, dst)
    ip = ip[:10] + checksum(ip).to_bytes(2, "big") + ip[12:]
    return b"".join(
        (
            _ETHERNET.pack(destination_mac, source_mac, ETHERTYPE_IPV4),
            ip,
            udp[:6],
            total.to_bytes(2, "big"),
            payload,
        )
    )


def parse_frame(data: bytes) -> Frame | None:
    """The UDP datagram or TCP segment in an Ethernet frame; None if it carries something else.

    Raises:
        MalformedPacketError: a length that overruns, or a fragment, which holds no whole datagram.
    """
    if len(data) < _ETHERNET.size:
        raise MalformedPacketError(f"{len(data)} octets are too few for an Ethernet frame")
    destination_mac, source_mac, ethertype = _ETHERNET.unpack_from(data)
    at = _ETHERNET.size
    if ethertype == ETHERTYPE_VLAN and len(data) >= at + 4:
        ethertype = int.from_bytes(data[at + 2 : at + 4], "big")
        at += 4
    if ethertype != ETHERTYPE_IPV4:
        return None
    if len(data) < at + _IPV4.size:
        raise MalformedPacketError("the IPv4 header is cut short")
    version_ihl, _, total, _, fragment, _, protocol, _, src, dst = _IPV4.unpack_from(data, at)
    header = (version_ihl & 15) * 4
    if version_ihl >> 4 != 4 or header < 20 or total < header or at + total > len(data):
        raise MalformedPacketError("the lengths of the IPv4 header do not fit the frame")
    if protocol not in (PROTOCOL_UDP, PROTOCOL_TCP):
        return None
    if fragment & 0x3FFF:
        raise MalformedPacketError("a fragment of an IPv4 packet")
    ip, body = data[at : at + header], data[at + header : at + total]
    read = _read_udp if protocol == PROTOCOL_UDP else _read_tcp
    segment, source_port, destination_port, payload, is_summed = read(body)
    pseudo = _PSEUDO.pack(src, dst, 0, protocol, len(segment))
    intact = _is_intact(ip) and (not is_summed or _is_intact(pseudo + segment))
    return Frame(
        MAC(source_mac), MAC(destination_mac), IPv4Address(src), IPv4Address(dst),
        protocol, source_port, destination_port, payload, intact,
    )  # fmt: skip


def _is_intact(data: bytes) -> bool:
    """True if `data`, with the checksum in it, adds up."""
    return checksum(data) == 0xFFFF


_Segment = tuple[bytes, int, int, bytes, bool]


def _read_udp(body: bytes) -> _Segment:
    """The datagram, its ports, its payload and whether it has a checksum; padding is left out."""
    if len(body) < _UDP.size:
        raise MalformedPacketError("the UDP header is cut short")
    source_port, destination_port, size, given = _UDP.unpack_from(body)
    if not _UDP.size <= size <= len(body):
        raise MalformedPacketError(f"UDP claims {size} octets, {len(body)} are there")
    return body[:size], source_port, destination_port, body[_UDP.size : size], given != 0


def _read_tcp(body: bytes) -> _Segment:
    """As `_read_udp`; TCP always has a checksum."""
    if len(body) < _TCP_SIZE:
        raise MalformedPacketError("the TCP header is cut short")
    offset = (body[12] >> 4) * 4
    if not _TCP_SIZE <= offset <= len(body):
        raise MalformedPacketError(f"TCP's data offset is {offset} of {len(body)} octets")
    source_port, destination_port = _PORTS.unpack_from(body)
    return body, source_port, destination_port, body[offset:], True
