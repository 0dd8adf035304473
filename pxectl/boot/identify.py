"""Who asks: options 60, 77, 93, 97 and 175 are read here, once, and never again."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Network

from pxectl.boot.arrival import Arrival
from pxectl.boot.client import Client, Firmware
from pxectl.boot.raspberry import is_raspberry_pi, serial_in
from pxectl.errors import MalformedPacketError
from pxectl.wire.dhcp import UNSPECIFIED, DHCPPacket
from pxectl.wire.iana import Arch, RelaySuboption
from pxectl.wire.options import Option, parse_suboptions
from pxectl.wire.pxe import HTTP_CLIENT, PXE_CLIENT, parse_archs, parse_user_class, parse_uuid

# plain ints are found faster than members of an enumeration
_HOST_NAME, _VENDOR_CLASS = int(Option.HOST_NAME), int(Option.VENDOR_CLASS)
_USER_CLASS, _RELAY = int(Option.USER_CLASS), int(Option.RELAY_AGENT_INFORMATION)
_ARCH, _UUID, _IPXE = int(Option.CLIENT_ARCH), int(Option.CLIENT_UUID), int(Option.IPXE)

_NO_SUBOPTIONS: Mapping[int, bytes] = {}
_UBOOT_ARCHS = frozenset(
    (Arch.ARM32_UBOOT, Arch.ARM64_UBOOT, Arch.ARM32_UBOOT_HTTP, Arch.ARM64_UBOOT_HTTP)
)
_SAME = {Arch.EBC: Arch.X64_UEFI, Arch.EBC_HTTP: Arch.X64_UEFI_HTTP}  # netboot.md 3.1, 15


def identify(packet: DHCPPacket, arrival: Arrival, network: IPv4Network | None) -> Client:
    """Who sent `packet`.

    Args:
        packet: a request.
        arrival: where it came in.
        network: where it asks from, if that is not the interface's network (`boot/link.py`).

    Raises:
        MalformedPacketError: option 82 does not hold what RFC 3046 says.
    """
    said = packet.options.get
    kind = _kind(said(_VENDOR_CLASS, b""), said(_USER_CLASS, b""), said(_ARCH), said(_IPXE),
                 is_raspberry=is_raspberry_pi(packet))  # fmt: skip
    guid = said(_UUID, b"")
    # of a Pi it is no UUID: all boards of one model may say the same (netboot.md 3.1, 13b)
    is_pi = kind.firmware is Firmware.RPI
    information = said(_RELAY)
    relay = parse_suboptions(information, "option 82") if information else _NO_SUBOPTIONS
    relayed = packet.giaddr != UNSPECIFIED
    return Client(
        mac=packet.mac,
        arch=kind.arch,
        firmware=kind.firmware,
        features=kind.features,
        vendor_class=kind.vendor_class,
        user_class=kind.user_class,
        hostname=said(_HOST_NAME, b"").decode("latin-1"),
        uuid=None if is_pi else parse_uuid(guid),
        serial=serial_in(guid) if is_pi else "",
        interface=arrival.interface,
        subnet=network if network or relayed else arrival.network,
        relay=packet.giaddr if relayed else None,
        circuit_id=_readable(relay.get(RelaySuboption.CIRCUIT_ID, b"")) if relay else "",
        remote_id=_readable(relay.get(RelaySuboption.REMOTE_ID, b"")) if relay else "",
    )


@dataclass(frozen=True, slots=True)
class _Kind:
    """What all machines of a model say alike."""

    arch: Arch | None
    firmware: Firmware | None
    features: frozenset[int]
    vendor_class: str
    user_class: str


@lru_cache(256)  # a rack of one model says the same; kept few, for a client may say much
def _kind(
    vendor_class: bytes,
    user_class: bytes,
    archs: bytes | None,
    ipxe: bytes | None,
    *,
    is_raspberry: bool,
) -> _Kind:
    """What options 60, 77, 93 and 175 say together; None: it is not there."""
    user_classes = parse_user_class(user_class)
    arch = _arch(archs or b"", vendor_class)
    # Vendors' builds of iPXE send no user class, but its own option (netboot.md 3.1, 17)
    if "iPXE" in user_classes or ipxe is not None:
        firmware: Firmware | None = Firmware.IPXE
    else:
        # Raspberry Pi leaves 60 out of its REQUEST (netboot.md 3.1, 13)
        silent_pxe = not vendor_class and archs is not None
        firmware = _firmware(vendor_class, arch, silent_pxe=silent_pxe, is_raspberry=is_raspberry)
    return _Kind(
        arch,
        firmware,
        _features(ipxe or b""),
        vendor_class.decode("latin-1"),
        " ".join(user_classes),
    )


def _arch(value: bytes, vendor_class: bytes) -> Arch | None:
    archs = parse_archs(value)
    if not archs:
        # some ROMs leave 93 out, but say it here: PXEClient:Arch:00007:UNDI:003000
        said = re.match(rb"(?:PXE|HTTP)Client:Arch:(\d{5})", vendor_class)
        archs = (Arch(min(int(said[1]), 0xFFFF)),) if said else ()
    first = next((arch for arch in archs if arch.is_registered), archs[0] if archs else None)
    return _SAME.get(first, first) if first is not None else None


def _firmware(
    vendor_class: bytes, arch: Arch | None, *, silent_pxe: bool, is_raspberry: bool
) -> Firmware | None:
    """Which firmware it is; None for what does not netboot (netboot.md 2.0, last point)."""
    if vendor_class.startswith(HTTP_CLIENT):
        return Firmware.UEFI_HTTP
    uboot = vendor_class.startswith(b"U-Boot") or arch in _UBOOT_ARCHS
    if not (vendor_class.startswith(PXE_CLIENT) or silent_pxe or uboot):
        return None
    if arch is Arch.ARM_RPIBOOT:
        return Firmware.RPI
    if uboot:
        return Firmware.U_BOOT
    if is_raspberry and arch in (None, Arch.X86_BIOS):
        # 93 = 0 is what its ROM sends; under its UEFI firmware it says 11 (netboot.md 2.6)
        return Firmware.RPI
    if arch is None or arch <= Arch.INTEL_LEAN_CLIENT:
        return Firmware.BIOS
    return Firmware.UEFI if arch.is_uefi else Firmware.OTHER


def _features(value: bytes) -> frozenset[int]:
    try:
        return frozenset(parse_suboptions(value, "option 175"))
    except MalformedPacketError:
        return frozenset()  # a vendor's build; that the option is there says enough


def _readable(value: bytes) -> str:
    """A relay's identifier as rules spell it: its text, else its octets in hexadecimal."""
    text = value.decode("latin-1")
    return text if text.isascii() and text.isprintable() else value.hex(":")
