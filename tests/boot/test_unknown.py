from dataclasses import replace
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pxectl.boot.client import Client, Firmware
from pxectl.boot.decide import decide
from pxectl.boot.events import Ready, Unanswered
from pxectl.boot.site import Inventory
from pxectl.boot.unknown import LIMIT, Unknown, UnknownMachines
from pxectl.mac import MAC
from pxectl.wire.iana import Arch, MessageType
from tests.builders import MAC1, NOW, STRANGER, machine, site

UUID1 = UUID("9e1ee1b8-6a4b-4d5c-a8b8-5c1b7b7d8d11")
ASKS = Client(
    STRANGER, Arch.X64_UEFI, Firmware.UEFI, vendor_class="PXEClient:Arch:00007", uuid=UUID1
)


def asked(client=ASKS, **known):
    found = machine(**known) if known else None
    decision = decide(client, found, site().rules, NOW)
    return Unanswered(client, MessageType.DISCOVER, "denied", "", decision)


def test_who_asks_and_is_not_known_is_kept_with_what_it_said():
    unknown = UnknownMachines()
    unknown.observe(asked(), NOW)
    unknown.observe(asked(replace(ASKS, vendor_class="", uuid=None, hostname="h")), NOW + 2)
    assert list(unknown) == [Unknown(replace(ASKS, hostname="h"), NOW, NOW + 2, 2)]


@pytest.mark.parametrize(
    "event",
    [
        Ready((), ()),
        asked(macs=(STRANGER,)),
        asked(replace(ASKS, firmware=None)),
        asked(replace(ASKS, mac=MAC.parse("010000000000"))),
        replace(asked(), decision=None),
        replace(asked(), client=replace(ASKS, mac=None)),
    ],
)
def test_others_are_not_kept(event):
    unknown = UnknownMachines()
    unknown.observe(event, NOW)
    assert (list(unknown), unknown.changes) == ([], 0)


def test_who_has_become_known_goes():
    unknown = UnknownMachines()
    unknown.observe(asked(), NOW)
    unknown.observe(asked(replace(ASKS, mac=MAC1)), NOW)
    unknown.observe(asked(macs=(STRANGER,)), NOW)
    assert [one.client.mac for one in unknown] == [MAC1]
    unknown.forget_known(Inventory((machine(macs=(STRANGER,), uuid=UUID1),)))
    assert (len(unknown), unknown.changes) == (0, 4)


def test_what_ipxe_says_does_not_hide_the_firmware():
    unknown = UnknownMachines()
    unknown.observe(asked(replace(ASKS, arch=Arch.X64_UEFI_HTTP, firmware=Firmware.UEFI_HTTP)), NOW)
    unknown.observe(asked(replace(ASKS, firmware=Firmware.IPXE, user_class="iPXE")), NOW)
    [one] = unknown
    assert (one.client.firmware, one.arch) == (Firmware.UEFI_HTTP, "x64-uefi-http")
    assert one.client.user_class == "iPXE"


@pytest.mark.parametrize(
    ("arch", "firmware", "claim"),
    [
        (Arch.X64_UEFI, Firmware.UEFI, "x64-uefi"),
        (Arch.X86_BIOS, Firmware.BIOS, "x86-bios"),
        (Arch.X86_BIOS, Firmware.RPI, ""),
        (Arch(65000), Firmware.OTHER, ""),
        (None, Firmware.BIOS, ""),
    ],
)
def test_only_what_a_file_may_claim_is_an_architecture(arch, firmware, claim):
    assert Unknown(Client(STRANGER, arch, firmware), NOW, NOW).arch == claim


@pytest.mark.parametrize(("uuid", "told"), [(UUID1, True), (None, False), (UUID(int=0), False)])
def test_a_board_without_a_uuid_of_its_own_has_none(uuid, told):
    assert Unknown(Client(STRANGER, uuid=uuid), NOW, NOW).has_uuid is told


def test_what_an_earlier_run_saw_is_kept_up_to_the_limit():
    seen = [Unknown(Client(MAC((2, 0, 0, 0, 0, n))), NOW, NOW + n) for n in range(5)]
    assert list(UnknownMachines(seen, 2)) == [seen[4], seen[3]]
    assert UnknownMachines(seen).changes == 0


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 9), max_size=60), st.integers(1, 6))
def test_the_least_recently_seen_gives_way(numbers, limit):
    unknown = UnknownMachines(limit=limit)
    for now, number in enumerate(numbers):
        unknown.observe(asked(replace(ASKS, mac=MAC((2, 0, 0, 0, 0, number)))), now)
    recent = list(dict.fromkeys(reversed(numbers)))[:limit]
    assert [one.client.mac[5] for one in unknown] == recent


def test_a_flood_with_long_texts_takes_little_room():
    unknown = UnknownMachines()
    for number in range(LIMIT + 200):
        mac = MAC(b"\2\0" + number.to_bytes(4, "big"))
        unknown.observe(asked(replace(ASKS, mac=mac, vendor_class="PXEClient" + "x" * 60000)), NOW)
    assert len(unknown) == LIMIT
    assert max(len(one.client.vendor_class) for one in unknown) == 255
