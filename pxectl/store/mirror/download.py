"""One file of another server, fetched and checked. Runs in a thread of its own."""

import threading
import time
from contextlib import suppress
from dataclasses import dataclass, replace

from pxectl.boot.check import Check
from pxectl.errors import UpstreamError
from pxectl.store.mirror.fetching import Fetching
from pxectl.store.mirror.part import ChangedError, Part
from pxectl.store.mirror.presence import is_fresh, is_good
from pxectl.store.mirror.progress import Progress
from pxectl.store.mirror.shelf import Facts, Shelf
from pxectl.store.mirror.upstream import Upstream
from pxectl.store.mirror.verifying import Get, expected_sum, signature_of, verify
from pxectl.store.mirror.work import Note

_POLL = 0.1  # seconds between two looks at what another process fetches


@dataclass(frozen=True, slots=True)
class Tools:
    """What all downloads share."""

    shelf: Shelf
    upstream: Upstream
    get: Get
    note: Note
    stop: threading.Event


class Download:
    """Gets one file, unless it is here already."""

    def __init__(self, url: str, check: Check, tools: Tools, progress: Progress) -> None:
        """Nothing is done before `run`."""
        self._url = url
        self._check = check
        self._tools = tools
        self._progress = progress
        self._place = tools.shelf.place(url)
        self._expected = ""

    def run(self) -> None:
        """Fetch it; what becomes of it stands in the progress."""
        try:
            facts = self._get_or_follow()
        except UpstreamError as error:
            self._progress.fail(error)
        except OSError as error:
            what = f"{self._url}: {self._place.folder}: {error.strerror or error}"
            self._progress.fail(UpstreamError(what, status=500, hint="check the disk"))
        except Exception as error:  # a mistake of ours ends this file, and nobody waits for ever
            what = f"{self._url}: internal error: {type(error).__name__}: {error}"
            self._progress.fail(UpstreamError(what, status=500))
        else:
            self._place.use()
            self._progress.finish(facts, self._place.body)

    def _get_or_follow(self) -> Facts:
        while True:
            with self._place.locked() as is_ours:
                if is_ours:
                    return self._get()
            with suppress(FileNotFoundError):  # it has become the body in this moment
                arrived = self._place.part.stat().st_size
                if (begun := self._place.begun()) is not None:
                    self._progress.arrive(begun, self._place.part, arrived, is_checked=True)
            self._wait(_POLL)

    def _get(self) -> Facts:
        have = self._place.facts()
        if have is not None and is_good(have, self._check) and is_fresh(have, self._check):
            return have
        self._expected = expected_sum(self._url, self._check, self._tools.get)
        if have is not None and self._expected:
            if have.sha256 == self._expected:
                return self._amended(replace(have, voucher=self._check.voucher), time.time())
            have = None
        if have is not None and not is_good(have, self._check):
            have = None
        try:
            return self._fetch(have)
        except UpstreamError as error:
            if have is None or isinstance(error, ChangedError):
                raise
            self._tools.note(self._url, f"{error.message}: the one that is here is served", "")
            return self._amended(have, time.time())

    def _amended(self, facts: Facts, checked: float) -> Facts:
        facts = replace(facts, checked=checked)
        self._place.amend(facts)
        return facts

    def _fetch(self, have: Facts | None) -> Facts:
        """All of it; `have`: what is here already, and may be the present version."""
        tools = self._tools
        with Fetching(self._place, tools.shelf, tools.upstream, self._tell, self._wait) as fetching:
            part = fetching.run(have)
            self._progress.came = fetching.came
            if part is not None:
                return self._finish(part)
        if have is None:
            raise UpstreamError(f"{self._url}: says that it has not changed, and is not here")
        return self._amended(have, time.time())

    def _tell(self, part: Part) -> None:
        is_checked = bool(self._expected or self._check.signature)
        self._progress.arrive(part.facts, self._place.part, part.size, is_checked=is_checked)

    def _finish(self, part: Part) -> Facts:
        found = part.sum()
        try:
            signed = self._verified(found)
        except UpstreamError:
            self._place.forget(part_only=True)
            raise
        part.save()
        now = time.time()
        facts = replace(
            part.facts,
            size=part.size,
            sha256=found,
            fetched=now,
            checked=now,
            signed=signed,
            voucher=self._check.voucher,
        )
        self._place.finish(facts)
        return facts

    def _verified(self, found: str) -> str:
        """Who signed it; empty: nobody has to."""
        if self._expected and found != self._expected:
            raise UpstreamError(
                f"{self._url}: wrong sha256: {found} instead of {self._expected}",
                hint="the file is not what it should be, or the sum is of another version",
            )
        signature = signature_of(self._url, self._check, self._tools.get)
        if signature is None:
            return ""
        return verify(self._url, self._place.part, signature, self._check, self._tools.get)

    def _wait(self, seconds: float) -> None:
        if self._tools.stop.wait(seconds) if seconds else self._tools.stop.is_set():
            raise UpstreamError(f"{self._url}: pxectl is shutting down", status=503)
