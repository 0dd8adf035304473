"""Where a reply goes: RFC 2131 section 4.1 and what firmware makes of it (netboot.md 2.0)."""

from dataclasses import dataclass
from ipaddress import IPv4Address

from pxectl.boot.arrival import Arrival
from pxectl.mac import MAC
from pxectl.wire.dhcp import UNSPECIFIED, DHCPPacket
from pxectl.wire.iana import BOOT_SERVER_PORT, DHCP_CLIENT_PORT, DHCP_SERVER_PORT, MessageType

BROADCAST = IPv4Address("255.255.255.255")


@dataclass(frozen=True, slots=True)
class Destination:
    """Address and port of the receiver, and how to reach it."""

    address: IPv4Address
    port: int
    hardware: MAC | None = None
    """Set: the client has no address yet and answers no ARP; the frame goes to this MAC. Where a
    packet socket can not be had, broadcast instead."""

    @property
    def how(self) -> str:
        """One word for logs: `unicast`, `hardware`, `broadcast`."""
        if self.address == BROADCAST:
            return "broadcast"
        return "hardware" if self.hardware else "unicast"


def destination(request: DHCPPacket, reply: DHCPPacket, arrival: Arrival) -> Destination:
    """Where `reply` goes. Its source is our address and the port that `request` came to."""
    if arrival.port == BOOT_SERVER_PORT:
        # EDK2 asks from port 4011 and listens there; iPXE and ROMs ask from 68
        return Destination(arrival.peer, arrival.peer_port)
    if request.giaddr != UNSPECIFIED:
        # a proxy's offer too: broadcasting it would not reach the client's segment
        return Destination(request.giaddr, DHCP_SERVER_PORT)
    if reply.message_type is MessageType.NAK and _is_on_link(request.ciaddr, arrival):
        # whose address is wrong may not be reachable at it (RFC 2131 section 4.1)
        return Destination(BROADCAST, DHCP_CLIENT_PORT)
    if request.ciaddr != UNSPECIFIED:
        own_port = arrival.peer_port if arrival.peer == request.ciaddr else DHCP_CLIENT_PORT
        return Destination(request.ciaddr, own_port)
    mac = request.mac
    if request.wants_broadcast or reply.yiaddr == UNSPECIFIED or mac is None:
        return Destination(BROADCAST, DHCP_CLIENT_PORT)
    return Destination(reply.yiaddr, DHCP_CLIENT_PORT, mac)


def _is_on_link(ciaddr: IPv4Address, arrival: Arrival) -> bool:
    """False for a renewal that was routed here: no broadcast of ours gets to its segment."""
    return ciaddr == UNSPECIFIED or arrival.network is None or ciaddr in arrival.network
