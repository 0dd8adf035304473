"""What the values of DHCP options mean: code, IANA name and type of each (RFC 2132 and followers).

People write options by name in the site's files (`router = ["10.77.0.1"]`); captures and
`rules test` show them the same way. An option that is not in the table is `option-NNN`, in
hexadecimal.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from enum import Enum
from ipaddress import IPv4Address, IPv4Network

from pxectl.errors import MalformedPacketError


class Kind(Enum):
    """How an option's octets are read."""

    ADDRESS = "address"
    ADDRESSES = "addresses"
    TEXT = "text"
    U8 = "number up to 255"
    U16 = "number up to 65535"
    U32 = "number up to 4294967295"
    I32 = "number"
    U8S = "list of numbers up to 255"
    U16S = "list of numbers up to 65535"
    BOOL = "true or false"
    DOMAINS = "list of domains"
    ROUTES = "list of routes"
    HEX = "octets in hexadecimal"


@dataclass(frozen=True, slots=True)
class Meaning:
    """One row of the registry."""

    code: int
    name: str
    kind: Kind


_K = Kind
_TABLE: tuple[tuple[int, str, Kind], ...] = (
    (1, "subnet-mask", _K.ADDRESS), (2, "time-offset", _K.I32), (3, "router", _K.ADDRESSES),
    (4, "time-server", _K.ADDRESSES), (5, "name-server", _K.ADDRESSES),
    (6, "domain-name-server", _K.ADDRESSES), (7, "log-server", _K.ADDRESSES),
    (8, "quotes-server", _K.ADDRESSES), (9, "lpr-server", _K.ADDRESSES),
    (10, "impress-server", _K.ADDRESSES), (11, "rlp-server", _K.ADDRESSES),
    (12, "hostname", _K.TEXT), (13, "boot-file-size", _K.U16), (14, "merit-dump-file", _K.TEXT),
    (15, "domain-name", _K.TEXT), (16, "swap-server", _K.ADDRESS), (17, "root-path", _K.TEXT),
    (18, "extension-file", _K.TEXT), (19, "forward", _K.BOOL), (20, "source-route", _K.BOOL),
    (21, "policy-filter", _K.ADDRESSES), (22, "max-datagram-assembly", _K.U16),
    (23, "default-ip-ttl", _K.U8), (24, "mtu-timeout", _K.U32), (25, "mtu-plateau", _K.U16S),
    (26, "mtu-interface", _K.U16), (27, "mtu-subnet", _K.BOOL), (28, "broadcast-address", _K.ADDRESS),
    (29, "mask-discovery", _K.BOOL), (30, "mask-supplier", _K.BOOL), (31, "router-discovery", _K.BOOL),
    (32, "router-request", _K.ADDRESS), (33, "static-route", _K.ADDRESSES), (34, "trailers", _K.BOOL),
    (35, "arp-timeout", _K.U32), (36, "ethernet", _K.BOOL), (37, "default-tcp-ttl", _K.U8),
    (38, "keepalive-time", _K.U32), (39, "keepalive-data", _K.BOOL), (40, "nis-domain", _K.TEXT),
    (41, "nis-servers", _K.ADDRESSES), (42, "ntp-servers", _K.ADDRESSES),
    (43, "vendor-specific", _K.HEX), (44, "netbios-name-server", _K.ADDRESSES),
    (45, "netbios-distribution-server", _K.ADDRESSES), (46, "netbios-node-type", _K.U8),
    (47, "netbios-scope", _K.TEXT), (48, "x-window-font", _K.ADDRESSES),
    (49, "x-window-manager", _K.ADDRESSES), (50, "address-request", _K.ADDRESS),
    (51, "address-time", _K.U32), (52, "overload", _K.U8), (53, "dhcp-message-type", _K.U8),
    (54, "dhcp-server-id", _K.ADDRESS), (55, "parameter-list", _K.U8S), (56, "dhcp-message", _K.TEXT),
    (57, "dhcp-max-message-size", _K.U16), (58, "renewal-time", _K.U32),
    (59, "rebinding-time", _K.U32), (60, "class-id", _K.TEXT), (61, "client-id", _K.HEX),
    (62, "netware-ip-domain", _K.TEXT), (63, "netware-ip-option", _K.HEX),
    (64, "nis-domain-name", _K.TEXT), (65, "nis-server-addr", _K.ADDRESSES),
    (66, "server-name", _K.TEXT), (67, "bootfile-name", _K.TEXT), (68, "home-agent-addrs", _K.ADDRESSES),
    (69, "smtp-server", _K.ADDRESSES), (70, "pop3-server", _K.ADDRESSES),
    (71, "nntp-server", _K.ADDRESSES), (72, "www-server", _K.ADDRESSES),
    (73, "finger-server", _K.ADDRESSES), (74, "irc-server", _K.ADDRESSES),
    (75, "streettalk-server", _K.ADDRESSES), (76, "stda-server", _K.ADDRESSES),
    (77, "user-class", _K.TEXT), (78, "directory-agent", _K.HEX), (79, "service-scope", _K.HEX),
    (80, "rapid-commit", _K.HEX), (81, "client-fqdn", _K.HEX),
    (82, "relay-agent-information", _K.HEX), (83, "isns", _K.HEX), (85, "nds-servers", _K.ADDRESSES),
    (86, "nds-tree-name", _K.TEXT), (87, "nds-context", _K.TEXT), (88, "bcmcs-domain", _K.DOMAINS),
    (89, "bcmcs-address", _K.ADDRESSES), (90, "authentication", _K.HEX),
    (91, "client-last-transaction-time", _K.U32), (92, "associated-ip", _K.ADDRESSES),
    (93, "client-system", _K.U16S), (94, "client-ndi", _K.HEX), (95, "ldap", _K.TEXT),
    (97, "uuid-guid", _K.HEX), (98, "user-auth", _K.TEXT), (99, "geoconf-civic", _K.HEX),
    (100, "pcode", _K.TEXT), (101, "tcode", _K.TEXT), (108, "ipv6-only-preferred", _K.U32),
    (112, "netinfo-address", _K.ADDRESSES), (113, "netinfo-tag", _K.TEXT),
    (114, "captive-portal", _K.TEXT), (116, "auto-config", _K.U8),
    (117, "name-service-search", _K.U16S), (118, "subnet-selection", _K.ADDRESS),
    (119, "domain-search", _K.DOMAINS), (120, "sip-servers", _K.HEX),
    (121, "classless-static-route", _K.ROUTES), (122, "ccc", _K.HEX), (123, "geoconf", _K.HEX),
    (124, "vi-vendor-class", _K.HEX), (125, "vi-vendor-specific", _K.HEX),
    (136, "pana-agent", _K.ADDRESSES), (137, "lost", _K.DOMAINS), (138, "capwap-ac", _K.ADDRESSES),
    (141, "sip-ua-config-domains", _K.DOMAINS), (145, "forcerenew-nonce", _K.HEX),
    (146, "rdnss-selection", _K.HEX), (147, "dots-ri", _K.DOMAINS), (148, "dots-address", _K.ADDRESSES),
    (150, "tftp-server-address", _K.ADDRESSES), (151, "status-code", _K.HEX), (152, "base-time", _K.U32),
    (153, "start-time-of-state", _K.U32), (154, "query-start-time", _K.U32),
    (155, "query-end-time", _K.U32), (156, "dhcp-state", _K.U8), (157, "data-source", _K.U8),
    (159, "portparams", _K.HEX), (161, "mud-url", _K.TEXT), (175, "ipxe-encapsulated", _K.HEX),
    (208, "pxelinux-magic", _K.HEX), (209, "configuration-file", _K.TEXT), (210, "path-prefix", _K.TEXT),
    (211, "reboot-time", _K.U32), (212, "six-rd", _K.HEX), (213, "access-domain", _K.DOMAINS),
    (220, "subnet-allocation", _K.HEX), (221, "virtual-subnet-selection", _K.HEX),
)  # fmt: skip

