"""Does an EFI program bear a signature (PE/COFF: "attribute certificate table")?

Whose it is, and whether it is good, is for the firmware to judge that has the keys.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

from pxectl.boot.machine import Machine
from pxectl.boot.profile import Profile
from pxectl.boot.quirks import NO_QUIRKS
from pxectl.boot.rules import Rules

_HEADER = 24 + 112 + 5 * 8  # up to the fifth of the data directories, in the larger of two forms
_PLACES = {0x10B: 24 + 96, 0x20B: 24 + 112}
"""PE32 and PE32+: where the data directories begin, behind the PE signature."""
_CERTIFICATES = 4


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
    names = {name for profile in rules.profiles.values() for name in profile.nbp.values()}
    names |= {profile_nbp for machine in machines for profile_nbp in _of(machine.own)}
    names |= {rule.quirks.nbp for rule in rules.site if rule.quirks.nbp}
    quirks = (machine.quirks for machine in machines if machine.quirks is not NO_QUIRKS)
    names |= {one.nbp for one in quirks if one.nbp}
    return frozenset(name for name in names if _is_unsigned(files / name))


def _of(profile: Profile | None) -> Iterable[str]:
    return profile.nbp.values() if profile is not None else ()


def _is_unsigned(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            header = pe_header(file)
    except OSError:
        return False
    return bool(header) and not is_signed(header)
