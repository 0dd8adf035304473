"""Machines that load the same first program again and again (netboot.md 3.1, 18).

Somebody else's server answers iPXE's own DISCOVER, a vendor's iPXE does not say that it is one, or
what it boots fails at once: without an end to it the machine goes round until a person comes by.
"""

from collections import OrderedDict, deque
from dataclasses import dataclass, field

from pxectl.mac import MAC

LIMIT = 5
"""Loads that are a loop."""
WINDOW = 120.0
"""Seconds within which they come, and for which the loop is broken."""
ONE_LOAD = 1.0
"""Seconds: EDK2 asks for the size first, and firmware asks again when a packet is lost."""
REMEMBERED = 4096


@dataclass(frozen=True, slots=True)
class Loop:
    """What a machine goes round in."""

    name: str
    """Of the program, as it is on the wire."""
    has_been_ipxe: bool
    """True if iPXE asked for its address between the loads: it is told its script then. False: it
    asks as if it were firmware, or the program does not get so far."""


@dataclass(slots=True)
class _Loads:
    name: str
    times: deque[float] = field(default_factory=lambda: deque(maxlen=LIMIT))
    has_been_ipxe: bool = False
    until: float = 0.0


class Loops:
    """What each client loaded lately. Mutable; bounded, the least recently seen gives way."""

    __slots__ = ("_by_mac",)

    def __init__(self) -> None:
        self._by_mac: OrderedDict[MAC, _Loads] = OrderedDict()

    def load(self, mac: MAC, name: str, now: float) -> bool:
        """It loads a first program; true if that is one time too often, and was not before.

        Args:
            mac: whose it is.
            name: the program's.
            now: seconds since 1970.
        """
        loads = self._by_mac.get(mac)
        if loads is None or loads.name != name:
            loads = self._by_mac[mac] = _Loads(name)
        self._by_mac.move_to_end(mac)
        if len(self._by_mac) > REMEMBERED:
            self._by_mac.popitem(last=False)
        times = loads.times
        if times and now - times[-1] < ONE_LOAD:
            return False
        times.append(now)
        if len(times) < LIMIT or now - times[0] > WINDOW:
            return False
        is_new = now >= loads.until
        loads.until = now + WINDOW
        return is_new

    def is_ipxe(self, mac: MAC) -> None:
        """It asked for its address as iPXE."""
        if (loads := self._by_mac.get(mac)) is not None:
            loads.has_been_ipxe = True

    def end(self, mac: MAC) -> None:
        """It boots: whatever comes now is another boot."""
        self._by_mac.pop(mac, None)

    def of(self, mac: MAC | None, now: float) -> Loop | None:
        """The loop that is to be broken now, if there is one."""
        loads = self._by_mac.get(mac) if mac is not None else None
        if loads is None or now >= loads.until:
            return None
        return Loop(loads.name, loads.has_been_ipxe)
