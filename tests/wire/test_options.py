from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pxectl.errors import MalformedPacketError
from pxectl.wire.options import Option, pack_options, parse_options, parse_suboptions

VALUES = st.dictionaries(st.integers(1, 254), st.binary(max_size=600), max_size=12)


@pytest.mark.parametrize(
    ("data", "options"),
    [
        (b"", {}),
        (b"\xff", {}),
        (b"\x35\x01\x01\xff", {53: b"\x01"}),
        (b"\0\0\x35\x01\x01\0\xff\x0c\x01x", {53: b"\x01"}),
        (b"\x35\x01\x01", {53: b"\x01"}),
        (b"\x0c\0\xff", {12: b""}),
        (b"\x0c\x02ab\x35\x01\x01\x0c\x01c\xff", {12: b"abc", 53: b"\x01"}),
    ],
    ids=["nothing", "end", "one", "padding", "no end", "empty value", "split (RFC 3396)"],
)
def test_options_are_read(data, options):
    assert parse_options(data) == options


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"\x35", "options: option 53 has no length"),
        (b"\x35\x02\x01", "options: option 53 claims 2 octets, 1 are left"),
        (b"\x0c\x01x\x35\xff\x01", "options: option 53 claims 255 octets, 1 are left"),
    ],
)
def test_length_that_overruns_is_told(data, reason):
    with pytest.raises(MalformedPacketError) as caught:
        parse_options(data)

    assert caught.value.message == reason


def test_order_of_the_wire_is_kept():
    data = b"\x36\x01a\x35\x01b\x52\x01c\xff"

    assert list(parse_options(data)) == [54, 53, 82]
    assert pack_options(parse_options(data)) == data


def test_long_value_is_split_and_joined():
    value = bytes(range(256)) * 2
    data = pack_options({43: value, 1: b"x"})

    assert data[:2] == b"\x2b\xff"
    assert data[257:259] == b"\x2b\xff"
    assert parse_options(data) == {43: value, 1: b"x"}


@given(VALUES)
def test_what_is_packed_is_read_back(options):
    assert parse_options(pack_options(options)) == options


@given(st.binary(max_size=300))
def test_random_octets_are_options_or_malformed(data):
    try:
        options = parse_options(data)
    except MalformedPacketError:
        return
    assert parse_options(pack_options(options)) == options


@pytest.mark.parametrize("what", ["option 43", "option 82", "option 175"])
@given(data=st.binary(max_size=100))
def test_random_suboptions_are_read_or_malformed(what, data):
    with suppress(MalformedPacketError):
        parse_suboptions(data, what)


def test_zero_is_a_suboption_of_82_and_padding_in_43():
    assert parse_suboptions(b"\0\x01x\x01\x01y", "option 82") == {0: b"x", 1: b"y"}
    assert parse_suboptions(b"\0\x06\x01\x08\xff", "option 43") == {6: b"\x08"}


def test_255_is_a_suboption_of_82():
    assert parse_suboptions(b"\xff\x01x", "option 82") == {255: b"x"}


def test_unknown_code_has_a_name_to_show():
    assert Option(224).name == "OPTION224"
