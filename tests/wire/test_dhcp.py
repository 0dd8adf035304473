from contextlib import suppress
from dataclasses import replace
from ipaddress import IPv4Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pxectl.errors import MalformedPacketError
from pxectl.wire.dhcp import DHCPPacket
from pxectl.wire.iana import MessageType
from pxectl.wire.options import Option, pack_options
from tests.builders import MAC1, discover
from tests.recordings import DATA, dhcp, udp

RECORDINGS = sorted(path.stem for path in DATA.glob("*.pcap"))
ADDRESSES = st.integers(0, 2**32 - 1).map(IPv4Address)
TEXT = st.binary(max_size=60).map(lambda value: value.replace(b"\0", b""))
PACKETS = st.builds(
    DHCPPacket,
    op=st.sampled_from([1, 2]),
    xid=st.integers(0, 2**32 - 1),
    chaddr=st.binary(max_size=16),
    htype=st.integers(0, 255),
    hops=st.integers(0, 255),
    secs=st.integers(0, 65535),
    flags=st.integers(0, 65535),
    ciaddr=ADDRESSES,
    yiaddr=ADDRESSES,
    siaddr=ADDRESSES,
    giaddr=ADDRESSES,
    sname=TEXT,
    file=TEXT,
    options=st.dictionaries(
        st.integers(1, 254).filter(lambda code: code != Option.OVERLOAD),
        st.binary(max_size=300),
        max_size=8,
    ),
)


@given(PACKETS)
def test_what_is_packed_is_read_back(packet):
    assert DHCPPacket.parse(packet.pack()) == packet


@pytest.mark.parametrize("name", RECORDINGS)
def test_recorded_messages_survive_a_round_trip(name):
    messages = dhcp(name)

    assert messages
    assert [DHCPPacket.parse(message.pack()) for message in messages] == list(messages)


def test_recorded_discover_is_read():
    """tests/data/uefi-proxy.pcap, its first packet."""
    first = dhcp("uefi-proxy")[0]

    assert first.message_type is MessageType.DISCOVER
    assert str(first.mac) == "52:54:00:77:00:01"
    assert first.wants_broadcast
    assert first.maximum_message_size == 1472
    assert first.options[Option.VENDOR_CLASS] == b"PXEClient:Arch:00007:UNDI:003000"


@given(st.binary(max_size=600))
def test_random_octets_are_a_message_or_malformed(data):
    with suppress(MalformedPacketError):
        DHCPPacket.parse(data)


def fields_with_options(base, option_52, file, sname, options):
    """`base` with option 52 and these octets in its fields, whatever they say."""
    data = bytearray(base)
    data[44 : 44 + len(sname)] = sname
    data[108 : 108 + len(file)] = file
    data[240:] = b"\x34" + bytes((len(option_52),)) + option_52 + options
    return bytes(data)


@given(
    st.binary(max_size=2),
    st.binary(max_size=128),
    st.binary(max_size=64),
    st.dictionaries(st.integers(1, 254), st.binary(max_size=4), max_size=3).map(pack_options),
)
def test_whatever_was_read_survives_a_round_trip(option_52, file, sname, options):
    """Fields that are full, and options in them, also an option 52 of their own."""
    data = fields_with_options(discover().pack(), option_52, file, sname, options)
    try:
        packet = DHCPPacket.parse(data)
    except MalformedPacketError:
        return
    assert DHCPPacket.parse(packet.pack()) == packet


@given(st.data())
def test_mutated_recordings_are_a_message_or_malformed(data):
    frames = [frame for name in RECORDINGS for frame in udp(name) if len(frame.payload) > 236]
    octets = bytearray(data.draw(st.sampled_from(frames)).payload)
    for _ in range(data.draw(st.integers(1, 10))):
        octets[data.draw(st.integers(0, len(octets) - 1))] = data.draw(st.integers(0, 255))
    try:
        packet = DHCPPacket.parse(bytes(octets[: data.draw(st.integers(0, len(octets)))]))
    except MalformedPacketError:
        return
    assert DHCPPacket.parse(packet.pack()) == packet


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda d: d[:200], "200 octets are too few: a BOOTP message has at least 236"),
        (lambda d: b"\x07" + d[1:], "op is 7, neither BOOTREQUEST nor BOOTREPLY"),
        (lambda d: d[:2] + b"\xc8" + d[3:], "hlen is 200, chaddr has only 16 octets"),
        (lambda d: d[:240] + b"\x35\x09\x01", "options: option 53 claims 9 octets, 1 are left"),
    ],
)
def test_what_is_wrong_is_said(change, reason):
    with pytest.raises(MalformedPacketError) as caught:
        DHCPPacket.parse(change(discover().pack()))

    assert caught.value.message == reason


