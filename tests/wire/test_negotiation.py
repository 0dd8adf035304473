import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pxectl.wire.negotiation import Limits, agree, objection
from pxectl.wire.tftp import ERROR, RRQ, ErrorCode

LIMITS = Limits(blksize=1408, windowsize=16)


@pytest.mark.parametrize(
    ("asked", "agreed"),
    [
        ({}, {}),
        ({"blksize": "512"}, {"blksize": 512}),
        ({"blksize": "1468"}, {"blksize": 1408}),  # smee#70: an overlay's MTU drops 1468
        ({"blksize": "999999999"}, {"blksize": 1408}),
        ({"blksize": "7"}, {}),
        ({"blksize": "-8"}, {}),
        ({"blksize": "1_000"}, {}),
        ({"blksize": " 512"}, {}),
        ({"blksize": "\xb2"}, {}),
        ({"blksize": "9" * 5000}, {}),
        ({"blksize": ""}, {}),
        ({"windowsize": "4"}, {"windowsize": 4}),
        ({"windowsize": "64"}, {"windowsize": 16}),
        ({"windowsize": "0"}, {}),
        ({"timeout": "1"}, {"timeout": 1}),
        ({"timeout": "255"}, {"timeout": 255}),
        ({"timeout": "0"}, {}),
        ({"timeout": "256"}, {}),
        ({"tsize": "0"}, {"tsize": 4711}),
        ({"tsize": "what"}, {}),
        ({"multicast": "", "utimeout": "1000"}, {}),
    ],
)
def test_only_what_was_asked_and_understood_is_agreed(asked, agreed):
    assert agree(asked, 4711, LIMITS) == agreed


def test_windowsize_never_exceeds_64():
    assert agree({"windowsize": "65535"}, 1, Limits(windowsize=1000)) == {"windowsize": 64}


def test_octet_is_the_one_mode():
    assert objection(RRQ("x", "octet")) is None


@pytest.mark.parametrize(
    ("mode", "text"),
    [
        ("netascii", "mode netascii is not served, ask for octet (binary)"),
        ("mail", "mode mail is not served, ask for octet (binary)"),
        ("\x1b[31m", "mode is unknown, ask for octet (binary)"),
        ("", "mode is unknown, ask for octet (binary)"),
    ],
)
def test_other_modes_are_refused_in_clear_words(mode, text):
    assert objection(RRQ("x", mode)) == ERROR(ErrorCode.ILLEGAL_OPERATION, text)


names = st.sampled_from(["blksize", "windowsize", "timeout", "tsize", "else"])


@given(st.dictionaries(names, st.one_of(st.text(), st.integers().map(str))))
@settings(deadline=None)
def test_agreed_values_are_legal(asked):
    agreed = agree(asked, 10, LIMITS)
    assert agreed.keys() <= asked.keys()
    assert 8 <= agreed.get("blksize", 512) <= 1408
    assert 1 <= agreed.get("windowsize", 1) <= 16
    assert 1 <= agreed.get("timeout", 1) <= 255
