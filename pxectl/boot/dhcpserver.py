"""The DHCP server that owns addresses: each message of RFC 2131 section 4.3, and BOOTP."""

from dataclasses import dataclass, replace
from ipaddress import IPv4Address

from pxectl.boot.allocate import (
    Asker,
    Choice,
    choose,
    is_usable,
    may_lease,
    pool_name,
    reserved,
)
from pxectl.boot.binding import Binding, Change, State
from pxectl.boot.bootdata import BootData
from pxectl.boot.events import Conflicted, Released
from pxectl.boot.lease import Lease, NoLease, link_of, times
from pxectl.boot.leasetable import LeaseTable
from pxectl.boot.nbp import Missing
from pxectl.boot.reply import NOTHING, Role, bootp_reply, inform_reply, lease_reply, nak_reply
from pxectl.boot.response import (
    ADD_HINT,
    Request,
    Response,
    boot_for,
    send,
    silent,
    unanswered,
)
from pxectl.boot.site import Site
from pxectl.boot.subnet import Subnet
from pxectl.mac import MAC
from pxectl.wire.dhcp import UNSPECIFIED
from pxectl.wire.iana import MessageType
from pxectl.wire.options import Option
from pxectl.wire.relay import is_ours

QUARANTINE = 600.0
"""Seconds that nobody gets an address which somebody else was found to use (netboot.md 2.4)."""
HOSTNAME_ROOM = 255


@dataclass(frozen=True, slots=True)
class Refused:
    """A REQUEST for an address that its client may not have."""

    reason: str
    nak: bool
    """False: another server may have given it (RFC 2131 section 4.3.2, INIT-REBOOT)."""


def dhcp(request: Request, site: Site, leases: LeaseTable, now: float) -> Response:
    """What a DHCP server says to any message.

    Args:
        request: read and decided.
        site: what is in force.
        leases: who holds which address; changed already when this returns.
        now: seconds since 1970.
    """
    relay = request.client.relay
    ours = (request.arrival.address, request.address, *((relay,) if relay else ()))
    machine = request.decision.machine
    asker = Asker(request.mac, request.client, machine, site, leases, now, ours)
    packet = request.packet
    if not is_ours(packet, request.address):
        # SELECTING another server: never ACK that (netboot.md 2.0); what it was offered is free
        if (offered := leases.offered_to(request.mac, now)) is not None:
            leases.withdraw(offered)
        other = packet.server_identifier
        said = silent(request.client, request.type, f"it chose {other}", chose=other)
        return replace(said, chose=(other, request.mac)) if other and not relay else said
    match request.type:
        case MessageType.DISCOVER:
            return _discover(request, asker)
        case MessageType.REQUEST:
            return _request(request, asker)
        case MessageType.DECLINE:
            return _decline(request, asker)
        case MessageType.RELEASE:
            return _release(request, asker)
        case MessageType.INFORM:
            return _inform(request, asker)
        case None:
            return _bootp(request, asker)
        case _:
            return silent(request.client, request.type, "nothing is answered to it")


# ---- the messages


def _discover(request: Request, asker: Asker) -> Response:
    choice = choose(asker, request.packet.requested_address)
    if isinstance(choice, NoLease):
        return _no_address(request, choice, asker)
    if not choice.reserved:
        asker.leases.offer(choice.address, asker.mac, asker.now, known=asker.machine is not None)
    return _give(request, asker, MessageType.OFFER, choice)


def _request(request: Request, asker: Asker) -> Response:
    """REQUEST in its four states (RFC 2131 section 4.3.2)."""
    packet = request.packet
    # SELECTING and INIT-REBOOT say it in option 50, RENEWING and REBINDING in ciaddr
    wanted = packet.requested_address
    if wanted is None or wanted == UNSPECIFIED:
        wanted = packet.ciaddr
    if wanted == UNSPECIFIED:
        reason = "it does not say which address it wants"
        return silent(request.client, request.type, reason, request.decision)
    # where a relay stands in for all servers, only the offer tells whose it chose (RFC 5107)
    selecting = packet.server_identifier == request.address
    settled = _settle(asker, wanted, selecting=selecting)
    if isinstance(settled, Choice):
        return _give(request, asker, MessageType.ACK, settled)
    if isinstance(settled, NoLease):
        return _no_address(request, settled, asker)
    if settled.nak:
        reply = nak_reply(packet, request.address, settled.reason)
        return send(request, Role.DHCP, reply, asker.site, refused=settled.reason)
    return silent(request.client, request.type, settled.reason, request.decision)


def _settle(asker: Asker, wanted: IPv4Address, *, selecting: bool) -> Choice | NoLease | Refused:
    """Whether a client may have the address that it says is its own."""
    subnet = link_of(asker.client, asker.site)
    if subnet is None:
        return NoLease("where it asks from lies in no `[[subnet]]`")
    own = reserved(asker)
    if isinstance(own, IPv4Address):
        if wanted == own:
            return Choice(own, subnet, reserved=True)
        return Refused(f"{wanted} is not yours, {own} is", nak=True)
    if not may_lease(asker):
        return NoLease(own)
    if wanted not in subnet.network:
        told = asker.site.subnet_of(subnet.network.network_address) is not None
        return Refused(f"{wanted} is not of {subnet.network}", nak=told)
    if not (selecting or _is_known(asker, wanted)):
        return Refused(
            f"{wanted} was not given to it here", nak=_has_another(asker, wanted, subnet)
        )
    if not subnet.pool or not is_usable(
        asker, wanted, asker.leases.pool(subnet, asker.site.inventory)
    ):
        return Refused(f"{wanted} is not free", nak=True)
    return Choice(wanted, subnet, reserved=False)


