"""What a relay says of itself in option 82 that our replies depend on."""

from ipaddress import IPv4Address

from pxectl.errors import MalformedPacketError
from pxectl.wire.dhcp import DHCPPacket
from pxectl.wire.iana import RelaySuboption
from pxectl.wire.options import Option, parse_suboptions

_INFORMATION = int(Option.RELAY_AGENT_INFORMATION)
_OVERRIDE = int(RelaySuboption.SERVER_ID_OVERRIDE)


def server_identifier_for(packet: DHCPPacket, address: IPv4Address) -> IPv4Address:
    """Option 54 of a reply to `packet`, and what its client calls us: `address`, or the relay's.

    A relay that wants to see renewals too, which go to the server identifier by unicast, says in
    82.11 that it stands in for the server (RFC 5107 section 4). What is no address there is
    passed over.

    Args:
        packet: a request.
        address: our own.
    """
    information = packet.options.get(_INFORMATION)
    if not information:
        return address
    try:
        value = parse_suboptions(information, "option 82").get(_OVERRIDE, b"")
    except MalformedPacketError:
        return address
    return IPv4Address(value) if len(value) == 4 and any(value) else address


def is_ours(packet: DHCPPacket, address: IPv4Address) -> bool:
    """False for a request that names another server in option 54.

    Args:
        packet: a request.
        address: our own.
    """
    named = packet.server_identifier
    return named is None or named == address or named == server_identifier_for(packet, address)
