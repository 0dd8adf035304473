"""The first door: a datagram, where it arrived and the site → the reply and the event.

    parse → identify → machine → decide → boot data → lease → reply → destination

Read this file first; everything that is decided about DHCP is called from here.
"""

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

from pxectl.boot.arrival import Arrival
from pxectl.boot.bootdata import BINL, BootData, boot_data, by_boot_server
from pxectl.boot.client import Client
from pxectl.boot.decide import Decision, decide
from pxectl.boot.destination import Destination, destination
from pxectl.boot.events import Dropped, Event, Replied, Unanswered
from pxectl.boot.identify import identify
from pxectl.boot.lease import Lease, reservation
from pxectl.boot.nbp import Missing
from pxectl.boot.oddity import oddity
from pxectl.boot.reply import (
    NOTHING,
    Reply,
    Role,
    boot_server_reply,
    inform_reply,
    lease_reply,
    nak_reply,
    proxy_reply,
)
from pxectl.boot.rules import Action
from pxectl.boot.site import Mode, Site
from pxectl.boot.urls import urls_for
from pxectl.boot.visits import Visits
from pxectl.errors import MalformedPacketError
from pxectl.wire.dhcp import UNSPECIFIED, DHCPPacket
from pxectl.wire.iana import BOOT_SERVER_PORT, MessageType, Op

_ADD_HINT = "`pxectl hardware add {} --profile NAME` lets it in"


@dataclass(frozen=True, slots=True)
class Response:
    """What comes of a datagram."""

    event: Event
    payload: bytes = b""
    """The reply as octets; empty: nothing is sent."""
    destination: Destination | None = None
    source: IPv4Address = UNSPECIFIED
    """Our address that the reply comes from."""
    delay: float = 0.0
    """Seconds to wait before it is sent (quirk `reply_delay`)."""
    reply: Reply | None = None
    """The reply as a value, for `rules test` and `capture`."""
    lease: Lease | None = None
    """The address that it gives."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request that has been read, with all that answers are made from."""

    packet: DHCPPacket
    type: MessageType | None
    arrival: Arrival
    client: Client
    decision: Decision
    address: IPv4Address
    """Our own: server identifier and source of the reply."""


def respond(data: bytes, arrival: Arrival, site: Site, visits: Visits, now: float) -> Response:
    """What to do about a datagram on port 67 or 4011.

    Args:
        data: its payload.
        arrival: where it came in.
        site: what is in force.
        visits: remembers who asked, for TFTP and HTTP.
        now: seconds since 1970.
    """
    try:
        packet = DHCPPacket.parse(data)
        if packet.op != Op.BOOTREQUEST:
            return _silent(Client(packet.mac), packet.message_type, "a reply of another server")
        client = identify(packet, arrival, _relay_network(packet, site))
        return answer(packet, client, arrival, site, visits, now)
    except MalformedPacketError as error:
        return Response(
            Dropped("dhcp", str(arrival.peer), arrival.interface, error.message, len(data))
        )


def answer(
    packet: DHCPPacket, client: Client, arrival: Arrival, site: Site, visits: Visits, now: float
) -> Response:
    """The same for a request that has been read; `rules test` starts here.

    Raises:
        MalformedPacketError: option 43 of a request to 4011 overruns.
    """
    if client.mac is None:
        return _silent(client, packet.message_type, "chaddr is no Ethernet address of a machine")
    if arrival.port == BOOT_SERVER_PORT:
        client = visits.located(client)
    machine = site.inventory.of(client)
    decision = decide(client, machine, site.rules, now)
    address = site.serving.advertise or arrival.address
    request = Request(packet, packet.message_type, arrival, client, decision, address)
    if client.netboots:
        visits.note(client, now)
    if decision.action is Action.IGNORE:
        return _unanswered(request, decision.reason)
    if arrival.port == BOOT_SERVER_PORT:
        return _boot_server(request, site, now)
    if site.serving.dhcp is Mode.SERVER:
        return _dhcp(request, site, now)
    return _proxy(request, site, now)


# ---- the three roles


def _proxy(request: Request, site: Site, now: float) -> Response:
    """proxyDHCP on 67: an OFFER to the DISCOVER of a client that netboots, nothing else ever."""
    client = request.client
    if not client.netboots:
        return _silent(client, request.type, "it does not netboot", request.decision)
    if request.type is not MessageType.DISCOVER:
        # the ACK to its REQUEST is the DHCP server's alone (netboot.md 2.0)
        return _silent(client, request.type, "the DHCP server's to answer", request.decision)
    boot = _boot(request, site, now)
    if isinstance(boot, Missing):
        return _unanswered(request, boot.reason, boot.hint)
    if boot is None:
        return _denied(request)
    if by_boot_server(client, request.decision):
        boot = BINL
    return _send(request, Role.PROXY_DHCP, proxy_reply(request.packet, request.address, boot), site)


