import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pxectl.wire.registry import Kind, meaning_of
from pxectl.wire.values import decode_option, encode_option

BOTH_WAYS = [
    ("subnet-mask", "255.255.255.0", b"\xff\xff\xff\0"),
    ("router", ["10.77.0.1"], b"\x0a\x4d\0\1"),
    ("domain-name-server", ["10.77.0.1", "10.77.0.2"], b"\x0a\x4d\0\1\x0a\x4d\0\2"),
    ("hostname", "node1", b"node1"),
    ("hostname", "nöde", b"n\xc3\xb6de"),
    ("time-offset", -3600, b"\xff\xff\xf1\xf0"),
    ("default-ip-ttl", 64, b"\x40"),
    ("mtu-interface", 9000, b"\x23\x28"),
    ("address-time", 4294967295, b"\xff\xff\xff\xff"),
    ("parameter-list", [1, 3, 6], b"\1\3\6"),
    ("client-system", [7, 9, 65535], b"\0\7\0\x09\xff\xff"),
    ("forward-on-off", True, b"\1"),
    ("forward-on-off", False, b"\0"),
    ("domain-search", ["a.example", "lab"], b"\1a\7example\0\3lab\0"),
    ("classless-static-route", ["10.0.0.0/8 via 10.77.0.1"], b"\x08\x0a\x0a\x4d\0\1"),
    ("classless-static-route", ["0.0.0.0/0 via 10.77.0.1"], b"\0\x0a\x4d\0\1"),
    ("classless-static-route", ["10.1.128.0/17 via 10.77.0.1"], b"\x11\x0a\x01\x80\x0a\x4d\0\1"),
    ("client-id", "01:52:54", b"\1\x52\x54"),
    ("rapid-commit", "", b""),
]


@pytest.mark.parametrize(("option", "value", "octets"), BOTH_WAYS)
def test_value_and_octets_are_two_spellings_of_one_thing(option, value, octets):
    code = meaning_of(option).code

    assert encode_option(option, value) == (code, octets)
    assert decode_option(code, octets) == value


@pytest.mark.parametrize(
    ("option", "value", "octets"),
    [
        ("router", "10.77.0.1", b"\x0a\x4d\0\1"),
        ("mtu-interface", "1500", b"\x05\xdc"),
        ("client-id", "0152ab", b"\1\x52\xab"),
        ("client-id", "0x0152AB", b"\1\x52\xab"),
        ("client-id", "text:node1", b"node1"),
        ("option-252", "text:http://wpad/", b"http://wpad/"),
        ("option-252", "hex:01:02", b"\1\2"),
        ("router", "hex:0a4d0001", b"\x0a\x4d\0\1"),
        ("option-12", "hex:00:ff", b"\0\xff"),
        ("option-249", "hex:08 0a 0a4d0001", b"\x08\x0a\x0a\x4d\0\1"),
        ("option-249", "10.0.0.0/8 via 10.77.0.1", b"\x08\x0a\x0a\x4d\0\1"),
        ("domain-search", "example.", b"\7example\0"),
        ("domain-search", "bücher.example", b"\x0dxn--bcher-kva\7example\0"),
        ("classless-static-route", "10.0.0.0/8, 10.77.0.1", b"\x08\x0a\x0a\x4d\0\1"),
    ],
)
def test_people_may_write_it_shorter(option, value, octets):
    assert encode_option(option, value)[1] == octets


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("subnet-mask", "255.255.255"),
        ("subnet-mask", 24),
        ("router", []),
        ("router", ["10.77.0.1", "x"]),
        ("router", None),
        ("hostname", ""),
        ("hostname", 7),
        ("default-ip-ttl", 256),
        ("default-ip-ttl", -1),
        ("default-ip-ttl", True),
        ("default-ip-ttl", 1.5),
        ("parameter-list", [1, 256]),
        ("parameter-list", []),
        ("forward-on-off", "yes"),
        ("forward-on-off", 1),
        ("domain-search", ""),
        ("domain-search", "."),
        ("domain-search", "a..b"),
        ("domain-search", "a.b.."),
        ("domain-search", "x" * 64),
        ("domain-search", ".".join(["x" * 60] * 5)),
        ("classless-static-route", "10.0.0.0/8"),
        ("classless-static-route", "10.0.0.1/8 via 10.77.0.1"),
        ("classless-static-route", "10.0.0.0/33 via 10.77.0.1"),
        ("client-id", "abc"),
        ("router", "hex:0a4"),
        ("router", ["hex:0a4d0001"]),
        ("client-id", {"a": 1}),
    ],
)
def test_value_that_the_option_can_not_hold_is_refused(option, value):
    meaning = meaning_of(option)
    with pytest.raises(ValueError) as caught:
        encode_option(option, value)
    assert str(caught.value) == f"`{value}` is no value for `{option}`: {meaning.kind.value}"


