"""Where a file lies in an ISO image or a tarball, so that it can be sent without unpacking.

An image is what somebody got from somewhere: whatever is in it, nothing outside of it is read.
"""

import lzma
import os
import tarfile
import threading
import zlib
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from io import FileIO
from tempfile import TemporaryFile
from typing import IO, Any

from pxectl.boot.image import FILL, PLACE
from pxectl.errors import UpstreamError

REMEMBERED = 512
"""Members and places of images."""
UNPACKED = 8 << 30
"""Octets of members of compressed tarballs that are kept unpacked; the disk's, without a name."""
_LINKS = 8  # from one to the next in a tarball
_READ = 4 << 20
_COMPRESSED = (b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd")
_BROKEN = (
    tarfile.TarError, OSError, EOFError, ValueError, TypeError, LookupError, ArithmeticError,
    zlib.error, lzma.LZMAError,
)  # fmt: skip
"""What a broken tarball may raise."""


@dataclass(frozen=True, slots=True)
class Extent:
    """A run of octets of a file."""

    start: int
    length: int


@dataclass(frozen=True, slots=True)
class Found:
    """Where a member lies."""

    extents: tuple[Extent, ...]
    file: int | None = None
    """Descriptor of what it was unpacked to, owned by whoever asked; None: in the image itself."""


class Images:
    """Remembers what was found, by what the image's file is now. May be used by several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._extents: OrderedDict[Any, tuple[Extent, ...]] = OrderedDict()
        self._places: OrderedDict[Any, tuple[Extent, ...]] = OrderedDict()
        self._unpacked: OrderedDict[Any, int] = OrderedDict()

    def member(self, image: int, name: str) -> Found:
        """Where `name` lies in an image. May take a while for a large one, the first time.

        Args:
            image: descriptor.
            name: path in it; upper and lower case are one if nothing fits exactly.

        Raises:
            UpstreamError: it is not in there, or this is no image that can be read.
        """
        key = (*_identity(image), name)
        with self._lock:
            if key in self._unpacked:
                self._unpacked.move_to_end(key)
                return _copied(self._unpacked[key])
            known = self._extents.get(key)
        if known is not None:
            return Found(known)
        if os.pread(image, 6, 0).startswith(_COMPRESSED):
            return self._unpack(image, key, name)
        extents = _inside(_find(image, name), os.fstat(image).st_size, name)
        self._remember(self._extents, key, extents)
        return Found(extents)

    def places(self, image: int) -> tuple[Extent, ...]:
        """Where an image has room for a command line (`boot.image.PLACE`), in their order.

        Args:
            image: descriptor.
        """
        key = _identity(image)
        with self._lock:
            known = self._places.get(key)
        if known is None:
            known = tuple(_places(image))
            self._remember(self._places, key, known)
        return known

    def _remember(
        self, known: OrderedDict[Any, tuple[Extent, ...]], key: object, found: tuple[Extent, ...]
    ) -> None:
        with self._lock:
            known[key] = found
            if len(known) > REMEMBERED:
                known.popitem(last=False)

    def _unpack(self, image: int, key: object, name: str) -> Found:
        with _opened(image) as raw, _tar(raw, "r|*", name) as tar:
            file = _unpacked(tar, name)
        with self._lock:
            self._unpacked[key] = file
            while sum(map(_size, self._unpacked.values())) > UNPACKED and len(self._unpacked) > 1:
                os.close(self._unpacked.popitem(last=False)[1])
            return _copied(file)


def _unpacked(tar: tarfile.TarFile, name: str) -> int:
    """A descriptor of a copy of a member; the file has no name."""
    try:
        for one in tar:
            if _plain(one.name) == _plain(name) and one.isreg():
                with TemporaryFile() as file:
                    _copy(tar.extractfile(one), file)
                    return os.dup(file.fileno())
    except _BROKEN as error:
        raise UpstreamError(f"the image can not be read: {error}") from None
    raise _absent(name)


def _identity(image: int) -> tuple[int, ...]:
    facts = os.fstat(image)
    return facts.st_dev, facts.st_ino, facts.st_mtime_ns, facts.st_size


def _opened(image: int) -> FileIO:
    os.lseek(image, 0, os.SEEK_SET)
    return FileIO(image, "rb", closefd=False)


def _copied(file: int) -> Found:
    return Found((Extent(0, _size(file)),), os.dup(file))


def _size(file: int) -> int:
    return os.fstat(file).st_size


def _copy(source: IO[bytes] | None, target: IO[bytes]) -> None:
    while source is not None and (octets := source.read(_READ)):
        target.write(octets)
    target.flush()


def _absent(name: str) -> UpstreamError:
    return UpstreamError(f"`{name}` is not in the image", status=404)


def _plain(name: str) -> str:
    return name.removeprefix("./").strip("/")


def _inside(extents: tuple[Extent, ...], size: int, name: str) -> tuple[Extent, ...]:
    if any(one.start < 0 or one.length < 0 or one.start + one.length > size for one in extents):
        raise UpstreamError(f"`{name}` ends behind the end of its image: is that whole?")
    return extents


def _find(image: int, name: str) -> tuple[Extent, ...]:
    if os.pread(image, 5, 16 * 2048 + 1) == b"CD001":
        return _in_iso(image, name)
    return _in_tar(image, name)


def _in_iso(image: int, name: str) -> tuple[Extent, ...]:
    from pycdlib import PyCdlib

    iso = PyCdlib()
    try:
        iso.open_fp(_opened(image))
        record = _record(iso, _plain(name))
        extents = []
        while record is not None:
            extents.append(Extent(record.extent_location() * 2048, record.get_data_length()))
            record = getattr(record, "data_continuation", None)
        return tuple(extents)
    except UpstreamError:
        raise
    except Exception as error:  # a broken image leads pycdlib anywhere
        what = f"{type(error).__name__}: {error}"
        raise UpstreamError(f"the image can not be read: {what}") from None


def _record(iso: Any, name: str) -> Any:  # noqa: ANN401 - pycdlib has no types
    """The record of a file; by Rock Ridge, Joliet, UDF or plain names, whichever is there."""
    kinds = (
        (iso.has_rock_ridge(), "rr_path"),
        (iso.has_joliet(), "joliet_path"),
        (iso.has_udf(), "udf_path"),
        (True, "iso_path"),
    )
    for is_there, kind in kinds:
        if is_there and (record := _walk(iso, kind, name)) is not None:
            return record
    raise _absent(name)


def _walk(iso: Any, kind: str, name: str) -> Any:  # noqa: ANN401
    path = "/"
    record = None
    parts = name.split("/")
    for depth, part in enumerate(parts):
        names = {}
        for child in iso.list_children(**{kind: path}):
            if child is not None and not child.is_dot() and not child.is_dotdot():
                names[_name_of(child, kind)] = child
        chosen = part if part in names else _insensitive(part, names)
        if chosen is None:
            return None
        record = names[chosen]
        if depth < len(parts) - 1:
            if not record.is_dir():
                return None
            path = iso.full_path_from_dirrecord(record, rockridge=kind == "rr_path")
    return record if record is not None and record.is_file() else None


def _name_of(child: Any, kind: str) -> str:  # noqa: ANN401
    if kind == "rr_path" and child.rock_ridge is not None:
        return str(child.rock_ridge.name().decode("utf-8", "replace"))
    raw = child.file_identifier()
    text = raw.decode("utf-16-be" if kind == "joliet_path" else "utf-8", "replace")
    return str(text.partition(";")[0].rstrip("."))


def _insensitive(part: str, names: dict[str, Any]) -> str | None:
    return next((name for name in names if name.casefold() == part.casefold()), None)


def _tar(raw: FileIO, mode: str, name: str) -> tarfile.TarFile:
    try:
        return tarfile.open(fileobj=raw, mode=mode)  # type: ignore[call-overload,no-any-return]
    except _BROKEN:
        raise UpstreamError(
            f"`{name}`: it is to be in what is neither an ISO image nor a tarball", status=404
        ) from None


def _in_tar(image: int, name: str) -> tuple[Extent, ...]:
    with _opened(image) as raw, _tar(raw, "r:", name) as tar:
        try:
            members = {_plain(one.name): one for one in tar}
        except _BROKEN as error:
            raise UpstreamError(f"the image can not be read: {error}") from None
    wanted = _plain(name)
    for _ in range(_LINKS):
        one = members.get(wanted) or members.get(_insensitive(wanted, members) or "")
        if one is None:
            break
        if one.isreg():
            return (Extent(one.offset_data, one.size),)
        if not (one.issym() or one.islnk()):
            break
        above = wanted.rpartition("/")[0] if one.issym() else ""
        wanted = os.path.normpath(os.path.join(above, one.linkname)).strip("/")  # noqa: PTH118 - no path of this host
    raise _absent(name)


def _places(image: int) -> Iterator[Extent]:
    """Read it once from its beginning to its end."""
    base = 0
    held = b""
    while octets := os.pread(image, _READ, base + len(held)):
        text = held + octets
        at = text.find(PLACE)
        while at >= 0:
            end = at + len(PLACE)
            while text[end : end + 1] == FILL:
                end += 1
            if end == len(text) and len(text) - at < _READ:
                break  # it goes on in what comes next
            yield Extent(base + at, end - at)
            at = text.find(PLACE, end)
        keep = at if at >= 0 else max(len(text) - len(PLACE) + 1, 0)
        base, held = base + keep, text[keep:]
    if held.startswith(PLACE):
        yield Extent(base, len(held) - len(held[len(PLACE) :].lstrip(FILL)))
