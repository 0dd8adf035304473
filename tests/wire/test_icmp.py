from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pxectl.errors import MalformedPacketError
from pxectl.wire.icmp import ECHO_REPLY, ECHO_REQUEST, Echo, icmp_of

# `ping -c 1`, its data cut to four octets
REQUEST = bytes.fromhex("0800 2b3d 1234 0001 61626364".replace(" ", ""))


@given(
    st.sampled_from([ECHO_REPLY, ECHO_REQUEST]),
    st.integers(0, 65535),
    st.integers(0, 65535),
    st.binary(max_size=40),
)
def test_what_is_written_is_read(type_, identifier, sequence, data):
    echo = Echo(type_, identifier, sequence, data)
    assert Echo.parse(echo.pack()) == echo


def test_other_kinds_are_none():
    assert Echo.parse(b"\x03\x01" + REQUEST[2:]) is None


@pytest.mark.parametrize("message", [b"", REQUEST[:7], b"\x00" + REQUEST[1:-1] + b"\xff"])
def test_what_is_broken_is_refused(message):
    with pytest.raises(MalformedPacketError):
        Echo.parse(message)


@given(st.binary(max_size=60))
def test_noise_is_nothing_or_malformed(noise):
    with suppress(MalformedPacketError):
        Echo.parse(icmp_of(noise))


def test_the_message_is_what_follows_the_ip_header_with_its_options():
    assert icmp_of(b"\x46" + bytes(23) + REQUEST) == REQUEST