_BY_CODE = {code: Meaning(code, name, kind) for code, name, kind in _TABLE}
_BY_NAME = {meaning.name: meaning for meaning in _BY_CODE.values()}
_NUMBER_SIZE = {_K.U8: 1, _K.U16: 2, _K.U32: 4, _K.I32: 4}
# other servers' names for the ones that people set most
_ALIASES = {
    "routers": "router", "domain-name-servers": "domain-name-server", "dns": "domain-name-server",
    "host-name": "hostname", "tftp-server-name": "server-name", "bootfile": "bootfile-name",
    "interface-mtu": "mtu-interface", "ntp-server": "ntp-servers", "log-servers": "log-server",
}  # fmt: skip


def meaning_of(option: int | str) -> Meaning:
    """The row of an option, by its code, its IANA name or `option-NNN`.

    Raises:
        ValueError: no such name; the message holds the nearest one.
    """
    if isinstance(option, int):
        return _BY_CODE.get(option) or Meaning(option, f"option-{option}", Kind.HEX)
    name = option.lower().replace("_", "-")
    name = _ALIASES.get(name, name)
    if name in _BY_NAME:
        return _BY_NAME[name]
    numbered = re.fullmatch(r"(?:option-)?(\d{1,3})", name)
    if numbered and 1 <= int(numbered[1]) <= 254:
        return meaning_of(int(numbered[1]))
    nearest = get_close_matches(name, _BY_NAME, n=1)
    known = f", did you mean `{nearest[0]}`?" if nearest else ""
    raise ValueError(f"there is no DHCP option `{option}`{known}")