def _is_known(asker: Asker, address: IPv4Address) -> bool:
    row = asker.leases.row(address)
    if row is not None and row.mac == asker.mac:
        return True
    return asker.leases.offered_to(asker.mac, asker.now) == address


def _has_another(asker: Asker, wanted: IPv4Address, subnet: Subnet) -> bool:
    """True if we know better: it holds another address of the same subnet."""
    return any(
        row.address != wanted and row.address in subnet.network and row.holds(asker.now)
        for row in asker.leases.of(asker.mac)
    )


def _decline(request: Request, asker: Asker) -> Response:
    """Somebody else uses the address that it was given."""
    address = request.packet.requested_address
    row = asker.leases.row(address) if address else None
    mine = row is not None and row.mac == asker.mac and row.state is State.LEASED
    if address is None or not (mine or asker.leases.offered_to(asker.mac, asker.now) == address):
        return silent(request.client, request.type, f"{address} was not given to it")
    change = quarantine(asker.leases, address, asker.mac, asker.now)
    return Response(Conflicted(request.client, address, "", QUARANTINE), change=change)


def quarantine(leases: LeaseTable, address: IPv4Address, mac: MAC, now: float) -> Change:
    """Keep an address from everybody for a while: a host that we do not know uses it.

    Args:
        leases: changed already when this returns.
        address: it.
        mac: who was to get it.
        now: seconds since 1970.
    """
    return leases.put(Binding(address, mac, State.QUARANTINED, now, now + QUARANTINE))


def _release(request: Request, asker: Asker) -> Response:
    address = request.packet.ciaddr
    row = asker.leases.row(address)
    if (
        row is None
        or row.mac != asker.mac
        or not (row.state is State.LEASED and row.holds(asker.now))
    ):
        return silent(request.client, request.type, f"{address} is not leased to it")
    released = replace(row, state=State.RELEASED, since=asker.now)
    change = asker.leases.put(released)
    return Response(Released(request.client, address), change=change)


def _inform(request: Request, asker: Asker) -> Response:
    """It has an address and wants to know the rest (RFC 2131 section 4.3.5)."""
    subnet = link_of(request.client, asker.site)
    if subnet is None:
        return silent(request.client, request.type, "it lies in no `[[subnet]]`", request.decision)
    lease = Lease(request.packet.ciaddr, subnet, 0, 0, 0, asker.machine)
    boot = boot_for(request, asker.site, asker.now)
    told = boot if isinstance(boot, BootData) else NOTHING
    own = request.decision.options
    reply = inform_reply(request.packet, lease, request.address, told, own)
    return send(request, Role.DHCP, reply, asker.site, lease=lease)


def _bootp(request: Request, asker: Asker) -> Response:
    """BOOTP knows no leases: only what is the machine's own for good (RFC 1534)."""
    subnet = link_of(request.client, asker.site)
    own = reserved(asker)
    if subnet is None or isinstance(own, str):
        why = own if isinstance(own, str) else "it lies in no `[[subnet]]`"
        return _no_address(request, NoLease(f"{why}, and BOOTP has no leases"), asker)
    return _give(request, asker, None, Choice(own, subnet, reserved=True))


# ---- what they share


def _give(request: Request, asker: Asker, type_: MessageType | None, choice: Choice) -> Response:
    """An address; None: by BOOTP. An ACK is a row of the lease table first."""
    packet, decision = request.packet, request.decision
    asked = int.from_bytes(packet.options.get(Option.LEASE_TIME, b""), "big")
    span = times(asker.client, choice.subnet, decision.options, asked, reserved=choice.reserved)
    lease = Lease(
        choice.address, choice.subnet, span.lease, span.t1, span.t2, asker.machine,
        choice.reserved, choice.fresh,
    )  # fmt: skip
    boot = boot_for(request, asker.site, asker.now)
    told = boot if isinstance(boot, BootData) else NOTHING
    if type_ is None:
        reply = bootp_reply(packet, lease, request.address, told, decision.options)
    else:
        reply = lease_reply(packet, type_, lease, request.address, told, decision.options)
    change = asker.leases.put(_row(asker, lease)) if type_ is MessageType.ACK else None
    return send(
        request,
        Role.DHCP,
        reply,
        asker.site,
        missing=boot if isinstance(boot, Missing) else None,
        lease=lease,
        change=change,
        probe=lease.address if choice.fresh and type_ is MessageType.OFFER else None,
    )


def _row(asker: Asker, lease: Lease) -> Binding:
    return Binding(
        lease.address,
        asker.mac,
        State.LEASED,
        asker.now,
        asker.now + lease.seconds,
        asker.client.hostname[:HOSTNAME_ROOM],
        lease.machine.name if lease.machine else "",
        asker.client.netboots,
    )


def _no_address(request: Request, why: NoLease, asker: Asker) -> Response:
    subnet = link_of(request.client, asker.site)
    full = f"{pool_name(subnet)} of {subnet.network}" if why.full and subnet else ""
    reason = f"no address: {why.reason}"
    if not request.client.netboots and not full:
        return silent(request.client, request.type, reason, request.decision)
    known = request.decision.machine is not None
    hint = "" if known or full else ADD_HINT.format(f"{request.mac} --address ADDRESS")
    return unanswered(request, reason, hint, full)
