"""Which address a client gets: the order of preference, and who may not have it.

Its reservation, the address that it holds or held last, the one that it asks for, the one that
nobody has used for the longest time (RFC 2131 section 4.3.1, netboot.md 2.4). Keyed by MAC alone:
every stage of a boot sends another client identifier.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address

from pxectl.boot.binding import Binding, State
from pxectl.boot.client import Client
from pxectl.boot.lease import NoLease, link_of, reservation
from pxectl.boot.leasetable import LeaseTable
from pxectl.boot.machine import Machine
from pxectl.boot.pool import Pool
from pxectl.boot.site import Site
from pxectl.boot.subnet import Subnet
from pxectl.mac import MAC


@dataclass(frozen=True, slots=True)
class Asker:
    """Who wants an address, where and when."""

    mac: MAC
    client: Client
    machine: Machine | None
    site: Site
    leases: LeaseTable
    now: float
    ours: tuple[IPv4Address, ...]
    """Our own address there, and the relay's: never anybody else's."""


@dataclass(frozen=True, slots=True)
class Choice:
    """An address, and what it is."""

    address: IPv4Address
    subnet: Subnet
    reserved: bool
    fresh: bool = False


def choose(asker: Asker, wanted: IPv4Address | None) -> Choice | NoLease:
    """The address to offer.

    Args:
        asker: who asks.
        wanted: what it asks for (option 50), if anything.
    """
    subnet = link_of(asker.client, asker.site)
    if subnet is None:
        return _nowhere(asker)
    own = reserved(asker)
    if isinstance(own, IPv4Address):
        return Choice(own, subnet, reserved=True)
    if not may_lease(asker):
        return NoLease(own)
    if not subnet.pool:
        return NoLease(f"{own}, and {subnet.network} has no pool")
    pool = asker.leases.pool(subnet, asker.site.inventory)
    for address in _before(asker):
        if is_usable(asker, address, pool):
            return Choice(address, subnet, reserved=False)
    if wanted is not None and is_usable(asker, wanted, pool):
        return Choice(wanted, subnet, reserved=False, fresh=True)
    known = asker.machine is not None
    taken = asker.leases.take(pool, asker.now, lambda one: not _is_taken(asker, one), known=known)
    if taken is None:
        return NoLease(f"the pool {pool_name(subnet)} of {subnet.network} is full", full=True)
    return Choice(taken, subnet, reserved=False, fresh=True)


def reserved(asker: Asker) -> IPv4Address | str:
    """The machine's own address if it can have it now, or why not."""
    machine = asker.machine
    if machine is not None and not machine.dhcp:
        return f"{machine.name} has `dhcp = false`"
    address = reservation(asker.client, machine, asker.site)
    if isinstance(address, str) or machine is None:
        return address
    row = asker.leases.row(address)
    if row is None or not row.holds(asker.now) or _is_own(row, asker, machine):
        return address
    if row.state is State.QUARANTINED:
        return f"{address} of {machine.name} is used by a host that is not known"
    return f"{address} of {machine.name} is still leased to {row.mac}"


def _is_own(row: Binding, asker: Asker, machine: Machine) -> bool:
    """True if whoever has it is this machine, by this NIC, or by another one of a time before.

    A machine that is in its firmware uses one NIC: what another one of it got is of no use now,
    and what one got in firmware is over when the system asks by another.
    """
    if row.state is State.QUARANTINED:
        return False
    if row.mac == asker.mac:
        return True
    return row.mac in machine.macs and (asker.client.netboots or row.firmware)


def may_lease(asker: Asker) -> bool:
    """False for a machine that is never to get an address."""
    return asker.machine is None or asker.machine.dhcp


def is_usable(asker: Asker, address: IPv4Address, pool: Pool) -> bool:
    """True for an address of the pool that the asker may have now."""
    number = int(address)
    return (
        pool.holds(number)
        and number not in pool.barred
        and asker.leases.is_free(address, asker.mac, asker.now)
        and not _is_quarantined(asker, address)
        and not _is_taken(asker, number)
    )


def _is_quarantined(asker: Asker, address: IPv4Address) -> bool:
    """Its own, too: whoever found it taken would find it taken again."""
    row = asker.leases.row(address)
    return row is not None and row.state is State.QUARANTINED and row.holds(asker.now)


def _before(asker: Asker) -> Iterator[IPv4Address]:
    """What it holds or held, the latest first, then what it was offered."""
    yield from (row.address for row in asker.leases.of(asker.mac))
    if offered := asker.leases.offered_to(asker.mac, asker.now):
        yield offered


def _is_taken(asker: Asker, number: int) -> bool:
    """Somebody's for good: another machine's reservation, or our own."""
    holder = asker.site.inventory.holder(number)
    if holder is not None and holder is not asker.machine:
        return True
    return any(int(address) == number for address in asker.ours)


def pool_name(subnet: Subnet) -> str:
    """A pool as people wrote it: `10.77.0.100-10.77.0.199`."""
    return ", ".join(f"{a}-{b}" if a != b else str(a) for a, b in subnet.pool)


def _nowhere(asker: Asker) -> NoLease:
    relay = asker.client.relay
    where = f"the relay {relay} lies" if relay else f"{asker.client.interface} lies"
    return NoLease(f"{where} in no `[[subnet]]`")
