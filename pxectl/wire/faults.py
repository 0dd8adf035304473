"""Faults that one DHCP message shows by itself, each a line for people."""

from pxectl.errors import MalformedPacketError
from pxectl.wire.dhcp import UNSPECIFIED, DHCPPacket
from pxectl.wire.iana import MessageType, Op
from pxectl.wire.options import Option, parse_suboptions
from pxectl.wire.pxe import PXE_CLIENT


def faults_of(packet: DHCPPacket) -> list[str]:
    """What is wrong with a message; empty for most. A handful of what is seen in the field."""
    faults = _broken_options(packet)
    return faults + _nothing_to_boot(packet) if packet.op == Op.BOOTREPLY else faults


def _nothing_to_boot(packet: DHCPPacket) -> list[str]:
    """Option 60 makes a reply a PXE server's; without 43 EDK2 asks 4011 of it (netboot.md 2.2)."""
    options = packet.options
    is_pxe = options.get(Option.VENDOR_CLASS, b"").startswith(PXE_CLIENT)
    if not is_pxe or Option.VENDOR_SPECIFIC in options:
        return []
    named = packet.file or options.get(Option.BOOTFILE_NAME)
    if not named and packet.siaddr == UNSPECIFIED:
        return ["option 60 says PXEClient, but there is no 43, siaddr or file: nothing to boot"]
    if packet.message_type is MessageType.OFFER and packet.yiaddr != UNSPECIFIED:
        return ["option 60 without 43 from a DHCP server: EDK2 takes no proxyDHCP's offer then"]
    return []


def _broken_options(packet: DHCPPacket) -> list[str]:
    """What is wrong within options that hold options."""
    codes = [Option.RELAY_AGENT_INFORMATION, Option.IPXE]
    if packet.options.get(Option.VENDOR_CLASS, b"").startswith(PXE_CLIENT):
        codes.append(Option.VENDOR_SPECIFIC)
    faults = []
    for code in codes:
        try:
            parse_suboptions(packet.options.get(code, b""), f"option {int(code)}")
        except MalformedPacketError as error:
            faults.append(error.message)
    return faults
