"""Behaviour that one kind of firmware needs and another breaks on (DESIGN.md 5)."""

from dataclasses import dataclass, fields, replace
from enum import Enum


class Style(Enum):
    """How a proxy offer leads to the NBP (netboot.md 2.1, schools a and b)."""

    BYPASS = "bypass"  # 43.6 = 8: load what the offer names
    BINL = "binl"  # 60 without 43: ask port 4011


class Deny(Enum):
    """What a machine that may not boot is told (netboot.md 3.2, 26)."""

    SILENT = "silent"
    FAST = "fast"
    SCRIPT = "script"


class Local(Enum):
    """How iPXE hands back to the firmware (netboot.md 3.2, 27)."""

    EXIT = "exit"
    SANBOOT = "sanboot"
    GRUB = "grub"


@dataclass(frozen=True, slots=True)
class Quirks:
    """Overrides; None leaves it to the kind of client."""

    style: Style | None = None
    reply_delay: float | None = None
    """Seconds to wait before a DHCP reply, 0 to 10 (netboot.md 3.1, 11)."""
    blksize: int | None = None
    """Largest TFTP block, 512 to 65464 octets."""
    nbp: str | None = None
    """Name of the first program, below `files/` or of an iPXE binary, instead of the usual one."""
    deny: Deny | None = None
    local: Local | None = None

    def over(self, base: "Quirks") -> "Quirks":
        """These quirks, and `base` where they say nothing."""
        said = {f.name: value for f in fields(self) if (value := getattr(self, f.name)) is not None}
        return replace(base, **said)


NO_QUIRKS = Quirks()
