import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pxectl.errors import MalformedPacketError
from pxectl.wire.tftp import ACK, DATA, ERROR, OACK, RRQ, WRQ, ErrorCode, parse

CASES = [
    (RRQ("undionly.kpxe"), b"\0\1undionly.kpxe\0octet\0"),
    (
        RRQ("ipxe.efi", "octet", {"tsize": "0", "blksize": "1468", "windowsize": "4"}),
        b"\0\1ipxe.efi\0octet\0tsize\x000\0blksize\x001468\0windowsize\x004\0",
    ),
    (WRQ("x", "netascii"), b"\0\2x\0netascii\0"),
    (DATA(65535, b"abc"), b"\0\3\xff\xffabc"),
    (DATA(1, b""), b"\0\3\0\1"),
    (ACK(258), b"\0\4\1\2"),
    (ERROR(ErrorCode.FILE_NOT_FOUND, "no"), b"\0\5\0\1no\0"),
    (ERROR(ErrorCode(4711), ""), b"\0\5\x12\x67\0"),
    (OACK({"blksize": "1024"}), b"\0\6blksize\x001024\0"),
]


@pytest.mark.parametrize(("packet", "wire"), CASES)
def test_packet_and_bytes_are_two_spellings_of_one_thing(packet, wire):
    assert bytes(packet) == wire
    assert parse(wire) == packet


@pytest.mark.parametrize(
    ("wire", "packet"),
    [
        (b"\0\1x\0OcTeT\0BLKSIZE\x00512\0", RRQ("x", "octet", {"blksize": "512"})),
        (b"\0\1x\0octet\0blksize\x00512\0junk", RRQ("x", "octet", {"blksize": "512"})),
        (b"\0\1x\0octet\0blksize\x00512\0odd\0", RRQ("x", "octet", {"blksize": "512"})),
        (b"\0\1x\0octet\0blksize\x00512", RRQ("x")),
        (b"\0\1x\0octet\0\0\0\0tsize\x000\0", RRQ("x")),
        (b"\0\1x\0octet\0a\x001\0A\x002\0", RRQ("x", "octet", {"a": "1"})),
        (b"\0\1\xff\x1b[2J..\\x\0octet\0", RRQ("\xff\x1b[2J..\\x")),
        (b"\0\4\0\1padding", ACK(1)),
        (b"\0\5\0\0no NUL", ERROR(ErrorCode.NOT_DEFINED, "no NUL")),
        (b"\0\5\0\0text\0junk", ERROR(ErrorCode.NOT_DEFINED, "text")),
    ],
)
def test_meaning_is_read_leniently(wire, packet):
    assert parse(wire) == packet


@pytest.mark.parametrize(
    ("wire", "message"),
    [
        (b"", "TFTP: 0 octets are too few for a packet"),
        (b"\0\4\0", "TFTP: 3 octets are too few for a packet"),
        (b"\0\1name", "RRQ: file name has no NUL"),
        (b"\0\1\0octet\0", "RRQ: file name is empty"),
        (b"\0\1name\0", "RRQ: mode has no NUL"),
        (b"\0\1name\0octet", "RRQ: mode has no NUL"),
        (b"\0\2name", "WRQ: file name has no NUL"),
        (b"\0\0name", "TFTP: opcode 0 is unknown"),
        (b"\xff\xffname", "TFTP: opcode 65535 is unknown"),
    ],
)
def test_lengths_are_read_strictly(wire, message):
    with pytest.raises(MalformedPacketError) as caught:
        parse(wire)
    assert caught.value.message == message


def test_error_code_that_nobody_registered_keeps_its_number():
    assert ErrorCode(99).name == "ERROR99"
    assert not ErrorCode(99).is_registered
    assert ErrorCode(8).is_registered


@pytest.mark.parametrize("text", ["a\0b", "\u2603"])
def test_text_that_would_forge_a_field_is_not_packed(text):
    with pytest.raises(ValueError):
        bytes(RRQ(text))


words = st.text(st.characters(min_codepoint=1, max_codepoint=255))
names = words.filter(bool)
options = st.dictionaries(names.map(str.lower), words, max_size=5)
blocks = st.integers(0, 65535)
packets = st.one_of(
    st.builds(RRQ, names, words.map(str.lower), options),
    st.builds(WRQ, names, words.map(str.lower), options),
    st.builds(DATA, blocks, st.binary(max_size=600)),
    st.builds(ACK, blocks),
    st.builds(ERROR, st.builds(ErrorCode, blocks), words),
    st.builds(OACK, options.filter(bool)),
)


@given(packets)
@settings(deadline=None)
def test_packets_survive_the_wire(packet):
    assert parse(bytes(packet)) == packet


@given(st.one_of(st.binary(max_size=100), st.binary(max_size=60).map(lambda b: b"\0\1" + b)))
@settings(deadline=None)
def test_random_bytes_raise_nothing_but_malformed(data):
    with contextlib.suppress(MalformedPacketError):
        bytes(parse(data))


@given(packets, st.data())
@settings(deadline=None)
def test_mutated_packets_raise_nothing_but_malformed(packet, data):
    wire = bytearray(bytes(packet))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(wire) - 1))
        wire[at] = data.draw(st.integers(0, 255))
    wire = wire[: data.draw(st.integers(0, len(wire)))]
    with contextlib.suppress(MalformedPacketError):
        bytes(parse(bytes(wire)))
