"""How often machines have booted: `boots` in rules (DESIGN.md 4)."""

from collections.abc import Mapping

from pxectl.boot.client import Client
from pxectl.boot.machine import Machine
from pxectl.mac import MAC


class Boots:
    """Counts by MAC. Mutable: one for all versions of a site, and of whoever serves it.

    A boot counts when its script has loaded all, or when the program of its profile is loaded.
    """

    __slots__ = ("_counts", "changes")

    def __init__(self, counts: Mapping[str, int] | None = None) -> None:
        """Begin with what was counted before.

        Args:
            counts: by MAC, spelled `52:54:00:12:34:56`: thousands are not parsed for one machine.
        """
        self._counts = dict(counts or {})
        self.changes = 0
        """How often `add` was called: tells whether there is something to write."""

    def add(self, mac: MAC) -> None:
        """It boots."""
        self._counts[str(mac)] = self._counts.get(str(mac), 0) + 1
        self.changes += 1

    def of(self, client: Client, machine: Machine | None) -> int:
        """How often a machine has booted, by whichever of its network cards."""
        if not self._counts:
            return 0
        macs = {*(machine.macs if machine else ()), *((client.mac,) if client.mac else ())}
        return sum(self._counts.get(str(mac), 0) for mac in macs)

    def counts(self) -> dict[str, int]:
        """All of them, to be written."""
        return dict(self._counts)
