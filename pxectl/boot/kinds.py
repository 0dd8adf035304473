"""Clients by name: what each kind of firmware puts into its DISCOVER (lab.md, "What real firmware
sends"), so that `rules test` asks with the packet that the wire would show.
"""

import re
from dataclasses import dataclass
from uuid import UUID

from pxectl.boot.claims import CLAIMS
from pxectl.boot.machine import Machine
from pxectl.boot.raspberry import OUIS, PI_3, ROM_XID, pack_guid
from pxectl.boot.site import Site
from pxectl.errors import PxectlError
from pxectl.mac import MAC
from pxectl.wire.dhcp import BROADCAST_FLAG, DHCPPacket
from pxectl.wire.iana import Arch, IPXEFeature, MessageType, Op
from pxectl.wire.options import Option, pack_options
from pxectl.wire.pxe import pack_uuid

_NDI_BIOS, _NDI_EFI, _NDI_IPXE_EFI = b"\1\2\1", b"\1\3\0", b"\1\3\x0a"
_IPXE_FEATURES = (
    IPXEFeature.HTTP, IPXEFeature.HTTPS, IPXEFeature.TFTP, IPXEFeature.DNS, IPXEFeature.ISCSI,
    IPXEFeature.MENU, IPXEFeature.VLAN,
)  # fmt: skip
_FIRMWARE_WANTS = bytes((*range(1, 7), 12, 13, 15, 17, 43, 50, 51, 54, 58, 59, 60, 66, 67, 97))
_PI_WANTS = bytes((43, 60, 67, *range(128, 136), 66))
_REVISIONS = {4: 0xC03111, 5: 0xD04170}
"""Of Pi boards, for option 97."""
_IPXE_WANTS = bytes((1, 3, 6, 7, 12, 15, 17, 26, 42, 43, 60, 66, 67, 119, 175, 203))


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of client."""

    name: str
    arch: Arch
    vendor: str = "PXEClient"
    """`PXEClient` or `HTTPClient`; empty: it sends no option 60."""
    ndi: bytes = _NDI_EFI
    broadcast: bool = True
    """It sets the broadcast flag."""
    ipxe: bool = False
    pi: int = 0
    """Which Raspberry Pi it is; 0: none."""

    def discover(self, mac: MAC, uuid: UUID | None = None, serial: str = "") -> DHCPPacket:
        """Its DISCOVER.

        Args:
            mac: of the NIC.
            uuid: of the machine; None: one made from the MAC.
            serial: of the machine, which only a Raspberry Pi tells.
        """
        if self.pi:
            return self._of_pi(mac, serial)
        options: dict[int, bytes] = {
            Option.MESSAGE_TYPE: bytes((MessageType.DISCOVER,)),
            Option.MAXIMUM_MESSAGE_SIZE: (1472).to_bytes(2, "big"),
            Option.PARAMETER_REQUEST_LIST: _IPXE_WANTS if self.ipxe else _FIRMWARE_WANTS,
            Option.CLIENT_UUID: pack_uuid(uuid or default_uuid(mac)),
            Option.CLIENT_NDI: self.ndi,
            Option.CLIENT_ARCH: self.arch.to_bytes(2, "big"),
        }
        if self.vendor:
            vendor_class = f"{self.vendor}:Arch:{self.arch:05}:UNDI:003000"
            options[Option.VENDOR_CLASS] = vendor_class.encode()
        if self.ipxe:
            platform = IPXEFeature.EFI if self.arch.is_uefi else IPXEFeature.BZIMAGE
            features: dict[int, bytes] = dict.fromkeys((*_IPXE_FEATURES, platform), b"\1")
            options[Option.USER_CLASS] = b"iPXE"
            options[Option.IPXE] = pack_options(features)[:-1]
            options[Option.CLIENT_IDENTIFIER] = b"\1" + mac
        return DHCPPacket(
            op=Op.BOOTREQUEST,
            xid=int.from_bytes(mac[2:], "big"),
            chaddr=mac,
            flags=BROADCAST_FLAG if self.broadcast else 0,
            options=options,
        )

    def _of_pi(self, mac: MAC, serial: str) -> DHCPPacket:
        """As captures show it (`boot/raspberry.py`): of a Pi 3 all boards say the same."""
        digits = serial[-8:].lower()
        number = digits if re.fullmatch(r"[0-9a-f]{8}", digits) else mac[2:].hex()
        is_rom = self.pi == 3
        wants = _PI_WANTS if is_rom else bytes((1, 3)) + _PI_WANTS
        guid = bytes((0, *b"D" * 16))
        if not is_rom:
            guid = pack_guid(self.pi, _REVISIONS[self.pi], mac, number)
        options: dict[int, bytes] = {
            Option.MESSAGE_TYPE: bytes((MessageType.DISCOVER,)),
            Option.PARAMETER_REQUEST_LIST: wants,
            Option.CLIENT_ARCH: self.arch.to_bytes(2, "big"),
            Option.CLIENT_NDI: self.ndi,
            Option.CLIENT_UUID: guid,
            Option.VENDOR_CLASS: f"PXEClient:Arch:{self.arch:05}:UNDI:002001".encode(),
        }
        xid = ROM_XID if is_rom else int.from_bytes(mac[2:], "big")
        return DHCPPacket(op=Op.BOOTREQUEST, xid=xid, chaddr=mac, options=options)

    def after_nbp(self) -> "Kind":
        """What it asks as when it has loaded iPXE: HTTP boot comes back as PXE (lab.md 3)."""
        arch = self.arch.pxe
        ndi = _NDI_IPXE_EFI if arch.is_uefi else _NDI_BIOS
        return Kind("ipxe", arch, "PXEClient", ndi, ipxe=True)


def default_uuid(mac: MAC) -> UUID:
    """What a rehearsed client says where nobody knows its UUID."""
    return UUID(bytes=bytes(10) + mac)


_KINDS = (
    Kind("bios", Arch.X86_BIOS, ndi=_NDI_BIOS, broadcast=False),
    Kind("uefi-x64", Arch.X64_UEFI),
    Kind("uefi-x86", Arch.X86_UEFI),
    Kind("uefi-arm64", Arch.ARM64_UEFI),
    Kind("uefi-arm32", Arch.ARM32_UEFI),
    Kind("uefi-riscv64", Arch.RISCV64_UEFI),
    Kind("uefi-loong64", Arch.LOONGARCH64_UEFI),
    Kind("uefi-http", Arch.X64_UEFI_HTTP, "HTTPClient"),
    Kind("uefi-arm64-http", Arch.ARM64_UEFI_HTTP, "HTTPClient"),
    Kind("ipxe", Arch.X64_UEFI, ndi=_NDI_IPXE_EFI, ipxe=True),
    Kind("ipxe-bios", Arch.X86_BIOS, ndi=_NDI_BIOS, broadcast=False, ipxe=True),
    Kind("ipxe-arm64", Arch.ARM64_UEFI, ndi=_NDI_IPXE_EFI, ipxe=True),
    Kind("rpi3", Arch.X86_BIOS, ndi=_NDI_BIOS, broadcast=False, pi=3),
    Kind("rpi4", Arch.X86_BIOS, ndi=_NDI_BIOS, broadcast=False, pi=4),
    Kind("rpi5", Arch.X86_BIOS, ndi=_NDI_BIOS, broadcast=False, pi=5),
    Kind("u-boot", Arch.ARM64_UBOOT, "U-Boot"),
)
KINDS = {kind.name: kind for kind in _KINDS}


def kind_named(name: str) -> Kind:
    """The kind of client with this name, or with an architecture's label.

    Raises:
        PxectlError: there is none; the hint lists them.
    """
    if name in KINDS:
        return KINDS[name]
    for kind in _KINDS:
        if kind.arch.label == name and not kind.ipxe:
            return kind
    raise PxectlError(f"there is no client `{name}`", hint=f"it is one of {', '.join(KINDS)}")


def kind_of_machine(machine: Machine | None, mac: MAC, site: Site) -> Kind:
    """What a machine asks as first, as far as the site tells.

    Args:
        machine: None: it is not known.
        mac: which it asks with.
        site: its profiles.
    """
    claim = machine.arch if machine else ""
    profile = site.rules.profiles.get(machine.profile) if machine else None
    if (profile and profile.rpi) or (mac[:3] in OUIS and not claim):
        return KINDS["rpi3" if mac[:3] == PI_3 else "rpi4"]
    return kind_of_claim(claim)


def kind_of_claim(claim: str) -> Kind:
    """What a machine with `arch = claim` boots as: UEFI PXE; `uefi-x64` if it says nothing."""
    arch = CLAIMS.get(claim.lower())
    kinds = (kind for kind in _KINDS if kind.arch is arch and not kind.ipxe)
    return next(kinds, KINDS["uefi-x64"])
