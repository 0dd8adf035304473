"""Every kind of client by name: what it is told first (netboot.md 2.1), and what it makes of it."""

import pytest

from pxectl.boot.client import Firmware
from pxectl.boot.kinds import KINDS
from pxectl.boot.rehearse import rehearse
from pxectl.boot.site import NBP, Mode
from pxectl.mac import MAC
from pxectl.wire.iana import Arch
from tests.boot.test_agreement import HERE
from tests.builders import DEBIAN, MAC1, NBPS, NOW, PIS, machine, site

PI = MAC.parse("b8:27:eb:00:00:01")
ALL = {
    arch: NBP(f"ipxe-{arch.label}.efi", "/lib/x", "test", 1)
    for arch in (Arch.X86_UEFI, Arch.ARM32_UEFI, Arch.RISCV64_UEFI, Arch.LOONGARCH64_UEFI)
} | NBPS
EXPECTED = {
    "bios": ("undionly.kpxe", "the PXE ROM loads the NBP"),
    "uefi-x64": ("ipxe.efi", "EDK2 loads the NBP"),
    "uefi-x86": ("ipxe-x86-uefi.efi", "EDK2 loads the NBP"),
    "uefi-arm64": ("ipxe-arm64.efi", "EDK2 loads the NBP"),
    "uefi-arm32": ("ipxe-arm32-uefi.efi", "EDK2 loads the NBP"),
    "uefi-riscv64": ("ipxe-riscv64-uefi.efi", "EDK2 loads the NBP"),
    "uefi-loong64": ("ipxe-loongarch64-uefi.efi", "EDK2 loads the NBP"),
    "uefi-http": ("ipxe.efi", "EDK2's HTTP boot asks HEAD, then GET"),
    "uefi-arm64-http": ("ipxe-arm64.efi", "EDK2's HTTP boot asks HEAD, then GET"),
    "ipxe": ("boot.ipxe", "iPXE fetches the script"),
    "ipxe-bios": ("boot.ipxe", "iPXE fetches the script"),
    "ipxe-arm64": ("boot.ipxe", "iPXE fetches the script"),
    "rpi3": ("bootcode.bin", "the Raspberry Pi asks for its own file names"),
    "rpi4": ("bootcode.bin", "the Raspberry Pi asks for its own file names"),
    "rpi5": ("bootcode.bin", "the Raspberry Pi asks for its own file names"),
    "u-boot": ("ipxe-arm64.efi", "U-Boot loads the NBP"),
}


def test_every_kind_is_expected_to_do_something():
    assert EXPECTED.keys() == KINDS.keys()


@pytest.mark.parametrize("mode", [Mode.PROXY, Mode.SERVER])
@pytest.mark.parametrize("name", EXPECTED)
def test_each_kind_is_told_what_it_can_load(name, mode):
    mac = PI if name.startswith("rpi") else MAC1
    profile = PIS if name.startswith("rpi") else DEBIAN
    booting = machine(macs=(mac,), profile=profile.name)
    site_ = site(mode, machines=(booting,), profiles=(profile,), nbps=ALL)
    bootfile, then = EXPECTED[name]

    result = rehearse(KINDS[name].discover(mac), KINDS[name], HERE, site_, NOW)

    assert result.would_netboot
    assert result.steps[0].response.event.bootfile.rpartition("/")[2] == bootfile
    assert result.then.startswith(then)
    is_pi = name.startswith("rpi")
    stages = 1 if is_pi or name.startswith("ipxe") else 2
    assert len(result.steps) == stages
    assert bool(result.script) is not is_pi


@pytest.mark.parametrize("name", ["rpi3", "rpi4", "rpi5"])
def test_a_raspberry_pi_is_known_with_an_odd_mac_too(name):
    """EEPROM's `MAC_ADDRESS`: option 97 or the xid tell it."""
    result = rehearse(KINDS[name].discover(MAC1), KINDS[name], HERE, site(Mode.PROXY), NOW)

    assert result.client.firmware is Firmware.RPI


@pytest.mark.parametrize("name", ["rpi5", "u-boot"])
def test_without_an_answer_they_go_on_by_themselves(name):
    site_ = site(Mode.PROXY, machines=())

    result = rehearse(KINDS[name].discover(MAC1), KINDS[name], HERE, site_, NOW)

    assert result.then.endswith("asks a few times more, then goes on to its next boot device")
