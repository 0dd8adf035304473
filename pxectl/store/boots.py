"""`state/boots.json`: how often machines have booted, written by `serve`, read by `rules test`."""

import json
from collections.abc import Mapping
from pathlib import Path

from pxectl.store.newfile import make_folder, put_file

VERSION = 1
_LARGEST = 8 << 20


def boots_file(site: Path) -> Path:
    """Where they are kept."""
    return site / "state" / "boots.json"


def read_boots(site: Path) -> dict[str, int]:
    """Counts by MAC. A file that is not there, or not what it should be, holds none: a count is no
    reason to boot nobody.

    Args:
        site: the site's directory.
    """
    path = boots_file(site)
    try:
        if path.stat().st_size > _LARGEST:
            return {}
        raw = json.loads(path.read_bytes())
        counts = raw["boots"] if raw["v"] == VERSION else {}
        return {mac: count for mac, count in counts.items() if type(count) is int and count > 0}
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return {}


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
