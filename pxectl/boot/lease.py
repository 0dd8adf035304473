"""Addresses that pxectl gives: reservations of the inventory."""

from dataclasses import dataclass
from ipaddress import IPv4Address

from pxectl.boot.client import Client
from pxectl.boot.machine import Machine
from pxectl.boot.site import Site
from pxectl.boot.subnet import Subnet


@dataclass(frozen=True, slots=True)
class Lease:
    """An address for a machine, for a while."""

    address: IPv4Address
    subnet: Subnet
    seconds: int
    machine: Machine


def reservation(client: Client, machine: Machine | None, site: Site) -> Lease | str:
    """The machine's own address where it asks from, or why it gets none."""
    if machine is None:
        return "it is not known, and only reservations are leased"
    if not machine.dhcp:
        return f"{machine.name} has `dhcp = false`"
    if machine.address is None:
        return f"{machine.name} has no `address`"
    subnet = site.subnet_of(machine.address)
    if subnet is None and client.subnet is not None and machine.address in client.subnet:
        subnet = Subnet(client.subnet)
    if subnet is None:
        return f"{machine.address} of {machine.name} lies in no `[[subnet]]`"
    if client.subnet is not None and not subnet.network.overlaps(client.subnet):
        return f"{machine.address} of {machine.name} is not of {client.subnet}, where it asks from"
    return Lease(machine.address, subnet, subnet.lease_time, machine)
