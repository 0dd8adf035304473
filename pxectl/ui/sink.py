"""Where the events of `serve` go: live view, lines or JSON."""

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

from pxectl.boot.events import Event
from pxectl.boot.timeline.timelines import Timelines
from pxectl.ui.inside import Inside
from pxectl.ui.logstream import let_go, spell_out


class Sink(Protocol):
    """What takes events."""

    def start(self, headline: str) -> None:
        """Say what runs where, before anything is bound."""

    def keys(self, actions: Mapping[str, Callable[[], None]]) -> AbstractContextManager[object]:
        """While it is entered, keys do what `actions` says, where there are any."""

    def look_into(self, inside: Inside) -> None:
        """From now on show what is under way, too, where there is room for it."""

    def emit(self, event: Event) -> None:
        """Show one event."""


@contextmanager
def open_sink(log: str, timelines: Timelines, *, verbose: bool) -> Iterator[Sink]:
    """The sink that was asked for.

    Args:
        log: `plain`, `json`, or empty: the live view on a terminal, else plain.
        timelines: how far each machine is, for the live view.
        verbose: show what is not answered, too.
    """
    spell_out(sys.stdout)
    terminal = sys.stdout.isatty() and os.environ.get("TERM") != "dumb"
    try:
        if log == "json":
            from pxectl.ui.jsonlog import JSONLog

            yield JSONLog(verbose=verbose)
        elif log == "plain" or not terminal:
            from pxectl.ui.console import PlainLog

            # no-color.org: set, and not empty
            yield PlainLog(verbose=verbose, colour=terminal and not os.environ.get("NO_COLOR"))
        else:
            from pxectl.ui.live import LiveView

            with LiveView(timelines, verbose=verbose) as view:
                yield view
    finally:
        let_go(sys.stdout)
