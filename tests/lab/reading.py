"""What a capture says, read with scapy.

Not with pxectl's own parsers: what pxectl sent is judged by somebody else.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

DHCP_PORTS = frozenset({67, 68, 4011})


@dataclass(frozen=True, slots=True)
class Datagram:
    """An IPv4 datagram of a capture."""

    time: float
    """Seconds since 1970."""
    src: str
    sport: int
    dst: str
    dport: int
    ether_dst: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class Message:
    """A DHCP message of a capture."""

    datagram: Datagram
    type: str
    """`discover`, `offer`, …"""
    chaddr: str
    ciaddr: str
    yiaddr: str
    siaddr: str
    file: str
    xid: int
    options: dict[str, object]
    """By scapy's names; what has none there by its number, as bytes."""

    @property
    def vendor_class(self) -> bytes:
        """Option 60; empty if there is none."""
        return self._text("vendor_class_id")

    @property
    def bootfile(self) -> str:
        """`file`, else option 67."""
        return self.file or self._text("boot-file-name").rstrip(b"\0").decode("latin-1")

    def _text(self, option: str) -> bytes:
        value = self.options.get(option, b"")
        return value if isinstance(value, bytes) else b""


def datagrams(path: Path, protocol: str = "UDP") -> Iterator[Datagram]:
    """UDP datagrams or TCP segments of a file."""
    from scapy.layers.inet import IP, TCP, UDP
    from scapy.layers.l2 import Ether
    from scapy.utils import PcapReader

    kind = {"UDP": UDP, "TCP": TCP}[protocol]
    with PcapReader(str(path)) as reader:
        for packet in reader:
            if IP in packet and kind in packet:
                ip, inner = packet[IP], packet[kind]
                payload = bytes(inner.payload)
                ends = ip.src, inner.sport, ip.dst, inner.dport
                yield Datagram(float(packet.time), *ends, packet[Ether].dst, payload)


def messages(path: Path) -> list[Message]:
    """The DHCP messages of a file."""
    from scapy.layers.dhcp import BOOTP, DHCPTypes

    found = []
    for datagram in datagrams(path):
        if not DHCP_PORTS & {datagram.sport, datagram.dport}:
            continue
        bootp = BOOTP(datagram.payload)
        options = {o[0]: o[1] for o in bootp["DHCP options"].options if isinstance(o, tuple)}
        kind = DHCPTypes.get(options.get("message-type"), "bootp")
        chaddr = bootp.chaddr[:6].hex(":")
        file = bootp.file.split(b"\0")[0].decode("latin-1")
        addresses = bootp.ciaddr, bootp.yiaddr, bootp.siaddr
        found.append(Message(datagram, kind, chaddr, *addresses, file, bootp.xid, options))
    return found


def tftp_requests(path: Path) -> list[str]:
    """The file names that were asked for over TFTP."""
    asked = [d.payload for d in datagrams(path) if d.dport == 69 and d.payload[:2] == b"\0\1"]
    return [payload[2:].split(b"\0")[0].decode("latin-1") for payload in asked]


def http_requests(path: Path) -> list[str]:
    """The request lines, such as `GET /x HTTP/1.1`."""
    starts = (b"GET ", b"HEAD ", b"POST ")
    asked = [d.payload for d in datagrams(path, "TCP") if d.payload.startswith(starts)]
    return [payload.split(b"\r\n")[0].decode("latin-1") for payload in asked]
