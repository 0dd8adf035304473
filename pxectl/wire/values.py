"""The values of DHCP options: octets <-> what people write and read (types of `registry.py`)."""

import re
from collections.abc import Callable, Sequence
from ipaddress import IPv4Address, IPv4Network

from pxectl.wire.registry import Kind, meaning_of

Decoded = str | int | bool | list[str] | list[int]

_NUMBER_SIZE = {Kind.U8: 1, Kind.U16: 2, Kind.U32: 4, Kind.I32: 4}
_OCTETS = "hex:"
_DOMAIN_SIZE = 255  # octets of one name on the wire (RFC 1035 section 2.3.4)


def encode_option(option: int | str, value: object) -> tuple[int, bytes]:
    """Code and octets of an option as a person wrote it.

    Args:
        option: code, IANA name or `option-NNN`.
        value: of the type that the registry gives it; a single value where a list is due. Options
            of type hex take `"01:02:ff"`, `"0102ff"` or any text behind `text:`; any option takes
            its octets behind `hex:`.

    Raises:
        ValueError: no such option, or a value that it can not hold; fit for a person.
    """
    meaning = meaning_of(option)
    encode = _octets if is_octets(value) else _ENCODERS[meaning.kind]
    try:
        encoded = encode(value)
    except (ValueError, TypeError, OverflowError, AttributeError):
        raise ValueError(
            f"`{value}` is no value for `{meaning.name}`: {meaning.kind.value}"
        ) from None
    return meaning.code, encoded


def is_octets(value: object) -> bool:
    """True for an option's value that is spelled in octets, whatever its type: `hex:0a4d0001`."""
    return isinstance(value, str) and value.startswith(_OCTETS)


def decode_option(code: int, value: bytes) -> Decoded:
    """What an option's octets say: the counterpart of `encode_option`, for people and JSON.

    Octets that do not fit the option's type come back in hexadecimal. Texts are raw: filter them
    before a terminal sees them.

    Args:
        code: 1 to 254.
        value: the octets, long options joined.
    """
    try:
        return _DECODERS[meaning_of(code).kind](value)
    except ValueError:
        return value.hex(":")


# ---- text <-> octets, one pair a kind


def _listed(value: object) -> Sequence[object]:
    if isinstance(value, list | tuple):
        if not value:
            raise ValueError
        return value
    return [value]


def _addresses(value: object) -> bytes:
    return b"".join(IPv4Address(str(item)).packed for item in _listed(value))


def _read_addresses(value: bytes) -> list[str]:
    if len(value) % 4 or not value:
        raise ValueError
    return [str(IPv4Address(value[at : at + 4])) for at in range(0, len(value), 4)]


def _read_address(value: bytes) -> str:
    [address] = _read_addresses(value)
    return address


def _text(value: object) -> bytes:
    if not isinstance(value, str) or not value:
        raise TypeError
    return value.encode()


def _read_text(value: bytes) -> str:
    text = value.rstrip(b"\0")
    try:
        return text.decode()
    except UnicodeDecodeError:
        return text.decode("latin-1")


def _number(kind: Kind) -> Callable[[object], bytes]:
    def encode(value: object) -> bytes:
        if isinstance(value, bool):
            raise TypeError
        return int(str(value)).to_bytes(_NUMBER_SIZE[kind], "big", signed=kind is Kind.I32)

    return encode


def _read_number(kind: Kind) -> Callable[[bytes], int]:
    def decode(value: bytes) -> int:
        if len(value) != _NUMBER_SIZE[kind]:
            raise ValueError
        return int.from_bytes(value, "big", signed=kind is Kind.I32)

    return decode


def _numbers(size: int) -> Callable[[object], bytes]:
    return lambda value: b"".join(int(str(item)).to_bytes(size, "big") for item in _listed(value))


def _read_numbers(size: int) -> Callable[[bytes], list[int]]:
    def decode(value: bytes) -> list[int]:
        if len(value) % size or not value:
            raise ValueError
        return [int.from_bytes(value[at : at + size], "big") for at in range(0, len(value), size)]

    return decode


def _bool(value: object) -> bytes:
    if not isinstance(value, bool):
        raise TypeError
    return bytes((value,))


