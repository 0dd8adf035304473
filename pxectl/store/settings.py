"""What `serve` is told to do: flags, then `PXECTL_*`, then `[serve]`, then the defaults."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import tzinfo
from ipaddress import IPv4Address, IPv4Network
from typing import Any

from pxectl.boot.site import HTTPS, Claims, Mode, Serving
from pxectl.errors import ConfigError
from pxectl.store.values import (
    read_address,
    read_choice,
    read_flag,
    read_number,
    read_table,
    read_text,
    read_texts,
)


@dataclass(frozen=True, slots=True)
class Overrides:
    """What flags said; None: nothing."""

    interfaces: tuple[str, ...] | None = None
    dhcp: Mode | None = None
    tftp: bool | None = None
    http: bool | None = None
    http_port: int | None = None
    tftp_port: int | None = None
    tftp_single_port: bool | None = None
    advertise: IPv4Address | None = None
    shadow: bool | None = None
    pool: str | None = None
    """`--pool A-B`: addresses for machines without a reservation."""
    networks: tuple[IPv4Network, ...] = ()
    """The networks of the chosen interfaces: where a pool that no `[[subnet]]` holds can be."""
    kernel: str | None = None
    """`--kernel F`: a file of this host, or a URL, that every client boots."""
    initrd: tuple[str, ...] = ()
    cmdline: str | None = None
    installer: str | None = None
    """`--installer NAME`: the recipe that every client boots."""
    profile: str | None = None
    """`--profile NAME`: the profile of the site that every client boots."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that `[serve]` can hold, of one origin or of all together."""

    serving: Serving
    zone: tzinfo | None = None


def _mode(value: object, where: str) -> Mode:
    return read_choice(value, where, Mode)


def _https(value: object, where: str) -> HTTPS:
    return read_choice(value, where, HTTPS)


def _claims(value: object, where: str) -> Claims:
    """`"neighbour"`, `"any"`, `"off"`, or networks that are believed beside neighbours."""
    words = {
        "neighbour": Claims(),
        "any": Claims(networks=(IPv4Network("0.0.0.0/0"),)),
        "off": Claims(neighbour=False),
    }
    if isinstance(value, str) and value in words:
        return words[value]
    try:
        return Claims(networks=tuple(IPv4Network(one) for one in read_texts(value, where)))
    except (ValueError, ConfigError):
        raise ConfigError(
            f"{where} is none of {', '.join(words)}, and no list of networks",
            hint='write it as `["10.77.8.0/24"]`',
        ) from None


def _monitor(value: object, where: str) -> tuple[IPv4Address, int] | None:
    """`"10.77.0.1:9469"`, or `"off"`."""
    text = read_text(value, where)
    if text == "off":
        return None
    address, _, port = text.rpartition(":")
    try:
        return IPv4Address(address), read_number(int(port), where, 1, 65535)
    except ValueError:
        raise ConfigError(
            f"{where}: `{text}` is no IPv4 address with a port", hint='write it as "10.77.0.1:9469"'
        ) from None


def _port(value: object, where: str) -> int:
    return read_number(value, where, 1, 65535)


def _zone(value: object, where: str) -> tzinfo:
    from zoneinfo import ZoneInfo

    name = read_text(value, where)
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ConfigError(
            f"{where}: there is no time zone `{name}`", hint='write it as `"Europe/Berlin"`'
        ) from None


_READERS: Mapping[str, Callable[[object, str], Any]] = {
    "interfaces": read_texts,
    "dhcp": _mode,
    "tftp": read_flag,
    "http": read_flag,
    "http_port": _port,
    "tftp_port": _port,
    "tftp_single_port": read_flag,
    "https": _https,
    "https_port": _port,
    "tls_cert": read_text,
    "tls_key": read_text,
    "advertise": read_address,
    "claims": _claims,
    "monitor": _monitor,
    "shadow": read_flag,
    "timezone": _zone,
}
_FLAGS = frozenset(key for key, reader in _READERS.items() if reader is read_flag)
_NUMBERS = frozenset(key for key, reader in _READERS.items() if reader is _port)
_YES = frozenset(("1", "true", "yes", "on"))
_NO = frozenset(("0", "false", "no", "off"))


def read_settings(
    raw: object, where: str, environ: Mapping[str, str], overrides: Overrides
) -> Settings:
    """All origins together.

    Args:
        raw: the `[serve]` table as TOML gave it.
        where: file and key, as errors name it.
        environ: the process's environment; an empty variable says nothing.
        overrides: what flags said.

    Raises:
        ConfigError: an unknown key, or a value that can not be; names the file or the variable.
    """
    table = read_table(raw, where, _READERS)
    said = {key: _READERS[key](value, f"{where}.{key}") for key, value in table.items()}
    for key, reader in _READERS.items():
        variable = variable_of(key)
        if text := environ.get(variable, ""):
            said[key] = reader(_from_text(key, text), variable)
    flags = {key: getattr(overrides, key, None) for key in _READERS}
    said |= {key: value for key, value in flags.items() if value is not None}
    zone = said.pop("timezone", None)
    return Settings(Serving(**said), zone)


def variable_of(key: str) -> str:
    """The environment variable of a key of `[serve]`: `PXECTL_HTTP_PORT`."""
    return f"PXECTL_{key.upper()}"


def said_before(key: str, environ: Mapping[str, str], overrides: Overrides) -> str:
    """What comes before a key of `[serve]`: `a flag`, its variable; empty: nothing does."""
    if getattr(overrides, key, None) is not None:
        return "a flag"
    return variable_of(key) if environ.get(variable_of(key)) else ""


def _from_text(key: str, text: str) -> object:
    """A variable's text as the value that TOML would have given; what is odd stays a text."""
    word = text.strip().lower()
    if key in _FLAGS and word in _YES | _NO:
        return word in _YES
    if key in _NUMBERS and word.isascii() and word.isdigit():
        return int(word)
    if key == "interfaces" or (key == "claims" and "/" in word):
        return [name for name in text.replace(",", " ").split() if name]
    return text.strip()


SERVE_KEYS = tuple(_READERS)
"""What `[serve]` may hold."""
