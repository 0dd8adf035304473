from dataclasses import replace

import pytest

from pxectl.boot.client import Client, Firmware
from pxectl.boot.decide import decide
from pxectl.boot.profile import Profile
from pxectl.boot.quirks import Quirks
from pxectl.boot.unfit import unfit
from pxectl.wire.iana import Arch
from tests.builders import MAC1, NBPS, NOW, machine, site

NAMED = {nbp.name: replace(nbp, arch=arch) for arch, nbp in NBPS.items()}
UKI = Profile("uki", nbp={Arch.X64_UEFI: "uki.efi", Arch.X86_BIOS: "uki.efi"})
X64, ARM, BIOS = Arch.X64_UEFI, Arch.ARM64_UEFI, Arch.X86_BIOS


def told(arch, firmware, bootfile, archs=None, quirk="", profile=UKI):
    client = Client(MAC1, arch, firmware)
    known = machine(profile=profile.name, quirks=Quirks(nbp=quirk))
    here = site(
        machines=(known,), profiles=(profile,), binaries=NAMED, nbps={}, program_archs=archs or {}
    )
    decision = decide(client, known, here.rules, NOW)
    return unfit(client, decision, here, bootfile)


@pytest.mark.parametrize(
    ("arch", "firmware", "bootfile", "archs", "expected"),
    [
        (X64, Firmware.UEFI, "T/ipxe.efi", {}, ""),
        (X64, Firmware.UEFI, "T/ipxe-arm64.efi", {},
         "ipxe-arm64.efi is a program for arm64-uefi, and its firmware is x64-uefi"),
        (X64, Firmware.UEFI, "T/undionly.kpxe", {},
         "undionly.kpxe is a program for a BIOS, and its firmware is x64-uefi"),
        (BIOS, Firmware.BIOS, "T/ipxe.efi", {},
         "ipxe.efi is a program for x64-uefi, and its firmware is x86-bios"),
        (Arch.X64_UEFI_HTTP, Firmware.UEFI_HTTP, "http://s/T/ipxe.efi", {}, ""),
        (X64, Firmware.UEFI, "T/files/uki.efi", {"uki.efi": X64}, ""),
        (X64, Firmware.UEFI, "T/files/uki.efi", {"uki.efi": ARM},
         "uki.efi is a program for arm64-uefi, and its firmware is x64-uefi"),
        (X64, Firmware.UEFI, "T/files/uki.efi", {}, ""),
        (X64, Firmware.UEFI, "T/unknown", {}, ""),
        (X64, Firmware.UEFI, "", {}, ""),
        (X64, Firmware.IPXE, "http://s/T/boot.ipxe", {}, ""),
        (None, Firmware.UEFI, "T/undionly.kpxe", {}, ""),
    ],
)  # fmt: skip
def test_a_program_for_another_machine_is_told(arch, firmware, bootfile, archs, expected):
    assert told(arch, firmware, bootfile, archs) == expected
