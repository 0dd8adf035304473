"""The first door: a datagram, where it arrived and the site → the reply and the event.

    parse → identify → machine → decide → boot data → lease → reply → destination

Read this file first; everything that is decided about DHCP is called from here.
"""

from pxectl.boot.arrival import Arrival
from pxectl.boot.bootdata import BINL, by_boot_server
from pxectl.boot.client import Client
from pxectl.boot.decide import decide
from pxectl.boot.dhcpserver import dhcp
from pxectl.boot.events import Dropped
from pxectl.boot.identify import identify
from pxectl.boot.link import network_of
from pxectl.boot.memory import Memory
from pxectl.boot.nbp import Missing
from pxectl.boot.reply import Role, boot_server_reply, proxy_reply
from pxectl.boot.response import Request, Response, boot_for, denied, send, silent, unanswered
from pxectl.boot.rules import Action
from pxectl.boot.site import Mode, Site
from pxectl.errors import MalformedPacketError
from pxectl.wire.dhcp import DHCPPacket
from pxectl.wire.iana import BOOT_SERVER_PORT, MessageType, Op
from pxectl.wire.relay import is_ours


def respond(data: bytes, arrival: Arrival, site: Site, memory: Memory, now: float) -> Response:
    """What to do about a datagram on port 67 or 4011.

    Args:
        data: its payload.
        arrival: where it came in.
        site: what is in force.
        memory: what is remembered of clients and leases; changed already when this returns.
        now: seconds since 1970.
    """
    try:
        packet = DHCPPacket.parse(data)
        if packet.op != Op.BOOTREQUEST:
            return silent(Client(packet.mac), packet.message_type, "a reply of another server")
        client = identify(packet, arrival, network_of(packet, arrival, site))
        return _answer(packet, client, arrival, site, memory, now)
    except MalformedPacketError as error:
        return Response(
            Dropped("dhcp", str(arrival.peer), arrival.interface, error.message, len(data))
        )


def _answer(
    packet: DHCPPacket,
    client: Client,
    arrival: Arrival,
    site: Site,
    memory: Memory,
    now: float,
) -> Response:
    mac = client.mac
    if mac is None:
        return silent(client, packet.message_type, "chaddr is no Ethernet address of a machine")
    if arrival.port == BOOT_SERVER_PORT:
        client = memory.visits.located(client)
    if not client.vendor_class and packet.message_type is MessageType.REQUEST:
        client = memory.visits.as_begun(client, packet.xid, now)
    machine = site.inventory.of(client)
    decision = decide(client, machine, site.rules, now, site.boots.of(client, machine))
    address = site.serving.advertise or arrival.address
    loop = memory.visits.loops.of(mac, now)
    request = Request(packet, packet.message_type, arrival, client, mac, decision, address, loop)
    if client.netboots:
        memory.visits.note(client, now, packet.xid)
    if decision.action is Action.IGNORE:
        return unanswered(request, decision.reason)
    if arrival.port == BOOT_SERVER_PORT:
        return _boot_server(request, site, now)
    if site.serving.dhcp is Mode.SERVER:
        return dhcp(request, site, memory.leases, now)
    return _proxy(request, site, now)


# ---- the roles beside another DHCP server


def _proxy(request: Request, site: Site, now: float) -> Response:
    """proxyDHCP on 67: an OFFER to the DISCOVER of a client that netboots, nothing else ever."""
    client = request.client
    if not client.netboots:
        return silent(client, request.type, "it does not netboot", request.decision)
    if request.type is not MessageType.DISCOVER:
        # the ACK to its REQUEST is the DHCP server's alone (netboot.md 2.0)
        return silent(client, request.type, "the DHCP server's to answer", request.decision)
    boot = boot_for(request, site, now)
    if isinstance(boot, Missing):
        return unanswered(request, boot.reason, boot.hint)
    if boot is None:
        return denied(request)
    if by_boot_server(client, request.decision):
        boot = BINL
    return send(request, Role.PROXY_DHCP, proxy_reply(request.packet, request.address, boot), site)


def _boot_server(request: Request, site: Site, now: float) -> Response:
    """The boot server on 4011: an ACK to whoever was sent here, or came by itself."""
    packet, client = request.packet, request.client
    if request.type not in (MessageType.REQUEST, MessageType.INFORM) or not client.netboots:
        return silent(client, request.type, "port 4011 is for REQUESTs of clients that netboot")
    if not is_ours(packet, request.address):
        return silent(client, request.type, f"for the server {packet.server_identifier}")
    boot = boot_for(request, site, now)
    if isinstance(boot, Missing):
        return unanswered(request, boot.reason, boot.hint)
    if boot is None:
        return denied(request)
    return send(request, Role.BOOT_SERVER, boot_server_reply(packet, request.address, boot), site)
