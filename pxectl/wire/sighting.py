"""A packet of netboot traffic, as `traffic.py` finds it and captures show it."""

from dataclasses import dataclass
from ipaddress import IPv4Address

from pxectl.mac import MAC
from pxectl.wire import tftp
from pxectl.wire.dhcp import DHCPPacket


@dataclass(frozen=True, slots=True)
class HTTPRequest:
    """The head of a request. Texts are the client's own words, latin-1."""

    method: str
    target: str
    host: str
    user_agent: str


@dataclass(frozen=True, slots=True)
class HTTPResponse:
    """The first line of a response."""

    status: int
    reason: str


@dataclass(frozen=True, slots=True)
class Malformed:
    """A packet on a netboot port that can not be read."""

    protocol: str
    """`dhcp` or `tftp`."""
    reason: str


Message = (
    DHCPPacket
    | tftp.RRQ
    | tftp.WRQ
    | tftp.OACK
    | tftp.ERROR
    | HTTPRequest
    | HTTPResponse
    | Malformed
)


@dataclass(frozen=True, slots=True)
class Sighting:
    """A packet that belongs to netbooting."""

    message: Message
    mac: MAC
    """The client's: `chaddr`, else the MAC on its side of the frame."""
    source: IPv4Address
    source_port: int
    destination: IPv4Address
    destination_port: int
    payload: bytes
    """Of the datagram or segment; where the capture cut it short, zeros."""
    faults: tuple[str, ...] = ()
    cut: bool = False
    """True if the capture holds only the beginning of the packet."""