@pytest.mark.parametrize(
    ("option", "octets", "value"),
    [
        ("hostname", b"node1\0\0", "node1"),
        ("hostname", b"n\xf6de", "nöde"),
        ("domain-search", b"\3lab\0\1a\xc0\0", ["lab", "a.lab"]),
        ("domain-search", b"\1a\3lab\0\xc0\2\1b\xc0\x07", ["a.lab", "lab", "b.lab"]),
    ],
)
def test_what_others_write_is_read(option, octets, value):
    assert decode_option(meaning_of(option).code, octets) == value


@pytest.mark.parametrize(
    ("option", "octets"),
    [
        ("subnet-mask", b"\xff\xff\xff"),
        ("router", b""),
        ("router", b"\x0a\x4d\0\1\x0a"),
        ("mtu-interface", b"\1"),
        ("client-system", b"\0\7\0"),
        ("forward-on-off", b"\2"),
        ("domain-search", b""),
        ("classless-static-route", b""),
        ("domain-search", b"\7exam"),
        ("domain-search", b"\xc0\0"),
        ("domain-search", b"\3lab\xc0\0"),
        ("domain-search", b"\1a\xc0\4\0\xc0"),
        ("domain-search", b"\x40"),
        ("domain-search", (b"\x3f" + b"x" * 63) * 4 + b"\0"),
        ("classless-static-route", b"\x21\x0a\0\0\0\0\x0a\x4d\0\1"),
        ("classless-static-route", b"\x08\x0a\x0a\x4d"),
    ],
)
def test_octets_that_do_not_fit_the_type_are_shown_in_hexadecimal(option, octets):
    assert decode_option(meaning_of(option).code, octets) == octets.hex(":")


def test_chain_of_pointers_is_followed_only_as_far_as_a_domain_is_long():
    """Each domain is a label and a pointer to the one before, so the n-th has n labels."""
    links = [b"\1a\0"]
    for n in range(1, 200):
        target = 0 if n == 1 else 3 + 4 * (n - 2)
        links.append(b"\1a" + (0xC000 | target).to_bytes(2, "big"))

    assert decode_option(119, b"".join(links[:3])) == ["a", "a.a", "a.a.a"]
    assert decode_option(119, b"".join(links)) == b"".join(links).hex(":")


addresses = st.ip_addresses(v=4).map(str)
labels = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?", fullmatch=True).filter(
    lambda label: not label.startswith("xn--")
)
of_kind = {
    Kind.ADDRESS: addresses,
    Kind.ADDRESSES: st.lists(addresses, min_size=1),
    Kind.TEXT: st.text(
        st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1
    ),
    Kind.U8: st.integers(0, 2**8 - 1),
    Kind.U16: st.integers(0, 2**16 - 1),
    Kind.U32: st.integers(0, 2**32 - 1),
    Kind.I32: st.integers(-(2**31), 2**31 - 1),
    Kind.U8S: st.lists(st.integers(0, 2**8 - 1), min_size=1),
    Kind.U16S: st.lists(st.integers(0, 2**16 - 1), min_size=1),
    Kind.BOOL: st.booleans(),
    Kind.DOMAINS: st.lists(st.lists(labels, min_size=1, max_size=4).map(".".join), min_size=1),
    Kind.ROUTES: st.lists(
        st.tuples(st.integers(0, 2**32 - 1), st.integers(0, 32), addresses).map(
            lambda route: f"{_masked(route[0], route[1])}/{route[1]} via {route[2]}"
        ),
        min_size=1,
    ),
    Kind.HEX: st.binary().map(lambda octets: octets.hex(":")),
}


def _masked(address: int, prefix: int) -> str:
    kept = address >> (32 - prefix) << (32 - prefix)
    return ".".join(str(octet) for octet in kept.to_bytes(4, "big"))


@given(st.integers(1, 254), st.data())
@settings(deadline=None, max_examples=200)
def test_values_survive_the_wire(code, data):
    value = data.draw(of_kind[meaning_of(code).kind])

    assert decode_option(*encode_option(code, value)) == value


@given(st.integers(1, 254), st.binary(max_size=80))
@settings(deadline=None, max_examples=200)
def test_any_octets_are_shown_somehow(code, octets):
    shown = decode_option(code, octets)

    assert isinstance(shown, str | int | list)
