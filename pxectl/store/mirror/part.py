"""The part of a file that has arrived: octets are added, and compared where they come again."""

import os
from dataclasses import replace
from errno import EDQUOT, ENOSPC
from hashlib import sha256

from pxectl.errors import UpstreamError
from pxectl.store.mirror.shelf import Facts, Place
from pxectl.store.newfile import give_to_owner_above

SAFE_EVERY = 64 << 20
"""Octets between two moments at which what has arrived is safe, whatever happens to this host."""
_READ = 1 << 20
_NEW = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
_OLD = os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW


class Part:
    """An open part."""

    def __init__(self, place: Place, facts: Facts, *, is_new: bool) -> None:
        """Begin it, or go on with what is safe of it.

        Args:
            place: where.
            facts: of what it is.
            is_new: whoever reads an older one reads on in that.

        Raises:
            OSError: it can not be written.
        """
        self._place = place
        self.facts = facts
        self.size = 0
        """Octets that are here."""
        self._hash = sha256()
        if is_new:
            place.part.unlink(missing_ok=True)
        self._file = os.open(place.part, _NEW if is_new else _OLD, 0o644)
        try:
            if is_new:
                give_to_owner_above(place.part)
                place.begin(facts)
            else:
                self._read_again(facts.kept)
        except BaseException:
            os.close(self._file)
            raise

    def close(self) -> None:
        """Give the descriptor back."""
        os.close(self._file)

    def take(self, octets: bytes, position: int) -> None:
        """Octets that begin at `position`, not behind the end.

        Raises:
            ChangedError: they are not what came before.
            UpstreamError: the disk is full.
            OSError: the disk fails.
        """
        known = min(self.size - position, len(octets))
        if known > 0 and os.pread(self._file, known, position) != octets[:known]:
            raise ChangedError(self._place.url)
        new = memoryview(octets)[max(known, 0) :]
        if self.facts.size is not None and self.size + len(new) > self.facts.size:
            raise ChangedError(self._place.url)
        while new:
            written = self._write(new)
            self._hash.update(new[:written])
            self.size += written
            new = new[written:]
        if self.size - self.facts.kept >= SAFE_EVERY:
            self.save()

    def save(self) -> None:
        """What is here is safe: after a power cut it is gone on from here.

        Raises:
            OSError: the disk fails.
        """
        os.fdatasync(self._file)
        self.facts = replace(self.facts, kept=self.size)
        self._place.begin(self.facts)

    def sum(self) -> str:
        """SHA-256 of what is here."""
        return self._hash.hexdigest()

    def _write(self, octets: memoryview) -> int:
        try:
            return os.pwrite(self._file, octets, self.size)
        except OSError as error:
            if error.errno not in (ENOSPC, EDQUOT):
                raise
            raise disk_full(self._place.url) from None

    def _read_again(self, kept: int) -> None:
        os.ftruncate(self._file, kept)
        while self.size < kept:
            octets = os.pread(self._file, min(_READ, kept - self.size), self.size)
            self._hash.update(octets)
            self.size += len(octets)


class ChangedError(UpstreamError):
    """The server has another file under this URL now."""

    is_passing = True

    def __init__(self, url: str) -> None:
        super().__init__(
            f"{url}: changed while it was fetched", hint="who asks again gets the new one"
        )


def disk_full(url: str) -> UpstreamError:
    """There is no room for the file of `url`."""
    return UpstreamError(
        f"{url}: there is no room for it on the disk, or below `size` of [mirror]",
        status=507,
        hint="`pxectl mirror list` shows what is kept, `pxectl mirror prune` removes",
    )
