"""The formats of other programs: which one a file has, who reads and who writes it."""

import re
from collections.abc import Mapping
from enum import Enum
from pathlib import PurePath

from pxectl.errors import ConfigError
from pxectl.store.exchange.carried import Read, Write


class Format(Enum):
    """Whose file it is."""

    TINKERBELL = "tinkerbell"


def reader(format_: Format) -> Read:
    """Who reads it. Each is imported when it is needed."""
    match format_:
        case Format.TINKERBELL:
            from pxectl.store.exchange.manifests import read_manifests as read
    return read


def writer(format_: Format) -> Write:
    """Who writes it."""
    match format_:
        case Format.TINKERBELL:
            from pxectl.store.exchange.manifests import write_manifests as write
    return write


_SUFFIXES: Mapping[str, Format] = {".yaml": Format.TINKERBELL, ".yml": Format.TINKERBELL}
_SIGNS: tuple[tuple[str, Format], ...] = (
    (r"^\s*apiVersion:|^\s*kind:|\"kind\"\s*:|\"network\"\s*:", Format.TINKERBELL),
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
    """The format of a file, by what stands in it, else by its name.

    Args:
        text: all of it.
        name: of the file, for its suffix and for errors.

    Raises:
        ConfigError: it can not be told.
    """
    head = text[:_LOOKED_AT]
    for sign, format_ in _SIGNS:
        if re.search(sign, head, re.MULTILINE):
            return format_
    suffix = PurePath(name).suffix.lower()
    if suffix in _SUFFIXES:
        return _SUFFIXES[suffix]
    raise ConfigError(
        f"{name}: it can not be told what format this is",
        hint=f"say it: `--format {'|'.join(member.value for member in Format)}`",
    )
