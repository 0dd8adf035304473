"""What comes of a datagram, and the ways to say it that all roles of the first door share."""

from dataclasses import dataclass
from ipaddress import IPv4Address

from pxectl.boot.arrival import Arrival
from pxectl.boot.binding import Change
from pxectl.boot.bootdata import BootData, boot_data, out_of_loop
from pxectl.boot.client import Client, Firmware
from pxectl.boot.decide import Decision
from pxectl.boot.destination import Destination, destination
from pxectl.boot.events import Event, Replied, Unanswered
from pxectl.boot.lease import Lease
from pxectl.boot.loops import Loop
from pxectl.boot.nbp import Missing
from pxectl.boot.oddity import oddity
from pxectl.boot.raspberry import ROM_DELAY, ROM_XID
from pxectl.boot.reply import Reply, Role
from pxectl.boot.secure import HINT as UNSIGNED_HINT
from pxectl.boot.secure import unsigned
from pxectl.boot.site import Site
from pxectl.boot.unfit import unfit
from pxectl.boot.urls import urls_for
from pxectl.mac import MAC
from pxectl.wire.dhcp import UNSPECIFIED, DHCPPacket
from pxectl.wire.iana import MessageType

ADD_HINT = "`pxectl hardware add {} --profile NAME` lets it in"


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
    change: Change | None = None
    """A step of the lease table, which must be on disk before the reply leaves."""
    probe: IPv4Address | None = None
    """An address that somebody may use whom we do not know: to be asked before the reply leaves."""
    full: str = ""
    """The pool that has no address left, as people wrote it."""
    chose: tuple[IPv4Address, MAC] | None = None
    """The server that a client of our own segment chose instead, and the client."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request that has been read, with all that answers are made from."""

    packet: DHCPPacket
    type: MessageType | None
    arrival: Arrival
    client: Client
    mac: MAC
    decision: Decision
    address: IPv4Address
    """Our own: server identifier and source of the reply."""
    loop: Loop | None = None
    """What it goes round in."""


def boot_for(request: Request, site: Site, now: float) -> BootData | Missing | None:
    """What it is told to load; None if nothing."""
    if not request.client.netboots:
        return None
    urls = urls_for(request.client, request.address, site, now)
    if request.loop is not None and request.decision.boots:
        out = out_of_loop(request.client, request.loop, site, urls, request.address)
        if out is not None:
            return out
    return boot_data(request.client, request.decision, site, urls, request.address)


def send(
    request: Request,
    role: Role,
    reply: Reply,
    site: Site,
    *,
    missing: Missing | None = None,
    refused: str = "",
    lease: Lease | None = None,
    change: Change | None = None,
    probe: IPv4Address | None = None,
) -> Response:
    """A reply, with what there is to say of it.

    Args:
        request: what is answered.
        role: as what.
        reply: it.
        site: what is in force.
        missing: what it may boot but can not.
        refused: why it gets a NAK.
        lease: the address that it gives.
        change: what that does to the lease table.
        probe: an address to be asked first.
    """
    given = reply.packet.yiaddr if role is Role.DHCP else UNSPECIFIED
    unrunnable = unsigned(request.client, request.decision, site, reply.bootfile)
    event = Replied(
        client=request.client,
        request=request.type or MessageType.DISCOVER,
        reply=reply.type,
        role=role.value,
        decision=request.decision,
        address=given if given != UNSPECIFIED else None,
        bootfile=reply.bootfile,
        sent=not site.serving.shadow,
        problem=missing.reason if missing else refused,
        hint=missing.hint if missing else UNSIGNED_HINT if unrunnable else "",
        warning=_warning(request, reply),
        unsigned=unrunnable,
        unfit=unfit(request.client, request.decision, site, reply.bootfile),
        secs=request.packet.secs,
    )
    return Response(
        event,
        reply.packet.pack(),
        destination(request.packet, reply.packet, request.arrival),
        request.address if site.serving.advertise is None else request.arrival.address,
        _delay(request),
        reply,
        lease,
        change,
        probe,
    )


def _delay(request: Request) -> float:
    own = request.decision.quirks.reply_delay
    if own is not None:
        return own
    is_rom = request.client.firmware is Firmware.RPI and request.packet.xid == ROM_XID
    return ROM_DELAY if is_rom else 0.0


def _warning(request: Request, reply: Reply) -> str:
    odd = oddity(request.client, request.decision.machine)
    if not reply.left_out:
        return odd
    names = ", ".join(reply.left_out)
    return f"{odd}; " * bool(odd) + f"no room for {names} in the message that it can take"


def denied(request: Request) -> Response:
    """Nothing to boot: silence, which leaves the field to another server."""
    decision = request.decision
    unknown = decision.machine is None and decision.rule.built_in
    hint = decision.problem_hint or (ADD_HINT.format(request.client.mac) if unknown else "")
    return unanswered(request, decision.reason, hint)


def unanswered(request: Request, reason: str, hint: str = "", full: str = "") -> Response:
    """No reply where one was hoped for."""
    event = Unanswered(request.client, request.type, reason, hint, request.decision)
    return Response(event, full=full)


def silent(
    client: Client,
    type_: MessageType | None,
    reason: str,
    decision: Decision | None = None,
    chose: IPv4Address | None = None,
) -> Response:
    """Nobody expects an answer to it."""
    return Response(Unanswered(client, type_, reason, "", decision, quiet=True, chose=chose))
