"""TFTP packets (RFC 1350) with options (RFC 2347, 2348, 2349, 7440)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from struct import Struct
from types import MappingProxyType

from pxectl.errors import MalformedPacketError
from pxectl.wire.iana import OpenEnum

DATA_HEADER = Struct("!HH")  # opcode 3, block modulo 65536
_HALVES = DATA_HEADER.unpack_from

NO_OPTIONS: Mapping[str, str] = MappingProxyType({})


class Opcode(IntEnum):
    """First 16 bits of every packet."""

    RRQ = 1
    WRQ = 2
    DATA = 3
    ACK = 4
    ERROR = 5
    OACK = 6


class ErrorCode(OpenEnum):
    """Second 16 bits of ERROR; a number that nobody registered survives as `ERRORn`."""

    NOT_DEFINED = 0
    FILE_NOT_FOUND = 1
    ACCESS_VIOLATION = 2
    DISK_FULL = 3
    ILLEGAL_OPERATION = 4
    UNKNOWN_TID = 5
    FILE_EXISTS = 6
    NO_SUCH_USER = 7
    OPTION_NEGOTIATION = 8  # RFC 2347; EDK2 ends its size probe with it (netboot.md 2.2)

    @classmethod
    def _prefix(cls) -> str:
        return "ERROR"


@dataclass(frozen=True, slots=True)
class RRQ:
    """A request to read a file.

    `bytes()` raises ValueError for text that holds NUL or is not latin-1.
    """

    filename: str
    """As it came, latin-1: any octet but NUL, hostile until somebody has confined it."""
    mode: str = "octet"
    """Lower case: `octet`, `netascii`, `mail` or anything else that a client made up."""
    options: Mapping[str, str] = field(default_factory=lambda: NO_OPTIONS)
    """Names in lower case; the first of a repeated option counts."""

    def __bytes__(self) -> bytes:
        return _request(Opcode.RRQ, self.filename, self.mode, self.options)


@dataclass(frozen=True, slots=True)
class WRQ:
    """A request to write a file; fields as in RRQ."""

    filename: str
    mode: str = "octet"
    options: Mapping[str, str] = field(default_factory=lambda: NO_OPTIONS)

    def __bytes__(self) -> bytes:
        return _request(Opcode.WRQ, self.filename, self.mode, self.options)


@dataclass(frozen=True, slots=True)
class DATA:
    """One block of a file; a block shorter than blksize is the last one."""

    block: int
    """0 to 65535."""
    data: bytes

    def __bytes__(self) -> bytes:
        return DATA_HEADER.pack(Opcode.DATA, self.block) + self.data


@dataclass(frozen=True, slots=True)
class ACK:
    """All blocks up to this one have arrived; 0 answers an OACK."""

    block: int
    """0 to 65535."""

    def __bytes__(self) -> bytes:
        return DATA_HEADER.pack(Opcode.ACK, self.block)


@dataclass(frozen=True, slots=True)
class ERROR:
    """The end of a transfer."""

    code: ErrorCode
    message: str = ""

    def __bytes__(self) -> bytes:
        return DATA_HEADER.pack(Opcode.ERROR, self.code) + _string(self.message)


@dataclass(frozen=True, slots=True)
class OACK:
    """The options that the server agrees to (RFC 2347)."""

    options: Mapping[str, str]

    def __bytes__(self) -> bytes:
        return Opcode.OACK.to_bytes(2, "big") + _strings(self.options)


Packet = RRQ | WRQ | DATA | ACK | ERROR | OACK


def parse(data: bytes) -> Packet:
    """The packet that a UDP payload holds.

    What follows the last complete option is ignored (shim sends some, netboot.md 2.8), so is what
    follows the block number of an ACK; an ERROR may lack the NUL behind its message.

    Raises:
        MalformedPacketError: the payload is too short, has an unknown opcode, or its file name or
            mode has no NUL.
    """
    if len(data) < 4:
        raise MalformedPacketError(f"TFTP: {len(data)} octets are too few for a packet")
    opcode, number = _HALVES(data)
    match opcode:
        case Opcode.ACK:
            return ACK(number)
        case Opcode.DATA:
            return DATA(number, data[4:])
        case Opcode.ERROR:
            return ERROR(ErrorCode(number), _text(data[4:].partition(b"\0")[0]))
        case Opcode.OACK:
            return OACK(_options(data[2:]))
        case Opcode.RRQ:
            return RRQ(*_parse_request("RRQ", data[2:]))
        case Opcode.WRQ:
            return WRQ(*_parse_request("WRQ", data[2:]))
        case _:
            raise MalformedPacketError(f"TFTP: opcode {opcode} is unknown")


def segments(first: int, last: int, content: memoryview, blksize: int) -> list[bytes | memoryview]:
    """The DATA packets of a window as one gather list: header, data, header, data, …

    Args:
        first: number of the first block, not yet rolled over.
        last: number of the last block; it may be shorter than the others, or empty.
        content: the octets of these blocks.
        blksize: octets per block.
    """
    parts: list[bytes | memoryview] = []
    for offset, block in enumerate(range(first, last + 1)):
        parts.append(DATA_HEADER.pack(Opcode.DATA, block & 0xFFFF))
        parts.append(content[offset * blksize : (offset + 1) * blksize])
    return parts


def _parse_request(name: str, body: bytes) -> tuple[str, str, Mapping[str, str]]:
    filename, nul, rest = body.partition(b"\0")
    if not nul:
        raise MalformedPacketError(f"{name}: file name has no NUL")
    if not filename:
        raise MalformedPacketError(f"{name}: file name is empty")
    mode, nul, rest = rest.partition(b"\0")
    if not nul:
        raise MalformedPacketError(f"{name}: mode has no NUL")
    return _text(filename), _text(mode).lower(), _options(rest)


def _options(body: bytes) -> dict[str, str]:
    options: dict[str, str] = {}
    words = body.split(b"\0")[:-1]  # what stands behind the last NUL is no complete string
    for name, value in zip(words[::2], words[1::2], strict=False):
        if not name:  # padding
            break
        options.setdefault(_text(name).lower(), _text(value))
    return options


def _request(opcode: Opcode, filename: str, mode: str, options: Mapping[str, str]) -> bytes:
    return opcode.to_bytes(2, "big") + _string(filename) + _string(mode) + _strings(options)


def _strings(options: Mapping[str, str]) -> bytes:
    return b"".join(_string(name) + _string(value) for name, value in options.items())


def _string(text: str) -> bytes:
    if "\0" in text:
        raise ValueError("TFTP text can not hold NUL")
    return text.encode("latin-1") + b"\0"


def _text(octets: bytes) -> str:
    return octets.decode("latin-1")
