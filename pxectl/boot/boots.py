"""How often machines have booted: `boots` in rules (DESIGN.md 4)."""

from collections import OrderedDict
from collections.abc import Mapping

from pxectl.boot.client import Client
from pxectl.boot.machine import Machine
from pxectl.mac import MAC

OTHERS = 16_384
"""Machines that nobody knows are counted while they are few: made-up MACs may not fill the disk."""


class Boots:
    """Counts by MAC. Mutable: one for all versions of a site, and of whoever serves it.

    A boot counts when its script has loaded all, or when the program of its profile is loaded.
    """

    __slots__ = ("_counts", "_others", "changes")

    def __init__(self, counts: Mapping[str, int] | None = None) -> None:
        """Begin with what was counted before.

        Args:
            counts: by MAC, spelled `52:54:00:12:34:56`: thousands are not parsed for one machine.
        """
        self._counts = dict(counts or {})
        self._others: OrderedDict[str, int] = OrderedDict()
        self.changes = 0
        """How often `counts` changed: tells whether there is something to write."""

    def add(self, mac: MAC, *, known: bool = True) -> None:
        """It boots.

        Args:
            mac: by which network card.
            known: false for a machine of no inventory: it is counted, and not kept.
        """
        spelled = str(mac)
        if known:
            self._counts[spelled] = self._counts.get(spelled, 0) + 1
            self.changes += 1
            return
        self._others[spelled] = self._others.get(spelled, 0) + 1
        self._others.move_to_end(spelled)
        if len(self._others) > OTHERS:
            self._others.popitem(last=False)

    def of(self, client: Client, machine: Machine | None) -> int:
        """How often a machine has booted, by whichever of its network cards."""
        if not self._counts and not self._others:
            return 0
        macs = {*(machine.macs if machine else ()), *((client.mac,) if client.mac else ())}
        both = (self._counts, self._others)
        return sum(counts.get(str(mac), 0) for mac in macs for counts in both)

    def counts(self) -> dict[str, int]:
        """Those of known machines, to be written."""
        return dict(self._counts)
