"""How far a file is: written by the thread that fetches it, read by all who wait for it."""

from collections.abc import Callable
from pathlib import Path

from pxectl.errors import UpstreamError
from pxectl.store.mirror.shelf import Facts


class Progress:
    """One file on its way here."""

    def __init__(self, watch: Callable[[], None]) -> None:
        """Nothing is known yet.

        Args:
            watch: called after every change, in the thread that fetches.
        """
        self._watch = watch
        self.facts: Facts | None = None
        """Set when it is known what arrives; its `size` is set then, too."""
        self.path: Path | None = None
        """Where it is."""
        self.arrived = 0
        """Octets of it that are here."""
        self.reached = 0
        """Octets of it that may be sent."""
        self.came = 0
        """Octets that were fetched for it."""
        self.is_whole = False
        self.error: UpstreamError | None = None
        """Why it does not come."""

    @property
    def is_over(self) -> bool:
        """Nothing changes any more."""
        return self.is_whole or self.error is not None

    def arrive(self, facts: Facts, path: Path, arrived: int, *, is_checked: bool) -> None:
        """So much is here.

        Args:
            facts: of what; without a size nobody can be told how much there is to come.
            path: where.
            arrived: octets.
            is_checked: it is looked at as a whole at the end: until then the end of it is kept.
        """
        self.arrived = arrived
        if facts.size is not None:
            kept_back = 1 if is_checked else 0
            self.reached = min(arrived, max(facts.size - kept_back, 0))
            self.path = path
            self.facts = facts
        self._watch()

    def finish(self, facts: Facts, path: Path) -> None:
        """All of it is here and good."""
        self.path = path
        self.arrived = self.reached = facts.size or 0
        self.facts = facts
        self.is_whole = True
        self._watch()

    def fail(self, error: UpstreamError) -> None:
        """It does not come."""
        self.error = error
        self._watch()