def _boot_server(request: Request, site: Site, now: float) -> Response:
    """The boot server on 4011: an ACK to whoever was sent here, or came by itself."""
    packet, client = request.packet, request.client
    if request.type not in (MessageType.REQUEST, MessageType.INFORM) or not client.netboots:
        return _silent(client, request.type, "port 4011 is for REQUESTs of clients that netboot")
    if packet.server_identifier not in (None, request.address):
        return _silent(client, request.type, f"for the server {packet.server_identifier}")
    boot = _boot(request, site, now)
    if isinstance(boot, Missing):
        return _unanswered(request, boot.reason, boot.hint)
    if boot is None:
        return _denied(request)
    return _send(request, Role.BOOT_SERVER, boot_server_reply(packet, request.address, boot), site)


def _dhcp(request: Request, site: Site, now: float) -> Response:
    """A DHCP server with reservations (RFC 2131 section 4.3)."""
    lease = reservation(request.client, request.decision.machine, site)
    match request.type:
        case MessageType.DISCOVER | MessageType.INFORM if isinstance(lease, str):
            return _no_address(request, lease)
        case MessageType.DISCOVER | None if not isinstance(lease, str):
            return _lease(request, MessageType.OFFER, lease, site, now)
        case MessageType.REQUEST:
            return _dhcp_request(request, lease, site, now)
        case MessageType.INFORM if not isinstance(lease, str):
            boot = _boot(request, site, now)
            boot = boot if isinstance(boot, BootData) else NOTHING
            own = request.decision.options
            reply = inform_reply(request.packet, lease, request.address, boot, own)
            return _send(request, Role.DHCP, reply, site, lease=lease)
        case _:
            return _silent(request.client, request.type, "nothing is answered to it")


def _dhcp_request(request: Request, lease: Lease | str, site: Site, now: float) -> Response:
    """REQUEST in its four states (RFC 2131 section 4.3.2)."""
    packet = request.packet
    if packet.server_identifier not in (None, request.address):
        # SELECTING another server: never ACK that (netboot.md 2.0)
        return _silent(request.client, request.type, f"it chose {packet.server_identifier}")
    if isinstance(lease, str):
        return _no_address(request, lease)
    # SELECTING and INIT-REBOOT say it in option 50, RENEWING and REBINDING in ciaddr
    wanted = packet.requested_address or packet.ciaddr
    if wanted == lease.address:
        return _lease(request, MessageType.ACK, lease, site, now)
    reason = f"{wanted} is not yours, {lease.address} is"
    return _send(request, Role.DHCP, nak_reply(packet, request.address, reason), site)


def _lease(request: Request, type_: MessageType, lease: Lease, site: Site, now: float) -> Response:
    boot = _boot(request, site, now)
    told = boot if isinstance(boot, BootData) else NOTHING
    own = request.decision.options
    reply = lease_reply(request.packet, type_, lease, request.address, told, own)
    missing = boot if isinstance(boot, Missing) else None
    return _send(request, Role.DHCP, reply, site, missing, lease)


# ---- what they share


def _relay_network(packet: DHCPPacket, site: Site) -> IPv4Network | None:
    if packet.giaddr == UNSPECIFIED:
        return None
    subnet = site.subnet_of(packet.giaddr)
    return subnet.network if subnet else None


def _boot(request: Request, site: Site, now: float) -> BootData | Missing | None:
    urls = urls_for(request.client, request.address, site, now)
    return boot_data(request.client, request.decision, site, urls, request.address)


def _send(
    request: Request,
    role: Role,
    reply: Reply,
    site: Site,
    missing: Missing | None = None,
    lease: Lease | None = None,
) -> Response:
    given = reply.packet.yiaddr if role is Role.DHCP else UNSPECIFIED
    event = Replied(
        client=request.client,
        request=request.type or MessageType.DISCOVER,
        reply=reply.type,
        role=role.value,
        decision=request.decision,
        address=given if given != UNSPECIFIED else None,
        bootfile=reply.bootfile,
        sent=not site.serving.shadow,
        problem=missing.reason if missing else "",
        hint=missing.hint if missing else "",
        warning=oddity(request.client, request.decision.machine),
    )
    return Response(
        event,
        reply.packet.pack(),
        destination(request.packet, reply.packet, request.arrival),
        request.address if site.serving.advertise is None else request.arrival.address,
        request.decision.quirks.reply_delay or 0.0,
        reply,
        lease,
    )


def _denied(request: Request) -> Response:
    """Nothing to boot: silence, which leaves the field to another server."""
    decision = request.decision
    unknown = decision.machine is None and decision.rule.built_in
    hint = decision.problem_hint or (_ADD_HINT.format(request.client.mac) if unknown else "")
    return _unanswered(request, decision.reason, hint)


def _no_address(request: Request, reason: str) -> Response:
    if not request.client.netboots:
        return _silent(request.client, request.type, f"no address: {reason}", request.decision)
    known = request.decision.machine is not None
    hint = "" if known else _ADD_HINT.format(f"{request.client.mac} --address ADDRESS")
    return _unanswered(request, f"no address: {reason}", hint)


def _unanswered(request: Request, reason: str, hint: str = "") -> Response:
    return Response(Unanswered(request.client, request.type, reason, hint, request.decision))


def _silent(
    client: Client, type_: MessageType | None, reason: str, decision: Decision | None = None
) -> Response:
    """Nobody expects an answer to it."""
    return Response(Unanswered(client, type_, reason, "", decision, quiet=True))
