"""What the mirror keeps on disk, below `state/mirror/`.

    KEY.body    a file, whole and checked
    KEY.json    where it is from, and how to ask whether it has changed; its time is the last use
    KEY.part    a file that is arriving
    KEY.begun   the same about that
    KEY.lock    held by the process that fetches it

A body without its .json, or the other way round, is not there: what was killed in the middle is
never taken for good.
"""

import fcntl
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from pathlib import Path

from pxectl.store.newfile import give_to_owner_above, make_folder, put_file

FOLDER = "mirror"
_FORMAT = 1


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one version of a file."""

    url: str
    size: int | None = None
    """Octets; None: the server does not say before the end."""
    etag: str = ""
    """As the server wrote it: for `If-Range` and `If-None-Match`."""
    last_modified: str = ""
    version: str = ""
    """Names this version of it, for clients: made up here."""
    kept: int = 0
    """Octets of a part that are safe on disk."""
    sha256: str = ""
    """Of all of it, once it is there."""
    fetched: float = 0.0
    """Seconds since 1970."""
    checked: float = 0.0
    """When the server last said that this is the present version; seconds since 1970."""
    voucher: str = ""
    """The list or signature that it was found good by (`Check.voucher`)."""
    signed: str = ""
    """Who signed it: fingerprint of the certificate."""

    def goes_on(self, other: "Facts") -> bool:
        """True if nothing says that `other` is another version."""
        pairs = (
            (self.size, other.size),
            (self.etag, other.etag),
            (self.last_modified, other.last_modified),
        )
        return all(mine == yours for mine, yours in pairs if mine and yours)


class Place:
    """Where one URL's file is. Nothing is remembered in memory: other processes change it."""

    __slots__ = ("folder", "key", "url")

    def __init__(self, folder: Path, url: str) -> None:
        self.folder = folder
        self.url = url
        self.key = sha256(url.encode()).hexdigest()[:32]

    @property
    def body(self) -> Path:
        """The whole file."""
        return self.folder / f"{self.key}.body"

    @property
    def part(self) -> Path:
        """As much of it as has arrived."""
        return self.folder / f"{self.key}.part"

    def facts(self) -> Facts | None:
        """About the whole file; None: there is none."""
        facts = _read(self._path("json"))
        with suppress(OSError):
            if facts is not None and facts.size == self.body.stat().st_size:
                return facts
        return None

    def begun(self) -> Facts | None:
        """About the part; None: there is none."""
        facts = _read(self._path("begun"))
        with suppress(OSError):
            if facts is not None and facts.kept <= self.part.stat().st_size:
                return facts
        return None

    def begin(self, facts: Facts) -> None:
        """Say what the part is of, and how much of it is safe.

        Raises:
            OSError: it can not be written.
        """
        self._put("begun", facts)

    def finish(self, facts: Facts) -> None:
        """The part is all of it: from now on it is the file.

        Raises:
            OSError: it can not be written.
        """
        # without .json the body is nothing, so between these steps nothing wrong can be read
        self._path("json").unlink(missing_ok=True)
        self.part.rename(self.body)
        self._put("json", facts)
        self._path("begun").unlink(missing_ok=True)

    def amend(self, facts: Facts) -> None:
        """Say something new about the whole file.

        Raises:
            OSError: it can not be written.
        """
        self._put("json", facts)

    def use(self) -> None:
        """Somebody asks for it now."""
        with suppress(OSError):
            os.utime(self._path("json"))

    def used(self) -> float:
        """When somebody last asked for it; seconds since 1970."""
        with suppress(OSError):
            return self._path("json").stat().st_mtime
        return 0.0

    def occupied(self) -> int:
        """Octets on disk."""
        total = 0
        for path in (self.body, self.part):
            with suppress(OSError):
                total += path.stat().st_blocks * 512
        return total

    def forget(self, *, part_only: bool = False) -> None:
        """Remove it; whoever has it open reads on."""
        kinds = ("begun", "part") if part_only else ("json", "body", "begun", "part")
        for kind in kinds:
            with suppress(OSError):
                self._path(kind).unlink()

    @contextmanager
    def locked(self) -> Iterator[bool]:
        """Be the only one that fetches it; yields False if another process is.

        Raises:
            OSError: the lock can not be had on this file system.
        """
        make_folder(self.folder)
        lock = self._path("lock")
        file = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o644)
        try:
            give_to_owner_above(lock)
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
                return
            yield True
        finally:
            os.close(file)

    def _path(self, kind: str) -> Path:
        return self.folder / f"{self.key}.{kind}"

    def _put(self, kind: str, facts: Facts) -> None:
        text = json.dumps({"format": _FORMAT, **asdict(facts)}, indent=1)
        put_file(self._path(kind), text.encode())


class Shelf:
    """All that the mirror of one site keeps."""

    def __init__(self, state: Path, limit: Callable[[], int]) -> None:
        """Look at it later.

        Args:
            state: the site's `state/`.
            limit: octets on disk, at most, as the site says now.
        """
        self.folder = state / FOLDER
        self.limit = limit

    def place(self, url: str) -> Place:
        """Where the file of `url` is, or would be."""
        return Place(self.folder, url)

    def places(self) -> list[Place]:
        """All that there is something of, what was asked for longest ago first."""
        found = {}
        for kind in ("json", "begun"):
            for path in self.folder.glob(f"*.{kind}"):
                facts = _read(path)
                if facts is not None and (place := self.place(facts.url)).key == path.stem:
                    found[place.key] = place
        return sorted(found.values(), key=lambda place: place.used())

    def make_room(self, octets: int, spare: Place) -> bool:
        """Remove what nobody has asked for longest, until `octets` more fit.

        Args:
            octets: what is to come.
            spare: what it is for; stays.

        Returns:
            False if they do not fit.
        """
        places = self.places()
        occupied = sum(place.occupied() for place in places)
        for place in places:
            if self._fits(occupied, octets):
                break
            if place.key != spare.key and place.facts() is not None:
                occupied -= place.occupied()
                place.forget()
        return self._fits(occupied, octets)

    def _fits(self, occupied: int, octets: int) -> bool:
        disk = os.statvfs(self.folder)
        free = disk.f_bavail * disk.f_frsize
        return occupied + octets <= self.limit() and octets <= free

    def tidy(self) -> None:
        """Remove what belongs to nothing: rests of a process that was killed."""
        known = {place.key for place in self.places()}
        for path in self.folder.glob("*.*"):
            if path.suffix != ".lock" and path.stem not in known:
                with suppress(OSError):
                    path.unlink()


def _read(path: Path) -> Facts | None:
    try:
        said = json.loads(path.read_bytes())
        if said.pop("format") != _FORMAT:
            return None
        facts = Facts(**said)
        return replace(facts, size=int(facts.size) if facts.size is not None else None)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None
