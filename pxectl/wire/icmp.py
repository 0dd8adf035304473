"""ICMP echo (RFC 792)."""

from dataclasses import dataclass
from struct import Struct

from pxectl.errors import MalformedPacketError
from pxectl.wire.frame import checksum

ECHO_REPLY, ECHO_REQUEST = 0, 8

_HEADER = Struct(">BBHHH")


@dataclass(frozen=True, slots=True)
class Echo:
    """An echo request or its reply."""

    type: int
    """8 request, 0 reply."""
    identifier: int
    """16 bits: whose echo it is."""
    sequence: int
    """16 bits."""
    data: bytes = b""

    @classmethod
    def parse(cls, message: bytes) -> "Echo | None":
        """The echo in an ICMP message; None if it is another kind.

        Raises:
            MalformedPacketError: it is cut short, or its checksum is wrong.
        """
        if len(message) < _HEADER.size:
            raise MalformedPacketError(f"{len(message)} octets are too few for ICMP")
        type_, code, _, identifier, sequence = _HEADER.unpack_from(message)
        if type_ not in (ECHO_REPLY, ECHO_REQUEST) or code:
            return None
        if checksum(message) != 0xFFFF:
            raise MalformedPacketError("the checksum of ICMP is wrong")
        return cls(type_, identifier, sequence, message[_HEADER.size :])

    def pack(self) -> bytes:
        """The ICMP message."""
        header = _HEADER.pack(self.type, 0, 0, self.identifier, self.sequence)
        total = checksum(header + self.data)
        return header[:2] + total.to_bytes(2, "big") + header[4:] + self.data


def icmp_of(packet: bytes) -> bytes:
    """The ICMP message in an IPv4 packet, as a raw socket hands it over.

    Raises:
        MalformedPacketError: it is no IPv4 packet.
    """
    size = (packet[0] & 15) * 4 if packet else 0
    if not packet or packet[0] >> 4 != 4 or not 20 <= size <= len(packet):
        raise MalformedPacketError("no IPv4 packet")
    return packet[size:]
