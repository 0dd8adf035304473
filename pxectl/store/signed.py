"""What an EFI program is for, and whether it bears a signature (PE/COFF: "certificate table").

Whose it is, and whether it is good, is for the firmware to judge that has the keys.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import BinaryIO

from pxectl.boot.machine import Machine
from pxectl.boot.profile import Profile
from pxectl.boot.quirks import NO_QUIRKS
from pxectl.boot.rules import Rules
from pxectl.wire.iana import Arch

_HEADER = 24 + 112 + 5 * 8  # up to the fifth of the data directories, in the larger of two forms
_PLACES = {0x10B: 24 + 96, 0x20B: 24 + 112}
"""PE32 and PE32+: where the data directories begin, behind the PE signature."""
_CERTIFICATES = 4
_PE_MACHINES = {
    0x014C: Arch.X86_UEFI,
    0x8664: Arch.X64_UEFI,
    0x01C2: Arch.ARM32_UEFI,
    0x01C4: Arch.ARM32_UEFI,
    0xAA64: Arch.ARM64_UEFI,
    0x5032: Arch.RISCV32_UEFI,
    0x5064: Arch.RISCV64_UEFI,
    0x6264: Arch.LOONGARCH64_UEFI,
}


def pe_header(file: BinaryIO) -> bytes:
    """What a program says of itself, from its PE signature on; empty: it is no EFI program.

    Args:
        file: the program, at its start; where it stands afterwards is not said.

    Raises:
        OSError: it can not be read.
    """
    start = file.read(0x40)
    if start[:2] != b"MZ" or len(start) < 0x40:
        return b""
    file.seek(int.from_bytes(start[0x3C:], "little"))
    header = file.read(_HEADER)
    return header if header[:4] == b"PE\0\0" else b""


def pe_arch(header: bytes) -> Arch | None:
    """What a program runs on; None: that is not known.

    Args:
        header: as `pe_header` gives it.
    """
    return _PE_MACHINES.get(int.from_bytes(header[4:6], "little")) if header else None


def is_signed(header: bytes) -> bool:
    """True for a program with a table of certificates.

    Args:
        header: as `pe_header` gives it.
    """
    place = _PLACES.get(int.from_bytes(header[24:26], "little"))
    if place is None:
        return False
    count = int.from_bytes(header[place - 4 : place], "little")
    entry = place + 8 * _CERTIFICATES
    size = header[entry + 4 : entry + 8]
    return count > _CERTIFICATES and len(size) == 4 and any(size)


def unsigned_programs(files: Path, rules: Rules, machines: Iterable[Machine]) -> frozenset[str]:
    """The programs that a site hands to firmware itself and that bear no signature.

    Args:
        files: `files/` of the site.
        rules: with the profiles.
        machines: whose quirks may name programs.

    Returns:
        Paths below `files/`. What is not there, or is no EFI program, is not among them.
    """
    names = _named(rules, machines)
    return frozenset(name for name in names if _is_unsigned(files / name))


def program_archs(files: Path, rules: Rules, machines: Iterable[Machine]) -> Mapping[str, Arch]:
    """What these programs run on: one that is no EFI program is for a BIOS.

    Args:
        files: `files/` of the site.
        rules: with the profiles.
        machines: whose quirks may name programs.

    Returns:
        By path below `files/`; what is not there, or not understood, is not among them.
    """
    found = {name: _arch(files / name) for name in _named(rules, machines)}
    return {name: arch for name, arch in found.items() if arch is not None}


def _named(rules: Rules, machines: Iterable[Machine]) -> set[str]:
    names = {name for profile in rules.profiles.values() for name in profile.nbp.values()}
    names |= {profile_nbp for machine in machines for profile_nbp in _of(machine.own)}
    names |= {rule.quirks.nbp for rule in rules.site if rule.quirks.nbp}
    quirks = (machine.quirks for machine in machines if machine.quirks is not NO_QUIRKS)
    names |= {one.nbp for one in quirks if one.nbp}
    return names


def _arch(path: Path) -> Arch | None:
    try:
        with path.open("rb") as file:
            header = pe_header(file)
            file.seek(0)
            start = file.read(2)
    except OSError:
        return None
    return pe_arch(header) if start == b"MZ" else Arch.X86_BIOS if start else None


def _of(profile: Profile | None) -> Iterable[str]:
    return profile.nbp.values() if profile is not None else ()


def _is_unsigned(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            header = pe_header(file)
    except OSError:
        return False
    return bool(header) and not is_signed(header)
