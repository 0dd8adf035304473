"""DHCP replies, each derived from its request (netboot.md 2.0 and 2.1)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from ipaddress import IPv4Address
from typing import Any

from pxectl.boot.bootdata import BootData
from pxectl.boot.lease import Lease
from pxectl.wire.dhcp import BROADCAST_FLAG, UNSPECIFIED, DHCPPacket
from pxectl.wire.iana import MessageType, Op, PXESuboption
from pxectl.wire.options import Option, parse_suboptions
from pxectl.wire.pxe import pack_pxe
from pxectl.wire.values import encode_option

FILE_ROOM = 127  # octets of `file`, which keeps a NUL behind it
NOTHING = BootData()


class Role(Enum):
    """As what we answer (PXE 2.1)."""

    DHCP = "dhcp"
    PROXY_DHCP = "proxy"
    BOOT_SERVER = "boot-server"


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply and the part of it that people ask for."""

    packet: DHCPPacket
    type: MessageType
    bootfile: str


def lease_reply(
    request: DHCPPacket,
    type_: MessageType,
    lease: Lease,
    address: IPv4Address,
    boot: BootData,
    own: Mapping[str, Any],
) -> Reply:
    """OFFER or ACK of a DHCP server: an address, its options, and the boot data if there is any.

    Args:
        request: DISCOVER or REQUEST.
        type_: OFFER or ACK; both carry the same (netboot.md 3.1, 9).
        lease: what is given.
        address: our own, the server identifier.
        boot: what to load.
        own: options by their name, over the subnet's (`Decision.options`).
    """
    options = _start(type_, address) | {
        Option.LEASE_TIME: lease.seconds.to_bytes(4, "big"),
        Option.RENEWAL_TIME: lease.t1.to_bytes(4, "big"),
        Option.REBINDING_TIME: lease.t2.to_bytes(4, "big"),
    }
    options |= _network_options(lease, own)
    return _finish(request, type_, options, boot, address, yiaddr=lease.address)


def inform_reply(
    request: DHCPPacket,
    lease: Lease,
    address: IPv4Address,
    boot: BootData,
    own: Mapping[str, Any],
) -> Reply:
    """ACK to an INFORM: options, no address, no lease time (RFC 2131 section 4.3.5)."""
    options = _start(MessageType.ACK, address) | _network_options(lease, own)
    return _finish(request, MessageType.ACK, options, boot, address)


def nak_reply(request: DHCPPacket, address: IPv4Address, reason: str) -> Reply:
    """NAK (RFC 2131 table 3): no addresses, no boot data."""
    options = _start(MessageType.NAK, address) | {Option.MESSAGE: reason.encode()}
    reply = _finish(request, MessageType.NAK, options, NOTHING, address)
    # through a relay the client must be reached by broadcast (RFC 2131 section 4.3.2)
    flags = request.flags | BROADCAST_FLAG if request.giaddr != UNSPECIFIED else request.flags
    return Reply(replace(reply.packet, flags=flags, ciaddr=UNSPECIFIED), reply.type, "")


def proxy_reply(request: DHCPPacket, address: IPv4Address, boot: BootData) -> Reply:
    """OFFER of a proxyDHCP server on port 67: boot data, no address (PXE 2.1)."""
    options = _start(MessageType.OFFER, address)
    reply = _finish(request, MessageType.OFFER, options, boot, address)
    # the client has no address that it could be reached at
    return Reply(
        replace(reply.packet, flags=request.flags | BROADCAST_FLAG), reply.type, reply.bootfile
    )


def boot_server_reply(request: DHCPPacket, address: IPv4Address, boot: BootData) -> Reply:
    """ACK of the boot server on port 4011.

    A request that names a menu item (43.71) gets the item back (netboot.md 2.5).

    Raises:
        MalformedPacketError: option 43 of the request overruns.
    """
    asked = parse_suboptions(request.options.get(Option.VENDOR_SPECIFIC, b""), "option 43")
    yiaddr = UNSPECIFIED
    # type and layer: what else a request may put there is not sent back
    if item := asked.get(PXESuboption.BOOT_ITEM, b"")[:4]:
        boot = BootData(
            boot.bootfile, boot.options | {Option.VENDOR_SPECIFIC: pack_pxe(boot_item=item)}
        )
        yiaddr = request.ciaddr
    options = _start(MessageType.ACK, address)
    reply = _finish(request, MessageType.ACK, options, boot, address, yiaddr=yiaddr)
    ciaddr = UNSPECIFIED if item else request.ciaddr
    return Reply(replace(reply.packet, ciaddr=ciaddr), reply.type, reply.bootfile)


# ---- the parts


def _start(type_: MessageType, address: IPv4Address) -> dict[int, bytes]:
    return {Option.MESSAGE_TYPE: bytes((type_,)), Option.SERVER_IDENTIFIER: address.packed}


def _network_options(lease: Lease, own: Mapping[str, Any]) -> dict[int, bytes]:
    """Mask, broadcast address, host name, and what subnet, machine and rule set, in this order."""
    network = lease.subnet.network
    machine = lease.machine
    options: dict[int, bytes] = {
        Option.SUBNET_MASK: network.netmask.packed,
        Option.BROADCAST_ADDRESS: network.broadcast_address.packed,
    }
    if machine is not None:
        options[Option.HOST_NAME] = (machine.hostname or machine.name).encode()
    for source in (lease.subnet.options, own):
        options |= dict(_encoded(source))
    return options


def _encoded(options: Mapping[str, Any]) -> Iterable[tuple[int, bytes]]:
    """The site's options as octets; `store/` has checked them when it read the files."""
    return (encode_option(name, value) for name, value in options.items())


def _finish(
    request: DHCPPacket,
    type_: MessageType,
    options: dict[int, bytes],
    boot: BootData,
    address: IPv4Address,
    yiaddr: IPv4Address = UNSPECIFIED,
) -> Reply:
    """Boot data and what is copied from the request, in the order that netboot.md 2.0 gives."""
    asked = request.options
    for code in (Option.CLIENT_IDENTIFIER, Option.CLIENT_UUID):
        if code in asked and _echoable(code, asked[code]):
            options[code] = asked[code]
    options |= boot.options
    name = boot.bootfile.encode()
    fits = len(name) <= FILE_ROOM
    if not fits:
        options[Option.BOOTFILE_NAME] = name
    if Option.RELAY_AGENT_INFORMATION in asked:
        # last, octet by octet as it came (RFC 3046 section 2.2)
        options[Option.RELAY_AGENT_INFORMATION] = asked[Option.RELAY_AGENT_INFORMATION]
    tells = bool(boot.options)
    packet = DHCPPacket(
        op=Op.BOOTREPLY,
        xid=request.xid,
        chaddr=request.chaddr,
        htype=request.htype,
        flags=request.flags,
        ciaddr=request.ciaddr if type_ is MessageType.ACK else UNSPECIFIED,
        yiaddr=yiaddr,
        siaddr=address if tells else UNSPECIFIED,
        giaddr=request.giaddr,
        sname=str(address).encode() if tells else b"",
        file=name if fits else b"",
        options=options,
    )
    return Reply(packet, type_, boot.bootfile)


def _echoable(code: int, value: bytes) -> bool:
    """61 always (RFC 6842); 97 only as RFC 4578 has it, not what Raspberry Pi sends."""
    return code == Option.CLIENT_IDENTIFIER or (len(value) == 17 and value[0] == 0)
