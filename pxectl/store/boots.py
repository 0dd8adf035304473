"""`state/boots.json`: how often machines have booted, written by `serve`, read by `rules test`."""

import json
import re
from collections.abc import Mapping
from pathlib import Path

from pxectl.errors import ConfigError
from pxectl.mac import MAC
from pxectl.store.newfile import make_folder, put_file

VERSION = 1
_SPELLED = re.compile(r"[0-9a-f]{2}(?::[0-9a-f]{2}){5}")
"""As it was written; a person may spell it otherwise. To parse ten thousand takes 20 ms."""


def boots_file(site: Path) -> Path:
    """Where they are kept."""
    return site / "state" / "boots.json"


def read_boots(site: Path) -> dict[str, int]:
    """Counts by MAC; none without a file.

    Args:
        site: the site's directory.

    Raises:
        ConfigError: the file is not what it should be, or can not be read.
    """
    path = boots_file(site)
    try:
        raw = json.loads(path.read_bytes())
        _check(raw["v"])
        return dict(_entry(mac, count) for mac, count in raw["boots"].items())
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise ConfigError(
            f"{path}: can not be used: {error}",
            hint="`boots` in rules begins at 0: mend it before machines install themselves again",
        ) from None


def _check(version: object) -> None:
    if version != VERSION:
        raise ValueError(f"version {version} is another pxectl's")


def _entry(mac: str, count: object) -> tuple[str, int]:
    if type(count) is not int or count < 0:
        raise ValueError(f"{mac}: {count} is no number of boots")
    return mac if _SPELLED.fullmatch(mac) else str(MAC.parse(mac)), count


def write_boots(site: Path, counts: Mapping[str, int]) -> None:
    """Put the file in the place of the last one.

    Args:
        site: the site's directory; made if it is missing.
        counts: by MAC.

    Raises:
        OSError: it can not be written.
    """
    make_folder(boots_file(site).parent)
    told = {"v": VERSION, "boots": dict(sorted(counts.items()))}
    put_file(boots_file(site), json.dumps(told, indent=0).encode() + b"\n")
