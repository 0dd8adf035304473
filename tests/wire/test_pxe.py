from contextlib import suppress
from ipaddress import IPv4Address
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pxectl.errors import MalformedPacketError
from pxectl.wire.iana import Arch, DiscoveryControl, PXESuboption
from pxectl.wire.options import parse_suboptions
from pxectl.wire.pxe import (
    LOCAL_BOOT,
    MenuItem,
    pack_pxe,
    pack_uuid,
    parse_archs,
    parse_boot_servers,
    parse_menu,
    parse_user_class,
    parse_uuid,
)


def test_skip_discovery_is_what_every_stack_sends():
    assert pack_pxe(control=DiscoveryControl.SKIP_DISCOVERY) == b"\x06\x01\x08\xff"


def test_menu_is_read_back():
    menu = (MenuItem(LOCAL_BOOT, "local disk"), MenuItem(0x8000, "netboot"))

    value = pack_pxe(menu=menu, prompt=(255, "choose"))
    suboptions = parse_suboptions(value, "option 43")

    assert parse_menu(suboptions[PXESuboption.BOOT_MENU]) == menu
    assert suboptions[PXESuboption.MENU_PROMPT] == b"\xffchoose"


def test_boot_servers_are_read():
    value = b"\x80\x00\x02\x0a\x4d\x00\x01\x0a\x4d\x00\x02\x00\x01\x00"

    assert parse_boot_servers(value) == (
        (0x8000, (IPv4Address("10.77.0.1"), IPv4Address("10.77.0.2"))),
        (1, ()),
    )


@pytest.mark.parametrize("parse", [parse_menu, parse_boot_servers])
@given(value=st.binary(max_size=60))
def test_random_octets_are_a_list_or_malformed(parse, value):
    with suppress(MalformedPacketError):
        parse(value)


@given(st.binary(max_size=40))
def test_architectures_never_fail(value):
    assert len(parse_archs(value)) == len(value) // 2


def test_unknown_architecture_survives():
    assert parse_archs(b"\0\7\xff\xff") == (Arch.X64_UEFI, Arch(65535))


def test_architectures_are_read_as_far_as_one_option_holds():
    assert len(parse_archs(b"\xfe\xdc" * 30_000)) == 127


@given(st.uuids())
def test_uuid_is_read_back(uuid):
    assert parse_uuid(pack_uuid(uuid)) == (uuid if uuid.int else None)


def test_uuid_has_little_endian_fields():
    value = b"\0" + bytes.fromhex("33221100554477668899aabbccddeeff")

    assert parse_uuid(value) == UUID("00112233-4455-6677-8899-aabbccddeeff")


@pytest.mark.parametrize("value", [b"", b"\0" * 17, b"\1" * 17, b"\0" * 16, b"\0DDDD"])
def test_what_is_no_uuid_is_none(value):
    assert parse_uuid(value) is None


@pytest.mark.parametrize(
    ("value", "classes"),
    [
        (b"", ()),
        (b"iPXE", ("iPXE",)),
        (b"\x04iPXE", ("iPXE",)),
        (b"\x04iPXE\x02ab", ("iPXE", "ab")),
        (b"\x04iPX", ("\x04iPX",)),
        (b"\0\0", ("\0\0",)),
    ],
)
def test_user_class_is_read_raw_and_with_lengths(value, classes):
    assert parse_user_class(value) == classes


@given(st.binary(max_size=60))
def test_user_class_never_fails(value):
    assert isinstance(parse_user_class(value), tuple)
