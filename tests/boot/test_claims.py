import pytest

from pxectl.boot.claims import CLAIMS, contradicts
from pxectl.wire.iana import Arch


@pytest.mark.parametrize(
    ("arch", "claim", "yes"),
    [
        (Arch.X64_UEFI, "x86_64", False),
        (Arch.X64_UEFI, "i386", False),
        (Arch.X86_BIOS, "x86_64", False),
        (Arch.X64_UEFI_HTTP, "amd64", False),
        (Arch.ARM64_UEFI_HTTP, "AArch64", False),
        (Arch.ARM64_UEFI, "x86_64", True),
        (Arch.X64_UEFI, "arm64", True),
        (Arch.X86_BIOS, "arm64-uefi", True),
        (Arch.ARM32_UEFI, "arm64", True),
        (Arch.X64_UEFI, "unheard-of", False),
        (Arch(65535), "x86_64", True),
    ],
)
def test_a_claim_is_about_the_processor(arch, claim, yes):
    assert contradicts(arch, claim) is yes


def test_every_label_of_the_registry_can_be_claimed():
    assert all(CLAIMS[arch.label] is arch for arch in Arch)
