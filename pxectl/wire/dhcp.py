"""DHCP and BOOTP messages: bytes <-> value (RFC 951, 2131, 3396)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import IPv4Address
from struct import Struct

from pxectl.errors import MalformedPacketError
from pxectl.mac import MAC
from pxectl.wire.iana import MessageType
from pxectl.wire.options import Option, pack_options, parse_options

UNSPECIFIED = IPv4Address(0)
BROADCAST_FLAG = 0x8000
MINIMUM_SIZE = 300  # old relays and ROMs drop what is shorter (netboot.md 2.0)

_HEADER = Struct(">4BIHH4s4s4s4s16s64s128s")
_COOKIE = b"\x63\x82\x53\x63"
# plain ints are found faster than members of an enumeration
_OVERLOAD, _MESSAGE_TYPE = int(Option.OVERLOAD), int(Option.MESSAGE_TYPE)
_SERVER_IDENTIFIER = int(Option.SERVER_IDENTIFIER)
_REQUESTED_ADDRESS = int(Option.REQUESTED_ADDRESS)
_MAXIMUM_MESSAGE_SIZE = int(Option.MAXIMUM_MESSAGE_SIZE)
_OVERLOADED_FILE, _OVERLOADED_SNAME = 1, 2
_ZERO = b"\0\0\0\0"


@lru_cache(4096)
def _address(packed: bytes) -> IPv4Address:
    return IPv4Address(packed)


_type = lru_cache(256)(MessageType)


@dataclass(frozen=True, slots=True)
class DHCPPacket:
    """One message; fields are those of RFC 2131 figure 1, under its names."""

    op: int
    xid: int
    """Transaction, 32 bits."""
    chaddr: bytes
    """Hardware address, `hlen` octets."""
    htype: int = 1
    hops: int = 0
    secs: int = 0
    flags: int = 0
    ciaddr: IPv4Address = UNSPECIFIED
    yiaddr: IPv4Address = UNSPECIFIED
    siaddr: IPv4Address = UNSPECIFIED
    giaddr: IPv4Address = UNSPECIFIED
    sname: bytes = b""
    """Up to its NUL; at most 64 octets, 63 in what we send."""
    file: bytes = b""
    """Up to its NUL; at most 128 octets, 127 in what we send."""
    options: Mapping[int, bytes] = field(default_factory=dict)
    """Value by code in the order of the wire; long options joined, overloaded fields read."""
    is_bootp: bool = False
    """True if the magic cookie is missing: plain BOOTP (RFC 951), no options."""

    @classmethod
    def parse(cls, data: bytes) -> "DHCPPacket":
        """The message in the payload of a datagram.

        Raises:
            MalformedPacketError: too short, a length that overruns, or not a BOOTP message.
        """
        size = len(data)
        if size < _HEADER.size:
            raise MalformedPacketError(
                f"{size} octets are too few: a BOOTP message has at least {_HEADER.size}"
            )
        (op, htype, hlen, hops, xid, secs, flags, ciaddr, yiaddr, siaddr, giaddr,
         chaddr, sname, file) = _HEADER.unpack_from(data)  # fmt: skip
        if not 1 <= op <= 2:
            raise MalformedPacketError(f"op is {op}, neither BOOTREQUEST nor BOOTREPLY")
        if hlen > 16:
            raise MalformedPacketError(f"hlen is {hlen}, chaddr has only 16 octets")
        is_bootp = data[236:240] != _COOKIE
        options = {} if is_bootp else parse_options(data[240:])
        if _OVERLOAD in options:
            file, sname = _read_overloaded(options, file, sname)
        return cls(
            op=op,
            xid=xid,
            chaddr=chaddr[:hlen],
            htype=htype,
            hops=hops,
            secs=secs,
            flags=flags,
            ciaddr=UNSPECIFIED if ciaddr == _ZERO else _address(ciaddr),
            yiaddr=UNSPECIFIED if yiaddr == _ZERO else _address(yiaddr),
            siaddr=UNSPECIFIED if siaddr == _ZERO else _address(siaddr),
            giaddr=UNSPECIFIED if giaddr == _ZERO else _address(giaddr),
            sname=sname.partition(b"\0")[0],
            file=file.partition(b"\0")[0],
            options=options,
            is_bootp=is_bootp,
        )

    def pack(self, minimum: int = MINIMUM_SIZE) -> bytes:
        """The payload of a datagram, padded to `minimum` octets.

        A message that was read may fill `sname` and `file`. Who builds one leaves room for the NUL
        that ROMs look for (netboot.md 2.0).

        Raises:
            ValueError: `sname`, `file` or `chaddr` is too long for its field.
        """
        if len(self.file) > 128 or len(self.sname) > 64 or len(self.chaddr) > 16:
            raise ValueError("file, sname or chaddr is longer than its field")
        header = _HEADER.pack(
            self.op, self.htype, len(self.chaddr), self.hops, self.xid, self.secs, self.flags,
            self.ciaddr.packed, self.yiaddr.packed, self.siaddr.packed, self.giaddr.packed,
            self.chaddr, self.sname, self.file,
        )  # fmt: skip
        body = b"" if self.is_bootp else _COOKIE + pack_options(self.options)
        return (header + body).ljust(minimum, b"\0")

    @property
    def message_type(self) -> MessageType | None:
        """Option 53; None for BOOTP and for a value that is not one octet."""
        value = self.options.get(_MESSAGE_TYPE, b"")
        return _type(value[0]) if len(value) == 1 else None

    @property
    def mac(self) -> MAC | None:
        """`chaddr` if it is an Ethernet address that can be one machine's."""
        if self.htype != 1 or len(self.chaddr) != 6:
            return None
        mac = MAC(self.chaddr)
        return mac if mac.is_usable else None

    @property
    def server_identifier(self) -> IPv4Address | None:
        """Option 54, if it is an address."""
        value = self.options.get(_SERVER_IDENTIFIER, b"")
        return _address(value) if len(value) == 4 else None

    @property
    def requested_address(self) -> IPv4Address | None:
        """Option 50, if it is an address."""
        value = self.options.get(_REQUESTED_ADDRESS, b"")
        return _address(value) if len(value) == 4 else None

    @property
    def wants_broadcast(self) -> bool:
        """True if the client can not take a unicast reply yet (RFC 2131 section 4.1)."""
        return bool(self.flags & BROADCAST_FLAG)

    @property
    def maximum_message_size(self) -> int:
        """Largest IP payload plus header that the client takes: option 57, at least 576."""
        value = self.options.get(_MAXIMUM_MESSAGE_SIZE, b"")
        return max(576, int.from_bytes(value, "big")) if len(value) == 2 else 576


def _read_overloaded(options: dict[int, bytes], file: bytes, sname: bytes) -> tuple[bytes, bytes]:
    """Moves what `file` and `sname` hold into `options`; what is left of the two.

    In the order of RFC 3396 section 5. Option 52 counts in the options field alone: joined with
    one in `file` or `sname` it would say something else when the message is packed again.
    """
    overload = (options[_OVERLOAD][-1:] or b"\0")[0]
    if overload & _OVERLOADED_FILE:
        _add_options(options, parse_options(file, "file"))
        file = b""
    if overload & _OVERLOADED_SNAME:
        _add_options(options, parse_options(sname, "sname"))
        sname = b""
    return file, sname


def _add_options(options: dict[int, bytes], more: Mapping[int, bytes]) -> None:
    for code, value in more.items():
        if code != _OVERLOAD:
            options[code] = options.get(code, b"") + value
