"""DHCP replies, each derived from its request (netboot.md 2.0 and 2.1)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from ipaddress import IPv4Address
from typing import Any

from pxectl.boot.bootdata import BootData
from pxectl.boot.fitting import fit, room_for
from pxectl.boot.lease import Lease
from pxectl.boot.wanted import wanted
from pxectl.wire.dhcp import BROADCAST_FLAG, UNSPECIFIED, DHCPPacket
from pxectl.wire.iana import MessageType, Op, PXESuboption
from pxectl.wire.options import Option, parse_suboptions
from pxectl.wire.pxe import pack_pxe
from pxectl.wire.relay import server_identifier_for

FILE_ROOM = 127  # octets of `file`, which keeps a NUL behind it
NOTHING = BootData()

# plain ints are found faster than members of an enumeration
_BOOTREPLY = int(Op.BOOTREPLY)
_MESSAGE_TYPE, _SERVER_IDENTIFIER = int(Option.MESSAGE_TYPE), int(Option.SERVER_IDENTIFIER)
_HOST_NAME, _BOOTFILE_NAME = int(Option.HOST_NAME), int(Option.BOOTFILE_NAME)
_CLIENT_IDENTIFIER, _CLIENT_UUID = int(Option.CLIENT_IDENTIFIER), int(Option.CLIENT_UUID)
_RELAY = int(Option.RELAY_AGENT_INFORMATION)
_ONE_OCTET = tuple(bytes((number,)) for number in range(256))


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
    """OFFER for BOOTP, which has no types."""
    bootfile: str
    left_out: tuple[str, ...] = ()
    """Names of options that the client should have got, but has no room for."""


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
        address: our own, the server identifier unless a relay says another.
        boot: what to load.
        own: options by their name, over the subnet's (`Decision.options`).
    """
    options = _start(request, type_, address)
    options |= _times(lease.seconds, lease.t1, lease.t2)
    spare = _add_site_options(options, request, lease, own)
    ciaddr = request.ciaddr if type_ is MessageType.ACK else UNSPECIFIED
    return _finish(
        request, type_, options, boot, address, yiaddr=lease.address, ciaddr=ciaddr, spare=spare
    )


def inform_reply(
    request: DHCPPacket,
    lease: Lease,
    address: IPv4Address,
    boot: BootData,
    own: Mapping[str, Any],
) -> Reply:
    """ACK to an INFORM: options, no address, no lease time (RFC 2131 section 4.3.5)."""
    options = _start(request, MessageType.ACK, address)
    spare = _add_site_options(options, request, lease, own)
    ciaddr = request.ciaddr
    return _finish(request, MessageType.ACK, options, boot, address, ciaddr=ciaddr, spare=spare)


def bootp_reply(
    request: DHCPPacket,
    lease: Lease,
    address: IPv4Address,
    boot: BootData,
    own: Mapping[str, Any],
) -> Reply:
    """BOOTREPLY to a request without option 53: an address for ever (RFC 951, 1497 and 1534).

    Nothing of DHCP: no type, no server identifier, no lease time.
    """
    options: dict[int, bytes] = {}
    spare = _add_site_options(options, request, lease, own)
    return _finish(
        request, MessageType.OFFER, options, boot, address,
        yiaddr=lease.address, ciaddr=request.ciaddr, spare=spare, is_bootp=True,
    )  # fmt: skip


def nak_reply(request: DHCPPacket, address: IPv4Address, reason: str) -> Reply:
    """NAK (RFC 2131 table 3): no addresses, no boot data."""
    options = _start(request, MessageType.NAK, address)
    options[int(Option.MESSAGE)] = reason.encode()
    # through a relay the client must be reached by broadcast (RFC 2131 section 4.3.2)
    flags = request.flags | BROADCAST_FLAG if request.giaddr != UNSPECIFIED else request.flags
    return _finish(request, MessageType.NAK, options, NOTHING, address, flags=flags)


def proxy_reply(request: DHCPPacket, address: IPv4Address, boot: BootData) -> Reply:
    """OFFER of a proxyDHCP server on port 67: boot data, no address (PXE 2.1)."""
    options = _start(request, MessageType.OFFER, address)
    # the client has no address that it could be reached at
    flags = request.flags | BROADCAST_FLAG
    return _finish(request, MessageType.OFFER, options, boot, address, flags=flags)


