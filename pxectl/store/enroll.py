"""Adding a machine: one new file, refused if another machine has what it claims.

Any number of processes may add at once: a lock on the folder lets one at a time look and write.
`hardware add` is to feel instant with 10,000 machines (DESIGN.md 8), and parsing their files takes
half a second (performance.md 5): files that do not even hold the octets are not parsed.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pxectl.boot.machine import Machine
from pxectl.errors import ConfigError, HostError, RefusedError
from pxectl.store.machines import SUFFIX, Claim, claims, is_machine_file, machine_of, table_of
from pxectl.store.newfile import create_file, make_folder
from pxectl.store.toml import parse_toml

_PUNCTUATION = b":-."


def add_machine(folder: Path, machine: Machine) -> Path:
    """Write the file of a new machine.

    Args:
        folder: `hardware/` of the site; made if it is missing.
        machine: its name is the file's name and safe (`safe_name`).

    Returns:
        The new file.

    Raises:
        RefusedError: another machine has its name, one of its MACs or its address.
        HostError: the folder can not be written.
    """
    import tomli_w

    path = folder / f"{machine.name}{SUFFIX}"
    content = tomli_w.dumps(table_of(machine)).encode()
    try:
        make_folder(folder)
        with locked(folder):
            refuse_taken(folder, machine)
            create_file(path, content)
    except FileExistsError:  # somebody's editor, which knows no lock, or another spelling
        raise _refusal(("name", machine.name), path) from None
    except OSError as error:
        raise HostError(
            f"{folder}: can not be written: {error.strerror}",
            hint="run it as the directory's owner, or name another site with `--site`",
        ) from None
    return path


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Alone in the folder, as far as pxectl's own processes go; ends with the process."""
    import fcntl

    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def refuse_taken(folder: Path, machine: Machine, own: str = "") -> None:
    """Refuse what another file claims; to be called in `locked`.

    Args:
        folder: `hardware/` of the site.
        machine: what it claims.
        own: the machine's file so far, which is not another's.

    Raises:
        RefusedError: another machine has its name, one of its MACs, its address or its UUID.
    """
    wanted = tuple(claims(machine))
    for file in os.listdir(folder):  # noqa: PTH208 - a Path for each of 10,000 names costs 20 ms
        if not is_machine_file(file) or file == own:
            continue
        path = folder / file
        stem = file.removesuffix(SUFFIX).lower()
        if ("name", stem) in wanted:
            raise _refusal(("name", stem), path)
        content = _content(path)
        plain = _plain(content)
        # an escape (`\u0035`) can hide what a plain search would find
        held = [claim for claim in wanted if _is_in(claim, plain) or b"\\" in content]
        if held:
            _compare(held, path, content)


def _compare(held: list[Claim], path: Path, content: bytes) -> None:
    """Read the file properly and refuse if it really claims one of `held`."""
    try:
        other = machine_of(parse_toml(content, path), path.name.removesuffix(SUFFIX), str(path))
    except ConfigError as error:
        plain = _plain(content)
        claim = next((claim for claim in held if _is_in(claim, plain)), None)
        if claim is None:
            return
        raise RefusedError(
            f"{claim[1]} stands in {path}, which can not be used: {error.message}",
            hint="mend that file first",
        ) from None
    taken = set(claims(other))
    for claim in held:
        if claim in taken:
            raise _refusal(claim, path)


def _refusal(claim: Claim, path: Path) -> RefusedError:
    key, value = claim
    what = f"the name {value}" if key == "name" else f"{value}"
    return RefusedError(
        f"{what} is another machine's: {path}", hint=f"edit that file, or choose another {key}"
    )


def _content(path: Path) -> bytes:
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError:  # removed meanwhile, or nobody's to read: `hardware list` tells
        return b""
    try:
        return os.read(descriptor, os.fstat(descriptor).st_size)
    except OSError:
        return b""
    finally:
        os.close(descriptor)


def _is_in(claim: Claim, plain: bytes) -> bool:
    """True if a file may hold the value; a name is a whole text, or `node1` is in `node10`."""
    key, value = claim
    text = _plain(str(value).encode())
    if key == "name":
        return b'"%b"' % text in plain or b"'%b'" % text in plain
    return text in plain


def _plain(text: bytes) -> bytes:
    """Without case and punctuation: any spelling of a MAC contains any other."""
    return text.lower().translate(None, _PUNCTUATION)
