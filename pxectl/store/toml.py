"""A TOML file of the site → the table in it, with errors that name the file and the line."""

import re
from pathlib import Path
from typing import Any

from pxectl.errors import ConfigError


def read_toml(path: Path) -> dict[str, Any]:
    """The file's table.

    Raises:
        ConfigError: it can not be read, or is not TOML.
        FileNotFoundError: there is no such file.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise
    except OSError as error:
        raise ConfigError(
            f"{path}: can not be read: {error.strerror}", hint="check its owner and mode"
        ) from None
    return parse_toml(content, path)


def parse_toml(content: bytes, path: Path) -> dict[str, Any]:
    """The table that `content` of the file `path` holds.

    Raises:
        ConfigError: it is not TOML.
    """
    # every command imports this module, only those that read a file need the parser
    import tomllib

    try:
        return tomllib.loads(content.decode())
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{path}: line {line} is not UTF-8", hint="save it as UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(_told(str(error), path, content), hint=_mend(str(error))) from None
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
