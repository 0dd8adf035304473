from ipaddress import IPv4Address, IPv4Network

import pytest

from pxectl.boot.link import network_of
from pxectl.boot.subnet import Subnet
from pxectl.wire.options import Option
from tests.builders import NETWORK, arrival, discover, request, site

FAR = IPv4Network("10.88.0.0/24")
FAR2 = IPv4Network("10.89.0.0/24")
SITE = site(subnets=(Subnet(NETWORK), Subnet(FAR), Subnet(FAR2)))
RELAY = IPv4Address("10.88.0.1")
LINK_SELECTION = {Option.RELAY_AGENT_INFORMATION: b"\x01\x02e1\x05\x04" + FAR2[1].packed}


@pytest.mark.parametrize(
    ("packet", "network"),
    [
        (discover(), None),
        (discover(giaddr=RELAY), FAR),
        (discover(giaddr=IPv4Address("192.0.2.1")), None),
        (discover(giaddr=RELAY, options=LINK_SELECTION), FAR2),
        (discover(options=LINK_SELECTION), None),
        (discover(giaddr=RELAY, options={Option.RELAY_AGENT_INFORMATION: b"\5\2ab"}), FAR),
        (request(ciaddr=FAR[20]), FAR),
        (request(ciaddr=NETWORK[20]), None),
        (request(ciaddr=IPv4Address("192.0.2.20")), None),
    ],
    ids=[
        "on the segment", "relayed", "unknown relay", "RFC 3527", "no relay, no selection",
        "selection of two octets", "renewal past the relay", "renewal here", "from nowhere",
    ],
)  # fmt: skip
def test_the_network_is_the_relays_word_or_the_clients_address(packet, network):
    assert network_of(packet, arrival(), SITE) == network
