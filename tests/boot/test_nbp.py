import pytest

from pxectl.boot.client import Client, Firmware
from pxectl.boot.decide import decide
from pxectl.boot.nbp import Missing, binary_arch, bootfile, without_binary
from pxectl.boot.rules import Rules
from pxectl.boot.urls import Urls
from pxectl.wire.iana import Arch
from tests.builders import DEBIAN, MAC1, NBPS, NOW, machine, site

URLS = Urls("http://10.77.0.1:8080", "tok")


def told(firmware, arch, **serving):
    client = Client(MAC1, arch, firmware)
    decision = decide(client, machine(), Rules((), {"debian": DEBIAN}), NOW)
    return bootfile(client, decision, site(serving=serving), URLS)


@pytest.mark.parametrize(
    ("firmware", "arch", "name"),
    [
        (Firmware.BIOS, None, "tok/undionly.kpxe"),
        (Firmware.BIOS, Arch.X86_BIOS, "tok/undionly.kpxe"),
        (Firmware.UEFI, Arch.X64_UEFI, "tok/ipxe.efi"),
        (Firmware.UEFI_HTTP, Arch.ARM64_UEFI_HTTP, "http://10.77.0.1:8080/tok/ipxe-arm64.efi"),
        (Firmware.U_BOOT, Arch.ARM64_UBOOT, "tok/ipxe-arm64.efi"),
        (Firmware.IPXE, Arch.X64_UEFI, "http://10.77.0.1:8080/tok/boot.ipxe"),
    ],
)
def test_each_firmware_is_told_a_name_that_it_can_load(firmware, arch, name):
    assert told(firmware, arch) == name


@pytest.mark.parametrize(
    ("firmware", "arch", "off", "why"),
    [
        (Firmware.UEFI_HTTP, Arch.X64_UEFI_HTTP, "http", "HTTP is off"),
        (Firmware.UEFI, Arch.X64_UEFI, "tftp", "TFTP is off"),
    ],
)
def test_a_listener_that_is_off_is_the_reason(firmware, arch, off, why):
    missing = told(firmware, arch, **{off: False})

    assert isinstance(missing, Missing)
    assert missing.reason.startswith(why)


def test_missing_binary_has_its_mend():
    missing = told(Firmware.UEFI, Arch.LOONGARCH64_UEFI)

    assert missing.reason == "no iPXE binary for loongarch64-uefi"
    assert "files/ipxe/" in missing.hint


def test_http_boot_and_ebc_need_the_binary_of_their_platform():
    client = Client(MAC1, Arch.EBC_HTTP, Firmware.UEFI_HTTP)

    assert binary_arch(client) is Arch.X64_UEFI


def test_common_architectures_without_a_binary_are_known():
    one = {Arch.X64_UEFI: NBPS[Arch.X64_UEFI]}

    assert without_binary(site(nbps=one)) == (Arch.X86_BIOS, Arch.ARM64_UEFI)
