from ipaddress import IPv4Address, IPv4Network

import pytest

from pxectl.boot.site import Mode
from pxectl.boot.subnet import Subnet
from pxectl.errors import ConfigError
from pxectl.store.settings import Overrides
from pxectl.store.subnets import with_pool

NETWORK = IPv4Network("10.77.0.0/24")
POOL = ((IPv4Address("10.77.0.100"), IPv4Address("10.77.0.199")),)
FLAG = "10.77.0.100-10.77.0.199"


def test_pool_lies_on_the_network_of_an_interface():
    overrides = Overrides(pool=FLAG, networks=(IPv4Network("192.0.2.0/24"), NETWORK))
    assert with_pool((), overrides, Mode.SERVER) == (Subnet(NETWORK, POOL),)


def test_pool_replaces_the_one_of_the_sites_subnet():
    subnet = Subnet(NETWORK, lease_time=60, options={"router": "10.77.0.1"})
    other = Subnet(IPv4Network("10.78.0.0/24"))
    [pooled, untouched] = with_pool((subnet, other), Overrides(pool=FLAG), Mode.AUTO)
    assert (pooled.pool, pooled.lease_time, pooled.options) == (POOL, 60, {"router": "10.77.0.1"})
    assert untouched is other


@pytest.mark.parametrize(
    ("pool", "mode", "told"),
    [
        ("10.77.0.100", Mode.PROXY, "no addresses are given out"),
        ("10.77.0.100-", Mode.SERVER, "is no range"),
        ("a-b-c", Mode.SERVER, "is no range"),
        ("10.77.0.9-10.77.0.1", Mode.SERVER, "is no range"),
        ("192.0.2.1-192.0.2.9", Mode.SERVER, "is in no network"),
        ("10.77.0.100-10.77.1.1", Mode.SERVER, "no host's address in 10.77.0.0/24"),
        ("10.77.0.100-10.77.0.255", Mode.SERVER, "no host's address in 10.77.0.0/24"),
    ],
)
def test_a_pool_that_can_not_be_is_told(pool, mode, told):
    with pytest.raises(ConfigError, match=told) as error:
        with_pool((), Overrides(pool=pool, networks=(NETWORK,)), mode)
    assert error.value.message.startswith("--pool: ")
