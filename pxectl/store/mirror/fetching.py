"""As many requests as it takes to get one file, each going on where the last one broke off."""

import secrets
from collections.abc import Callable
from dataclasses import replace
from http import HTTPStatus
from types import TracebackType

from pxectl.errors import UpstreamError
from pxectl.store.mirror.part import ChangedError, Part, disk_full
from pxectl.store.mirror.shelf import Facts, Place, Shelf
from pxectl.store.mirror.upstream import Answer, BrokenError, Upstream, validator

PAUSES = (0.5, 1.0, 2.0, 4.0, 8.0)
"""Seconds between two tries that brought nothing; then it is given up."""
_STEP = 16 << 20  # octets for which there is to be room, where nobody says how many come


class Fetching:
    """Owns the part while it grows. A context manager."""

    def __init__(
        self,
        place: Place,
        shelf: Shelf,
        upstream: Upstream,
        tell: Callable[[Part], None],
        wait: Callable[[float], None],
    ) -> None:
        """Nothing is asked before `run`.

        Args:
            place: where it goes; locked by the caller.
            shelf: makes room.
            upstream: the connections.
            tell: told whenever there is more of it.
            wait: waits so many seconds; raises UpstreamError when it is time to stop.
        """
        self._place = place
        self._shelf = shelf
        self._upstream = upstream
        self._tell = tell
        self._wait = wait
        self._part: Part | None = None
        self._reserved = 0
        self.came = 0
        """Octets that the server has sent."""

    def __enter__(self) -> "Fetching":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._part is not None:
            self._part.close()

    def run(self, have: Facts | None) -> Part | None:
        """Get all of it.

        Args:
            have: the version that is here.

        Returns:
            None: what is here is the present version.

        Raises:
            UpstreamError: it can not be had.
            OSError: the disk fails.
        """
        tries = 0
        while True:
            before = self._size()
            try:
                return self._part if self._ask(have) else None
            except BrokenError as error:
                tries = 1 if self._size() > before else tries + 1
                # a machine waits for the first octet, and another copy may be here
                most = len(PAUSES) if self._part is not None else 1 if have is None else 0
                if tries > most:
                    url = self._place.url
                    hint = f"is it up, and reachable from here? `pxectl mirror prefetch {url}`"
                    raise UpstreamError(f"{url}: {error}", hint=hint) from None
                self._wait(PAUSES[tries - 1])

    def _reserve(self, part: Part) -> None:
        """Nobody has said how much is to come: it may fill no more than the mirror may have."""
        if part.facts.size is not None or part.size < self._reserved:
            return
        if not self._shelf.make_room(_STEP, self._place):
            raise disk_full(self._place.url)
        self._reserved = part.size + _STEP

    def _size(self) -> int:
        return self._part.size if self._part is not None else 0

    def _ask(self, have: Facts | None) -> bool:
        """One request, and all that comes of it; False: what is here is the present version."""
        begun, start = self._begun()
        known = begun if start else have if self._part is None else None
        with self._upstream.ask(self._place.url, known, start) as answer:
            if answer.status == HTTPStatus.NOT_MODIFIED:
                return False
            is_other = answer.status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE
            if begun is not None and (is_other or not begun.goes_on(answer.facts)):
                self._place.forget(part_only=True)
                if self._part is not None:
                    raise ChangedError(self._place.url)
            else:
                self._receive(self._opened(answer, begun), answer)
                return True
        return self._ask(have)  # from the beginning: what was here of it is gone

    def _begun(self) -> tuple[Facts | None, int]:
        """What there is a part of, and from where the rest is to come."""
        if self._part is not None:
            # what nothing tells from another version comes once more, and is compared
            return self._part.facts, self._part.size if validator(self._part.facts) else 0
        begun = self._place.begun()
        if begun is None or not begun.kept or not validator(begun):
            return None, 0
        return begun, begun.kept

    def _opened(self, answer: Answer, begun: Facts | None) -> Part:
        if self._part is not None:
            return self._part
        facts = begun or replace(answer.facts, version=secrets.token_hex(8))
        more = (facts.size or 0) - facts.kept
        if more > 0 and not self._shelf.make_room(more, self._place):
            raise disk_full(self._place.url)
        self._part = Part(self._place, facts, is_new=begun is None)
        return self._part

    def _receive(self, part: Part, answer: Answer) -> None:
        position = answer.start
        if position > part.size:
            raise BrokenError("it left something out")
        self._tell(part)
        for chunk in answer.chunks:
            self._wait(0)
            self._reserve(part)
            part.take(chunk, position)
            position += len(chunk)
            self.came += len(chunk)
            self._tell(part)
        if part.facts.size is not None and part.size < part.facts.size:
            raise BrokenError(f"it ended after {part.size} of {part.facts.size} octets")
