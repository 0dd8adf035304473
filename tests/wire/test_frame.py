from contextlib import suppress
from ipaddress import IPv4Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pxectl.errors import MalformedPacketError
from pxectl.mac import MAC
from pxectl.wire.frame import PROTOCOL_TCP, PROTOCOL_UDP, checksum, parse_frame, udp_frame
from tests.recordings import frames, udp

ADDRESSES = st.integers(0, 2**32 - 1).map(IPv4Address)
MACS = st.binary(min_size=6, max_size=6).map(MAC)
PORTS = st.integers(0, 65535)
HERE = (MAC(b"\2\0\0\0\0\1"), IPv4Address("10.77.0.1"), 67)
THERE = (MAC(b"\2\0\0\0\0\2"), IPv4Address("10.77.0.21"), 68)


def plain_checksum(data):
    """RFC 1071 as it stands there."""
    if len(data) % 2:
        data += b"\0"
    total = sum(int.from_bytes(data[at : at + 2], "big") for at in range(0, len(data), 2))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


@given(st.binary(max_size=400))
def test_checksum_is_that_of_rfc_1071(data):
    # 0 and 0xffff are one number in this arithmetic, and 0 would mean "none" in UDP
    assert checksum(data) == (plain_checksum(data) or 0xFFFF)


@given(MACS, ADDRESSES, PORTS, MACS, ADDRESSES, PORTS, st.binary(max_size=1500))
def test_what_is_built_is_read_back(mac1, ip1, port1, mac2, ip2, port2, payload):
    frame = parse_frame(udp_frame((mac1, ip1, port1), (mac2, ip2, port2), payload))

    assert (frame.source_mac, frame.source, frame.source_port) == (mac1, ip1, port1)
    assert (frame.destination_mac, frame.destination, frame.destination_port) == (mac2, ip2, port2)
    assert frame.payload == payload
    assert frame.checksum_ok


def test_scapy_agrees_on_the_checksums():
    from scapy.layers.inet import IP, UDP
    from scapy.layers.l2 import Ether

    built = udp_frame(HERE, THERE, b"odd")
    packet = Ether(built)
    del packet[IP].chksum
    del packet[UDP].chksum

    assert bytes(packet) == built


@pytest.mark.parametrize("name", ["bios-plain-full", "uefi-full", "arm64-proxy"])
def test_recorded_datagrams_are_whole(name):
    datagrams = udp(name)

    assert len(datagrams) > 8
    assert all(frame.checksum_ok for frame in datagrams if frame.source_port in (67, 68, 4011))


def test_recorded_http_is_read_as_tcp():
    parsed = [parse_frame(data) for data in frames("uefi-full")]
    payloads = [f.payload for f in parsed if f and f.protocol == PROTOCOL_TCP]

    assert any(payload.startswith(b"GET /boot.ipxe HTTP/1.1\r\n") for payload in payloads)


def test_recorded_unicast_replies_are_built_octet_by_octet():
    """tests/data/bios-plain-full.pcap: dnsmasq to a ROM that has no address yet.

    Its kernel numbers the packets and dnsmasq sets a type of service: those two are taken out.
    """
    compared = 0
    for recorded in frames("bios-plain-full"):
        frame = parse_frame(recorded)
        if not frame or frame.source_port != 67 or recorded[0] & 1:
            continue
        ip = bytearray(recorded[14:34])
        ip[1:2], ip[4:6], ip[10:12] = b"\0", b"\0\0", b"\0\0"
        ip[10:12] = plain_checksum(ip).to_bytes(2, "big")
        built = udp_frame(
            (frame.source_mac, frame.source, 67),
            (frame.destination_mac, frame.destination, 68),
            frame.payload,
        )
        assert built == recorded[:14] + bytes(ip) + recorded[34:]
        compared += 1
    assert compared >= 3


def test_octets_behind_the_datagram_belong_to_nobody():
    """IPv4 may carry more than UDP says, and Ethernet pads: neither is payload or in the sum."""
    built = bytearray(udp_frame(HERE, THERE, b"payload"))
    built[16:18] = (20 + 8 + 7 + 5).to_bytes(2, "big")
    built[24:26] = b"\0\0"
    built[24:26] = plain_checksum(bytes(built[14:34])).to_bytes(2, "big")

    frame = parse_frame(bytes(built) + b"extra" + b"padding")

    assert frame.payload == b"payload"
    assert frame.checksum_ok


