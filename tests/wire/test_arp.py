from contextlib import suppress
from ipaddress import IPv4Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pxectl.errors import MalformedPacketError
from pxectl.mac import MAC
from pxectl.wire.arp import REPLY, REQUEST, ARPPacket, probe_frame
from tests.builders import ADDRESS, MAC1, SERVER, STRANGER

PROBE = bytes.fromhex(
    "ffffffffffff 525400770001 08060001 0800 06 04 0001 525400770001 00000000 000000000000 0a4d0015"
)


def test_a_probe_is_a_broadcast_from_nobody():
    assert probe_frame(MAC1, ADDRESS) == PROBE


def test_a_reply_goes_to_who_asked():
    reply = ARPPacket(REPLY, STRANGER, ADDRESS, MAC1, SERVER)
    frame = reply.frame()
    assert frame[:12] == MAC1 + STRANGER
    assert ARPPacket.parse(frame) == reply


def test_a_vlan_tag_is_read_past():
    tagged = PROBE[:12] + b"\x81\x00\x00\x05" + PROBE[12:]
    assert ARPPacket.parse(tagged) == ARPPacket.parse(PROBE)


@pytest.mark.parametrize(
    "frame",
    [PROBE[:12] + b"\x08\x00" + PROBE[14:], PROBE[:14] + b"\0\x06" + PROBE[16:]],
    ids=["IPv4", "not Ethernet"],
)
def test_something_else_is_none(frame):
    assert ARPPacket.parse(frame) is None


@given(st.binary(max_size=60))
def test_noise_is_nothing_or_malformed(noise):
    for frame in (noise, PROBE[:14] + noise):
        with suppress(MalformedPacketError):
            ARPPacket.parse(frame)


@given(
    st.sampled_from([REQUEST, REPLY]),
    st.lists(st.binary(min_size=6, max_size=6).map(MAC), min_size=2, max_size=2),
    st.lists(st.integers(0, 2**32 - 1).map(IPv4Address), min_size=2, max_size=2),
)
def test_what_is_written_is_read(op, macs, addresses):
    packet = ARPPacket(op, macs[0], addresses[0], macs[1], addresses[1])
    assert ARPPacket.parse(packet.frame()) == packet
