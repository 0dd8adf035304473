"""Where a client is attached, when that is not the network of the interface that heard it."""

from ipaddress import IPv4Address, IPv4Network

from pxectl.boot.arrival import Arrival
from pxectl.boot.site import Site
from pxectl.wire.dhcp import UNSPECIFIED, DHCPPacket
from pxectl.wire.iana import RelaySuboption
from pxectl.wire.options import Option, parse_suboptions


def network_of(packet: DHCPPacket, arrival: Arrival, site: Site) -> IPv4Network | None:
    """The network that a relay or a routed renewal speaks of; None: no `[[subnet]]` holds it.

    Args:
        packet: a request.
        arrival: where it came in.
        site: what is in force.

    Raises:
        MalformedPacketError: option 82 does not hold what RFC 3046 says.
    """
    if packet.giaddr != UNSPECIFIED:
        link = _link_selection(packet) or packet.giaddr
    elif packet.ciaddr != UNSPECIFIED and not _is_here(packet.ciaddr, arrival):
        # a renewal goes past the relay, straight to us (RFC 2131 section 4.3.2, RENEWING)
        link = packet.ciaddr
    else:
        return None
    subnet = site.subnet_of(link)
    return subnet.network if subnet else None


def _is_here(address: IPv4Address, arrival: Arrival) -> bool:
    return arrival.network is not None and address in arrival.network


def _link_selection(packet: DHCPPacket) -> IPv4Address | None:
    """RFC 3527: the relay's own address is of another network than the client's."""
    value = packet.options.get(Option.RELAY_AGENT_INFORMATION, b"")
    link = parse_suboptions(value, "option 82").get(RelaySuboption.LINK_SELECTION, b"")
    return IPv4Address(link) if len(link) == 4 else None
