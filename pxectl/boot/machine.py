"""A known machine: what `hardware/NAME.toml` says (DESIGN.md 2)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from ipaddress import IPv4Address
from types import MappingProxyType
from typing import Any
from uuid import UUID

from pxectl.boot.profile import Profile
from pxectl.boot.quirks import NO_QUIRKS, Quirks
from pxectl.mac import MAC

NOTHING: Mapping[str, Any] = MappingProxyType({})


class Netboot(Enum):
    """Whether a machine may netboot at all, before any rule names a profile."""

    ALWAYS = "always"
    ONCE = "once"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Machine:
    """One machine of the inventory."""

    name: str
    macs: tuple[MAC, ...]
    """At least one."""
    address: IPv4Address | None = None
    hostname: str = ""
    """Empty: the machine's name."""
    arch: str = ""
    """A claim, such as `x86_64` or `arm64`."""
    uuid: UUID | None = None
    serial: str = ""
    tags: tuple[str, ...] = ()
    netboot: Netboot = Netboot.ALWAYS
    profile: str = ""
    dhcp: bool = True
    """False: never lease an address to it."""
    secure_boot: bool = False
    """A claim: its firmware runs only what is signed by somebody whom it trusts."""
    options: Mapping[str, Any] = field(default_factory=lambda: NOTHING)
    """DHCP options by their IANA name, as the file holds them."""
    quirks: Quirks = NO_QUIRKS
    vars: Mapping[str, Any] = field(default_factory=lambda: NOTHING)
    origin: str = ""
    """Which `[[source]]` told of it, for people; empty: a file of the site."""
    as_of: float = field(default=0.0, compare=False)
    """Seconds since 1970: when the source said so; 0 for files."""
    own: Profile | None = None
    """What its source says that it boots, where that is no profile of the site; `profile` names it
    then."""

    def age(self, now: float) -> str:
        """How long ago its source said so, for people: `40 s`, `3 min`, `5 h`, `2 d`."""
        return age(now - self.as_of)


def age(seconds: float) -> str:
    """A time span for people, rounded down: `40 s`, `3 min`, `5 h`, `2 d`."""
    whole = max(0, int(seconds))
    for limit, unit, name in ((120, 1, "s"), (7200, 60, "min"), (172_800, 3600, "h")):
        if whole < limit:
            return f"{whole // unit} {name}"
    return f"{whole // 86_400} d"
