from ipaddress import IPv4Address

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pxectl.wire.options import Option
from pxectl.wire.relay import server_identifier_for
from tests.builders import SERVER, discover

RELAY = IPv4Address("10.77.0.254")


@pytest.mark.parametrize(
    ("information", "identifier"),
    [
        (b"\x0b\x04\x0a\x4d\x00\xfe", RELAY),
        (b"\x01\x04ge-1\x0b\x04\x0a\x4d\x00\xfe\x02\x01x", RELAY),
        (b"\x01\x04ge-1", SERVER),
        (b"\x0b\x04\0\0\0\0", SERVER),
        (b"\x0b\x03\x0a\x4d\x00", SERVER),
        (b"\x0b\x04\x0a\x4d", SERVER),
        (b"", SERVER),
        (None, SERVER),
    ],
)
def test_relay_may_stand_in_for_the_server(information, identifier):
    """RFC 5107 section 4; what is no address is passed over."""
    options = {} if information is None else {Option.RELAY_AGENT_INFORMATION: information}

    assert server_identifier_for(discover(options=options), SERVER) == identifier


@given(st.binary(max_size=40))
@settings(deadline=None)
def test_any_information_leads_to_some_address(information):
    packet = discover(options={Option.RELAY_AGENT_INFORMATION: information})

    assert isinstance(server_identifier_for(packet, SERVER), IPv4Address)
