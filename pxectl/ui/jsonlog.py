"""The log as JSON: one object an event, one a line (docs/json.md)."""

import json
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import TextIO

from pxectl.boot.events import Event, Unanswered
from pxectl.boot.overheard import Overheard
from pxectl.ui.eventjson import fields_of, utc
from pxectl.ui.inside import Inside
from pxectl.ui.logstream import LogStream

VERSION = 1


class JSONLog:
    """Writes one object an event. ASCII only, so that a terminal that tails it obeys nothing."""

    def __init__(
        self,
        stream: TextIO | None = None,
        *,
        verbose: bool = False,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Make it.

        Args:
            stream: instead of stdout.
            verbose: write what nobody expected an answer to, as well.
            clock: seconds since 1970.
        """
        self._stream = LogStream(stream)
        self._verbose = verbose
        self._clock = clock

    def start(self, headline: str) -> None:
        """Nothing: what runs where stands in `ready`."""

    def keys(self, _: Mapping[str, Callable[[], None]]) -> AbstractContextManager[object]:
        """None: whoever pipes a log does not press keys."""
        return nullcontext()

    def look_into(self, _: Inside) -> None:
        """Nothing: what is under way is told when it has ended."""

    def emit(self, event: Event) -> None:
        """Write one event."""
        if not self._verbose and _is_quiet(event):
            return
        record = {"v": VERSION, "time": utc(self._clock()), "event": event.kind}
        self._stream.write_line(json.dumps(record | fields_of(event)))


def _is_quiet(event: Event) -> bool:
    return isinstance(event, Overheard) or (isinstance(event, Unanswered) and event.quiet)
