"""Names that shim asks for (netboot.md 3.3, 44; rhboot/shim 649, 696; shim 16.1 in the lab)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pxectl.boot.client import Client, Firmware
from pxectl.boot.shim import beside_shim, does_without, is_shims, second_stages, without_junk
from pxectl.mac import MAC
from pxectl.wire.iana import Arch

MAC1 = MAC.parse("52:54:00:77:00:01")
X64 = Client(MAC1, Arch.X64_UEFI, Firmware.UEFI)
ARM64 = Client(MAC1, Arch.ARM64_UEFI, Firmware.UEFI)
BIOS = Client(MAC1, Arch.X86_BIOS, Firmware.BIOS)
OWN = "deb/shimx64.efi"


@pytest.mark.parametrize(
    ("name", "its"),
    [
        ("grubx64.efi", True),
        ("a/b/grubaa64.efi", True),
        ("MMX64.EFI", True),
        ("fbia32.efi", True),
        ("revocations.efi", True),
        ("revocations_sku.efi", True),
        ("revocations_sbat.efi", True),
        ("shim_certificate.efi", True),
        ("shim_certificate_0.efi", True),
        ("shim_certificate_9.efi", True),
        ("shim_certificate_10.efi", False),
        ("grub.efi", False),
        ("grubx65.efi", False),
        ("grubx64.efi.bak", False),
        ("shimx64.efi", False),
        ("ipxe.efi", False),
        ("", False),
    ],
)
def test_its_names_are_known_in_any_folder_and_case(name, its):
    assert is_shims(name) is its


@pytest.mark.parametrize(
    ("name", "own", "client", "file"),
    [
        ("grubx64.efi", OWN, X64, "deb/grubx64.efi"),
        ("grubx64.efi", "shimx64.efi", X64, "grubx64.efi"),
        ("grubx64.efi", "", X64, "grubx64.efi"),
        ("2-54-00/files/deb/revocations.efi", OWN, X64, "deb/revocations.efi"),
        ("mirror/SEAL/https/h/d/grubx64.efi", "https://h/d/s.efi", X64, "https://h/d/grubx64.efi"),
        ("files/deb/grubx64.efi", OWN, X64, ""),
        ("files/deb/êonboard", OWN, X64, "deb/grubx64.efi"),
        ("files/deb/\ufffdUSB", OWN, ARM64, "deb/grubaa64.efi"),
        ("files/\ufffdUSB", "shimx64.efi", X64, "grubx64.efi"),
        ("\ufffdUSB", OWN, X64, "deb/grubx64.efi"),
        ("\ufffdUSB", OWN, BIOS, ""),
        ("\ufffdUSB", "", X64, ""),
        ("files/other/\ufffdUSB", OWN, X64, ""),
        ("files/deb/Onboard", OWN, X64, ""),
        ("files/deb/linux", OWN, X64, ""),
    ],
)
def test_what_it_means_lies_beside_it(name, own, client, file):
    assert beside_shim(name, own, client) == file


def test_a_program_called_shim_loads_grub_from_beside_itself():
    nbps = {
        Arch.X64_UEFI: "deb/shimx64.efi", Arch.X64_UEFI_HTTP: "shim.efi",
        Arch.ARM64_UEFI: "SHIMAA64.EFI", Arch.X86_UEFI: "ipxe-shim.efi", Arch.X86_BIOS: "shim.0",
    }  # fmt: skip

    assert list(second_stages(nbps)) == ["deb/grubx64.efi", "grubx64.efi", "grubaa64.efi"]


@pytest.mark.parametrize(
    ("path", "cut"),
    [
        ("a/x.efi\xff\xfe", "a/x.efi"),
        ("a/x.EFI\x00\x01", "a/x.EFI"),
        ("a/x.efi ", "a/x.efi"),
        ("a/x.efi", "a/x.efi"),
        ("a/x.efi.signed", "a/x.efi.signed"),
        ("a/é.cfg", "a/é.cfg"),
        ("x.efi/é", "x.efi/é"),
    ],
    ids=repr,
)
def test_junk_behind_an_efi_program_is_no_part_of_its_name(path, cut):
    assert without_junk(path) == cut


@pytest.mark.parametrize(
    ("name", "by_habit"),
    [("t/revocations_sku.efi", True), ("shim_certificate_0.efi", True), ("grubx64.efi", False)],
)
def test_what_it_does_without_is_no_news(name, by_habit):
    assert does_without(name) is by_habit


@given(st.text(max_size=40), st.sampled_from(["", OWN, "shimx64.efi"]))
def test_no_name_leads_elsewhere(name, own):
    home = own.rpartition("/")[0]

    file = beside_shim(name, own, X64)

    assert not file or file.rpartition("/")[0] == home
