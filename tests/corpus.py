"""Malformed datagrams, a row each: dropped with a reason, or refused, and `serve` goes on.

A crash that is found later becomes a row here.
"""

from dataclasses import dataclass

from pxectl.wire.options import Option
from tests.builders import discover, request

_DISCOVER = discover().pack()
_COOKIE_END = 240


@dataclass(frozen=True, slots=True)
class Row:
    """A datagram and the port that it is sent to."""

    port: int
    data: bytes
    says: str
    """What the one line in the log holds."""


def _with(options: bytes) -> bytes:
    """A DISCOVER with these octets in place of its options."""
    return _DISCOVER[:_COOKIE_END] + options


def _asking_4011(option_43: bytes) -> bytes:
    return request(options={Option.VENDOR_SPECIFIC: option_43}).pack()


def _header(**octets: bytes) -> bytes:
    data = bytearray(_DISCOVER)
    for at, value in octets.items():
        start = int(at.removeprefix("at"))
        data[start : start + len(value)] = value
    return bytes(data)


def _overloaded(field: bytes) -> bytes:
    data = bytearray(discover(options={Option.OVERLOAD: b"\1"}).pack())
    data[108:236] = field.ljust(128, b"x")
    return bytes(data)


DHCP = {
    "one octet": Row(67, b"\x01", "1 octets are too few"),
    "no octet": Row(67, b"", "0 octets are too few"),
    "cut in the header": Row(67, _DISCOVER[:200], "200 octets are too few"),
    "op 0": Row(67, _header(at0=b"\0"), "op is 0"),
    "hlen 200": Row(67, _header(at2=b"\xc8"), "hlen is 200"),
    "tag without length": Row(67, _with(b"\x35\x01\x01\x0c"), "option 12 has no length"),
    "length to the end and beyond": Row(67, _with(b"\x35\x01\x01\x3c\xff"), "option 60 claims 255"),
    "lengths that overlap": Row(
        67, _with(b"\x35\x01\x01\x52\x06\x01\x09ge-1"), "option 82: sub-option 1 reaches beyond"
    ),
    "overload into a field that overruns": Row(
        67, _overloaded(b"\x0c\xfe"), "file: option 12 claims 254"
    ),
    "overload that names itself": Row(
        67, _overloaded(b"\x34\x01\x01\x34\xff"), "file: option 52 claims 255"
    ),
    "option 43 that overruns": Row(
        4011, _asking_4011(b"\x47\xff\0"), "option 43: option 71 claims"
    ),
    "option 43 within itself": Row(
        4011,
        _asking_4011(b"\x2b\x03\x2b\x01\x2b" * 20 + b"\x2b\x09\x2b"),
        "option 43: option 43 claims",
    ),
    "noise on 67": Row(67, bytes(range(256)), "op is 0"),
    "noise on 4011": Row(4011, bytes(range(255, -1, -1)), "op is 255"),
}

TFTP = {
    "empty": Row(69, b"", "0 octets"),
    "one octet of an opcode": Row(69, b"\0", "1 octet"),
    "unknown opcode": Row(69, b"\0\x63abc\0octet\0", "opcode 99"),
    "name without NUL": Row(69, b"\0\x01undionly.kpxe", "no NUL"),
    "mode without NUL": Row(69, b"\0\x01undionly.kpxe\0octet", "no NUL"),
    "unknown mode": Row(69, b"\0\x01undionly.kpxe\0\x1b[2J\0", "mode"),
    "write": Row(69, b"\0\x02undionly.kpxe\0octet\0", "read-only"),
    "data to the port of requests": Row(69, b"\0\x03\0\x01abc", "DATA"),
}

SECRET = "etc/passwd"
PATHS = (
    "../" * 8 + SECRET,
    "..\\" * 8 + SECRET.replace("/", "\\"),
    "/" + SECRET,
    "//" + SECRET,
    "files/../../" + SECRET,
    "%2e%2e/" * 8 + SECRET,
    "%2e%2e%2f" * 8 + SECRET.replace("/", "%2f"),
    "....//" * 8 + SECRET,
    "files/\x1b[2J",
    "C:\\" + SECRET,
    "\\\\host\\share\\" + SECRET,
    "files/" + "a" * 400,
)
"""Names that lead out of the served folders, or would; behind a token and without one."""
