"""An address that pxectl gives, for how long, and why one is not given."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network
from typing import Any

from pxectl.boot.client import Client
from pxectl.boot.machine import Machine
from pxectl.boot.site import Site
from pxectl.boot.siteoptions import encoded
from pxectl.boot.subnet import Subnet
from pxectl.wire.options import Option

SHORTEST = 30
"""Seconds; what a client asks for, or a rule says, is never taken for less."""
_LEASE_TIME = int(Option.LEASE_TIME)
_RENEWAL_TIME, _REBINDING_TIME = int(Option.RENEWAL_TIME), int(Option.REBINDING_TIME)
FOR_EVER = 0xFFFFFFFF  # RFC 2131 section 3.3


@dataclass(frozen=True, slots=True)
class Lease:
    """An address for a client, for a while."""

    address: IPv4Address
    subnet: Subnet
    seconds: int
    t1: int
    """Seconds until it should be renewed (option 58); less than `t2`."""
    t2: int
    """Seconds until anybody is asked to renew it (option 59); less than `seconds`."""
    machine: Machine | None = None
    reserved: bool = True
    """False: of a pool."""
    fresh: bool = False
    """True if the client never had it: somebody may use it whom we do not know."""


@dataclass(frozen=True, slots=True)
class NoLease:
    """Why there is no address."""

    reason: str
    full: bool = False
    """True if the pool has none left."""


def reservation(client: Client, machine: Machine | None, site: Site) -> IPv4Address | str:
    """The machine's own address where it asks from, or why it has none there."""
    if machine is None:
        return "it is not known"
    if machine.address is None:
        return f"{machine.name} has no `address`"
    link = link_of(client, site)
    if link is None:
        subnet = site.subnet_of(machine.address)
        return machine.address if subnet else _nowhere(machine)
    network = link.network  # a `[[subnet]]` may be wider than the interface's own network
    if machine.address in network:
        return machine.address
    if site.subnet_of(machine.address) is None:
        return _nowhere(machine)
    return f"{machine.address} of {machine.name} is not of {network}, where it asks from"


def _nowhere(machine: Machine) -> str:
    return f"{machine.address} of {machine.name} lies in no `[[subnet]]`"


def link_of(client: Client, site: Site) -> Subnet | None:
    """The subnet that a client gets its address and options from; None: none is known.

    Without a `[[subnet]]` for it the interface's own network has one without options.
    """
    if client.subnet is None:
        return None
    return site.subnet_of(client.subnet.network_address) or _bare(client.subnet)


@lru_cache(64)
def _bare(network: IPv4Network) -> Subnet:
    return Subnet(network)


@dataclass(frozen=True, slots=True)
class Times:
    """What a lease's options 51, 58 and 59 say, in seconds."""

    lease: int
    t1: int
    t2: int


def times(
    client: Client, subnet: Subnet, options: Mapping[str, Any], wanted: int, *, reserved: bool
) -> Times:
    """How long a lease lasts, and when it is renewed.

    The nearest wins: `address-time`, `renewal-time` and `rebinding-time` of rule and machine, then
    of the subnet, then its `lease_time`. Of a pool, what is still in its firmware gets a short one:
    it needs it for minutes, and every program of a boot may end without giving it back.

    Args:
        client: who asks.
        subnet: where.
        options: of rule and machine.
        wanted: what the client asks for (option 51); 0: nothing. It may ask for less.
        reserved: whether it is the machine's own address.
    """
    near, far = encoded(options), encoded(subnet.options)
    own = _time(near, _LEASE_TIME)
    lease = own or _time(far, _LEASE_TIME) or subnet.lease_time
    if client.netboots and not reserved and not own:
        lease = min(lease, subnet.firmware_lease_time)
    if wanted:
        lease = max(SHORTEST, min(lease, wanted))
    t2 = _time(near, _REBINDING_TIME) or _time(far, _REBINDING_TIME)
    if not 0 < t2 < lease:
        t2 = lease * 7 // 8
    t1 = _time(near, _RENEWAL_TIME) or _time(far, _RENEWAL_TIME)
    if not 0 < t1 < t2:
        t1 = min(lease // 2, t2 - 1)
    return Times(lease, t1, t2)


def _time(options: Mapping[int, bytes], code: int) -> int:
    return int.from_bytes(options.get(code, b""), "big")
