"""What the core answers with → what can be sent, or a refusal. For TFTP and HTTP alike."""

import os
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Protocol

from pxectl.boot.answer import Fetched, File, Refusal, Routed, Text
from pxectl.boot.route import missing
from pxectl.errors import UpstreamError
from pxectl.net.content import Content, Growth, Part
from pxectl.net.files import open_below

LARGEST_EDITED = 1 << 20
"""Octets of a file that is edited on its way."""


class Held(Protocol):
    """A file of another server, as far as it is on this host."""

    @property
    def file(self) -> int:
        """Descriptor; belongs to whom it was given."""
        ...

    @property
    def size(self) -> int:
        """Octets that it has when it is complete."""
        ...

    @property
    def etag(self) -> str:
        """Strong, in quotes."""
        ...

    @property
    def modified(self) -> float | None:
        """Seconds since 1970."""
        ...

    @property
    def growth(self) -> Growth | None:
        """Set while it is arriving."""
        ...


Fetch = Callable[[Fetched], Awaitable[Held]]
"""Gets a file of another server; raises UpstreamError."""
Opened = tuple[Routed, Content | None]
"""What is sent; if that can not be had, the request with its refusal."""
Opener = Callable[[Routed], Awaitable[Opened]]


async def no_mirror(fetched: Fetched) -> Held:
    """Where nothing is fetched from elsewhere."""
    raise UpstreamError(f"{fetched.url}: nothing is fetched from other servers here", status=404)


async def opened(routed: Routed, fetch: Fetch) -> Opened:
    """Open whatever is answered with.

    Args:
        routed: the core's answer.
        fetch: the mirror.
    """
    if not isinstance(routed.answer, Fetched):
        return open_here(routed)
    try:
        held = await fetch(routed.answer)
    except UpstreamError as error:
        return _refused(routed, error.status, error.message, error.hint), None
    parts = (Part(held.size),)
    return routed, Content(parts, held.file, held.etag, held.modified, held.growth)


async def without_mirror(routed: Routed) -> Opened:
    """Open what is on this host; what is not can not be had."""
    return await opened(routed, no_mirror)


def open_here(routed: Routed) -> Opened:
    """Open what is on this host."""
    match routed.answer:
        case File():
            return _open_file(routed, routed.answer)
        case Text(body):
            return routed, Content.of_text(body)
        case _:
            return routed, None


def _open_file(routed: Routed, answer: File) -> Opened:
    try:
        file = open_below(answer.root, answer.name)
    except FileNotFoundError:
        return missing(routed), None
    except PermissionError as error:
        return _refused(routed, 403, str(error)), None
    except OSError as error:  # no descriptor is left, or a disk fails
        return _refused(routed, 500, error.strerror or str(error)), None
    if answer.edit is None:
        return routed, Content.of_file(file)
    with os.fdopen(file, "rb") as text:
        return routed, Content.of_text(answer.edit(text.read(LARGEST_EDITED)))


def _refused(routed: Routed, status: int, reason: str, hint: str = "") -> Routed:
    event = replace(routed.event, status=status, reason=reason, hint=hint, what="")
    return replace(routed, answer=Refusal(status, reason), event=event)


def is_here(routed: Routed) -> bool:
    """True if `open_here` is enough: nothing has to be waited for."""
    return not isinstance(routed.answer, Fetched)
