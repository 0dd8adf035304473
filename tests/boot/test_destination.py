from dataclasses import replace
from ipaddress import IPv4Address

import pytest

from pxectl.boot.destination import Destination, destination
from pxectl.wire.dhcp import BROADCAST_FLAG, DHCPPacket
from pxectl.wire.iana import MessageType
from pxectl.wire.options import Option
from tests.builders import ADDRESS, MAC1, arrival, discover, plain_discover

RELAY = IPv4Address("10.88.0.1")
BROADCAST = IPv4Address("255.255.255.255")


def reply(yiaddr="0.0.0.0"):
    return DHCPPacket(op=2, xid=1, chaddr=MAC1, yiaddr=IPv4Address(yiaddr))


@pytest.mark.parametrize(
    ("request_", "reply_", "way_in", "expected"),
    [
        ({"giaddr": RELAY}, "10.77.0.21", {}, Destination(RELAY, 67)),
        ({"giaddr": RELAY, "flags": BROADCAST_FLAG}, "0.0.0.0", {}, Destination(RELAY, 67)),
        (
            {"ciaddr": ADDRESS}, "0.0.0.0",
            {"port": 4011, "peer": "10.77.0.21", "peer_port": 4011},
            Destination(ADDRESS, 4011),
        ),
        (
            {"ciaddr": ADDRESS}, "0.0.0.0",
            {"port": 4011, "peer": "10.77.0.21", "peer_port": 68},
            Destination(ADDRESS, 68),
        ),
        ({"ciaddr": ADDRESS}, "10.77.0.21", {}, Destination(ADDRESS, 68)),
        (
            {"ciaddr": ADDRESS}, "10.77.0.21",
            {"peer": "10.77.0.21", "peer_port": 1068},
            Destination(ADDRESS, 1068),
        ),
        ({"flags": BROADCAST_FLAG}, "10.77.0.21", {}, Destination(BROADCAST, 68)),
        ({"flags": 0}, "0.0.0.0", {}, Destination(BROADCAST, 68)),
        ({"flags": 0}, "10.77.0.21", {}, Destination(ADDRESS, 68, MAC1)),
    ],
    ids=[
        "relay", "a proxy's offer through a relay", "EDK2 to 4011", "ROM to 4011", "renewing",
        "renewing from another port", "broadcast flag", "proxy offer", "no address yet",
    ],
)  # fmt: skip
def test_rfc_2131_section_4_1(request_, reply_, way_in, expected):
    packet = replace(discover("bios"), **request_)

    assert destination(packet, reply(reply_), arrival(**way_in)) == expected


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        ({"ciaddr": ADDRESS}, Destination(BROADCAST, 68)),
        ({"ciaddr": IPv4Address("10.99.0.9")}, Destination(IPv4Address("10.99.0.9"), 68)),
        ({"ciaddr": ADDRESS, "giaddr": RELAY}, Destination(RELAY, 67)),
        ({}, Destination(BROADCAST, 68)),
    ],
    ids=["renewing", "renewing past a router", "renewing through a relay", "no address yet"],
)
def test_a_nak_goes_to_where_a_wrong_address_is_not_in_the_way(request_, expected):
    packet = replace(plain_discover(), flags=0, **request_)
    nak = replace(reply(), options={Option.MESSAGE_TYPE: bytes((MessageType.NAK,))})

    assert destination(packet, nak, arrival()) == expected
