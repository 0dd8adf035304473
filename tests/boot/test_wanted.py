import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pxectl.boot.subnet import Subnet
from pxectl.boot.wanted import wanted
from pxectl.wire.options import Option
from pxectl.wire.registry import SERVERS_OWN
from tests.builders import NETWORK

SUBNET = Subnet(
    NETWORK,
    options={
        "domain-name": "lab",
        "router": ["10.77.0.1"],
        "domain-name-server": ["10.77.0.1"],
        "ntp-servers": ["10.77.0.1"],
        "classless-static-route": ["10.0.0.0/8 via 10.77.0.1"],
        "ipv6-only-preferred": 1800,
        "configuration-file": "pxelinux.cfg/default",
        "address-time": 600,
    },
)
FIRMWARE = {Option.CLIENT_ARCH: b"\0\7"}
ROWS = [
    # asked, of rule and machine, other options of the request, codes in the order of the wire
    ((1, 3, 6), {}, {}, (1, 3, 6)),
    ((6, 3, 1), {}, {}, (1, 6, 3)),
    ((121, 3, 6), {}, {}, (1, 121, 3, 6)),
    ((6,), {}, {}, (1, 3, 6)),
    ((28, 12, 15), {}, {}, (1, 3, 28, 12, 15)),
    ((1, 3, 51, 58, 59, 53, 54, 82, 255, 0), {}, {}, (1, 3)),
    ((3, 3, 6, 3), {}, {}, (1, 3, 6)),
    ((200, 42), {}, {}, (1, 3, 42)),
    # who sends no list gets everything, but for its own good not 108
    ((), {}, {}, (1, 3, 28, 12, 15, 6, 42, 121, 209)),
    # what rules and the machine's file set goes out unasked (RFC 2131 section 4.3.1)
    ((6,), {"mtu-interface": 9000}, {}, (1, 3, 6, 26)),
    ((26, 6), {"mtu-interface": 9000}, {}, (1, 3, 26, 6)),
    ((6,), {"hostname": "boss"}, {}, (1, 3, 6, 12)),
    ((6,), {"ipv6-only-preferred": 1800}, {}, (1, 3, 6)),
    ((108, 6), {"ipv6-only-preferred": 1800}, {}, (1, 3, 108, 6)),
    ((6,), {"renewal-time": 60, "lease-time": 120}, {}, (1, 3, 6)),
    # Raspberry Pi 3 lists neither 1 nor 3 (netboot.md 3.1, 13b); no firmware lists 209
    ((66, 67, 43), {}, FIRMWARE, (1, 3, 209)),
    ((6, 209), {}, FIRMWARE, (1, 3, 6, 209)),
]


@pytest.mark.parametrize(("asked", "own", "request_", "codes"), ROWS)
def test_client_gets_what_it_asked_for_and_must_have(asked, own, request_, codes):
    listed = {Option.PARAMETER_REQUEST_LIST: bytes(asked)} if asked else {}

    assert tuple(wanted(SUBNET, own, {**request_, **listed}).options) == codes


def test_the_nearest_value_wins():
    options = wanted(SUBNET, {"dns": "10.77.0.9"}, {}).options

    assert options[Option.DOMAIN_NAME_SERVER] == bytes((10, 77, 0, 9))


def test_mask_and_broadcast_address_come_from_the_network():
    options = wanted(Subnet(NETWORK), {}, {}).options

    assert options == {1: bytes((255, 255, 255, 0)), 28: bytes((10, 77, 0, 255)), 12: b""}


def test_a_site_may_set_them_itself():
    own = {"subnet-mask": "255.255.0.0", "broadcast-address": "10.77.255.255"}
    options = wanted(Subnet(NETWORK), own, {}).options

    assert (options[1], options[28]) == (bytes((255, 255, 0, 0)), bytes((10, 77, 255, 255)))


def test_way_out_and_names_are_given_up_last_and_then_what_was_named_first():
    asked = {Option.PARAMETER_REQUEST_LIST: bytes((42, 15, 6, 121, 3))}
    spare = wanted(SUBNET, {"mtu-interface": 9000}, asked).spare

    assert spare == (3, 121, 6, 42, 15, 26)


def test_the_mask_is_never_given_up():
    assert Option.SUBNET_MASK not in wanted(SUBNET, {}, {}).spare


def test_the_same_three_have_the_same_answer():
    asked, own = {Option.PARAMETER_REQUEST_LIST: b"\3\6"}, {"domain-name": "den"}

    assert wanted(SUBNET, own, asked) is wanted(SUBNET, own, dict(asked))
    assert wanted(SUBNET, dict(own), asked) == wanted(SUBNET, own, asked)


@given(st.binary(min_size=1, max_size=300), st.booleans())
@settings(deadline=None, max_examples=200)
def test_of_any_list_comes_what_the_site_has(asked, netboots):
    request = {Option.PARAMETER_REQUEST_LIST: asked} | (FIRMWARE if netboots else {})
    chosen = wanted(SUBNET, {}, request)
    site = {1, 3, 6, 12, 15, 28, 42, 108, 121, 209}

    assert set(chosen.options) - {1, 3, 209} == site & set(asked) - {1, 3, 209}
    assert not set(chosen.options) & SERVERS_OWN.keys()
    assert sorted((*chosen.spare, 1)) == sorted(chosen.options)


def test_memory_of_lists_is_bounded():
    for n in range(10_000):
        asked = n.to_bytes(4, "big")
        chosen = wanted(SUBNET, {}, {Option.PARAMETER_REQUEST_LIST: asked})
        assert (6 in chosen.options) is (6 in asked)