def test_no_message_is_shorter_than_relays_take():
    assert len(DHCPPacket(op=1, xid=1, chaddr=MAC1).pack()) == 300


def test_bootp_without_a_cookie_has_no_options():
    packet = DHCPPacket(op=1, xid=1, chaddr=MAC1, is_bootp=True)

    assert DHCPPacket.parse(packet.pack()) == packet
    assert packet.message_type is None


def test_options_in_file_and_sname_are_read_in_the_order_of_rfc_3396():
    data = bytearray(discover(options={Option.OVERLOAD: b"\3", 12: b"a"}).pack())
    data[108:112] = b"\x0c\x01b\xff"
    data[44:48] = b"\x0c\x01c\xff"

    packet = DHCPPacket.parse(bytes(data))

    assert packet.options[12] == b"abc"
    assert (packet.file, packet.sname) == (b"", b"")


def test_overload_within_a_field_starts_nothing_anew():
    """Joined with the first it would turn `sname` into options when it is packed again."""
    base = discover().pack()
    data = fields_with_options(base, b"\1", b"\x34\x01\x03\xff", b"\x0cname", b"\xff")

    packet = DHCPPacket.parse(data)

    assert packet.options == {Option.OVERLOAD: b"\1"}
    assert packet.sname == b"\x0cname"
    assert DHCPPacket.parse(packet.pack()) == packet


def test_relay_option_comes_back_octet_by_octet_and_last():
    """RFC 3046 section 2.2, also one that the relay had to split."""
    split = b"\x52\xff" + b"\x01\xfd" + b"c" * 253 + b"\x52\x04\x02\x02re"
    head = DHCPPacket(op=1, xid=1, chaddr=MAC1).pack()[:240]
    data = head + b"\x35\x01\x01" + split + b"\xff"

    packet = DHCPPacket.parse(data)

    assert list(packet.options) == [Option.MESSAGE_TYPE, Option.RELAY_AGENT_INFORMATION]
    assert packet.pack() == data


def test_unknown_message_type_is_kept():
    packet = discover(options={Option.MESSAGE_TYPE: b"\xc8"})

    assert packet.message_type == 200
    assert DHCPPacket.parse(packet.pack()) == packet


def test_overload_that_overruns_is_told():
    data = bytearray(discover(options={Option.OVERLOAD: b"\1"}).pack())
    data[108:236] = b"\x0c\xfe" + b"x" * 126

    with pytest.raises(MalformedPacketError, match="file: option 12 claims 254 octets"):
        DHCPPacket.parse(bytes(data))


@pytest.mark.parametrize(
    "change", [{"file": b"x" * 129}, {"sname": b"x" * 65}, {"chaddr": b"x" * 17}]
)
def test_what_does_not_fit_its_field_is_refused(change):
    with pytest.raises(ValueError, match="longer than its field"):
        replace(discover(), **change).pack()


@pytest.mark.parametrize(
    ("change", "mac"),
    [({}, MAC1), ({"htype": 32}, None), ({"chaddr": b"\0" * 6}, None), ({"chaddr": b"x"}, None)],
)
def test_only_an_ethernet_address_is_a_mac(change, mac):
    assert replace(discover(), **change).mac == mac


@pytest.mark.parametrize("value", [b"", b"\1\2", b"\1\2\3\4\5"])
def test_values_of_the_wrong_size_say_nothing(value):
    options = {
        Option.SERVER_IDENTIFIER: value,
        Option.REQUESTED_ADDRESS: value,
        Option.MAXIMUM_MESSAGE_SIZE: value[:1],
        Option.MESSAGE_TYPE: value,
    }
    packet = discover(options=options)

    assert packet.server_identifier is None
    assert packet.requested_address is None
    assert packet.message_type is None
    assert packet.maximum_message_size == 576
