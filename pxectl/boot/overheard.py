"""What other servers tell the machines that pxectl boots, as far as it passes this host."""

from dataclasses import dataclass
from enum import Enum
from ipaddress import IPv4Address

from pxectl.mac import MAC
from pxectl.wire.dhcp import UNSPECIFIED, DHCPPacket
from pxectl.wire.iana import MessageType
from pxectl.wire.options import Option
from pxectl.wire.pxe import PXE_CLIENT


class Offering(Enum):
    """What another server told a client that netboots."""

    ADDRESS = "address"
    """No boot data."""
    BOOT = "boot data"
    BARE = "PXEClient without option 43"
    """It beats every proxy, and most firmware does nothing with it (netboot.md 2.1)."""


@dataclass(frozen=True, slots=True)
class Overheard:
    """Another server answered a client that netboots."""

    kind = "overheard"
    mac: MAC
    """The client's."""
    server: IPv4Address
    reply: MessageType
    address: IPv4Address | None
    """What it gave."""
    offering: Offering
    bootfile: str = ""


def offering_of(reply: DHCPPacket) -> Offering:
    """What an OFFER or ACK holds for firmware (netboot.md 2.1)."""
    options = reply.options
    says_pxe = options.get(Option.VENDOR_CLASS, b"").startswith(PXE_CLIENT)
    has_address = reply.yiaddr != UNSPECIFIED  # else it is a proxy of the style binl
    if says_pxe and has_address and Option.VENDOR_SPECIFIC not in options:
        return Offering.BARE
    return Offering.BOOT if says_pxe or bootfile_of(reply) else Offering.ADDRESS


def bootfile_of(reply: DHCPPacket) -> str:
    """The boot file that it names, from option 67 or `file`; empty: none. Hostile."""
    name = reply.options.get(Option.BOOTFILE_NAME, b"") or reply.file
    return name.split(b"\0")[0].decode("latin-1")