def encode_option(option: int | str, value: object) -> tuple[int, bytes]:
    """Code and octets of an option as a person wrote it.

    Args:
        option: code, IANA name or `option-NNN`.
        value: of the type that the registry gives it; a single value where a list is due. Options
            of type hex take `"01:02:ff"`, `"0102ff"` or any text behind `text:`.

    Raises:
        ValueError: no such option, or a value that it can not hold; fit for a person.
    """
    meaning = meaning_of(option)
    try:
        encoded = _ENCODERS[meaning.kind](value)
    except (ValueError, TypeError, OverflowError, AttributeError):
        raise ValueError(
            f"`{value}` is no value for `{meaning.name}`: {meaning.kind.value}"
        ) from None
    return meaning.code, encoded


def decode_option(code: int, value: bytes) -> str | int | bool | list[str] | list[int]:
    """What an option's octets say: the counterpart of `encode_option`, for people and JSON.

    Octets that do not fit the option's type come back in hexadecimal. Texts are raw: filter them
    before a terminal sees them.
    """
    try:
        return _DECODERS[meaning_of(code).kind](value)
    except (ValueError, MalformedPacketError):
        return value.hex(":")


# ---- text <-> octets, one pair a kind


def _listed(value: object) -> Sequence[object]:
    return value if isinstance(value, list | tuple) else [value]


def _addresses(value: object) -> bytes:
    encoded = b"".join(IPv4Address(str(item)).packed for item in _listed(value))
    if not encoded:
        raise ValueError
    return encoded


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
        if len(value) % size:
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
    encoded = b""
    for domain in _listed(value):
        for label in str(domain).strip(".").split("."):
            octets = label.encode("idna")
            encoded += bytes((len(octets),)) + octets
        encoded += b"\0"
    return encoded


def _read_domains(value: bytes) -> list[str]:
    domains, at = [], 0
    while at < len(value):
        labels, at = _read_domain(value, at)
        domains.append(".".join(labels))
    return domains


def _read_domain(value: bytes, at: int) -> tuple[list[str], int]:
    """Labels of the domain at `at` and where the next one starts. Pointers only go back: no loops."""
    labels: list[str] = []
    after, limit = 0, len(value)
    while at < limit:
        size = value[at]
        if size == 0:
            return labels, after or at + 1
        if size >= 0xC0 and at + 1 < len(value):
            after = after or at + 2
            limit, at = at, (size & 0x3F) << 8 | value[at + 1]
            continue
        if size > 63 or at + 1 + size > len(value):
            raise ValueError
        labels.append(value[at + 1 : at + 1 + size].decode("latin-1"))
        at += 1 + size
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
    if text.startswith("text:"):
        return text.removeprefix("text:").encode()
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
_DECODERS: dict[Kind, Callable[[bytes], str | int | bool | list[str] | list[int]]] = {
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
