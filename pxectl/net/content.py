"""What is sent to a client, over TFTP and HTTP alike: runs of one file, and of texts between them.

A file may still be arriving: what is not there yet is waited for.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import FileIO
from typing import Protocol


class Growth(Protocol):
    """A file that is still being written, by somebody who tells how far it is."""

    def reached(self) -> int:
        """How many octets from the beginning may be sent; all that come when it is complete."""
        ...

    async def reach(self, count: int) -> None:
        """Wait until `reached() >= count`.

        Raises:
            OSError: it will not come: the text says why.
        """
        ...


@dataclass(frozen=True, slots=True)
class Part:
    """A run of octets."""

    length: int
    start: int = 0
    """Where it begins in the file."""
    text: bytes | None = None
    """Or what it is, instead of a run of the file."""


@dataclass(frozen=True, slots=True)
class Content:
    """An open file or what was made of it, or a text. Closed by whoever sends it."""

    parts: tuple[Part, ...]
    file: int | None = None
    """Descriptor."""
    etag: str = ""
    """Strong, in quotes (RFC 9110 8.8.3); empty: none."""
    modified: float | None = None
    """Seconds since 1970."""
    growth: Growth | None = None
    size: int = field(init=False)
    """Octets of it all."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "size", sum(part.length for part in self.parts))

    @classmethod
    def of_file(cls, file: int) -> "Content":
        """An open file, with the size that it has now."""
        facts = os.fstat(file)
        etag = f'"{facts.st_mtime_ns:x}-{facts.st_size:x}"'
        return cls((Part(facts.st_size),), file, etag, facts.st_mtime)

    @classmethod
    def of_text(cls, text: bytes) -> "Content":
        """A text."""
        return cls((Part(len(text), text=text),))

    def span(self, offset: int, count: int) -> Iterator[Part]:
        """The runs that `count` octets from `offset` are made of."""
        end = offset + count
        begin = 0
        for part in self.parts:
            first, last = max(offset - begin, 0), min(end - begin, part.length)
            begin += part.length
            if first < last:
                text = part.text[first:last] if part.text is not None else None
                yield Part(last - first, part.start + first, text)

    def needs(self, offset: int, count: int) -> int:
        """How far the file has to be there for `count` octets from `offset` to be sent."""
        ends = (p.start + p.length for p in self.span(offset, count) if p.text is None)
        return max(ends, default=0)

    def has(self, offset: int, count: int) -> bool:
        """True when nothing of them has to be waited for."""
        return self.growth is None or self.growth.reached() >= self.needs(offset, count)

    def read(self, offset: int, length: int) -> bytes:
        """At most `length` octets from `offset`; from the page cache as fast as from memory.

        Raises:
            OSError: the disk fails.
        """
        if self.file is not None and len(self.parts) == 1 and self.parts[0].text is None:
            # one run of a file: TFTP comes here for every window
            part = self.parts[0]
            length = min(length, max(part.length - offset, 0))
            return os.pread(self.file, length, part.start + offset)
        return b"".join(self._read(part) for part in self.span(offset, length))

    def _read(self, part: Part) -> bytes:
        if part.text is not None:
            return part.text
        return b"" if self.file is None else os.pread(self.file, part.length, part.start)

    def opened(self) -> FileIO | None:
        """The file for `sendfile`; it does not close the descriptor."""
        return None if self.file is None else FileIO(self.file, "rb", closefd=False)

    def close(self) -> None:
        """Give the descriptor back."""
        if self.file is not None:
            os.close(self.file)
