"""The log as lines: `serve` prints them to stdout, for they are its data."""

import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import TextIO

from pxectl.boot.events import Event, Unanswered
from pxectl.ui.inside import Inside
from pxectl.ui.lines import Level, Line, describe
from pxectl.ui.logstream import LogStream
from pxectl.ui.printable import printable

REMEMBERED_HINTS = 4096
_COLOURS = {Level.GOOD: "32", Level.BAD: "31", Level.QUIET: "2"}


class PlainLog:
    """Prints one line an event, and a hint below it the first time that it helps."""

    def __init__(
        self,
        stream: TextIO | None = None,
        *,
        verbose: bool = False,
        colour: bool = False,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Make it.

        Args:
            stream: instead of stdout.
            verbose: show what nobody expected an answer to, and why rules did not match.
            colour: echo the level in colour.
            clock: seconds since 1970.
        """
        self._print = LogStream(stream).write_line
        self._verbose = verbose
        self._colour = colour
        self._clock = clock
        self._hinted: OrderedDict[tuple[str, str], None] = OrderedDict()

    def start(self, headline: str) -> None:
        """Say what runs where."""
        self._print(headline)

    def keys(self, _: Mapping[str, Callable[[], None]]) -> AbstractContextManager[object]:
        """None: whoever pipes a log does not press keys."""
        return nullcontext()

    def look_into(self, _: Inside) -> None:
        """Nothing: what is under way is told when it has ended."""

    def emit(self, event: Event) -> None:
        """Print one event."""
        line = describe(event)
        if line.level is Level.QUIET and not self._verbose:
            return
        at = time.strftime("%H:%M:%S", time.localtime(self._clock()))
        self._print(f"{at}  {self._painted(line)}")
        if self._verbose:
            self._trace(event)
        if line.hint and self._is_news(line):
            self._print(f"          hint: {line.hint}")

    def _painted(self, line: Line) -> str:
        code = _COLOURS.get(line.level) if self._colour else None
        return f"\x1b[{code}m{line}\x1b[0m" if code else str(line)

    def _trace(self, event: Event) -> None:
        decision = getattr(event, "decision", None)
        if decision is None or (isinstance(event, Unanswered) and event.quiet):
            return
        for considered in decision.trace:
            why = f"no: {considered.why_not}" if considered.why_not else "yes"
            # a reason quotes the client: "hostname is …, not node1"
            told = printable(f"{considered.number}  {considered.rule.name}  {why}", 300)
            self._print(f"          {told}")

    def _is_news(self, line: Line) -> bool:
        """A machine that asks every four seconds need not be told the same each time."""
        key = (line.mac, line.hint)
        if key in self._hinted:
            self._hinted.move_to_end(key)
            return False
        self._hinted[key] = None
        if len(self._hinted) > REMEMBERED_HINTS:
            self._hinted.popitem(last=False)
        return True