def test_udp_may_leave_the_checksum_out_and_tcp_may_not():
    without = bytearray(udp_frame(HERE, THERE, b"payload"))
    without[40:42] = b"\0\0"
    segment = next(d for d in frames("uefi-full") if (f := parse_frame(d)) and f.protocol == 6)
    zeroed = segment[:50] + b"\0\0" + segment[52:]

    assert parse_frame(bytes(without)).checksum_ok
    assert parse_frame(segment).checksum_ok
    assert not parse_frame(zeroed).checksum_ok


@given(st.binary(max_size=200))
def test_random_octets_are_a_frame_or_malformed(data):
    with suppress(MalformedPacketError):
        parse_frame(data)


@given(st.data())
def test_mutated_frames_are_a_frame_or_malformed(data):
    octets = bytearray(data.draw(st.sampled_from(frames("uefi-full")[:40])))
    for _ in range(data.draw(st.integers(1, 6))):
        octets[data.draw(st.integers(0, min(60, len(octets) - 1)))] = data.draw(st.integers(0, 255))
    with suppress(MalformedPacketError):
        parse_frame(bytes(octets[: data.draw(st.integers(0, len(octets)))]))


def test_damaged_payload_is_noticed():
    built = bytearray(udp_frame(HERE, THERE, b"payload"))
    built[-1] ^= 1

    assert not parse_frame(bytes(built)).checksum_ok


def test_vlan_tag_is_passed_over():
    built = udp_frame(HERE, THERE, b"x")
    tagged = built[:12] + b"\x81\0\0\x0a" + built[12:]

    assert parse_frame(tagged).payload == b"x"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"short", "5 octets are too few for an Ethernet frame"),
        (udp_frame(HERE, THERE, b"x")[:30], "the IPv4 header is cut short"),
        (udp_frame(HERE, THERE, b"x" * 50)[:60], "the lengths of the IPv4 header do not fit"),
    ],
)
def test_what_is_cut_short_is_told(data, reason):
    with pytest.raises(MalformedPacketError) as caught:
        parse_frame(data)

    assert caught.value.message.startswith(reason)


def changed(at, octets, protocol=PROTOCOL_UDP):
    built = bytearray(udp_frame(HERE, THERE, b"x" * 40))
    built[23] = protocol
    built[at : at + len(octets)] = octets
    return bytes(built)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (changed(14, b"\x65"), "the lengths of the IPv4 header do not fit the frame"),
        (changed(14, b"\x44"), "the lengths of the IPv4 header do not fit the frame"),
        (changed(16, b"\0\x13"), "the lengths of the IPv4 header do not fit the frame"),
        (changed(16, b"\0\x18"), "the UDP header is cut short"),
        (changed(20, b"\x20\0"), "a fragment of an IPv4 packet"),
        (changed(20, b"\0\1"), "a fragment of an IPv4 packet"),
        (changed(38, b"\0\7"), "UDP claims 7 octets, 48 are there"),
        (changed(38, b"\0\x31"), "UDP claims 49 octets, 48 are there"),
        (changed(16, b"\0\x26", PROTOCOL_TCP), "the TCP header is cut short"),
        (changed(46, b"\x40", PROTOCOL_TCP), "TCP's data offset is 16 of 48 octets"),
        (changed(46, b"\xd0", PROTOCOL_TCP), "TCP's data offset is 52 of 48 octets"),
    ],
)
def test_lengths_that_contradict_are_told(data, reason):
    with pytest.raises(MalformedPacketError) as caught:
        parse_frame(data)

    assert caught.value.message == reason


def test_other_protocols_are_nothing():
    arp = bytes(12) + b"\x08\x06" + bytes(28)
    icmp = bytearray(udp_frame(HERE, THERE, b"x"))
    icmp[23] = 1

    assert parse_frame(arp) is None
    assert parse_frame(bytes(icmp)) is None
    assert PROTOCOL_UDP == 17
