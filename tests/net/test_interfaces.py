from ipaddress import IPv4Address, IPv4Network

import pytest

from pxectl.errors import HostError
from pxectl.net.interfaces import choose


def test_named_interface_is_found_with_its_address():
    [loopback] = choose(("lo",))

    assert (loopback.name, loopback.address) == ("lo", IPv4Address("127.0.0.1"))
    assert loopback.network == IPv4Network("127.0.0.0/8")
    assert loopback.mac is None
    assert not loopback.physical


def test_an_interface_named_twice_is_served_once():
    assert len(choose(("lo", "lo"))) == 1


def test_unknown_name_is_an_error_that_lists_the_known_ones():
    with pytest.raises(HostError, match="there is no interface `nope`") as caught:
        choose(("nope",))

    assert "lo" in caught.value.hint
