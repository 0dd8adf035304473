"""Who asks: everything that a request says about its sender, read once (`identify`)."""

from dataclasses import dataclass
from enum import Enum
from ipaddress import IPv4Address, IPv4Network
from uuid import UUID

from pxectl.mac import MAC
from pxectl.wire.iana import Arch


class Firmware(Enum):
    """The program that asks; `match.firmware` in rules."""

    BIOS = "bios"
    UEFI = "uefi"
    UEFI_HTTP = "uefi-http"
    IPXE = "ipxe"
    RPI = "rpi"
    U_BOOT = "u-boot"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Client:
    """Who asks. Texts are the client's own words: hostile until filtered for where they go."""

    mac: MAC | None
    """`chaddr`; None for a path asked for without a token."""
    arch: Arch | None = None
    """The first of option 93 that is registered, EBC taken as x64; None if it did not say."""
    firmware: Firmware | None = None
    """None: an operating system or something else that does not netboot."""
    features: frozenset[int] = frozenset()
    """iPXE's features (sub-options of option 175)."""
    vendor_class: str = ""
    user_class: str = ""
    hostname: str = ""
    uuid: UUID | None = None
    """Option 97, its first three fields little-endian as firmware sends them (RFC 4578 2.3)."""
    serial: str = ""
    interface: str = ""
    subnet: IPv4Network | None = None
    """Where it asks from: the interface's network, or the one of the site that holds the relay."""
    relay: IPv4Address | None = None
    circuit_id: str = ""
    remote_id: str = ""

    @property
    def netboots(self) -> bool:
        """True if it wants to boot from the network; anything else never gets boot data."""
        return self.firmware is not None

    @property
    def is_ipxe(self) -> bool:
        """True for the stage that runs scripts."""
        return self.firmware is Firmware.IPXE

    @property
    def label(self) -> str:
        """What logs call it: `x64-uefi`, `ipxe x64-uefi`, `rpi`."""
        arch = self.arch.label if self.arch is not None else "unknown"
        match self.firmware:
            case None:
                return "-"
            case Firmware.IPXE:
                return f"ipxe {arch}"
            case Firmware.RPI:
                return "rpi"
            case _:
                return arch
