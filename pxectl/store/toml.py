"""A TOML file of the site → the table in it, with errors that name the file and the line."""

import re
import stat
from pathlib import Path
from typing import Any

from pxectl.errors import ConfigError

LARGEST = 16 << 20
"""Octets of one file."""
_BOM = b"\xef\xbb\xbf"


def read_toml(path: Path) -> dict[str, Any]:
    """The file's table.

    Raises:
        ConfigError: it can not be read, or is not TOML.
        FileNotFoundError: there is no such file.
    """
    return parse_toml(read_content(path), path)


def read_content(path: Path) -> bytes:
    """The octets of a file that a person may have written.

    Raises:
        ConfigError: it is none, can not be read, or is so large that it must be something else.
        FileNotFoundError: there is no such file.
    """
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):  # a pipe would be waited for
            what = "a directory" if stat.S_ISDIR(status.st_mode) else "not a file"
            raise ConfigError(f"{path}: is {what}", hint="put a file of TOML in its place")
        if status.st_size > LARGEST:
            raise ConfigError(
                f"{path}: is too large: {status.st_size} octets", hint=f"keep it below {LARGEST}"
            )
        return path.read_bytes()
    except FileNotFoundError:
        raise
    except OSError as error:
        raise ConfigError(
            f"{path}: can not be read: {error.strerror}", hint="check its owner and mode"
        ) from None


def parse_toml(content: bytes, path: Path) -> dict[str, Any]:
    """The table that `content` of the file `path` holds.

    Raises:
        ConfigError: it is not TOML.
    """
    # every command imports this module, only those that read a file need the parser
    import tomllib

    if content.startswith(_BOM):
        raise ConfigError(
            f"{path}: begins with a byte order mark", hint="save it as UTF-8 without one"
        )
    try:
        return tomllib.loads(content.decode())
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{path}: line {line} is not UTF-8", hint="save it as UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(_told(str(error), path, content), hint=_mend(str(error))) from None
    except ValueError:  # CPython reads no number of more than 4300 digits
        raise ConfigError(f"{path}: holds a number that is too long", hint="shorten it") from None
    except RecursionError:
        raise ConfigError(f"{path}: is nested too deeply", hint="flatten it") from None


def _told(message: str, path: Path, content: bytes) -> str:
    place = re.search(r"\s*\(at (?:line (\d+), column (\d+)|end of document)\)$", message)
    what = (message[: place.start()] if place else message).rstrip(".")
    if place is None:
        return f"{path}: {what}"
    if place[1] is None:
        last = len(content.rstrip().splitlines())
        return f"{path}: line {last}, end of file: {what}"
    return f"{path}: line {place[1]}, column {place[2]}: {what}"


def _mend(message: str) -> str:
    if "Invalid value" in message:
        return "texts stand in quotes, true and false and numbers do not"
    if "overwrite" in message.lower() or "twice" in message:
        return "each key and each [table] may stand once in a file"
    return "see https://toml.io for how it is written"
