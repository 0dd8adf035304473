from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network

import pytest

from pxectl.boot.client import Client
from pxectl.boot.lease import reservation
from pxectl.boot.subnet import Subnet
from tests.builders import ADDRESS, MAC1, NETWORK, machine, site

CLIENT = Client(MAC1, subnet=NETWORK)
HOUR = Subnet(NETWORK, lease_time=7200)


def test_reservation_is_leased_for_the_time_of_its_subnet():
    lease = reservation(CLIENT, machine(), site(subnets=(HOUR,)))

    assert (lease.address, lease.seconds, lease.subnet) == (ADDRESS, 7200, HOUR)


def test_without_a_subnet_the_interfaces_network_is_one():
    lease = reservation(CLIENT, machine(), site(subnets=()))

    assert lease.subnet.network == NETWORK


@pytest.mark.parametrize(
    ("machine_", "client", "why"),
    [
        (None, CLIENT, "it is not known, and only reservations are leased"),
        (machine(dhcp=False), CLIENT, "node1 has `dhcp = false`"),
        (machine(address=None), CLIENT, "node1 has no `address`"),
        (
            machine(address=IPv4Address("10.99.0.1")), CLIENT,
            "10.99.0.1 of node1 lies in no `[[subnet]]`",
        ),
        (
            machine(), replace(CLIENT, subnet=IPv4Network("10.88.0.0/24")),
            "10.77.0.21 of node1 is not of 10.88.0.0/24, where it asks from",
        ),
    ],
    ids=["unknown", "dhcp off", "no address", "no subnet", "wrong segment"],
)  # fmt: skip
def test_no_address_has_its_reason(machine_, client, why):
    assert reservation(client, machine_, site(subnets=(HOUR,))) == why
