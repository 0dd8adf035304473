from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network

import pytest

from pxectl.boot.client import Client, Firmware
from pxectl.boot.lease import Times, link_of, reservation, times
from pxectl.boot.subnet import Subnet
from tests.builders import ADDRESS, MAC1, NETWORK, machine, site

CLIENT = Client(MAC1, subnet=NETWORK)
IN_FIRMWARE = replace(CLIENT, firmware=Firmware.UEFI)
HOUR = Subnet(NETWORK, lease_time=3600)


def test_a_machine_has_its_own_address_where_it_lies():
    assert reservation(CLIENT, machine(), site(subnets=(HOUR,))) == ADDRESS


def test_without_a_subnet_the_interfaces_network_is_one():
    assert reservation(CLIENT, machine(), site(subnets=())) == ADDRESS
    assert link_of(CLIENT, site(subnets=())).network == NETWORK


def test_a_subnet_may_be_wider_than_the_network_of_its_interface():
    wide = site(subnets=(Subnet(IPv4Network("10.77.0.0/16")),))
    far = IPv4Address("10.77.9.9")

    assert reservation(CLIENT, machine(address=far), wide) == far


@pytest.mark.parametrize(
    ("machine_", "client", "why"),
    [
        (None, CLIENT, "it is not known"),
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
    ids=["unknown", "no address", "no subnet", "wrong segment"],
)  # fmt: skip
def test_no_reservation_has_its_reason(machine_, client, why):
    assert reservation(client, machine_, site(subnets=(HOUR,))) == why


@pytest.mark.parametrize(
    ("client", "subnet", "options", "wanted", "reserved", "expected"),
    [
        (CLIENT, {}, {}, 0, False, Times(3600, 1800, 3150)),
        (CLIENT, {}, {}, 600, False, Times(600, 300, 525)),
        (CLIENT, {}, {}, 86400, False, Times(3600, 1800, 3150)),
        (CLIENT, {}, {}, 1, False, Times(30, 15, 26)),
        (IN_FIRMWARE, {}, {}, 0, False, Times(300, 150, 262)),
        (IN_FIRMWARE, {}, {}, 0, True, Times(3600, 1800, 3150)),
        (IN_FIRMWARE, {}, {"lease-time": 7200}, 0, False, Times(7200, 3600, 6300)),
        (CLIENT, {"address-time": 900}, {}, 0, False, Times(900, 450, 787)),
        (CLIENT, {"address-time": 900}, {"address-time": 60}, 0, False, Times(60, 30, 52)),
        (CLIENT, {"renewal-time": 100}, {}, 0, False, Times(3600, 100, 3150)),
        (CLIENT, {"renewal-time": 100}, {"renewal-time": 99}, 0, False, Times(3600, 99, 3150)),
        (CLIENT, {"rebinding-time": 200}, {}, 0, False, Times(3600, 199, 200)),
        (CLIENT, {"rebinding-time": 9999, "renewal-time": 9998}, {}, 0, True,
         Times(3600, 1800, 3150)),
    ],
    ids=["subnet's", "less, if asked", "never more", "not for nothing", "short in firmware",
         "but not its own", "or a rule says so", "option of the subnet", "nearest wins", "T1",
         "nearest T1", "T2 before T1", "T1 and T2 that can not be"],
)  # fmt: skip
def test_how_long_a_lease_lasts(client, subnet, options, wanted, reserved, expected):
    there = replace(HOUR, options=subnet)
    assert times(client, there, options, wanted, reserved=reserved) == expected
