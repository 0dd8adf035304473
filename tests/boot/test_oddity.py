from uuid import UUID

import pytest

from pxectl.boot.client import Client, Firmware
from pxectl.boot.oddity import oddity
from pxectl.boot.site import Mode
from pxectl.wire.iana import Arch
from tests.builders import MAC1, STRANGER, ask, discover, machine, site

UUID1 = UUID("4c4c4544-0034-4c10-8052-b4c04f4e4e32")


@pytest.mark.parametrize(
    ("mac", "arch", "claim", "odd"),
    [
        (MAC1, Arch.X64_UEFI, "x86_64", ""),
        (MAC1, Arch.X86_BIOS, "x86_64", ""),
        (MAC1, Arch.ARM64_UEFI, "x86_64", "arch is arm64-uefi, its file says x86_64"),
        (None, None, "x86_64", ""),
        (
            STRANGER,
            Arch.X64_UEFI,
            "",
            "taken for node1 by its UUID: 52:54:00:99:99:99 is not in its file",
        ),
    ],
)
def test_what_does_not_fit_is_said(mac, arch, claim, odd):
    assert oddity(Client(mac, arch, Firmware.UEFI), machine(arch=claim)) == odd


def test_nothing_is_odd_about_a_stranger():
    assert oddity(Client(STRANGER), None) == ""


def test_another_nic_of_a_machine_boots_as_it_with_a_warning():
    packet = discover(mac=STRANGER, options={97: b"\0" + UUID1.bytes_le})

    event = ask(packet, site(Mode.PROXY, machines=(machine(uuid=UUID1),))).event

    assert event.decision.machine.name == "node1"
    assert event.bootfile.endswith("ipxe.efi")
    assert event.warning.startswith("taken for node1 by its UUID")
