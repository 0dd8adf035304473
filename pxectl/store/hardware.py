"""The folder `hardware/` → the known machines, cheap to read again after a change."""

import os
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pxectl.boot.machine import Machine
from pxectl.errors import ConfigError
from pxectl.store.machines import SUFFIX, Claim, claims, is_machine_file, machine_of
from pxectl.store.toml import parse_toml, read_content

_SETTLED = 1_000_000_000
"""Nanoseconds. Two writes within one tick of a file system's clock look alike from outside: a file
that was written this short a time before it was read is read once more."""

Stamp = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Read:
    """One file as it was when it was read last."""

    stamp: Stamp
    settled: bool
    machine: Machine | None
    problem: ConfigError | None


@dataclass(frozen=True, slots=True)
class Known:
    """The machines that are in force, by name, and what is wrong with files."""

    machines: tuple[Machine, ...]
    problems: tuple[ConfigError, ...]


class Hardware:
    """The machines of one folder. Mutable: it keeps what it read and what was good last.

    A file that is broken, or that claims what another machine has, takes nobody down: its last
    good version stays in force, if there was one.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read: dict[str, Read] = {}
        self._in_force: dict[str, Machine] = {}

    def read(self) -> Known:
        """The folder as it is now. Only files that changed are opened."""
        try:
            stamps = stamps_of(self._folder)
        except OSError as error:
            problem = ConfigError(
                f"{self._folder}: can not be read: {error.strerror}",
                hint="check its owner and mode",
            )
            return Known(tuple(self._in_force.values()), (problem,))
        changed = set()
        for file in self._read.keys() - stamps.keys():
            del self._read[file]
        for file, stamp in stamps.items():
            before = self._read.get(file)
            if before is None or before.stamp != stamp or not before.settled:
                self._read[file] = after = open_file(self._folder, file, stamp)
                if before is None or before.machine != after.machine:
                    changed.add(file)
        return self._settle(changed)

    def _settle(self, changed: set[str]) -> Known:
        """Who is in force: files that did not change come first, then the order of names."""
        holders: dict[Claim, str] = {}
        in_force: dict[str, Machine] = {}
        problems: list[ConfigError] = []

        def admit(file: str, machine: Machine | None) -> ConfigError | None:
            if machine is None:
                return self._read[file].problem
            mine = tuple(claims(machine))
            for claim in mine:
                if holders.get(claim, file) != file:
                    return self._taken(file, claim, holders[claim])
            holders.update(dict.fromkeys(mine, file))
            in_force[file] = machine
            return None

        for file in _in_order(self._read, changed, self._in_force):
            problem = admit(file, self._read[file].machine)
            if problem is not None:
                problems.append(problem)
                if file in self._in_force:
                    admit(file, self._in_force[file])
        self._in_force = in_force
        machines = sorted(in_force.values(), key=lambda machine: machine.name)
        return Known(tuple(machines), tuple(problems))

    def _taken(self, file: str, claim: Claim, other: str) -> ConfigError:
        key, value = claim
        return ConfigError(
            f"{self._folder / file}: {key}: {value} is {self._folder / other}'s already",
            hint="each MAC, name, address and uuid is one machine's: change one of the two",
        )


def open_file(folder: Path, file: str, stamp: Stamp) -> Read:
    """Read and parse one machine's file.

    Args:
        folder: `hardware/` of the site.
        file: its name there.
        stamp: of the file as it was looked at before.
    """
    path = folder / file
    # mtime can be set back (`cp -p`, tar, git), ctime can not
    settled = time.time_ns() - max(stamp[0], stamp[1]) > _SETTLED
    try:
        raw = parse_toml(read_content(path), path)
        return Read(stamp, settled, machine_of(raw, file.removesuffix(SUFFIX), str(path)), None)
    except ConfigError as error:
        return Read(stamp, settled, None, error)
    except OSError as error:
        problem = ConfigError(
            f"{path}: can not be read: {error.strerror}", hint="check its owner and mode"
        )
        return Read(stamp, False, None, problem)


def _in_order(files: Iterable[str], changed: set[str], in_force: Iterable[str]) -> list[str]:
    kept = set(in_force) - changed
    return sorted(files, key=lambda file: (file not in kept, file))


def stamps_of(folder: Path) -> dict[str, Stamp]:
    """Files of machines and what tells a changed one; empty if there is no such folder."""
    stamps = {}
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if not is_machine_file(entry.name):
                    continue
                try:
                    status = entry.stat()
                except FileNotFoundError:  # removed meanwhile, or a link to nowhere
                    continue
                except OSError:  # a link to itself: reading it says what is wrong
                    status = entry.stat(follow_symlinks=False)
                stamps[entry.name] = (
                    status.st_mtime_ns,
                    status.st_ctime_ns,
                    status.st_size,
                    status.st_ino,
                )
    except FileNotFoundError:
        pass
    return stamps
