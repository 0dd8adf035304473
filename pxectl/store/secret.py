"""The key of the tokens in paths (`boot/token.py`), kept so that a restart knows its old tokens."""

import os
from contextlib import suppress
from pathlib import Path

from pxectl.store.newfile import create_file, make_folder
from pxectl.store.place import is_folder

SIZE = 32


def site_secret(site: Path) -> bytes:
    """The key in `state/secret`, made at the first call, readable by its owner only.

    A site that does not exist or can not be written to gets a random key that lives as long as
    this process: tokens handed out before a restart are then refused after it.

    Args:
        site: the site's directory.

    Returns:
        32 octets.
    """
    path = site / "state" / "secret"
    if not is_folder(site):
        return os.urandom(SIZE)
    try:
        return _read(path) or _create(path)
    except OSError:
        return os.urandom(SIZE)


def _read(path: Path) -> bytes:
    try:
        key = path.read_bytes()
    except FileNotFoundError:
        return b""
    if len(key) == SIZE:
        return key
    with suppress(FileNotFoundError):
        path.unlink()  # cut short by a full disk: a short key is a weak key
    return b""


def _create(path: Path) -> bytes:
    make_folder(path.parent)
    key = os.urandom(SIZE)
    try:
        create_file(path, key, 0o600)
    except FileExistsError:  # another process was quicker: both must use one key
        return path.read_bytes()
    return key
