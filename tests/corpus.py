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

_TFTP_OPTIONS = b"".join(b"option%d\0%d\0" % (n, n) for n in range(4000))

ODD = {
    # read as far as it makes sense, and answered or passed over like any other
    "53 without a value": (67, _with(b"\x35\0\xff")),
    "53 of two octets": (67, _with(b"\x35\x02\x01\x01\xff")),
    "message type 200": (67, _with(b"\x35\x01\xc8\xff")),
    "BOOTP without a cookie": (67, _DISCOVER[:236] + bytes(64)),
    "a header and nothing else": (67, _DISCOVER[:236]),
    "half a cookie": (67, _DISCOVER[:238]),
    "chaddr of no octets": (67, _header(at2=b"\0")),
    "chaddr of zeros": (67, _header(at28=bytes(6))),
    "chaddr of a group": (67, _header(at28=b"\xff" * 6)),
    "token ring": (67, _header(at1=b"\x06")),
    "file and sname without NUL": (67, _header(at44=b"x" * 192)),
    "terminal codes in every text": (
        67,
        discover(options={12: b"\x1b[2J", 60: b"PXEClient\x1b]0;x\x07", 77: b"\x9b2J"}).pack(),
    ),
    "options without END": (67, _with(b"\x35\x01\x01")),
    "nothing but padding": (67, _with(bytes(300))),
    "END first": (67, _with(b"\xff\x35\x01\x01")),
    "overload without a value": (67, _with(b"\x35\x01\x01\x34\0\xff")),
    "overload of unknown bits": (67, _with(b"\x35\x01\x01\x34\x01\xfc\xff")),
    "overload into empty fields": (67, discover(options={Option.OVERLOAD: b"\3"}).pack()),
    "93 of one octet": (67, discover(options={93: b"\x07"}).pack()),
    "93 without a value": (67, discover(options={93: b""}).pack()),
    "93 of 2,000 numbers": (67, discover(options={93: b"\xfe\xdc" * 2000}).pack()),
    "97 of the wrong size": (67, discover(options={97: b"\0" * 5}).pack()),
    "82 without a value": (67, discover(options={82: b""}).pack()),
    "175 that overruns": (67, discover(options={175: b"\x13\xff"}).pack()),
    "one option 20,000 times": (67, _with(b"\x35\x01\x01" + b"\x0c\x01x" * 20000)),
    "boot item of 3,000 octets": (
        4011,
        _asking_4011(b"\x47\xffx" + b"x" * 254 + b"\x47\x02xx" * 700),
    ),
    "boot item without a value": (4011, _asking_4011(b"\x47\0")),
    "43 without a value": (4011, _asking_4011(b"")),
    "NUL in a file name": (69, b"\0\x01ipxe.efi\0../../etc/passwd\0octet\0"),
    "option without a value": (69, b"\0\x01ipxe.efi\0octet\0blksize\0"),
    "one option twice": (69, b"\0\x01ipxe.efi\0octet\0blksize\x00512\0BLKSIZE\x009\0"),
    "4,000 options": (69, b"\0\x01ipxe.efi\0octet\0" + _TFTP_OPTIONS),
    "numbers that are none": (
        69,
        b"\0\x01ipxe.efi\0octet\0blksize\0-1\0tsize\0\xb2\0timeout\0" + b"9" * 5000 + b"\0",
    ),
    "name of 60,000 octets": (69, b"\0\x01" + b"a" * 60000 + b"\0octet\0"),
}
"""Port and octets of datagrams that are strange, and no crash either."""

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
