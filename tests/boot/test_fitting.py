import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pxectl.boot.fitting import fit, room_for
from pxectl.wire.options import Option, pack_options
from tests.builders import discover

_AROUND = 241  # before and behind the options of a message


@pytest.mark.parametrize(
    ("size", "octets"),
    [
        (None, 576 - 28),
        (b"\x02\x40", 576 - 28),
        (b"\x01\x2c", 576 - 28),  # less than RFC 2132 allows
        (b"\x05\xc0", 1472 - 28),
        (b"\x05\xdc", 1500 - 28),
        (b"\xff\x00", 1500 - 28),  # EDK2's REQUEST, in tests/data/uefi-full.pcap
        (b"\x05", 576 - 28),
    ],
)
def test_option_57_counts_the_headers_of_ip_and_udp(size, octets):
    options = {} if size is None else {Option.MAXIMUM_MESSAGE_SIZE: size}
    packet = discover(options=options)
    if size is None:
        del packet.options[Option.MAXIMUM_MESSAGE_SIZE]

    assert room_for(packet) == octets - _AROUND


def test_bootp_has_three_hundred_octets():
    packet = discover()
    del packet.options[Option.MESSAGE_TYPE]

    assert room_for(packet) == 300 - _AROUND


ROWS = [
    # room, options that stay, names of those that go
    (100, (53, 1, 3, 6, 15, 12), ()),
    (39, (53, 1, 3, 6, 15, 12), ()),
    (38, (53, 1, 3, 6, 15), ("hostname",)),
    (34, (53, 1, 3, 6, 15), ("hostname",)),
    (33, (53, 1, 3, 6, 12), ("domain-name",)),
    (19, (53, 1, 3), ("domain-name-server", "domain-name", "hostname")),
    (0, (53, 1), ("router", "domain-name-server", "domain-name", "hostname")),
]


@pytest.mark.parametrize(("room", "stay", "go"), ROWS)
def test_the_least_important_goes_first(room, stay, go):
    options = {53: b"\2", 1: bytes(4), 3: bytes(4), 6: bytes(8), 15: bytes(7), 12: bytes(3)}

    assert fit(options, room, (3, 6, 15, 12)) == go
    assert tuple(options) == stay


@given(
    st.dictionaries(st.integers(1, 254), st.binary(max_size=600), max_size=20),
    st.integers(0, 1500),
    st.data(),
)
@settings(deadline=None, max_examples=200)
def test_what_stays_fits_unless_it_has_to_stay(options, room, data):
    spare = data.draw(st.permutations(sorted(options)))
    spare = spare[: data.draw(st.integers(0, len(spare)))]
    before = dict(options)

    gone = fit(options, room, spare)

    needed = {code: value for code, value in before.items() if code not in spare}
    packed = len(pack_options(options)) - 1
    assert packed <= room or options == needed
    assert needed.items() <= options.items() <= before.items()
    assert len(gone) == len(before) - len(options)
    if len(pack_options(before)) - 1 <= room:
        assert options == before
