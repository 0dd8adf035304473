"""ARP for IPv4 on Ethernet (RFC 826), and the probe that asks whether an address is used
(RFC 5227 section 2.1.1).
"""

from dataclasses import dataclass
from ipaddress import IPv4Address
from struct import Struct

from pxectl.errors import MalformedPacketError
from pxectl.mac import MAC
from pxectl.wire.frame import ETHERTYPE_VLAN

ETHERTYPE_ARP = 0x0806
REQUEST, REPLY = 1, 2

_ETHERNET = Struct(">6s6sH")
_ARP = Struct(">HHBBH6s4s6s4s")
_FIXED = (1, 0x0800, 6, 4)  # Ethernet, IPv4, and the sizes of their addresses
_BROADCAST = b"\xff" * 6


@dataclass(frozen=True, slots=True)
class ARPPacket:
    """One packet; fields are those of RFC 826 under RFC 5227's names."""

    op: int
    """1 request, 2 reply; others are not ours to understand."""
    sender_mac: MAC
    sender: IPv4Address
    """0.0.0.0 in a probe: nobody's cache learns anything from it."""
    target_mac: MAC
    target: IPv4Address

    @classmethod
    def parse(cls, frame: bytes) -> "ARPPacket | None":
        """The ARP packet in an Ethernet frame; None if it carries something else.

        Raises:
            MalformedPacketError: it is cut short.
        """
        if len(frame) < _ETHERNET.size:
            raise MalformedPacketError(f"{len(frame)} octets are too few for an Ethernet frame")
        at = _ETHERNET.size
        ethertype = int.from_bytes(frame[12:14], "big")
        if ethertype == ETHERTYPE_VLAN:
            ethertype = int.from_bytes(frame[16:18], "big")
            at += 4
        if ethertype != ETHERTYPE_ARP:
            return None
        if len(frame) < at + _ARP.size:
            raise MalformedPacketError("the ARP packet is cut short")
        *fixed, op, sender_mac, sender, target_mac, target = _ARP.unpack_from(frame, at)
        if tuple(fixed) != _FIXED:
            return None
        return cls(op, MAC(sender_mac), IPv4Address(sender), MAC(target_mac), IPv4Address(target))

    def frame(self) -> bytes:
        """An Ethernet frame with it, broadcast unless it is a reply."""
        to = self.target_mac if self.op == REPLY else _BROADCAST
        return _ETHERNET.pack(to, self.sender_mac, ETHERTYPE_ARP) + _ARP.pack(
            *_FIXED,
            self.op,
            self.sender_mac,
            self.sender.packed,
            self.target_mac,
            self.target.packed,
        )


def probe_frame(mac: MAC, address: IPv4Address) -> bytes:
    """The frame that asks whether anybody uses `address`.

    Args:
        mac: our own, where the answer comes to.
        address: to ask for.
    """
    return ARPPacket(REQUEST, mac, IPv4Address(0), MAC(bytes(6)), address).frame()
