"""DHCP options as other programs write them: their names, and values as plain texts.

ISC dhcpd and Kea share nearly all names; `wire/aliases.py` has those for reading.
"""

from collections.abc import Iterable, Sequence

from pxectl.wire.registry import SERVERS_OWN, Kind, Meaning
from pxectl.wire.values import decode_option, encode_option

NAMES = {
    1: "subnet-mask", 2: "time-offset", 3: "routers", 4: "time-servers", 6: "domain-name-servers",
    7: "log-servers", 8: "cookie-servers", 9: "lpr-servers", 10: "impress-servers",
    11: "resource-location-servers", 12: "host-name", 13: "boot-size", 14: "merit-dump",
    15: "domain-name", 16: "swap-server", 17: "root-path", 18: "extensions-path",
    19: "ip-forwarding", 20: "non-local-source-routing", 21: "policy-filter",
    22: "max-dgram-reassembly", 23: "default-ip-ttl", 24: "path-mtu-aging-timeout",
    25: "path-mtu-plateau-table", 26: "interface-mtu", 27: "all-subnets-local",
    28: "broadcast-address", 29: "perform-mask-discovery", 30: "mask-supplier",
    31: "router-discovery", 32: "router-solicitation-address", 33: "static-routes",
    34: "trailer-encapsulation", 35: "arp-cache-timeout", 36: "ieee802-3-encapsulation",
    37: "default-tcp-ttl", 38: "tcp-keepalive-interval", 39: "tcp-keepalive-garbage",
    40: "nis-domain", 41: "nis-servers", 42: "ntp-servers", 43: "vendor-encapsulated-options",
    44: "netbios-name-servers", 45: "netbios-dd-server", 46: "netbios-node-type",
    47: "netbios-scope", 48: "font-servers", 49: "x-display-manager",
    60: "vendor-class-identifier", 64: "nisplus-domain", 65: "nisplus-servers",
    66: "tftp-server-name", 68: "mobile-ip-home-agent", 69: "smtp-server", 70: "pop-server",
    71: "nntp-server", 72: "www-server", 73: "finger-server", 74: "irc-server",
    75: "streettalk-server", 76: "streettalk-directory-assistance-server", 119: "domain-search",
}  # fmt: skip
_LISTS = frozenset((Kind.ADDRESSES, Kind.U8S, Kind.U16S, Kind.DOMAINS, Kind.ROUTES))
_NUMBERS = frozenset((Kind.U8, Kind.U16, Kind.U32, Kind.I32, Kind.U8S, Kind.U16S))
_FLAGS = {"true": True, "on": True, "1": True, "false": False, "off": False, "0": False}


def read_option(meaning: Meaning, texts: Sequence[str]) -> object:
    """An option's value as TOML holds it, from texts: items of a list, or one text.

    Raises:
        ValueError: it can not have this value; fit for a person.
    """
    _refuse_servers_own(meaning)
    if not texts:
        raise ValueError(f"`{meaning.name}` is empty")
    if meaning.kind in _LISTS:
        value: object = [_scalar(meaning.kind, text) for text in texts]
    elif len(texts) == 1:
        value = _scalar(meaning.kind, texts[0])
    else:
        raise ValueError(f"`{meaning.name}` holds one value: {meaning.kind.value}")
    encode_option(meaning.name, value)
    return value


def _refuse_servers_own(meaning: Meaning) -> None:
    if meaning.code in SERVERS_OWN:
        raise ValueError(f"`{meaning.name}` can not be set: {SERVERS_OWN[meaning.code]}")


def _scalar(kind: Kind, text: str) -> str | int | bool:
    if kind is Kind.BOOL:
        return _FLAGS.get(text.lower(), text)
    if kind in _NUMBERS and text.removeprefix("-").isdigit() and text.isascii():
        return int(text)
    return text


def read_octets(meaning: Meaning, octets: bytes) -> object:
    """An option's value from what goes over the wire.

    Raises:
        ValueError: they are none, or not what the option holds.
    """
    _refuse_servers_own(meaning)
    value = decode_option(meaning.code, octets)
    if not octets or encode_option(meaning.name, value)[1] != octets:
        raise ValueError(f"`{octets.hex(':')}` is no value for `{meaning.name}`")
    return value


def option_texts(value: object) -> list[str]:
    """A value as TOML holds it → its items as texts; `read_option` turns them back."""
    items: Iterable[object] = value if isinstance(value, list | tuple) else [value]
    return [str(item).lower() if isinstance(item, bool) else str(item) for item in items]
