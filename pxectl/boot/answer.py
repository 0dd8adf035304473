"""What a requested path leads to; `net/` turns it into TFTP packets or an HTTP response."""

from collections.abc import Callable
from dataclasses import dataclass

from pxectl.boot.check import UNCHECKED, Check
from pxectl.boot.events import Looped, Requested


@dataclass(frozen=True, slots=True)
class File:
    """A file to send."""

    root: str
    """Absolute path of the folder that must not be left."""
    name: str
    """Path below `root`, with `/` between its parts, no `..`."""
    content_type: str = "application/octet-stream"
    edit: Callable[[bytes], bytes] | None = None
    """What makes of its octets what is sent, for a small one."""
    cmdline: str | None = None
    """It is an ISO image with room for a command line, and this is what goes there."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file of another server, which comes by way of the mirror."""

    url: str
    check: Check = UNCHECKED
    """What tells that it is the right one."""
    content_type: str = "application/octet-stream"
    member: str = ""
    """It is an image, and this file in it is meant."""
    cmdline: str | None = None
    """As in `File`."""


@dataclass(frozen=True, slots=True)
class Text:
    """A text made for this client, such as its iPXE script."""

    body: bytes
    content_type: str = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Refusal:
    """No."""

    status: int
    """As in HTTP: 403 not for you, 404 nothing here. TFTP says ERROR 2 and ERROR 1."""
    reason: str
    """One line, safe to send back."""


@dataclass(frozen=True, slots=True)
class Routed:
    """The answer to a path, and what to tell the operator."""

    answer: File | Fetched | Text | Refusal
    event: Requested
    blksize: int | None = None
    """Largest TFTP block for this client, in octets (quirk `blksize`); None: what fits the MTU."""
    looped: Looped | None = None
    """What there is to tell beside it."""
