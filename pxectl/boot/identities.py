"""Conditions about who asks: MAC, architecture, UUID, networks, and keys with few known values.

Each value is read as what it is, so that every spelling of a MAC works and a typo is an error.
"""

import re
from collections.abc import Callable, Hashable, Iterable
from fnmatch import fnmatchcase
from ipaddress import IPv4Address, IPv4Network
from uuid import UUID

from pxectl.boot.condition import (
    Condition,
    Handle,
    Reader,
    either,
    nearest,
    star_only,
    text_condition,
    texts,
)
from pxectl.boot.facts import Facts
from pxectl.errors import ConfigError
from pxectl.mac import MAC
from pxectl.wire.iana import Arch

_OCTET = r"(?:[0-9a-f]{2}|[0-9a-f]{0,2}\*[0-9a-f]{0,2})"
_MAC_PATTERN = re.compile(f"{_OCTET}(?::{_OCTET}){{0,5}}")
_UUID_PATTERN = re.compile(r"[0-9a-f-]*\*[0-9a-f*-]*")

# EBC is what many x64 machines send (netboot.md 3.1, 15); identify() reads it as x64
_SAME = {"ebc": "x64-uefi", "ebc-http": "x64-uefi-http"}
_ARCHS = tuple(arch.label for arch in Arch if arch.label not in _SAME)


def read_mac(key: str, value: object, where: str) -> Condition:
    """`mac = "52:54:00:12:34:56"` in any spelling, or `"52:54:00:*"`."""
    wanted = []
    for text in texts(value, where):
        if "*" in text:
            pattern = text.lower().replace("-", ":")
            if not _MAC_PATTERN.fullmatch(pattern):
                raise ConfigError(
                    f"{where}: `{text}` can match no MAC address",
                    hint="write a pattern such as `52:54:00:*`",
                )
            wanted.append(pattern)
            continue
        try:
            wanted.append(str(MAC.parse(text)))
        except ValueError as error:
            raise ConfigError(
                f"{where}: {error}", hint="write six octets, or a pattern with `*`"
            ) from None
    return text_condition(
        key, wanted, lambda facts: str(facts.client.mac) if facts.client.mac else None
    )


def read_arch(key: str, value: object, where: str) -> Condition:
    """`arch = "x64-uefi"`, `"*-http"`, or a number of the registry: `7`, `"arch65535"`."""
    wanted = [_arch_label(key, text, where) for text in texts(value, where)]
    return text_condition(key, wanted, _arch)


def _arch_label(key: str, text: str, where: str) -> str:
    if "*" in text:
        return _known(key, text, _ARCHS, where)
    try:
        label = Arch.parse(text).label
    except ValueError:
        raise _unknown(key, text, _ARCHS, where) from None
    return _SAME.get(label, label)


def _arch(facts: Facts) -> str | None:
    return facts.client.arch.label if facts.client.arch is not None else None


def read_named(
    names: Iterable[str],
    find: Callable[[Facts], str | None],
    why_absent: Callable[[Facts], str] | None = None,
) -> Reader:
    """The reader of a key whose values are these names."""
    known = tuple(names)

    def read(key: str, value: object, where: str) -> Condition:
        wanted = [_known(key, text, known, where) for text in texts(value, where)]
        return text_condition(key, wanted, find, why_absent)

    return read


def _known(key: str, text: str, names: tuple[str, ...], where: str) -> str:
    pattern = star_only(text.lower())
    if any(fnmatchcase(name, pattern) for name in names):
        return text
    raise _unknown(key, text, names, where)


def _unknown(key: str, text: str, names: tuple[str, ...], where: str) -> ConfigError:
    hint = nearest(text, names, f"it is one of {', '.join(names)}")
    return ConfigError(f"{where}: there is no {key} `{text}`", hint=hint)


def read_uuid(key: str, value: object, where: str) -> Condition:
    """`uuid = "4c4c4544-…"`, or a pattern of it."""
    wanted = [_uuid(text, where) for text in texts(value, where)]
    return text_condition(
        key, wanted, lambda facts: str(facts.client.uuid) if facts.client.uuid else None
    )


def _uuid(text: str, where: str) -> str:
    if _UUID_PATTERN.fullmatch(text.lower()):
        return text.lower()
    try:
        return str(UUID(text))
    except ValueError:
        raise ConfigError(
            f"{where}: `{text}` is not a UUID",
            hint="write it as `dmidecode -s system-uuid` prints it",
        ) from None


def read_network(
    find: Callable[[Facts], IPv4Address | IPv4Network | None], absent: str = ""
) -> Reader:
    """The reader of `10.77.0.0/24` or an address; `absent` is the reason where there is none."""

    def read(key: str, value: object, where: str) -> Condition:
        wanted = texts(value, where)
        try:
            networks = [IPv4Network(text) for text in wanted]
        except ValueError as error:
            raise ConfigError(
                f"{where}: {error}", hint="write a network such as `10.77.0.0/24` or an address"
            ) from None

        def holds(facts: Facts) -> bool:
            have = find(facts)
            if have is None:
                return False
            inner = have if isinstance(have, IPv4Network) else IPv4Network(have)
            return any(inner.subnet_of(network) for network in networks)

        def why_not(facts: Facts) -> str:
            have = find(facts)
            if have is None:
                return absent or f"{key} is not known"
            return f"{key} is {have}, not in {either(wanted)}"

        return Condition(
            key,
            holds,
            why_not,
            lambda facts: f"{key} is {find(facts)}",
            _network_handles(key, networks, find),
            frozenset(networks),
        )

    return read


def _network_handles(
    key: str,
    networks: Iterable[IPv4Network],
    find: Callable[[Facts], IPv4Address | IPv4Network | None],
) -> tuple[Handle, ...]:
    """The leading bits of a network or address, one handle for each length of prefix."""
    by_length: dict[int, set[Hashable]] = {}
    for network in networks:
        bits = int(network.network_address) >> (32 - network.prefixlen)
        by_length.setdefault(network.prefixlen, set()).add(bits)

    def cut(length: int) -> Callable[[Facts], Iterable[Hashable]]:
        def bits(facts: Facts) -> Iterable[Hashable]:
            have = find(facts)
            if have is None:
                return ()
            if isinstance(have, IPv4Network):
                inside = have.prefixlen >= length
                return (int(have.network_address) >> (32 - length),) if inside else ()
            return (int(have) >> (32 - length),)

        return bits

    return tuple(
        Handle((key, length), cut(length), frozenset(values))
        for length, values in by_length.items()
    )