def boot_server_reply(request: DHCPPacket, address: IPv4Address, boot: BootData) -> Reply:
    """ACK of the boot server on port 4011.

    A request that names a menu item (43.71) gets the item back (netboot.md 2.5).

    Raises:
        MalformedPacketError: option 43 of the request overruns.
    """
    asked = parse_suboptions(request.options.get(Option.VENDOR_SPECIFIC, b""), "option 43")
    yiaddr, ciaddr = UNSPECIFIED, request.ciaddr
    # type and layer: what else a request may put there is not sent back
    if item := asked.get(PXESuboption.BOOT_ITEM, b"")[:4]:
        boot = BootData(
            boot.bootfile, boot.options | {Option.VENDOR_SPECIFIC: pack_pxe(boot_item=item)}
        )
        yiaddr, ciaddr = ciaddr, yiaddr
    options = _start(request, MessageType.ACK, address)
    return _finish(request, MessageType.ACK, options, boot, address, yiaddr=yiaddr, ciaddr=ciaddr)


# ---- the parts


def _start(request: DHCPPacket, type_: MessageType, address: IPv4Address) -> dict[int, bytes]:
    return {
        _MESSAGE_TYPE: _ONE_OCTET[type_],
        _SERVER_IDENTIFIER: server_identifier_for(request, address).packed,
    }


@lru_cache(64)
def _times(seconds: int, t1: int, t2: int) -> Mapping[int, bytes]:
    times = {Option.LEASE_TIME: seconds, Option.RENEWAL_TIME: t1, Option.REBINDING_TIME: t2}
    return {int(code): time.to_bytes(4, "big") for code, time in times.items()}


def _add_site_options(
    options: dict[int, bytes], request: DHCPPacket, lease: Lease, own: Mapping[str, Any]
) -> Iterable[int]:
    """What the site gives this client; returned are codes that may be left out."""
    asked = request.options
    chosen = wanted(lease.subnet, own, asked)
    options |= chosen.options
    if options.get(_HOST_NAME) == b"":
        # without a file the client's own word holds
        machine = lease.machine
        name = (machine.hostname or machine.name).encode() if machine else asked.get(_HOST_NAME)
        if name:
            options[_HOST_NAME] = name
        else:
            del options[_HOST_NAME]
    return chosen.spare


def _finish(
    request: DHCPPacket,
    type_: MessageType,
    options: dict[int, bytes],
    boot: BootData,
    address: IPv4Address,
    *,
    yiaddr: IPv4Address = UNSPECIFIED,
    ciaddr: IPv4Address = UNSPECIFIED,
    flags: int | None = None,
    spare: Iterable[int] = (),
    is_bootp: bool = False,
) -> Reply:
    """Boot data and what is copied from the request, in the order that netboot.md 2.0 gives."""
    asked = request.options
    if (value := asked.get(_CLIENT_IDENTIFIER)) is not None:
        options[_CLIENT_IDENTIFIER] = value  # RFC 6842
    value = asked.get(_CLIENT_UUID, b"")
    if len(value) == 17 and value[0] == 0 and type_ is not MessageType.NAK:
        options[_CLIENT_UUID] = value  # as RFC 4578 has it; what Raspberry Pi sends is not
    options |= boot.options
    name = boot.bootfile.encode()
    if len(name) > FILE_ROOM:
        options[_BOOTFILE_NAME], name = name, b""
    if (value := asked.get(_RELAY)) is not None:
        options[_RELAY] = value  # last, octet by octet as it came (RFC 3046 section 2.2)
    told = boot.options.keys() | {_BOOTFILE_NAME}
    left_out = fit(options, room_for(request), (code for code in spare if code not in told))
    tells = bool(boot.options) or is_bootp
    packet = DHCPPacket(
        op=_BOOTREPLY,
        xid=request.xid,
        chaddr=request.chaddr,
        htype=request.htype,
        flags=request.flags if flags is None else flags,
        ciaddr=ciaddr,
        yiaddr=yiaddr,
        siaddr=address if tells else UNSPECIFIED,
        giaddr=request.giaddr,
        sname=_dotted(address.packed) if tells else b"",
        file=name,
        options=options,
    )
    return Reply(packet, type_, boot.bootfile, left_out)


@lru_cache(64)
def _dotted(address: bytes) -> bytes:
    return str(IPv4Address(address)).encode()
