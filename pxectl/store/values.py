"""One value of a TOML file → the typed value, checked; each error names where and the mend."""

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from enum import Enum
from ipaddress import IPv4Address, IPv4Network
from typing import Any, TypeVar
from uuid import UUID

from pxectl.errors import ConfigError
from pxectl.mac import MAC
from pxectl.wire.registry import SERVERS_OWN
from pxectl.wire.values import encode_option

E = TypeVar("E", bound=Enum)

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}


def read_table(value: object, where: str, keys: Iterable[str] = ()) -> Mapping[str, Any]:
    """A table whose keys are all among `keys`, if any are given.

    Args:
        value: as TOML gave it.
        where: file and key, as errors name it.
        keys: every key that it may have; none: any.

    Raises:
        ConfigError: it is no table, or has a key that is none of them.
    """
    if not isinstance(value, dict):
        raise ConfigError(f"{where} is not a table", hint=f"write `{where.split(': ')[-1]} = {{}}`")
    known = tuple(keys)
    if known:
        for key in value:
            if key not in known:
                raise ConfigError(
                    f"{_below(where, key)}: there is no such key", hint=near(key, known)
                )
    return value


def _below(where: str, key: str) -> str:
    return f"{where}.{key}" if ": " in where else f"{where}: {key}"


def near(word: str, known: Iterable[str]) -> str:
    """A hint that names the known word nearest to `word`, or all of them."""
    words = tuple(known)
    longer = [known for known in words if known.startswith(word.lower())] if word else []
    nearest = longer or get_close_matches(word.lower(), words, n=1)
    if nearest:
        return f"did you mean `{nearest[0]}`?"
    return f"there is: {', '.join(words)}" if words else "there is none yet"


def read_text(value: object, where: str) -> str:
    """A text of printable characters, not empty."""
    if not isinstance(value, str):
        raise ConfigError(f"{where} is not a text", hint=f'write it in quotes: `"{value}"`')
    if not value or not value.isprintable():
        what = "holds a character that can not be printed" if value else "is empty"
        raise ConfigError(f"{where} {what}", hint="write a plain text, or leave the key out")
    return value


def read_texts(value: object, where: str) -> tuple[str, ...]:
    """A list of texts, or a single one."""
    if not isinstance(value, list):
        return (read_text(value, where),)
    return tuple(read_text(item, f"{where}[{n}]") for n, item in enumerate(value))


def read_flag(value: object, where: str) -> bool:
    """`true` or `false`."""
    if not isinstance(value, bool):
        raise ConfigError(f"{where} is neither true nor false", hint="write it without quotes")
    return value


def read_number(value: object, where: str, low: int, high: int) -> int:
    """A whole number between `low` and `high`, both included."""
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise ConfigError(
            f"{where}: `{value}` is no number from {low} to {high}", hint="write it without quotes"
        )
    return value


def read_seconds(value: object, where: str, low: int, high: int) -> int:
    """Seconds as a number, or a text such as `1h`, `90s` or `1h30m`."""
    if isinstance(value, str) and re.fullmatch(r"(?:\d{1,9}[smhdw])+", value):
        value = sum(int(n) * _UNITS[unit] for n, unit in re.findall(r"(\d+)([smhdw])", value))
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise ConfigError(
            f"{where}: `{value}` is no time from {low} to {high} seconds",
            hint='write `"1h"`, `"90s"` or a number of seconds',
        )
    return value


def read_choice(value: object, where: str, choices: type[E]) -> E:
    """A member of `choices` by its value."""
    for member in choices:
        if member.value == value:
            return member
    known = [str(member.value) for member in choices]
    nearest = get_close_matches(str(value).lower(), known, n=1)
    hint = f"did you mean `{nearest[0]}`?" if nearest else f"it is one of {', '.join(known)}"
    raise ConfigError(f"{where}: `{value}` is none of {', '.join(known)}", hint=hint)


def read_address(value: object, where: str) -> IPv4Address:
    """An IPv4 address that one host can have."""
    try:
        address = IPv4Address(read_text(value, where))
    except ValueError:
        raise ConfigError(
            f"{where}: `{value}` is not an IPv4 address", hint='write `"10.77.0.21"`'
        ) from None
    if address.is_multicast or address.is_unspecified or address == IPv4Address("255.255.255.255"):
        raise ConfigError(
            f"{where}: `{value}` can not be one host's address", hint='write `"10.77.0.21"`'
        )
    return address


def read_network(value: object, where: str) -> IPv4Network:
    """An IPv4 network."""
    try:
        return IPv4Network(read_text(value, where))
    except ValueError as error:
        raise ConfigError(f"{where}: {error}", hint='write `"10.77.0.0/24"`') from None


def read_uuid(value: object, where: str) -> UUID:
    """A UUID."""
    try:
        return UUID(read_text(value, where))
    except ValueError:
        raise ConfigError(
            f"{where}: `{value}` is not a UUID",
            hint="write it as `dmidecode -s system-uuid` prints it",
        ) from None


def read_mac(value: object, where: str) -> MAC:
    """A MAC address that one machine can have, in any spelling."""
    try:
        mac = MAC.parse(read_text(value, where))
    except ValueError as error:
        raise ConfigError(f"{where}: {error}", hint="write six octets") from None
    if not mac.is_usable:
        raise ConfigError(
            f"{where}: {mac} is a group address or zero", hint="write the address of one port"
        )
    return mac


def read_options(value: object, where: str) -> Mapping[str, Any]:
    """DHCP options by their IANA name: as the file holds them, but known to be encodable.

    Raises:
        ConfigError: there is no such option, it can not have this value, only the server can set
            it, or it stands there twice under two names.
    """
    options = read_table(value, where)
    names: dict[int, str] = {}
    for name, option in options.items():
        try:
            code, _ = encode_option(name, option)
        except ValueError as error:
            raise ConfigError(
                f"{where}.{name}: {error}",
                hint='options have IANA\'s names: `router = ["10.77.0.1"]`, `domain-name = "lab"`; '
                "any takes its octets as `hex:01ff`",
            ) from None
        if code in SERVERS_OWN:
            raise ConfigError(
                f"{where}.{name}: option {code} can not be set", hint=SERVERS_OWN[code]
            )
        if code in names:
            raise ConfigError(
                f"{where}.{name}: option {code} is set above, as `{names[code]}`",
                hint="remove one of them",
            )
        names[code] = name
    return options