def _read_bool(value: bytes) -> bool:
    if value not in (b"\0", b"\1"):
        raise ValueError
    return value == b"\1"


def _domains(value: object) -> bytes:
    """RFC 3397, without its compression, which a server need not use."""
    return b"".join(_domain(str(item)) for item in _listed(value))


def _domain(name: str) -> bytes:
    # the codec refuses labels above 63 octets
    labels = name.removesuffix(".").encode("idna").split(b".")
    encoded = b"".join(bytes((len(label),)) + label for label in labels) + b"\0"
    if not all(labels) or len(encoded) > _DOMAIN_SIZE:
        raise ValueError
    return encoded


def _read_domains(value: bytes) -> list[str]:
    if not value:
        raise ValueError
    domains, at = [], 0
    while at < len(value):
        domain, at = _read_domain(value, at)
        domains.append(domain)
    return domains


def _read_domain(value: bytes, at: int) -> tuple[str, int]:
    """The domain at `at`, and where the next one starts.

    A pointer must lead back and a domain is bounded, pointers included: no loop, and no small
    option that unfolds to megabytes.
    """
    labels: list[str] = []
    after, limit, room = 0, len(value), _DOMAIN_SIZE
    while at < limit and room > 0:
        size = value[at]
        if size == 0:
            return ".".join(labels), after or at + 1
        if size >= 0xC0 and at + 1 < len(value):
            after = after or at + 2
            limit, at = at, (size & 0x3F) << 8 | value[at + 1]
            room -= 2
            continue
        stop = at + 1 + size
        if size > 63 or stop > len(value):
            break
        labels.append(value[at + 1 : stop].decode("latin-1"))
        room -= stop - at
        at = stop
    raise ValueError


def _routes(value: object) -> bytes:
    """RFC 3442: `"10.0.0.0/8 via 10.77.0.1"`, or destination and router in turn."""
    encoded = b""
    for item in _listed(value):
        destination, router = re.split(r"\s+via\s+|\s*,\s*|\s+", str(item).strip())
        network = IPv4Network(destination)
        significant = (network.prefixlen + 7) // 8
        encoded += bytes((network.prefixlen,)) + network.network_address.packed[:significant]
        encoded += IPv4Address(router).packed
    return encoded


def _read_routes(value: bytes) -> list[str]:
    if not value:
        raise ValueError
    routes, at = [], 0
    while at < len(value):
        prefix = value[at]
        significant = (prefix + 7) // 8
        stop = at + 1 + significant + 4
        if prefix > 32 or stop > len(value):
            raise ValueError
        network = value[at + 1 : at + 1 + significant].ljust(4, b"\0")
        routes.append(f"{IPv4Address(network)}/{prefix} via {IPv4Address(value[stop - 4 : stop])}")
        at = stop
    return routes


def _hex(value: object) -> bytes:
    text = str(value)
    return text.removeprefix("text:").encode() if text.startswith("text:") else _octets(text)


def _octets(value: object) -> bytes:
    text = str(value).removeprefix(_OCTETS)
    return bytes.fromhex(re.sub(r"^0x|[:\s-]", "", text))


_ENCODERS: dict[Kind, Callable[[object], bytes]] = {
    Kind.ADDRESS: lambda value: IPv4Address(str(value)).packed,
    Kind.ADDRESSES: _addresses,
    Kind.TEXT: _text,
    **{kind: _number(kind) for kind in _NUMBER_SIZE},
    Kind.U8S: _numbers(1),
    Kind.U16S: _numbers(2),
    Kind.BOOL: _bool,
    Kind.DOMAINS: _domains,
    Kind.ROUTES: _routes,
    Kind.HEX: _hex,
}
_DECODERS: dict[Kind, Callable[[bytes], Decoded]] = {
    Kind.ADDRESS: _read_address,
    Kind.ADDRESSES: _read_addresses,
    Kind.TEXT: _read_text,
    **{kind: _read_number(kind) for kind in _NUMBER_SIZE},
    Kind.U8S: _read_numbers(1),
    Kind.U16S: _read_numbers(2),
    Kind.BOOL: _read_bool,
    Kind.DOMAINS: _read_domains,
    Kind.ROUTES: _read_routes,
    Kind.HEX: lambda value: value.hex(":"),
}
