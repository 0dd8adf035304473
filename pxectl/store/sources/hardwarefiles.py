"""Files with Tinkerbell Hardware objects, read again when they change."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pxectl.boot.machine import Machine
from pxectl.errors import ConfigError
from pxectl.store.sources.listed import Listed
from pxectl.store.sources.objects import machine_from, some
from pxectl.store.sources.settings import HardwareFiles

_SUFFIXES = (".yaml", ".yml", ".json")
_LARGEST = 64 << 20
Stamp = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class _Read:
    """One file as it was read last."""

    stamp: Stamp
    machines: tuple[Machine, ...]
    errors: tuple[ConfigError, ...]


class FilesReader:
    """One file or directory. Mutable: it keeps what was good last."""

    def __init__(self, source: HardwareFiles) -> None:
        """Nothing is read yet."""
        self.source = source
        self._read: dict[Path, _Read] = {}

    def listed(self) -> Listed:
        """The machines as the files are now; only those that changed are opened.

        A file that can not be used keeps its machines as they were.
        """
        origin = self.source.origin
        try:
            stamps = dict(_stamps(self.source.path))
        except OSError as error:
            problem = ConfigError(
                f"source {origin}: can not be read: {error.strerror}", hint="check `path`"
            )
            return Listed(origin, self._machines(), (problem,))
        for path in self._read.keys() - stamps.keys():
            del self._read[path]
        for path, stamp in stamps.items():
            before = self._read.get(path)
            if before is None or before.stamp != stamp:
                self._read[path] = self._open(path, stamp, before)
        return Listed(
            origin, self._machines(), some(e for read in self._read.values() for e in read.errors)
        )

    def _machines(self) -> tuple[Machine, ...]:
        return tuple(machine for read in self._read.values() for machine in read.machines)

    def _open(self, path: Path, stamp: Stamp, before: _Read | None) -> _Read:
        from pxectl.store.exchange.manifests import hardware_objects
        from pxectl.store.exchange.tinkerbell import is_hardware

        machines, errors = [], []
        try:
            text = _text(path)
            for where, raw in hardware_objects(text, str(path)):
                if not isinstance(raw, dict) or not is_hardware(raw):
                    continue  # manifests of other kinds lie beside
                try:
                    as_of = stamp[0] / 1e9
                    machines.append(machine_from(raw, where, self.source.origin, as_of))
                except ConfigError as error:
                    errors.append(error)
        except ConfigError as error:
            return _Read(stamp, before.machines if before else (), (error,))
        return _Read(stamp, tuple(machines), tuple(errors))


def _stamps(path: Path) -> Iterator[tuple[Path, Stamp]]:
    """The files in their order, and what tells a changed one.

    Raises:
        OSError: there is no such file or directory.
    """
    if not path.is_dir():
        status = path.stat()
        yield path, (status.st_mtime_ns, status.st_size, status.st_ino)
        return
    for file in sorted(path.iterdir()):
        if file.suffix in _SUFFIXES and not file.name.startswith(".") and file.is_file():
            status = file.stat()
            yield file, (status.st_mtime_ns, status.st_size, status.st_ino)


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > _LARGEST:
            raise ConfigError(
                f"{path}: is larger than {_LARGEST >> 20} MB", hint="split it into several files"
            )
        return path.read_text("utf-8")
    except UnicodeDecodeError:
        raise ConfigError(f"{path}: is not UTF-8", hint="save it as UTF-8") from None
    except OSError as error:
        raise ConfigError(
            f"{path}: can not be read: {error.strerror}", hint="check its owner and mode"
        ) from None
