"""Opening what a client may read, and nothing else, for TFTP and HTTP alike."""

import errno
import os
import stat
from pathlib import Path

# a FIFO in the folder must not block the server until somebody writes to it
_FILE = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
_FOLDER = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_DIRECTORY
_LONGEST = 255  # octets of a name on every file system that Linux has
_NOTHING = {errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.ELOOP, errno.ENAMETOOLONG, errno.ENXIO}


def open_below(root: str, name: str) -> int:
    """A descriptor of the regular file `name` below the folder `root`; the caller closes it.

    Symbolic links may lead anywhere below `root`, which may be one itself. The path is resolved
    first and then walked without following links, so that one swapped in between is refused.

    Args:
        root: absolute path.
        name: path below it, with `/` between its parts; hostile.

    Raises:
        FileNotFoundError: there is nothing, or it is no regular file.
        PermissionError: it is outside of `root`, or this process may not read it.
        OSError: no descriptor is left, or the disk fails.
    """
    try:
        return _open(root, name)
    except FileNotFoundError:
        meant = _spelled(root, name)
        if meant is None:
            raise
    return _open(root, meant)


def _open(root: str, name: str) -> int:
    top, parts = _resolve(root, name)
    try:
        return _open_parts(top, parts)
    except PermissionError:
        raise PermissionError("the server may not read the file") from None
    except OSError as error:
        if error.errno in _NOTHING:
            raise FileNotFoundError("no such file") from None
        raise


def _spelled(root: str, name: str) -> str | None:
    """A name that is there and differs in upper and lower case only (netboot.md 2.8), if any.

    What it leads to is opened as if it had been asked for: this finds a spelling, no way out.
    """
    top = Path(root).resolve()
    folder, asked = top, name.split("/")
    parts: list[str] = []
    for part in asked:
        if part in ("", ".", "..") or len(part) > _LONGEST:
            return None
        if not _is_below(top, folder):
            # no look at what is there: the answer is that of any path that leads out
            return "/".join((*parts, *asked[len(parts) :]))
        known = part if os.path.lexists(folder / part) else _like(folder, part)
        if known is None:
            return None
        folder /= known
        parts.append(known)
    return None if parts == asked else "/".join(parts)


def _is_below(top: Path, folder: Path) -> bool:
    try:
        return folder.resolve().is_relative_to(top)
    except RuntimeError:  # Python 3.11 and 3.12: links in a circle
        return True


def _like(folder: Path, name: str) -> str | None:
    small = name.lower()
    try:
        return min(
            (one.name for one in folder.iterdir() if one.name.lower() == small), default=None
        )
    except OSError:
        return None


def _resolve(root: str, name: str) -> tuple[Path, tuple[str, ...]]:
    parts = name.split("/")
    if "\0" in name or not any(parts):
        raise FileNotFoundError("no such file")
    if name.startswith("/") or ".." in parts:
        raise PermissionError("the path leaves the served folder")
    try:
        top = Path(root).resolve()
        return top, (top / name).resolve().relative_to(top).parts
    except ValueError:  # not below, or not a path at all
        raise PermissionError("the path leaves the served folder") from None
    except RuntimeError:  # Python 3.11 and 3.12: links in a circle
        raise FileNotFoundError("no such file") from None


def _open_parts(top: Path, parts: tuple[str, ...]) -> int:
    if not parts:
        raise FileNotFoundError(errno.ENOENT, "the folder itself")
    folder = os.open(top, _FOLDER)
    try:
        for part in parts[:-1]:
            outer, folder = folder, os.open(part, _FOLDER, dir_fd=folder)
            os.close(outer)
        file = os.open(parts[-1], _FILE, dir_fd=folder)
    finally:
        os.close(folder)
    if stat.S_ISREG(os.fstat(file).st_mode):
        return file
    os.close(file)
    raise FileNotFoundError(errno.ENOENT, "no regular file")
