import struct
from pathlib import Path

import pytest

from pxectl.boot.site import NBP
from pxectl.store import artifacts, signed
from pxectl.store.artifacts import (
    choose_nbps,
    find_artifacts,
    is_binary_name,
    name_binaries,
)
from pxectl.wire.iana import Arch

BIOS = b"\xea\x05\x00\xc0\x07" + bytes(1000)
X64, ARM64, IA32 = 0x8664, 0xAA64, 0x014C


def efi(machine: int) -> bytes:
    return (
        b"MZ".ljust(0x3C, b"\0")
        + struct.pack("<I", 0x80)
        + bytes(0x40)
        + b"PE\0\0"
        + struct.pack("<H", machine)
    )


@pytest.fixture
def host(tmp_path, monkeypatch):
    """A host with nothing installed but what the test puts below `tmp_path`."""
    monkeypatch.setattr(
        artifacts,
        "_folders",
        lambda site: [
            (site / "files" / "ipxe", "site"),
            (site / "files", "site"),
            (tmp_path / "system", "system"),
        ],
    )
    return tmp_path


def write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def test_each_architecture_has_its_binary_under_its_own_name(host):
    system = host / "system"
    write(system / "undionly.kpxe", BIOS)
    write(system / "ipxe-amd64.efi", efi(X64))
    write(system / "ipxe-arm64.efi", efi(ARM64))
    write(system / "ipxe-i386.efi", efi(IA32))
    write(system / "ipxe.lkrn", b"x")
    write(system / "ipxe.iso", b"x")
    nbps = choose_nbps(find_artifacts(host))
    assert {arch: (nbp.name, Path(nbp.path).name) for arch, nbp in nbps.items()} == {
        Arch.X86_BIOS: ("undionly.kpxe", "undionly.kpxe"),
        Arch.X64_UEFI: ("ipxe.efi", "ipxe-amd64.efi"),
        Arch.ARM64_UEFI: ("ipxe-arm64.efi", "ipxe-arm64.efi"),
        Arch.X86_UEFI: ("ipxe-i386.efi", "ipxe-i386.efi"),
    }


def test_fedora_lays_out_by_name_and_by_folder(host):
    system = host / "system"
    write(system / "ipxe-snponly-x86_64.efi", efi(X64))
    write(system / "arm64-efi" / "snponly.efi", efi(ARM64))
    write(system / "qemu" / "ipxe.efi", efi(X64))
    nbps = choose_nbps(find_artifacts(host))
    assert {nbp.path for nbp in nbps.values()} == {
        str(system / "ipxe-snponly-x86_64.efi"),
        str(system / "arm64-efi" / "snponly.efi"),
    }


def test_the_sites_own_come_first_and_ipxe_before_snponly(host):
    write(host / "files" / "ipxe" / "snponly.efi", efi(X64))
    write(host / "files" / "undionly.kpxe", BIOS)
    write(host / "system" / "ipxe.efi", efi(X64))
    write(host / "system" / "undionly.kpxe", BIOS)
    nbps = choose_nbps(find_artifacts(host))
    path = str(host / "files" / "ipxe" / "snponly.efi")
    assert nbps[Arch.X64_UEFI] == NBP("ipxe.efi", path, "site", len(efi(X64)), arch=Arch.X64_UEFI)
    assert nbps[Arch.X86_BIOS].source == "site"
    write(host / "files" / "ipxe" / "ipxe.efi", efi(X64))
    nbps = choose_nbps(find_artifacts(host))
    assert nbps[Arch.X64_UEFI].path == str(host / "files" / "ipxe" / "ipxe.efi")


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("ipxe.efi", b"", "is empty"),
        ("ipxe.efi", b"<!DOCTYPE html>", "is no EFI program"),
        ("ipxe.efi", b"MZ" + bytes(100), "is no EFI program"),
        ("ipxe.efi", b"MZ" + b"\xff" * 100, "is no EFI program"),
        ("ipxe.efi", efi(0x1234), "is no EFI program"),
        ("ipxe.efi", efi(ARM64), "is for arm64-uefi, its name says x64-uefi"),
        ("ipxe-arm64.efi", efi(X64), "is for x64-uefi, its name says arm64-uefi"),
        ("undionly.kpxe", b"", "is empty"),
        ("undionly.kpxe", efi(X64), "is no PXE program"),
        ("undionly.kpxe", BIOS + bytes(700_000), "is too large for a BIOS"),
    ],
)
def test_what_is_not_what_it_claims_is_shown_and_never_used(host, name, content, problem):
    write(host / "files" / "ipxe" / name, content)
    [found] = find_artifacts(host)
    assert found.problem.startswith(problem)
    assert choose_nbps([found]) == {}
    good = BIOS if name == "undionly.kpxe" else efi(ARM64 if "arm64" in name else X64)
    write(host / "system" / name, good)
    [nbp] = choose_nbps(find_artifacts(host)).values()
    assert nbp.source == "system"


def test_a_link_is_followed_so_that_its_folder_can_be_served(host):
    write(host / "boot" / "ipxe.efi", efi(X64))
    (host / "system").mkdir()
    (host / "system" / "ipxe.efi").symlink_to(host / "boot" / "ipxe.efi")
    (host / "system" / "undionly.kpxe").symlink_to("nowhere")
    good, broken = find_artifacts(host)
    assert good.path == str(host / "boot" / "ipxe.efi")
    assert broken.problem == "can not be read: No such file or directory"


def test_every_binary_has_a_name_of_its_own_on_the_wire():
    names = list(artifacts._WIRE_NAMES.values())
    assert len(set(names)) == len(names)
    assert {*signed._PE_MACHINES.values(), Arch.X86_BIOS} == {*artifacts._WIRE_NAMES}
    assert all(arch.pxe is arch for arch in artifacts._WIRE_NAMES)


@pytest.mark.parametrize(
    ("name", "counts"),
    [("ipxe.efi", True), ("snponly-x64.efi", True), ("ipxe.pxe", True), ("ipxe-sparc.efi", False),
     ("linux", False), ("grubx64.efi", False)],
)  # fmt: skip
def test_only_names_of_ipxe_count(name, counts):
    assert is_binary_name(name) is counts


def test_beside_the_single_program_comes_last(tmp_path, monkeypatch):
    monkeypatch.setattr("sys.frozen", True, raising=False)
    monkeypatch.setattr("sys.executable", str(tmp_path / "pxectl"))
    folders = list(artifacts._folders(tmp_path / "site"))
    assert folders[0] == (tmp_path / "site" / "files" / "ipxe", "site")
    assert folders[-2:] == [(tmp_path / "ipxe", "beside pxectl"), (tmp_path, "beside pxectl")]


def test_homebrews_own_prefix_is_looked_into(monkeypatch):
    monkeypatch.setenv("HOMEBREW_PREFIX", "/opt/brew")
    assert (Path("/opt/brew/share/ipxe"), "Homebrew") in list(artifacts._folders(None))


def test_each_good_binary_can_be_asked_for_by_its_files_name(host):
    write(host / "files" / "ipxe" / "snponly.efi", efi(X64))
    write(host / "files" / "ipxe" / "ipxe.efi", b"")
    write(host / "system" / "ipxe.efi", efi(X64))
    write(host / "system" / "snponly.efi", efi(X64))

    named = name_binaries(find_artifacts(host))

    assert {name: nbp.source for name, nbp in named.items()} == {
        "snponly.efi": "site",
        "ipxe.efi": "system",
    }
