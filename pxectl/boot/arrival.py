"""Where something came in: the facts about a datagram or request that its bytes do not hold."""

from dataclasses import dataclass
from enum import Enum
from ipaddress import IPv4Address, IPv4Network

from pxectl.mac import MAC


@dataclass(frozen=True, slots=True)
class Arrival:
    """A datagram's way in."""

    interface: str
    """Name of the interface that it came in on."""
    address: IPv4Address
    """Our own address there: server id, siaddr and host part of every URL in the reply."""
    network: IPv4Network | None
    """The interface's network."""
    port: int
    """The local port: 67 or 4011."""
    peer: IPv4Address
    """Source address; 0.0.0.0 for a client that has none yet."""
    peer_port: int


class Protocol(Enum):
    """How a path is asked for."""

    TFTP = "tftp"
    HTTP = "http"
    HTTPS = "https"


@dataclass(frozen=True, slots=True)
class Asked:
    """A request for a path, over TFTP, HTTP or HTTPS."""

    protocol: Protocol
    path: str
    """As the client spelled it (TFTP: latin-1; HTTP: percent-decoded). Hostile."""
    peer: IPv4Address
    interface: str
    address: IPv4Address
    """Our own address that was asked, from which the answer must come."""
    query: str = ""
    """HTTP: what stands behind `?`, raw."""
    user_agent: str = ""
    network: IPv4Network | None = None
    """The interface's network."""
    neighbour: MAC | None = None
    """The peer's MAC in this host's neighbour table; None: it is not on the interface's segment."""
