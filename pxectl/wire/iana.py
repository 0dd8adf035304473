"""Numbers that IANA and the PXE specification gave out, with the names that people know.

A number that is not in a registry is no error: it becomes a member named after itself
(`ARCH65535`), so that new firmware is shown and decided about, not dropped.
"""

from enum import IntEnum, IntFlag
from typing import Self

DHCP_SERVER_PORT = 67
DHCP_CLIENT_PORT = 68
TFTP_PORT = 69
BOOT_SERVER_PORT = 4011  # PXE 2.1: the boot server's own port


class OpenEnum(IntEnum):
    """An enumeration that takes in numbers it does not know, as members named `PREFIXn`."""

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        if not isinstance(value, int) or not 0 <= value <= 0xFFFF:
            return None
        member = int.__new__(cls, value)
        member._name_ = f"{cls._prefix()}{value}"
        member._value_ = value
        return member

    @classmethod
    def _prefix(cls) -> str:
        return cls.__name__.upper()

    @property
    def is_registered(self) -> bool:
        """False for a number that was made a member on the fly."""
        return self.name in type(self).__members__


class Op(IntEnum):
    """`op` of RFC 2131 figure 1."""

    BOOTREQUEST = 1
    BOOTREPLY = 2


class MessageType(OpenEnum):
    """Option 53 (RFC 2132 section 9.6)."""

    DISCOVER = 1
    OFFER = 2
    REQUEST = 3
    DECLINE = 4
    ACK = 5
    NAK = 6
    RELEASE = 7
    INFORM = 8

    @classmethod
    def _prefix(cls) -> str:
        return "MESSAGE"


class Arch(OpenEnum):
    """Processor Architecture Types: option 93, a list of 16-bit numbers (RFC 4578, RFC 5970).

    `label` is what rules, flags and logs call them: `x64-uefi`. What each usually boots stands in
    netboot.md 2.7.
    """

    X86_BIOS = 0
    NEC_PC98 = 1
    ITANIUM = 2
    DEC_ALPHA = 3
    ARC_X86 = 4
    INTEL_LEAN_CLIENT = 5
    X86_UEFI = 6
    X64_UEFI = 7
    EFI_XSCALE = 8
    EBC = 9  # many real x64 machines send it: RFC 4578 had 7 and 9 swapped (netboot.md 3.1, 15)
    ARM32_UEFI = 10
    ARM64_UEFI = 11
    POWERPC_OPEN_FIRMWARE = 12
    POWERPC_EPAPR = 13
    POWER_OPAL = 14
    X86_UEFI_HTTP = 15
    X64_UEFI_HTTP = 16
    EBC_HTTP = 17
    ARM32_UEFI_HTTP = 18
    ARM64_UEFI_HTTP = 19
    X86_BIOS_HTTP = 20
    ARM32_UBOOT = 21
    ARM64_UBOOT = 22
    ARM32_UBOOT_HTTP = 23
    ARM64_UBOOT_HTTP = 24
    RISCV32_UEFI = 25
    RISCV32_UEFI_HTTP = 26
    RISCV64_UEFI = 27
    RISCV64_UEFI_HTTP = 28
    RISCV128_UEFI = 29
    RISCV128_UEFI_HTTP = 30
    S390_BASIC = 31
    S390_EXTENDED = 32
    MIPS32_UEFI = 33
    MIPS64_UEFI = 34
    SUNWAY32_UEFI = 35
    SUNWAY64_UEFI = 36
    LOONGARCH32_UEFI = 37
    LOONGARCH32_UEFI_HTTP = 38
    LOONGARCH64_UEFI = 39
    LOONGARCH64_UEFI_HTTP = 40
    ARM_RPIBOOT = 41

    @property
    def label(self) -> str:
        """The name in rules and logs, such as `x64-uefi`; `arch65535` for an unknown number."""
        return self.name.lower().replace("_", "-")

    @property
    def pxe(self) -> "Arch":
        """The same platform without HTTP boot, and EBC as the x64 that it is in practice."""
        return _PXE_OF.get(self, self)

    @property
    def is_http(self) -> bool:
        """True for firmware that boots from a URL (RFC 5970)."""
        return self.name.endswith("_HTTP")

    @property
    def is_uefi(self) -> bool:
        """True for UEFI, over PXE or HTTP."""
        return "_UEFI" in self.name or self.name.startswith(("EBC", "EFI_"))

    @classmethod
    def parse(cls, text: str) -> "Arch":
        """The member with this label in any case, or with this number: `arch65535`, `65535`.

        Raises:
            ValueError: no such label, or more than 16 bits.
        """
        member = _BY_LABEL.get(text.lower())
        if member is not None:
            return member
        digits = text.lower().removeprefix("arch")
        if digits.isascii() and digits.isdigit() and int(digits) <= 0xFFFF:
            return cls(int(digits))
        raise ValueError(text)


_BY_LABEL = {arch.label: arch for arch in Arch}
_PXE_OF = {
    arch: Arch[arch.name.removesuffix("_HTTP")] for arch in Arch if arch.name.endswith("_HTTP")
} | {Arch.EBC: Arch.X64_UEFI, Arch.EBC_HTTP: Arch.X64_UEFI}


class PXESuboption(OpenEnum):
    """Sub-options of option 43 beside option 60 `PXEClient` (PXE 2.1 2.2, netboot.md 2.5)."""

    MTFTP_ADDRESS = 1
    MTFTP_CLIENT_PORT = 2
    MTFTP_SERVER_PORT = 3
    MTFTP_TIMEOUT = 4
    MTFTP_DELAY = 5
    DISCOVERY_CONTROL = 6
    DISCOVERY_MCAST_ADDR = 7
    BOOT_SERVERS = 8
    BOOT_MENU = 9
    MENU_PROMPT = 10
    BOOT_ITEM = 71

    @classmethod
    def _prefix(cls) -> str:
        return "SUBOPTION"


class DiscoveryControl(IntFlag):
    """Bits of option 43 sub-option 6 (PXE 2.1)."""

    NO_BROADCAST = 1
    NO_MULTICAST = 2
    ONLY_LISTED_SERVERS = 4
    SKIP_DISCOVERY = 8  # "boot file in the offer: just load it"


class IPXEFeature(OpenEnum):
    """Sub-options of option 175 (netboot.md 2.3)."""

    PRIORITY = 1
    KEEP_SAN = 8
    PXE_EXT = 16
    ISCSI = 17
    AOE = 18
    HTTP = 19
    HTTPS = 20
    TFTP = 21
    FTP = 22
    DNS = 23
    BZIMAGE = 24
    MULTIBOOT = 25
    SLAM = 26
    SRP = 27
    NBI = 32
    PXE = 33
    ELF = 34
    COMBOOT = 35
    EFI = 36
    FCOE = 37
    VLAN = 38
    MENU = 39
    SDI = 40
    NFS = 41
    NO_PXEDHCP = 176
    BUS_ID = 177
    VERSION = 235

    @classmethod
    def _prefix(cls) -> str:
        return "FEATURE"


class RelaySuboption(OpenEnum):
    """Sub-options of option 82 (RFC 3046, 3527, 5107)."""

    CIRCUIT_ID = 1
    REMOTE_ID = 2
    LINK_SELECTION = 5
    SERVER_ID_OVERRIDE = 11

    @classmethod
    def _prefix(cls) -> str:
        return "SUBOPTION"
