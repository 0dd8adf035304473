"""The formats of other programs: which one a file has, who reads and who writes it."""

import re
from collections.abc import Mapping
from pathlib import PurePath

from pxectl.errors import ConfigError
from pxectl.store.exchange.carried import Read, Write
from pxectl.store.exchange.format import Format


def reader(format_: Format) -> Read:
    """Who reads it. Each is imported when it is needed."""
    match format_:
        case Format.TINKERBELL:
            from pxectl.store.exchange.manifests import read_manifests

            return read_manifests
        case Format.DNSMASQ:
            from pxectl.store.exchange.dnsmasq import read_dnsmasq

            return read_dnsmasq
        case Format.ISC:
            from pxectl.store.exchange.isc import read_isc

            return read_isc
        case Format.KEA:
            from pxectl.store.exchange.kea import read_kea

            return read_kea
        case Format.CSV:
            from pxectl.store.exchange.csvtext import read_csv

            return read_csv


def writer(format_: Format) -> Write:
    """Who writes it."""
    match format_:
        case Format.TINKERBELL:
            from pxectl.store.exchange.manifests import write_manifests

            return write_manifests
        case Format.DNSMASQ:
            from pxectl.store.exchange.dnsmasq import write_dnsmasq

            return write_dnsmasq
        case Format.ISC:
            from pxectl.store.exchange.iscwriting import write_isc

            return write_isc
        case Format.KEA:
            from pxectl.store.exchange.kea import write_kea

            return write_kea
        case Format.CSV:
            from pxectl.store.exchange.csvtext import write_csv

            return write_csv


_SUFFIXES: Mapping[str, Format] = {
    ".yaml": Format.TINKERBELL, ".yml": Format.TINKERBELL, ".csv": Format.CSV, ".tsv": Format.CSV,
}  # fmt: skip
# none of them looks far: a file may hold anything, a megabyte of blank lines, too
_SIGNS: tuple[tuple[str, Format], ...] = (
    (r"^[ \t]*(?:--)?dhcp-(?:host|range|option|boot)[ \t]*=", Format.DNSMASQ),
    (r'"Dhcp4"\s*:|"hw-address"\s*:', Format.KEA),
    (r"^(?:- )?[ \t]*(?:apiVersion|kind):|\"(?:kind|network)\"[ \t]*:", Format.TINKERBELL),
    (r"^[^#\n]*\bhost[ \t]+[^\s{]{1,255}\s{0,99}\{|^[ \t]*hardware[ \t]+ethernet\s", Format.ISC),
    (r"^(?:[0-9A-Fa-f]{1,2}[:-]){5}[0-9A-Fa-f]{1,2}(?:,|[ \t]+\S+[ \t]*(?:#.*)?$)", Format.DNSMASQ),
)
_LOOKED_AT = 1 << 20
LARGEST = 64 << 20
"""Octets of one file."""


def decoded(content: bytes, name: str) -> str:
    """The text of a file.

    Raises:
        ConfigError: it is too large or no UTF-8.
    """
    if len(content) > LARGEST:
        raise ConfigError(
            f"{name}: is larger than {LARGEST >> 20} MB", hint="split it into several files"
        )
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{name}: line {line} is not UTF-8", hint="save it as UTF-8") from None


def recognise(text: str, name: str) -> Format:
    """The format of a file: by a suffix that only one has, else by what stands in it.

    Args:
        text: all of it.
        name: of the file, for its suffix and for errors.

    Raises:
        ConfigError: it can not be told.
    """
    suffix = PurePath(name).suffix.lower()
    if suffix in _SUFFIXES:  # scripts and user data in it may look like anything
        return _SUFFIXES[suffix]
    head = text[:_LOOKED_AT]
    first = next((line for line in head.splitlines() if line.strip()[:1] not in ("", "#")), "")
    if any(cell.strip(' "').lower() == "mac" for cell in re.split("[,;\t]", first)):
        return Format.CSV
    for sign, format_ in _SIGNS:
        if re.search(sign, head, re.MULTILINE):
            return format_
    raise ConfigError(
        f"{name}: it can not be told what format this is",
        hint=f"say it: `--format {'|'.join(member.value for member in Format)}`",
    )
