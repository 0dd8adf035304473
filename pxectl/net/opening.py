"""What the core answers with → what can be sent, or a refusal. For TFTP and HTTP alike."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from dataclasses import replace
from hashlib import sha256
from typing import Protocol

from pxectl.boot.answer import Fetched, File, Refusal, Routed, Text
from pxectl.boot.image import PLACE, split_member
from pxectl.boot.route import missing
from pxectl.errors import UpstreamError
from pxectl.net.content import Content, Growth, Part
from pxectl.net.files import open_below

_ABSENT = 404
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


class Run(Protocol):
    """Octets of a file that follow each other."""

    @property
    def start(self) -> int:
        """Where they begin."""
        ...

    @property
    def length(self) -> int:
        """How many."""
        ...


class Member(Protocol):
    """Where a file lies in an image."""

    @property
    def extents(self) -> tuple[Run, ...]:
        """In their order."""
        ...

    @property
    def file(self) -> int | None:
        """Descriptor of what it was unpacked to; None: it lies in the image itself."""
        ...


class Images(Protocol):
    """Looks into images. Called in threads."""

    def member(self, image: int, name: str) -> Member:
        """Where a file lies; raises UpstreamError."""
        ...

    def places(self, image: int) -> tuple[Run, ...]:
        """Where there is room for a command line."""
        ...


Fetch = Callable[[Fetched], Awaitable[Held]]
"""Gets a file of another server; raises UpstreamError."""
Opened = tuple[Routed, Content | None]
"""What is sent; if that can not be had, the request with its refusal."""
Opener = Callable[[Routed], Awaitable[Opened]]


async def no_mirror(fetched: Fetched) -> Held:
    """Where nothing is fetched from elsewhere."""
    raise UpstreamError(f"{fetched.url}: nothing is fetched from other servers here", status=404)


class _NoImages:
    def member(self, image: int, name: str) -> Member:
        """Not here."""
        raise UpstreamError(f"`{name}`: nothing is looked up in images here", status=404)

    def places(self, image: int) -> tuple[Run, ...]:
        """Nowhere."""
        return ()


NO_IMAGES = _NoImages()


class Opening:
    """Opens whatever is answered with."""

    def __init__(self, fetch: Fetch = no_mirror, images: Images = NO_IMAGES) -> None:
        """Make it.

        Args:
            fetch: the mirror.
            images: looks into images.
        """
        self._fetch = fetch
        self._images = images

    async def open(self, routed: Routed) -> Opened:
        """What is sent for `routed`."""
        answer = routed.answer
        try:
            match answer:
                case Fetched():
                    content = await self._fetched(answer)
                    return routed, await self._inside(content, answer.member, answer.cmdline)
                case File() if not is_here(routed):
                    return await self._of_image(routed, answer)
                case _:
                    return open_here(routed)
        except UpstreamError as error:
            return _refused(routed, error.status, error.message, error.hint), None

    async def _fetched(self, answer: Fetched) -> Content:
        held = await self._fetch(answer)
        content = Content((Part(held.size),), held.file, held.etag, held.modified, held.growth)
        if held.growth is not None and (answer.member or answer.cmdline is not None):
            try:
                await held.growth.reach(held.size)
            except BaseException as error:
                content.close()
                if isinstance(error, OSError):
                    raise UpstreamError(str(error)) from None
                raise
        return content

    async def _of_image(self, routed: Routed, answer: File) -> Opened:
        """An image, or a file in it; a whole file may have a name that looks like that."""
        told, content = open_here(routed)
        member = ""
        if content is None and told.event.status == _ABSENT:
            name, member = split_member(answer.name)
            told, content = open_here(replace(routed, answer=replace(answer, name=name)))
        if content is None or not (member or answer.cmdline is not None):
            return told, content
        return routed, await self._inside(content, member, answer.cmdline)

    async def _inside(self, content: Content, member: str, cmdline: str | None) -> Content:
        if not member and cmdline is None:
            return content
        try:
            if member:
                return await asyncio.to_thread(_member, content, member, self._images)
            return await asyncio.to_thread(_filled, content, cmdline, self._images)
        except BaseException:
            content.close()
            raise


def _member(content: Content, name: str, images: Images) -> Content:
    image = content.file
    if image is None:
        return content
    found = images.member(image, name)
    parts = tuple(Part(one.length, one.start) for one in found.extents)
    etag = _tag(content, name)
    if found.file is None:
        return Content(parts, image, etag, content.modified)
    content.close()
    return Content(parts, found.file, etag, content.modified)


def _filled(content: Content, cmdline: str | None, images: Images) -> Content:
    """An ISO image with a command line in each place that it has for one."""
    image, words = content.file, (cmdline or "").encode()
    if image is None:
        return content
    parts, end = [], 0
    for place in images.places(image):
        if len(words) > place.length:
            raise UpstreamError(
                f"the command line has {len(words)} octets, the image has room for {place.length}",
                status=500,
                hint=f"write more `_` behind `{PLACE.decode()}` when the image is made",
            )
        parts += [Part(place.start - end, end), Part(place.length, text=words.ljust(place.length))]
        end = place.start + place.length
    if not parts and words:
        raise UpstreamError(
            "the image has no room for a command line",
            status=500,
            hint=f"its boot loader's menu needs `{PLACE.decode()}` with many `_` behind it",
        )
    parts.append(Part(content.size - end, end))
    return Content(tuple(parts), image, _tag(content, cmdline or ""), content.modified)


def _tag(content: Content, what: str) -> str:
    return f'"{content.etag.strip(chr(34))}-{sha256(what.encode()).hexdigest()[:12]}"'


async def without_mirror(routed: Routed) -> Opened:
    """Open what is on this host; what is not can not be had."""
    return await Opening().open(routed)


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
    match routed.answer:
        case File(name=name, cmdline=cmdline):
            return cmdline is None and not split_member(name)[1]
        case Fetched():
            return False
        case _:
            return True
