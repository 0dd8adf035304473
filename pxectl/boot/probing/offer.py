"""What an answer of a DHCP or boot server is to firmware (netboot.md 2.2)."""

from dataclasses import dataclass
from enum import Enum
from ipaddress import IPv4Address

from pxectl.boot.overheard import bootfile_of
from pxectl.errors import MalformedPacketError
from pxectl.wire.dhcp import UNSPECIFIED, DHCPPacket
from pxectl.wire.iana import DiscoveryControl, PXESuboption
from pxectl.wire.options import Option, parse_suboptions
from pxectl.wire.pxe import HTTP_CLIENT, PXE_CLIENT, parse_boot_servers

_PXE10 = frozenset((6, 7, 8, 9, 10))
"""Sub-options of 43 that make an offer one of PXE 2.1; without any it is a BINL server's."""


class Class(Enum):
    """What EDK2 calls an offer; other PXE ROMs, and iPXE, tell them apart alike."""

    DHCP_PXE10 = "address and PXE options"
    DHCP_BINL = "address and PXEClient without PXE options"
    DHCP_HTTP = "address and a URL for HTTP boot"
    DHCP_ONLY = "address"
    PROXY_PXE10 = "proxy with PXE options"
    PROXY_BINL = "proxy without PXE options"
    PROXY_HTTP = "proxy with a URL for HTTP boot"
    OTHER = "neither address nor PXEClient"


@dataclass(frozen=True, slots=True)
class Offer:
    """An OFFER or ACK as it came."""

    packet: DHCPPacket
    source: IPv4Address
    """Of the datagram."""
    source_port: int
    at: float
    """Seconds since the DISCOVER."""

    @property
    def server(self) -> IPv4Address:
        """Option 54, else where it came from."""
        return self.packet.server_identifier or self.source

    @property
    def bootfile(self) -> str:
        """Option 67 or `file`; empty: none. Hostile."""
        return bootfile_of(self.packet)

    @property
    def pxe(self) -> dict[int, bytes]:
        """Sub-options of 43; empty if there are none or they can not be read."""
        try:
            value = self.packet.options.get(Option.VENDOR_SPECIFIC, b"")
            return dict(parse_suboptions(value, "option 43"))
        except MalformedPacketError:
            return {}

    @property
    def klass(self) -> Class:
        """What it is to firmware."""
        vendor = self.packet.options.get(Option.VENDOR_CLASS, b"")
        has_address = self.packet.yiaddr != UNSPECIFIED
        if vendor.startswith(HTTP_CLIENT):
            return Class.DHCP_HTTP if has_address else Class.PROXY_HTTP
        if vendor.startswith(PXE_CLIENT):
            if _PXE10 & self.pxe.keys():
                return Class.DHCP_PXE10 if has_address else Class.PROXY_PXE10
            return Class.DHCP_BINL if has_address else Class.PROXY_BINL
        return Class.DHCP_ONLY if has_address else Class.OTHER

    @property
    def tftp_server(self) -> IPv4Address:
        """Where its NBP lies: 43.8 if 43.6 says so, else `siaddr`, else the server itself."""
        listed = self.boot_servers
        if listed:
            return listed[0]
        siaddr = self.packet.siaddr
        return siaddr if siaddr != UNSPECIFIED else self.server

    @property
    def boot_servers(self) -> tuple[IPv4Address, ...]:
        """Those of 43.8, where 43.6 bit 3 says that it loads at once (netboot.md 2.2, 6)."""
        pxe = self.pxe
        control = pxe.get(PXESuboption.DISCOVERY_CONTROL, b"\0")[:1] or b"\0"
        if not control[0] & DiscoveryControl.SKIP_DISCOVERY:
            return ()
        try:
            servers = parse_boot_servers(pxe.get(PXESuboption.BOOT_SERVERS, b""))
        except MalformedPacketError:
            return ()
        return tuple(address for _, addresses in servers for address in addresses)

    @property
    def boots_at_once(self) -> bool:
        """True if its file is loaded without asking anybody: 43.6 bit 3 (netboot.md 2.2, 5)."""
        control = self.pxe.get(PXESuboption.DISCOVERY_CONTROL, b"")[:1]
        at_once = bool(control) and bool(control[0] & DiscoveryControl.SKIP_DISCOVERY)
        return at_once and bool(self.bootfile)
