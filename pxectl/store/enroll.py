"""Adding a machine: one new file, refused if another machine has what it claims.

Any number of processes may add at once: a lock on the folder lets one at a time look and write.
`hardware add` is to feel instant with 10,000 machines (DESIGN.md 8), and parsing their files takes
half a second (performance.md 5): an index tells which files claim what (`store/index.py`), and
without one files that do not even hold the octets are not parsed.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from pxectl.boot.machine import Machine
from pxectl.errors import ConfigError, HostError, RefusedError
from pxectl.store.index import files_claiming
from pxectl.store.machines import SUFFIX, Claim, claims, is_machine_file, machine_of, table_of
from pxectl.store.newfile import create_file, make_folder
from pxectl.store.toml import parse_toml, read_content

_PUNCTUATION = b":-."


def add_machine(folder: Path, machine: Machine) -> Path:
    """Write the file of a new machine.

    Args:
        folder: `hardware/` of the site; made if it is missing.
        machine: its name is the file's name and safe (`safe_name`).

    Returns:
        The new file.

    Raises:
        RefusedError: another machine has its name, one of its MACs, its address or its UUID.
        HostError: the folder can not be written.
    """
    (done,) = add_machines(folder, (machine,))
    if isinstance(done, RefusedError):
        raise done
    return done


def add_machines(folder: Path, machines: Iterable[Machine]) -> list[Path | RefusedError]:
    """Write the files of new machines, each of its own fate.

    Args:
        folder: `hardware/` of the site; made if it is missing.
        machines: their names are safe (`safe_name`).

    Returns:
        For each machine its file, or why it was refused.

    Raises:
        HostError: the folder can not be written; what was written until then stays.
    """
    new = tuple(machines)
    try:
        make_folder(folder)
        with locked(folder):
            if len(new) == 1:
                return [_add(folder, new[0], partial(refuse_taken, folder))]
            taken = Taken(folder)
            return [_add(folder, machine, taken.refuse) for machine in new]
    except OSError as error:
        raise HostError(
            f"{folder}: can not be written: {error.strerror}",
            hint="run it as the directory's owner, or name another site with `--site`",
        ) from None


def _add(folder: Path, machine: Machine, refuse: Callable[[Machine], None]) -> Path | RefusedError:
    import tomli_w

    path = folder / f"{machine.name}{SUFFIX}"
    try:
        refuse(machine)
        create_file(path, tomli_w.dumps(table_of(machine)).encode())
    except RefusedError as error:
        return error
    except FileExistsError:  # somebody's editor, which knows no lock, or another spelling
        return _refusal(("name", machine.name), path)
    return path


class Taken:
    """What every file of a folder claims, read once for many new machines; they claim, too."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._by_claim: dict[Claim, Path] = {}
        self._broken: list[Path] = []
        for file in os.listdir(folder) if folder.exists() else ():  # noqa: PTH208 - as below
            if is_machine_file(file):
                self._read(folder / file)

    def _read(self, path: Path) -> None:
        name = path.name.removesuffix(SUFFIX)
        try:
            machine = machine_of(parse_toml(read_content(path), path), name, str(path))
        except (ConfigError, OSError):
            self._broken.append(path)
            self._by_claim["name", name.lower()] = path
        else:
            self._by_claim |= dict.fromkeys(claims(machine), path)

    def refuse(self, machine: Machine) -> None:
        """Refuse what another claims; else it is this machine's from now on.

        Raises:
            RefusedError: another machine has its name, one of its MACs, its address or its UUID.
        """
        wanted = tuple(claims(machine))
        for claim in wanted:
            if claim in self._by_claim:
                raise _refusal(claim, self._by_claim[claim])
        for path in self._broken:
            _compare_text(wanted, path)
        self._by_claim |= dict.fromkeys(wanted, self._folder / f"{machine.name}{SUFFIX}")


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
    candidates = files_claiming(folder.parent, wanted)
    # a Path for each of 10,000 names costs 20 ms
    for file in os.listdir(folder) if candidates is None else sorted(candidates):  # noqa: PTH208
        if not is_machine_file(file) or file == own:
            continue
        path = folder / file
        stem = file.removesuffix(SUFFIX).lower()
        if ("name", stem) in wanted:
            raise _refusal(("name", stem), path)
        _compare_text(wanted, path)


def _compare_text(wanted: Iterable[Claim], path: Path) -> None:
    """Look for claims in a file as it is written, and read it properly if it may hold one."""
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
