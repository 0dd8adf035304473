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
