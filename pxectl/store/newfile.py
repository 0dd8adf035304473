"""Files that pxectl writes: whole or not at all, and a new one never over one that is there.

`serve` mostly runs as root in a directory of the person who called sudo. What root creates goes to
the owner of the folder above, so that the person's own `hardware add`, editor and git still can
write there.
"""

import os
from contextlib import suppress
from errno import EACCES
from pathlib import Path
from stat import S_IMODE


class ReadOnlyError(PermissionError):
    """A file that is not to be written."""


def make_folder(path: Path, mode: int = 0o777) -> None:
    """Create `path` and the folders above it, where they are missing.

    Raises:
        OSError: it can not be created.
    """
    for folder in (*reversed(path.parents), path):
        if folder.is_dir():
            continue
        try:
            folder.mkdir(mode if folder == path else 0o777)
        except FileExistsError:  # another process was quicker
            continue
        give_to_owner_above(folder)


def create_file(path: Path, content: bytes, mode: int = 0o666) -> None:
    """Write a new file beside its place and link it there: readers see all of it or nothing.

    Args:
        path: where; its folder exists.
        content: all of it.
        mode: permissions before the umask.

    Raises:
        FileExistsError: the path is taken.
        OSError: it can not be written.
    """
    draft = _draft(path)
    try:
        _write(draft, content, mode)
        path.hardlink_to(draft)
    finally:
        with suppress(FileNotFoundError):
            draft.unlink()
    _sync_folder(path.parent)


def replace_file(path: Path, content: bytes) -> None:
    """Write a file anew: readers see the old or the new one. Mode and, as far as this process may
    give files away, owner stay.

    Args:
        path: a file, or a link to one: what it leads to is written, and the link stays. Its folder
            exists.
        content: all of it.

    Raises:
        ReadOnlyError: its mode says that nobody is to write it.
        OSError: it can not be written.
    """
    target = path.resolve()
    before = target.stat() if target.exists() else None
    if before and not before.st_mode & 0o222:
        # root may write anything, but what git-annex keeps is not to be changed behind its back
        raise ReadOnlyError(EACCES, "read-only", str(path))
    draft = _draft(target)
    try:
        _write(draft, content, S_IMODE(before.st_mode) if before else 0o666)
        if before:
            for owner in (-1, before.st_uid):
                with suppress(PermissionError):  # a colleague's file in a folder that is shared
                    os.chown(draft, owner, before.st_gid)
            draft.chmod(S_IMODE(before.st_mode))
        draft.rename(target)
    finally:
        with suppress(FileNotFoundError):
            draft.unlink()
    _sync_folder(target.parent)


def put_file(path: Path, content: bytes) -> None:
    """Put a file of pxectl's own in the place of whatever is there: the old or the new one is read.

    A link is replaced, not followed: root writes in folders of other people.

    Args:
        path: where; its folder exists.
        content: all of it.

    Raises:
        OSError: it can not be written.
    """
    draft = _draft(path)
    try:
        _write(draft, content, 0o666)
        draft.rename(path)
    finally:
        with suppress(FileNotFoundError):
            draft.unlink()


def _draft(path: Path) -> Path:
    return path.with_name(f".{path.name}.{os.urandom(6).hex()}.tmp")


def _write(path: Path, content: bytes, mode: int) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(descriptor, "wb", closefd=False) as file:
            file.write(content)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    give_to_owner_above(path)


def _sync_folder(folder: Path) -> None:
    """The new name, too, is to survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def give_to_owner_above(path: Path) -> None:
    """What root creates belongs to the owner of the folder that it is in."""
    if os.geteuid() != 0:
        return
    above = path.parent.stat()
    os.chown(path, above.st_uid, above.st_gid, follow_symlinks=False)
