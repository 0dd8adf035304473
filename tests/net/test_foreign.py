import contextlib
from dataclasses import replace
from ipaddress import IPv4Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pxectl.errors import MalformedPacketError
from pxectl.mac import MAC
from pxectl.net.foreign import heard
from pxectl.wire.dhcp import DHCPPacket
from pxectl.wire.frame import udp_frame
from pxectl.wire.iana import MessageType, Op
from pxectl.wire.options import Option
from tests.builders import MAC1
from tests.recordings import DATA, frames

SERVER = IPv4Address("10.77.0.2")
SERVER_MAC = MAC.parse("52:54:00:aa:00:02")
US = IPv4Address("10.77.0.1")
NOTHING = IPv4Address(0)
GIVEN = IPv4Address("10.77.0.150")
RECORDINGS = sorted(path.stem for path in DATA.glob("*.pcap"))


def reply(type_=MessageType.OFFER, yiaddr=GIVEN, server=SERVER, vendor_class=b"", **changes):
    options = {Option.MESSAGE_TYPE: bytes((type_,)), Option.SERVER_IDENTIFIER: server.packed}
    if vendor_class:
        options[Option.VENDOR_CLASS] = vendor_class
    packet = DHCPPacket(op=Op.BOOTREPLY, xid=7, chaddr=MAC1, yiaddr=yiaddr, options=options)
    return replace(packet, **changes)


def framed(packet, source=SERVER, port=67):
    everybody = (MAC(b"\xff" * 6), IPv4Address("255.255.255.255"), 68)
    return udp_frame((SERVER_MAC, source, port), everybody, packet.pack())


@pytest.mark.parametrize(
    ("packet", "leases"),
    [
        (reply(), True),
        (reply(MessageType.ACK), True),
        (reply(MessageType.NAK, NOTHING), True),
        (reply(MessageType.ACK, NOTHING), True),  # to an INFORM
        (reply(MessageType.OFFER, NOTHING, vendor_class=b"PXEClient"), False),
        (reply(MessageType.OFFER, NOTHING, vendor_class=b"HTTPClient"), False),
        (reply(MessageType.OFFER, NOTHING), False),
        (reply(MessageType.ACK, NOTHING, vendor_class=b"PXEClient"), False),  # of a boot server
        (reply(MessageType.OFFER, vendor_class=b"PXEClient"), True),
    ],
)
def test_an_answer_of_another_server_is_heard(packet, leases):
    found = heard(framed(packet), "eth0", frozenset({US}))

    assert (found.server, found.mac, found.interface) == (SERVER, SERVER_MAC, "eth0")
    assert (found.client, found.address, found.leases) == (MAC1, packet.yiaddr, leases)


def test_without_an_identifier_a_server_is_where_it_sends_from():
    packet = replace(reply(), options={Option.MESSAGE_TYPE: b"\2"})

    assert heard(framed(packet), "eth0", frozenset()).server == SERVER


@pytest.mark.parametrize(
    "frame",
    [
        framed(reply(server=US), source=US),
        framed(reply(server=US)),  # a relay hands on what we said
        framed(reply(server=SERVER), source=US),
        framed(reply(server=IPv4Address("10.88.0.1"), giaddr=IPv4Address("10.88.0.1"))),
        framed(reply(giaddr=SERVER)),
        framed(reply(op=Op.BOOTREQUEST)),
        framed(reply(MessageType.REQUEST)),
        framed(replace(reply(), options={})),  # BOOTP
        framed(reply(), port=68),
        b"\0" * 12 + b"\x08\x06" + b"\0" * 28,  # ARP
    ],
)
def test_what_is_ours_or_a_relays_or_no_answer_is_not(frame):
    assert heard(frame, "eth0", frozenset({US})) is None


@pytest.mark.parametrize("name", RECORDINGS)
def test_in_recordings_of_firmware_the_server_and_the_proxy_are_told_apart(name):
    found = set()
    for frame in frames(name):
        with contextlib.suppress(MalformedPacketError):  # fragments of TFTP's blocks
            found.add(heard(frame, "eth0", frozenset()))
    beside = name.endswith("proxy")

    assert {str(one.server) for one in found - {None} if one.leases} == {
        "10.77.0.2" if beside else "10.77.0.1"
    }
    assert {str(one.server) for one in found - {None} if not one.leases} <= {"10.77.0.1"}


@given(st.binary(max_size=400))
def test_no_frame_is_more_than_malformed(data):
    with contextlib.suppress(MalformedPacketError):
        assert heard(data, "eth0", frozenset()) is None


@given(st.data())
def test_a_damaged_answer_is_heard_or_malformed(data):
    frame = bytearray(framed(reply()))
    at = data.draw(st.integers(0, len(frame) - 1))
    frame[at] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(frame)))

    with contextlib.suppress(MalformedPacketError):
        heard(bytes(frame[:cut]), "eth0", frozenset())
