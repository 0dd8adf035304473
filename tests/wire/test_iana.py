import pickle

import pytest

from pxectl.wire.iana import Arch, IPXEFeature, MessageType, PXESuboption, RelaySuboption
from pxectl.wire.options import Option


@pytest.mark.parametrize(
    ("number", "label"),
    [
        (0, "x86-bios"), (6, "x86-uefi"), (7, "x64-uefi"), (9, "ebc"), (10, "arm32-uefi"),
        (11, "arm64-uefi"), (15, "x86-uefi-http"), (16, "x64-uefi-http"), (19, "arm64-uefi-http"),
        (22, "arm64-uboot"), (27, "riscv64-uefi"), (31, "s390-basic"), (39, "loongarch64-uefi"),
        (41, "arm-rpiboot"), (65535, "arch65535"),
    ],
)  # fmt: skip
def test_architectures_are_called_as_the_registry_does(number, label):
    assert Arch(number).label == label
    assert Arch.parse(label) == Arch.parse(label.upper()) == Arch(number)
    assert Arch.parse(str(number)) == Arch.parse(f"arch{number}") == Arch(number)


def test_the_registry_is_whole():
    assert sorted(Arch) == list(range(42))


@pytest.mark.parametrize(
    ("arch", "pxe"),
    [
        (Arch.X64_UEFI_HTTP, Arch.X64_UEFI), (Arch.EBC, Arch.X64_UEFI),
        (Arch.EBC_HTTP, Arch.X64_UEFI), (Arch.ARM64_UEFI_HTTP, Arch.ARM64_UEFI),
        (Arch.X86_BIOS_HTTP, Arch.X86_BIOS), (Arch.ARM64_UBOOT_HTTP, Arch.ARM64_UBOOT),
        (Arch.X64_UEFI, Arch.X64_UEFI), (Arch(999), Arch(999)),
    ],
)  # fmt: skip
def test_http_boot_is_of_the_same_platform(arch, pxe):
    assert arch.pxe == pxe


def test_unknown_number_is_a_member_like_any_other():
    one, two = Arch(65535), Arch(65535)

    assert one == two == 65535
    assert hash(one) == hash(two)
    assert {one: 1}[two] == 1
    assert pickle.loads(pickle.dumps(one)) == one
    assert not one.is_registered
    assert Arch.X64_UEFI.is_registered


def test_unknown_numbers_are_not_kept():
    before = len(Arch.__members__), len(Arch._value2member_map_)
    for number in range(1000, 2000):
        Arch(number)

    assert (len(Arch.__members__), len(Arch._value2member_map_)) == before


@pytest.mark.parametrize("number", [-1, 65536])
def test_what_does_not_fit_the_field_is_no_member(number):
    with pytest.raises(ValueError):
        Arch(number)


@pytest.mark.parametrize("text", ["x64", "", "arch", "arch70000", "ebc "])
def test_unknown_label_is_an_error(text):
    with pytest.raises(ValueError):
        Arch.parse(text)


@pytest.mark.parametrize(
    ("numbers", "name"),
    [
        (MessageType, "MESSAGE240"), (Arch, "ARCH240"), (PXESuboption, "SUBOPTION240"),
        (IPXEFeature, "FEATURE240"), (RelaySuboption, "SUBOPTION240"), (Option, "OPTION240"),
    ],
)  # fmt: skip
def test_unknown_number_has_a_name_to_show(numbers, name):
    assert numbers(240).name == name
    assert numbers(240).value == 240
