"""Which MAC to ask sources about that can only be asked for one at a time, before it is decided.

Asking takes time and costs a service work, so only a client that netboots and that no list knows is
worth it: a storm of phones must not reach an API.
"""

from pxectl.boot.arrival import Arrival, Asked
from pxectl.boot.client import Client
from pxectl.boot.identify import identify
from pxectl.boot.newcomer import Disbelieved, newcomer
from pxectl.boot.site import Mode, Site
from pxectl.boot.token import read_token
from pxectl.boot.urls import IPXE, SCRIPT
from pxectl.boot.visits import Visits
from pxectl.errors import MalformedPacketError
from pxectl.mac import MAC
from pxectl.wire.dhcp import DHCPPacket
from pxectl.wire.iana import DHCP_SERVER_PORT, MessageType, Op


def asks_by_dhcp(data: bytes, arrival: Arrival, site: Site) -> MAC | None:
    """The MAC to look up before a datagram is answered; None: nobody has to be asked.

    Args:
        data: the payload of a datagram on port 67 or 4011.
        arrival: where it came in.
        site: what is in force.
    """
    if site.inventory.is_complete:
        return None
    try:
        packet = DHCPPacket.parse(data)
        client = identify(packet, arrival, None)
    except MalformedPacketError:
        return None  # `respond` says so
    if packet.op != Op.BOOTREQUEST or not client.netboots or client.mac is None:
        return None
    is_others = arrival.port == DHCP_SERVER_PORT and site.serving.dhcp is not Mode.SERVER
    if is_others and packet.message_type is not MessageType.DISCOVER:
        return None  # the DHCP server's to answer (netboot.md 2.0)
    return None if site.inventory.lists(client) else client.mac


def asks_for_script(asked: Asked, site: Site, visits: Visits, now: float) -> MAC | None:
    """The MAC to look up before a path is answered: only for a script, as Pixiecore does.

    Kernels and initrds are asked for within moments of it and are decided alike (netboot.md 4.3).

    Args:
        asked: the path and who asks.
        site: what is in force.
        visits: what clients said over DHCP: a list may know it by its UUID.
        now: seconds since 1970.
    """
    if site.inventory.is_complete:
        return None
    token, _, name = asked.path.strip("/").partition("/")
    if token in (IPXE, SCRIPT) and not name:
        client = newcomer(asked, token, site, visits)
        if isinstance(client, Disbelieved) or site.inventory.lists(client):
            return None
        return client.mac
    if name.strip("/") != SCRIPT:
        return None
    mac = read_token(site.secret, token, now)
    if mac is None:
        return None
    return None if site.inventory.lists(visits.client(mac) or Client(mac)) else mac
