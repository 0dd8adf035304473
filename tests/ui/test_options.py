import pytest
from hypothesis import given
from hypothesis import strategies as st

from pxectl.ui.options import readable_options
from pxectl.wire.dhcp import DHCPPacket
from pxectl.wire.options import Option
from tests.builders import MAC1
from tests.recordings import dhcp


def read(options):
    return {code: value for code, _, value in readable_options(packet(options))}


def packet(options):
    return DHCPPacket(op=1, xid=1, chaddr=MAC1, options=options)


@pytest.mark.parametrize(
    ("code", "value", "text"),
    [
        (53, b"\1", "DISCOVER"),
        (53, b"", ""),
        (93, b"\0\7\0\x09", "7 x64-uefi, 9 ebc"),
        (94, b"\1\3\x0a", "UNDI 3.10"),
        (97, b"\0" + b"\x11" * 16, "11111111-1111-1111-1111-111111111111"),
        (97, b"\0DDDD", "00:44:44:44:44"),
        (77, b"iPXE", "iPXE"),
        (82, b"\1\4ge-1\2\2\0\1", "1 circuit-id ge-1; 2 remote-id 00:01"),
        (82, b"\1\x09x", "01:09:78 (malformed: option 82: sub-option 1 reaches beyond the end)"),
        (175, b"\x13\1\1\xeb\3\1\x15\1", "http version 01:15:01"),
        (3, b"\x0a\x4d\0\1", "10.77.0.1"),
        (60, b"\x1b[2J", "\\x1b[2J"),
    ],
)
def test_values_are_what_they_mean(code, value, text):
    assert read({code: value}) == {code: text}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (b"\6\1\x08\xff", "6 discovery-control 8"),
        (b"\x0a\4\0PXE\xff", "10 menu-prompt 0 s 'PXE'"),
        (b"\x09\x07\0\0\4disk\xff", "9 boot-menu 0 'disk'"),
        (b"\x08\x07\x80\0\1\x0a\x4d\0\1\xff", "8 boot-servers 32768 10.77.0.1"),
        (b"\x47\4\x80\0\0\0\xff", "71 boot-item 80:00:00:00"),
        (b"\6\xff", "06:ff (malformed: option 43: option 6 claims 255 octets, 0 are left)"),
    ],
)
def test_option_43_of_a_pxe_client_is_taken_apart(value, text):
    assert read({60: b"PXEClient", 43: value})[43] == text


def test_option_43_of_anybody_else_is_octets():
    assert read({60: b"udhcp", 43: b"\6\1\x08"})[43] == "06:01:08"


def test_names_and_order_are_those_of_the_wire():
    [first, *_] = readable_options(dhcp("uefi-proxy")[0])

    assert first[0] == Option.MESSAGE_TYPE
    assert first[2] == "DISCOVER"


@given(st.dictionaries(st.integers(1, 254), st.binary(max_size=60), max_size=6))
def test_nothing_that_a_server_sends_is_raised_or_printed_raw(options):
    for _, _, value in readable_options(packet(options | {60: b"PXEClient"})):
        assert value.isprintable()
